"""Tests of the pictures for face models: python3 faces_test.py. Builds the rasteriser where it is not built yet."""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")
FACES = os.path.join(SCRIPTS, "faces")
sys.path[:0] = [os.path.join(SCRIPTS, "cast"), FACES]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from synthetic_cast import raster_kernel as k  # noqa: E402
from synthetic_cast.posing import angles, rotation  # noqa: E402
from synthetic_faces import people, scenery, solids, takes  # noqa: E402
from synthetic_faces.bodies import render_alone  # noqa: E402
from synthetic_faces.sprite import FACE, IN_FRONT, NOTHING, PERSON, View  # noqa: E402

FIRST_TEST_SPRITE = 149 * people.SPRITES_A_PERSON - 1  # half turned; the next is of another person, partly hidden
INNER = range(17, 68)


class Things(unittest.TestCase):
    def test_their_surfaces_face_outwards(self):
        kernel, looks = k.Kernel(), {"colour": (0.5, 0.5, 0.5)}
        shapes = [solids.ball(1.0, **looks), solids.box((2, 2, 2), **looks),
                  solids.tube([(0, -1, 0), (0, 0, 0), (0, 1, 0)], 1.0, **looks),
                  solids.turned([(0, -1), (1, -1), (1, 1), (0, 1)], **looks)]
        for shape in shapes:
            normals = shape.attributes(kernel)[:, k.NORMAL]
            outward = (normals * shape.positions).sum(1)
            self.assertGreater(outward[np.linalg.norm(normals, axis=1) > 0.5].min(), -1e-5)

    def test_a_ball_covers_its_circle(self):
        ball = solids.ball(1.0, colour=(0.5, 0.5, 0.5))
        camera = View(np.array([0, 0, 100.0]), np.eye(3), 100 * 20.0, 64)
        coverage = render_alone(k.Kernel(), ball, camera, [], (1.0, 1.0, 1.0))[..., 3]
        self.assertAlmostEqual(float(coverage.sum()) / (math.pi * 400), 1, delta=0.03)
        self.assertAlmostEqual(float(coverage[:, :32].sum() / coverage.sum()), 0.5, delta=0.01)

    def test_joined_things_keep_their_triangles(self):
        two = solids.joined([solids.box((1, 1, 1), colour=(1, 0, 0)), solids.box((1, 1, 1), colour=(0, 1, 0))])
        self.assertEqual((len(two.positions), len(two.triangles)), (48, 24))
        np.testing.assert_array_equal(two.triangles[12:], two.triangles[:12] + 24)
        np.testing.assert_array_equal(two.colour[[0, 24]], [(1, 0, 0), (0, 1, 0)])


