#!/usr/bin/env python3
"""Renders a shot of several people who do not exist: OUT.mp4, and OUT.truth.jsonl with a line a frame and person.

    MH_DATA=... scripts/cast/render_shot.py crossing OUT
"""
import argparse
import json
import math
import os
import subprocess
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "faces")]

import numpy as np  # noqa: E402

from synthetic_cast import raster_kernel  # noqa: E402
from synthetic_cast.assets import Assets  # noqa: E402
from synthetic_cast.errors import CastError  # noqa: E402
from synthetic_cast.person import Body  # noqa: E402
from synthetic_cast.raster_body import RasterBody  # noqa: E402
from synthetic_cast.several import Troupe, shot_frames  # noqa: E402
from synthetic_cast.shots import SHOTS  # noqa: E402
from synthetic_faces.hand import Hand  # noqa: E402
from synthetic_faces.solids import facing, placement  # noqa: E402

BENDS, SPREAD = (0.2, 0.2, 0.25, 0.3, 0.35), 0.06  # a loose hand
TILT = 0.5  # radians from upright
AHEAD = 0.55  # decimetres before the nose
PALM = np.array([0, 0.9, 0])


class Hands:
    """Hands before faces."""

    def __init__(self, body):
        self._hand = Hand(body)

    def before(self, nose, axes, offset, tone):
        """Returns a hand's Solid, its back to the camera; axes: the camera's; offset: to the picture's right and up."""
        up = math.cos(TILT) * axes[1] - math.sin(TILT) * axes[0]
        rotation = facing(-axes[2], up)
        middle = nose + offset[0] * axes[0] + offset[1] * axes[1] + AHEAD * axes[2]
        return self._hand.bent(BENDS, SPREAD, np.array(tone)).moved(placement(middle - rotation @ PALM, rotation))


def encoder(path, size, fps):
    """An ffmpeg that takes RGB pictures on its standard input."""
    return subprocess.Popen(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}",
         "-r", str(fps), "-i", "-", "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-c:v", "libx264", "-crf", "18",
         "-preset", "slow", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
         "-fflags", "+bitexact", "-flags:v", "+bitexact", path], stdin=subprocess.PIPE)


def render(shot, out, data):
    body = Body(Assets(data))
    troupe = Troupe(RasterBody(body, raster_kernel.Kernel()), Hands(body))
    video = encoder(out + ".mp4", shot["size"], shot["fps"])
    with open(out + ".truth.jsonl", "w", encoding="utf-8") as truth_file:
        for picture, truths in shot_frames(shot, troupe):
            video.stdin.write(np.ascontiguousarray(picture).tobytes())
            truth_file.writelines(json.dumps(truth) + "\n" for truth in truths)
    video.stdin.close()
    return video.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("shot", choices=sorted(SHOTS))
    parser.add_argument("out", help="name of the clip, without .mp4")
    parser.add_argument("--data", default=os.environ.get("MH_DATA"), help="body data folder (default: MH_DATA)")
    options = parser.parse_args()
    try:
        return render(SHOTS[options.shot], options.out, options.data)
    except CastError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status


if __name__ == "__main__":
    sys.exit(main())
