"""Tests of the rasteriser: python3 raster_test.py. Builds the kernel with g++ where it is not built yet."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")
sys.path[:0] = [os.path.join(SCRIPTS, "cast"), os.path.join(SCRIPTS, "base")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

import moments  # noqa: E402
import people  # noqa: E402
from render_shot import Hands  # noqa: E402
from synthetic_cast import command_line, raster_kernel as k  # noqa: E402
from synthetic_cast.assets import Assets  # noqa: E402
from synthetic_cast.noise import cells, value_noise  # noqa: E402
from synthetic_cast.person import Body  # noqa: E402
from synthetic_cast.raster_body import RasterBody  # noqa: E402
from synthetic_cast.raster_shadow import CENTRE, parallel_view  # noqa: E402
from synthetic_cast.several import Troupe, shot_frames  # noqa: E402
from synthetic_cast.shots import CROSSING  # noqa: E402
from synthetic_cast.subdivision import smoothing_rows, subdivide  # noqa: E402

KERNEL = k.Kernel()
CUBE = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
CUBE_QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


class Things:
    """Squares that face +z at given depths, and strands, as the kernel takes them."""

    def __init__(self, squares=(), strands=()):
        corners = [[(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)] for x0, y0, x1, y1, z in squares]
        self.positions = k.floats(np.reshape(corners, (-1, 3)))
        self.triangles = np.array([[4 * i, 4 * i + a, 4 * i + a + 1] for i in range(len(squares)) for a in (1, 2)],
                                  np.int32).reshape(-1, 3)
        self.attributes = np.zeros((len(self.positions), k.ATTRIBUTE_COUNT), np.float32)
        self.attributes[:, k.NORMAL] = (0, 0, 1)
        self.attributes[:, k.IRRADIANCE] = 1
        self.attributes[:, k.ROUGHNESS] = 1
        self.cut = np.full(len(self.positions), -1, np.float32)
        self.points = k.floats(np.reshape(strands, (-1, 3)))
        self.tangents = k.floats(np.tile((0, 1, 0), (len(self.points), 1)))
        self.radii = np.full(len(self.points), 0.1, np.float32)
        self.colours = np.full((len(self.points), 3), 0.25, np.float32)
        self.mask = np.ones(len(self.points), np.float32)
        self.segments = np.arange(len(self.points), dtype=np.int32).reshape(-1, 2)

    def structs(self):
        mesh = k.MeshStruct(*(k.pointer(part) for part in (self.positions, self.attributes, self.cut, self.triangles)),
                            len(self.triangles), len(self.triangles))
        strands = k.StrandsStruct(*(k.pointer(part) for part in (self.points, self.tangents, self.radii, self.colours,
                                                                 self.mask, self.segments)), len(self.segments))
        return mesh, strands

    def picture(self, each=2):
        """20x20 pixels of one unit each at z = 0, from a distance of 1000."""
        camera = k.CameraStruct(focal=1000 * each, width=20 * each, height=20 * each)
        camera.eye[:] = (0, 0, 1000)
        camera.axes[:] = np.eye(3).ravel()
        texel = np.zeros((2, 2, 3), np.float32)
        mesh, strands = self.structs()
        return KERNEL.picture(camera, mesh, len(self.positions), strands, len(self.points), k.LightsStruct(count=0),
                              k.TextureStruct(k.pointer(texel), 2, 2), each)


class Pictures(unittest.TestCase):
    def test_a_square_covers_its_pixels_and_half_of_those_it_halves(self):
        things = Things([(-4, -4, 4, 4.5, 0)])
        things.attributes[:, k.ALBEDO] = (0.5, 0.25, 0.125)
        things.attributes[:, k.MASK] = 1
        picture, mask = things.picture()
        np.testing.assert_allclose(picture[8, 8], (0.5, 0.25, 0.125, 1), atol=1e-6)
        np.testing.assert_allclose(picture[5, 8], (0.25, 0.125, 0.0625, 0.5), atol=1e-6)
        self.assertAlmostEqual(float(picture[..., 3].sum()), 8 * 8.5, places=4)
        np.testing.assert_allclose(mask, picture[..., 3])

    def test_what_is_nearer_hides_what_is_behind_in_any_order(self):
        for squares in ([(-4, -4, 4, 4, 0), (-2, -2, 2, 2, 5)], [(-2, -2, 2, 2, 5), (-4, -4, 4, 4, 0)]):
            things = Things(squares)
            things.attributes[:, k.ALBEDO] = 1
            things.attributes[things.positions[:, 2] == 5, k.ALBEDO] = 0.125
            picture, _ = things.picture()
            self.assertAlmostEqual(float(picture[10, 10, 0]), 0.125, places=5)
            self.assertAlmostEqual(float(picture[7, 7, 0]), 1, places=5)

    def test_there_is_a_hole_where_cut_is_above_0(self):
        things = Things([(-4, -4, 4, 4, 0)])
        things.cut[:] = things.positions[:, 1] - 0.01
        picture, _ = things.picture()
        self.assertEqual(float(picture[:10, :, 3].sum()), 0)
        self.assertAlmostEqual(float(picture[10:, :, 3].sum()), 32, places=4)

    def test_a_strand_thinner_than_a_sample_covers_its_part_of_the_picture(self):
        picture, mask = Things(strands=[[(0.2, -8, 0), (0.2, 8, 0)]]).picture(each=4)
        self.assertGreater(float(mask.sum()), 0.6 * 16 * 0.2)
        self.assertLess(float(mask.sum()), 1.5 * 16 * 0.2)
        self.assertEqual(float(picture[:, :9].sum() + picture[:, 12:].sum()), 0)


class Shadows(unittest.TestCase):
    def test_a_square_shades_what_lies_behind_it(self):
        things = Things([(-0.3, 6.8, 0.3, 7.5, 1.0), (-1, 6, 1, 8, 0)])
        mesh, strands = things.structs()
        rows = parallel_view(np.array((0, 0, 1.0)), 128, 1.5)
        depths = KERNEL.map_depths(rows, 128, mesh, len(things.positions), strands, 128 / 3, 1, 1)
        points = k.floats([CENTRE * (1, 1, 0), (0.8, 7.15, 0), (0, 7.15, 1.0)])
        lit = KERNEL.lit_points(rows, depths, points, 0.03, 0.0, 2.0, 16)
        np.testing.assert_allclose(lit, (0, 1, 1), atol=1e-6)
        soft = KERNEL.lit_points(rows, depths, k.floats([(0.3, 7.15, 0)]), 0.03, 8.0, 8.0, 32)
        self.assertTrue(0.2 < soft[0] < 0.8, soft)


class Meshes(unittest.TestCase):
    def test_subdivision_of_a_cube(self):
        rows, quads = subdivide(CUBE_QUADS, 8)
        refined = KERNEL.apply_rows(rows, CUBE)
        self.assertEqual((len(refined), len(quads)), (26, 24))
        np.testing.assert_allclose(np.abs(refined[:8]), 5 / 9, atol=1e-6)  # Catmull and Clark's rule at valence 3
        np.testing.assert_allclose(KERNEL.apply_rows(rows, np.ones((8, 1))), 1, atol=1e-6)
        np.testing.assert_array_equal(np.bincount(quads.ravel()), [3] * 8 + [4] * 12 + [4] * 6)

    def test_the_outline_of_a_sheet_stays_in_its_plane_and_its_lines(self):
        rows, _ = subdivide([(0, 1, 2, 3)], 4)
        refined = KERNEL.apply_rows(rows, np.array([(0, 0), (8, 0), (8, 8), (0, 8)], float))
        np.testing.assert_allclose(refined[:4], [(1, 1), (7, 1), (7, 7), (1, 7)])
        self.assertIn((4, 0), [tuple(point) for point in refined])

    def test_smoothing_keeps_what_is_even(self):
        rows = smoothing_rows(CUBE_QUADS, 8)
        np.testing.assert_allclose(KERNEL.apply_rows(rows, np.full((8, 2), 3.0)), 3, atol=1e-6)
        np.testing.assert_allclose(np.abs(KERNEL.apply_rows(rows, CUBE)), 0.4 + 0.6 / 3, atol=1e-6)

    def test_normals_point_outwards(self):
        triangles = np.array([(q[a], q[b], q[c]) for q in CUBE_QUADS for a, b, c in ((0, 1, 2), (0, 2, 3))], np.int32)
        normals = KERNEL.unit_normals(k.floats(CUBE), triangles)
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
        self.assertTrue(((normals * CUBE).sum(1) > 0.8).all())


class Draws(unittest.TestCase):
    def test_noise_is_the_same_every_time_and_varies(self):
        points = np.random.RandomState(1).uniform(-3, 9, (2000, 3))
        noise = value_noise(points, 5, 3)
        np.testing.assert_array_equal(noise, value_noise(points, 5, 3))
        self.assertAlmostEqual(noise.mean(), 0.5, delta=0.03)
        self.assertGreater(noise.std(), 0.05)
        distance, number = cells(points, 4)
        self.assertTrue((distance < 1.75).all() and number.min() >= 0 and number.max() <= 1)

    def test_a_moment_is_the_same_every_time_and_within_its_limits(self):
        for number in range(0, moments.COUNT, 37):
            frame, scene = moments.moment(number)
            self.assertEqual((frame, scene), moments.moment(number))
            self.assertTrue(abs(frame["yaw"]) <= 45 and abs(frame["pitch"]) <= 20 and 0 <= frame["blink_l"] <= 1)
            self.assertTrue(1 <= abs(scene["background"]) <= moments.BACKGROUNDS)

    def test_people_differ_and_play_some_of_the_moments(self):
        self.assertGreaterEqual(people.FIRST_SEED, 100)
        self.assertEqual(people.person(123), people.person(123))
        self.assertNotEqual(people.person(123)["morphs"], people.person(124)["morphs"])
        played = people.moments_of(123, moments.COUNT)
        self.assertEqual(len(set(played)), people.MOMENTS_A_PERSON)
        self.assertTrue(played == sorted(played) and played[-1] < moments.COUNT)
        self.assertEqual(people.moments_of(123, 5), [0, 1, 2, 3, 4])


@unittest.skipUnless(os.environ.get("MH_DATA"), "MH_DATA does not name the body data")
class Clips(unittest.TestCase):
    def test_two_frames_of_a_person_come_with_their_truth(self):
        with tempfile.TemporaryDirectory() as out:
            arguments = ["--renderer", "raster", "--identity", "seed:7", "--size", "64", "64", "--frames", "3,13"]
            self.assertEqual(command_line.main(arguments + ["--out", out]), 0)
            with open(os.path.join(out, "truth.jsonl"), encoding="utf-8") as file:
                rendered = file.read()
            mask = cv2.imread(os.path.join(out, "mask", "0013.png"), cv2.IMREAD_GRAYSCALE)
            self.assertTrue(0.05 < (mask > 127).mean() < 0.5)
            picture = cv2.imread(os.path.join(out, "frames", "0013.png"))
            self.assertGreater(int(picture[mask > 127].mean()), 40)
            self.assertEqual(command_line.main(arguments + ["--truth-only", "--out", out]), 0)
            with open(os.path.join(out, "truth.jsonl"), encoding="utf-8") as file:
                self.assertEqual(file.read(), rendered)

    def test_who_is_nearer_hides_who_is_behind_and_a_hand_hides_both(self):
        first = {**CROSSING["scenes"][0], "frames": 3}
        first["people"] = [{**first["people"][0], "hand": {"when": (2, 2), "path": [(0, 0), (0, 0)]}}, first["people"][1]]
        body = Body(Assets(os.environ["MH_DATA"]))
        troupe = Troupe(RasterBody(body, KERNEL), Hands(body))
        frames = list(shot_frames({**CROSSING, "size": (120, 68), "scenes": [first]}, troupe))
        self.assertEqual([[truth["person"] for truth in truths] for _, truths in frames], [["ada", "bruno"]] * 3)
        seen = [[truth["seen"] for truth in truths] for _, truths in frames]
        self.assertEqual(seen[0], [1, 1])
        self.assertEqual(seen[1][0], 1)
        self.assertLess(seen[1][1], 0.2)
        self.assertLess(seen[2][0], 0.8)
        self.assertEqual(sum(frames[1][1][1]["visible"]), 0)
        boxes = [truths[0]["box"] for _, truths in frames]
        self.assertTrue(boxes[0][2] < boxes[1][0] and boxes[1][2] < boxes[2][0], boxes)
        self.assertGreater(np.abs(frames[0][0].astype(int) - frames[2][0]).mean(), 5)


if __name__ == "__main__":
    unittest.main()