class Draws(unittest.TestCase):
    def test_training_and_test_share_nobody(self):
        self.assertFalse(set(people.TRAINING_IDENTITIES) & set(people.TEST_IDENTITIES))
        self.assertGreater(min(people.TRAINING_IDENTITIES), 9999)

    def test_a_person_is_the_same_every_time_and_unlike_the_next(self):
        self.assertEqual(str(people.identity_of(10123)), str(people.identity_of(10123)))
        self.assertNotEqual(people.identity_of(10123)["morphs"], people.identity_of(10124)["morphs"])

    def test_skin_is_dark_as_often_as_light(self):
        reds = np.array([people.identity_of(seed)["tone"][0] for seed in range(10000, 10400)])
        low, middle, high = np.exp(people.TONES[[4, 2, 1], 0])
        self.assertAlmostEqual((reds < low).mean(), 0.2, delta=0.07)
        self.assertAlmostEqual((reds > high).mean(), 0.2, delta=0.07)
        self.assertAlmostEqual((reds > middle).mean(), 0.4, delta=0.09)

    def test_poses_fill_their_range(self):
        yaws = []
        for seed in range(400):
            frame, axes = takes.frame_and_camera(random.Random(seed))
            yaw, pitch, roll = angles(axes @ rotation(frame["yaw"], frame["pitch"], frame["roll"]))
            yaws.append(yaw)
            self.assertTrue(abs(pitch) <= takes.MOST_PITCH + 1e-6 and abs(roll) <= takes.MOST_ROLL + 1e-6)
            self.assertTrue(abs(frame["yaw"]) < 60 and abs(frame["pitch"]) < 45)
        np.testing.assert_allclose(np.histogram(yaws, 6, (-90, 90))[0] / 400, 1 / 6, atol=0.06)

    def test_a_picture_without_faces_is_the_same_every_time(self):
        first, second = (self._painted(7) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        self.assertGreater(float(np.abs(first - self._painted(8)).mean()), 0.02)

    @staticmethod
    def _painted(number):
        draw, noise = random.Random(number), np.random.RandomState(number)
        picture = np.ascontiguousarray(scenery.ground(draw, noise), np.float32)
        for clutter in scenery.CLUTTER:
            clutter(draw, noise, picture)
        return picture


@unittest.skipUnless(os.environ.get("MH_DATA"), "MH_DATA does not name the body data")
class Sprites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.sets = [os.path.join(cls.folder.name, name) for name in ("both", "second")]
        cls._render(cls.sets[0], FIRST_TEST_SPRITE, 2)
        cls._render(cls.sets[1], FIRST_TEST_SPRITE + 1, 1)
        with open(os.path.join(cls.sets[0], "truth.jsonl"), encoding="utf-8") as file:
            cls.truth = [json.loads(line) for line in file]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @staticmethod
    def _render(out, first, count):
        subprocess.run([sys.executable, os.path.join(FACES, "render_sprites.py"), "--out", out, "--first", str(first),
                        "--count", str(count)], check=True, capture_output=True)

    def test_a_sprite_is_the_same_alone_and_after_others(self):
        name = f"{FIRST_TEST_SPRITE + 1:06d}"
        for ending in ("jpg", "png", "json"):
            contents = []
            for folder in self.sets:
                with open(os.path.join(folder, "sprites", f"{name}.{ending}"), "rb") as file:
                    contents.append(file.read())
            self.assertEqual(*contents)

    def test_what_is_there_is_not_rendered_again(self):
        path = os.path.join(self.sets[1], "sprites", f"{FIRST_TEST_SPRITE + 1:06d}.jpg")
        before = os.stat(path).st_mtime_ns
        self._render(self.sets[1], FIRST_TEST_SPRITE + 1, 1)
        self.assertEqual(os.stat(path).st_mtime_ns, before)

    def test_truth_agrees_with_the_pixels(self):
        for truth in self.truth:
            path = os.path.join(self.sets[0], "sprites", truth["sprite"])
            picture, packed = cv2.imread(path + ".jpg"), cv2.imread(path + ".png", cv2.IMREAD_UNCHANGED)
            self.assertEqual((picture.shape, packed.shape), ((192, 192, 3), (192, 192)))
            classes, alpha = packed // 64, packed % 64
            self.assertTrue((alpha[classes == NOTHING] == 0).all())
            self.assertGreater((classes == FACE).sum(), 1500)
            self.assertGreater((classes == PERSON).sum(), 3000)
            self._check_landmarks(truth, classes)

    def _check_landmarks(self, truth, classes):
        x0, y0, x1, y1 = truth["face_box"]
        near_face = cv2.dilate((classes == FACE).astype(np.uint8), np.ones((5, 5), np.uint8))
        points = np.rint(truth["landmarks68"]).astype(int)
        seen = [k for k in INNER if truth["visible"][k]]
        self.assertGreater(len(seen), 10)
        for x, y in points[seen]:
            self.assertTrue(near_face[y, x], (x, y))
            self.assertTrue(x0 - 3 <= x < x1 + 3 and y0 - 3 <= y < y1 + 3, (x, y))
        deep = cv2.erode((classes == IN_FRONT).astype(np.uint8), np.ones((7, 7), np.uint8))
        for index in INNER:
            if deep[points[index, 1], points[index, 0]]:
                self.assertEqual(truth["visible"][index], 0, index)


if __name__ == "__main__":
    unittest.main()
