"""The shot that the farm's tests plan: the rendered cast, twelve frames in three chunks, a network for tests."""

import hashlib
import os
import pathlib
import shutil
import subprocess

FRAMES, CHUNK = "0-11", 4
OUTPUT = "result.mkv"

SHOT = """
shot = "sample_0010"
chunk = {chunk}

[plates.ada]
path = "{cast}/ada.mp4"
frames = "{frames}"
[plates.bruno]
path = "{cast}/bruno.mp4"
frames = "{frames}"

[likenesses.ada]
plates = ["ada"]
consent = "ada.toml"
[performers.bruno]
plates = ["bruno"]
consent = "bruno.toml"

[extract]
cores = 1
memory_mb = 400
[align]
cores = 1
memory_mb = 400
[train]
cores = 1
memory_mb = 600
ranks = 2
preset = "two_ranks.toml"
options = ["--iterations", "{iterations}", "--batch", "2", "--precision", "fp32", "--save-minutes", "0.02"]
[convert]
cores = 1
memory_mb = 500
[merge]
cores = 1
memory_mb = 400

[delivery]
plate = "bruno"
output = "{output}"
cores = 1
memory_mb = 400
options = ["--codec", "ffv1"]
"""


class Programs:
    """The programs of a build, in an environment without a scheduler's variables."""

    def __init__(self, bin_folder):
        self.bin = pathlib.Path(bin_folder).resolve()
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("SLURM_", "CUE_", "UNDERSTUDY_", "OMP_", "OMPI_", "PMI_"))
                            and name not in ("RANK", "WORLD_SIZE", "OCIO")} | {"LC_ALL": "C", "OMP_WAIT_POLICY": "passive"}

    def run(self, name, *words, code=0, **more):
        done = subprocess.run([self.bin / f"understudy-{name}", *map(str, words)], env=self.environment, text=True,
                              capture_output=True, timeout=600, **more)
        if done.returncode != code:
            raise SystemExit(f"understudy-{name} {' '.join(map(str, words))} gave {done.returncode}: {done.stderr}")
        return done


def write_shot(programs, folder, cast, iterations=6, **changes):
    """A folder with SHOT.toml and all that it names; gives the file."""
    folder.mkdir(parents=True)
    for name, role in (("ada", "likeness"), ("bruno", "performer")):
        programs.run("consent", "new", "--subject", name, "--role", role, "--basis", "synthetic", "-o", folder / f"{name}.toml")
    shutil.copy(pathlib.Path(cast).parent / "presets/two_ranks.toml", folder)
    words = {"chunk": CHUNK, "frames": FRAMES, "output": OUTPUT, "iterations": iterations} | changes
    shot = folder / "shot.toml"
    shot.write_text(SHOT.format(cast=pathlib.Path(cast).resolve(), **words))
    return shot


def pixels(video):
    """A digest of every decoded sample, and how many frames there are."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", video, "-map", "0:v", "-f", "framemd5", "-"],
                         check=True, capture_output=True, text=True).stdout
    frames = [line.split(",")[-1].strip() for line in raw.splitlines() if not line.startswith("#")]
    return hashlib.sha256("\n".join(frames).encode()).hexdigest(), len(frames)
