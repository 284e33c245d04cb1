"""Options, and the loop that renders frames or recomputes their truth."""
import argparse
import json
import os
import sys
import time

import numpy as np

from synthetic_cast.assets import Assets
from synthetic_cast.camera import Camera, frame_truth
from synthetic_cast.choices import frame_numbers, pick_identity, pick_performance, pick_scene
from synthetic_cast.errors import MISSING_INPUT, MISSING_PROGRAM, WRONG_USAGE, CastError
from synthetic_cast.person import Body, Person
from synthetic_cast.posing import Poser

SOURCE_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
DEFAULT_DENOISER = os.path.join(SOURCE_ROOT, "build", "cast", "libdenoise.so")


def main(arguments):
    """Runs the renderer and returns the exit status: 0, or that of a CastError."""
    try:
        options = parse(arguments)
        _import_opencv()
        performance, scene = pick_performance(options.performance), pick_scene(options.scene)
        numbers = frame_numbers(options.frames, len(performance))
        person = _person(options)
        camera = Camera(scene["cam"], *options.size)
        if options.truth_only:
            recompute_truth(options, person, performance, camera, numbers)
        else:
            render_clip(options, person, performance, scene, camera, numbers)
    except CastError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    return 0


def parse(arguments):
    """Returns the parsed options."""
    parser = argparse.ArgumentParser(
        prog="render_cast.py",
        description="Renders people who do not exist, with ground truth. Runs inside Blender; --truth-only "
                    "and --renderer raster run in plain Python too.")
    add = parser.add_argument
    add("--identity", default="ada", help="ada, bruno, seed:N (a random person) or a JSON file (default ada)")
    add("--face", help="an identity whose face the person wears: the truth of a swap")
    add("--tone", default="target", choices=["target", "source"], help="whose skin tone the worn face has")
    add("--inset", type=float, default=0.20, help="blend width of the worn face in decimetres (default 0.20)")
    add("--performance", default="ada", help="ada, bruno or a JSON file (default ada)")
    add("--scene", default="studio", help="studio, evening or a JSON file (default studio)")
    add("--frames", default="all", help="such as 0-59, 7 or 0,10-19 (default all)")
    add("--size", type=int, nargs=2, default=[480, 480], metavar=("W", "H"), help="pixels (default 480 480)")
    add("--renderer", default="cycles", choices=["cycles", "raster"],
        help="cycles inside Blender, or the fast rasteriser in plain Python (default cycles)")
    add("--samples", type=int, default=16, help="light paths per pixel (default 16)")
    add("--subdiv", type=int, default=1, help="subdivisions of the skin (default 1)")
    add("--threads", type=int, default=0, help="render threads, 0 for all (default 0)")
    add("--out", required=True, help="output folder")
    add("--plate", help="output folder of the performer's own render: its pixels stay outside the faces")
    add("--overlay", action="store_true", help="also draw the landmarks over each frame")
    add("--truth-only", action="store_true", help="recompute truth.jsonl from an existing render's masks")
    add("--data", default=os.environ.get("MH_DATA"), help="body data folder (default: environment's MH_DATA)")
    add("--denoiser", default=DEFAULT_DENOISER, help="compiled denoise.cpp (build/cast/libdenoise.so)")
    options = parser.parse_args(arguments)
    if min(options.size) < 16 or options.samples < 1 or min(options.threads, options.subdiv) < 0:
        parser.error("--size needs at least 16 16, --samples at least 1, --threads and --subdiv at least 0")
    return options


def recompute_truth(options, person, performance, camera, numbers):
    """Writes truth.jsonl anew for the frames whose masks are in the output folder."""
    import cv2
    poser = Poser(person)
    lines = []
    for number in numbers:
        path = _picture_path(options, "mask", number)
        if not os.path.exists(path):
            continue
        mask = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise CastError(MISSING_INPUT, f"The mask '{path}' is not a PNG; render the frame again.")
        if mask.shape != (camera.height, camera.width):
            raise CastError(WRONG_USAGE, f"The mask of frame {number} has {mask.shape[1]}x{mask.shape[0]} "
                            f"pixels, but --size is {camera.width} {camera.height}; pass the render's size.")
        posed = poser.pose(performance[number])
        truth = frame_truth(camera, person.body, posed, mask / 255.0)
        lines.append(_truth_line(options, number, performance[number], truth))
    if not lines:
        raise CastError(MISSING_INPUT,
                        f"There is no mask of these frames in '{options.out}/mask'; render the clip first.")
    with open(os.path.join(options.out, "truth.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(lines)


def render_clip(options, person, performance, scene, camera, numbers):
    """Renders frames/, mask/, alpha/ and truth.jsonl; anything but all frames is appended to the truth."""
    for kind in ("frames", "mask", "alpha"):
        os.makedirs(os.path.join(options.out, kind), exist_ok=True)
    stage = _stage(options.renderer)(person, scene, camera, options)
    seconds = []
    mode = "w" if options.frames == "all" else "a"
    with open(os.path.join(options.out, "truth.jsonl"), mode, encoding="utf-8") as truth_file:
        for number in numbers:
            start = time.time()
            rendered = stage.render(performance[number], number)
            truth = frame_truth(camera, person.body, rendered.posed, rendered.mask)
            _write_frame(options, number, rendered, truth)
            truth_file.write(_truth_line(options, number, performance[number], truth))
            truth_file.flush()
            seconds.append(time.time() - start)
            print(f"cast: frame {number} render {rendered.render_seconds:.2f} s, finish "
                  f"{rendered.finish_seconds:.2f} s, total {seconds[-1]:.2f} s", flush=True)
    print(f"cast: mean {np.mean(seconds):.2f} s over {len(seconds)} frames")


def _stage(renderer):
    if renderer == "raster":
        from synthetic_cast.raster_stage import RasterStage
        return RasterStage
    try:
        from synthetic_cast.stage import Stage
    except ImportError as error:
        raise CastError(MISSING_PROGRAM, f"This renderer needs Blender 3.4 ({error}). Run it as: blender -b "
                        "--python-exit-code 1 -P scripts/cast/render_cast.py -- OPTIONS, or choose --renderer "
                        "raster.") from error
    return Stage


def _import_opencv():
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        raise CastError(MISSING_PROGRAM, f"OpenCV for {sys.executable} is missing ({error}). On Debian: "
                        "apt-get install python3-numpy python3-opencv") from error


def _person(options):
    identity = pick_identity(options.identity)
    face = pick_identity(options.face) if options.face else None
    body = Body(Assets(options.data))
    person = Person(body, identity)
    if face:
        person.take_face(Person(body, face), options.inset, options.tone)
    return person


def _write_frame(options, number, rendered, truth):
    import cv2
    from synthetic_cast.picture import despeckle
    from synthetic_cast.plate import keep_plate
    picture = despeckle(rendered.picture, rendered.mask, truth["landmarks68"])
    if options.plate:
        picture = keep_plate(picture, rendered.mask, options.plate, number)
    cv2.imwrite(_picture_path(options, "frames", number), picture[..., ::-1])
    cv2.imwrite(_picture_path(options, "mask", number), (rendered.mask * 255 + 0.5).astype(np.uint8))
    alpha = np.clip(rendered.alpha, 0, 1)
    cv2.imwrite(_picture_path(options, "alpha", number), (alpha * 255 + 0.5).astype(np.uint8))
    if options.overlay:
        path = os.path.join(options.out, f"overlay_{number:04d}.png")
        cv2.imwrite(path, _landmark_overlay(picture, truth))


def _landmark_overlay(picture, truth):
    """Twice the size, BGR: visible landmarks green, hidden ones red."""
    import cv2
    overlay = cv2.resize(picture[..., ::-1].copy(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    for (x, y), visible in zip(truth["landmarks68"], truth["visible"]):
        colour = (0, 255, 0) if visible else (0, 0, 255)
        cv2.circle(overlay, (int(x * 2), int(y * 2)), 2, colour, -1, cv2.LINE_AA)
    return overlay


def _picture_path(options, kind, number):
    return os.path.join(options.out, kind, f"{number:04d}.png")


def _truth_line(options, number, frame, truth):
    line = {"frame": number, "identity": options.identity, "face": options.face or options.identity,
            "scene": options.scene, "performance": frame, **truth}
    return json.dumps(line) + "\n"
