"""What a case works with: programs, a folder of its own, shared datasets that are made once, and checks."""

import functools
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess
import threading
import time
import zlib

# No one reads the sentences that come with these.
CRASH = re.compile(r"terminate called|Segmentation|unexpected failure|Traceback|c10::Error|Exception raised from")
LEFTOVER = ".tmp-"
FRAMES = "0-11"


class Failed(Exception):
    """A program did something else than the case fixes."""


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def fits(expected, text):
    """True when `text` is the string, or all of it fits the pattern."""
    return expected.fullmatch(text) is not None if isinstance(expected, re.Pattern) else expected == text


def tree(folder):
    """Every file below `folder` with its digest."""
    paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def png_bytes(width, height, grey=128):
    """A plain colour PNG."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes([grey]) * (3 * width)) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def flip_byte(path, place=0.5):
    """Changes one byte; `place` is a part of the file's length."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 0x55
    path.write_bytes(content)


def edit_json(path, **fields):
    path.write_text(json.dumps(json.loads(path.read_text()) | fields, indent=2) + "\n")


def read_safetensors(path):
    """The header, and the tensors' bytes."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:8 + length]), content[8 + length:]


def write_safetensors(path, header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def checkpoints(model):
    """The ring in a model folder, the one with the most iterations first."""
    return sorted(pathlib.Path(model).glob("checkpoint-*.safetensors"), reverse=True)


def limit_file_size(size):
    """For a child process: no file grows beyond `size` bytes, as on a full disk."""
    def apply():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return apply


class House:
    """The programs, and the datasets and the model that cases share. Cases alter copies only."""

    def __init__(self, bin_folder, data, folder, patience=1):
        self.bin, self.data, self.folder, self.patience = bin_folder, data, folder, patience
        self.lock = threading.RLock()
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("SLURM_", "CUE_", "UNDERSTUDY_", "OMP_", "OMPI_", "PMI_"))
                       and name not in ("RANK", "WORLD_SIZE", "OCIO")}
        self.environment = environment | {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive", "LC_ALL": "C",
                                          "HOME": "/nonexistent", "XDG_DATA_HOME": str(folder / "home")}

    def make(self, tool, *args):
        self.folder.mkdir(exist_ok=True)
        done = subprocess.run([self.bin / f"understudy-{tool}", *map(str, args)], cwd=self.folder, text=True,
                              capture_output=True, env=self.environment, timeout=300 * self.patience)
        if done.returncode != 0:
            raise Failed(f"a shared fixture could not be made: {tool} gave {done.returncode}: {done.stderr}")

    @functools.cached_property
    def consents(self):
        for name, role in (("ada", "likeness"), ("bruno", "performer")):
            self.make("consent", "new", "--subject", name, "--role", role, "--basis", "synthetic", "-o", f"{name}.toml")
        return self.folder

    @functools.cached_property
    def extracted(self):
        for name in ("ada", "bruno"):
            self.make("extract", self.data / "cast" / f"{name}.mp4", "-o", f"extracted/{name}",
                      "--consent", self.consents / f"{name}.toml", "--frames", FRAMES)
        return self.folder / "extracted"

    @functools.cached_property
    def aligned(self):
        shutil.copytree(self.extracted, self.folder / "aligned")
        self.make("align", "aligned/ada", "aligned/bruno")
        return self.folder / "aligned"

    @functools.cached_property
    def model(self):
        """After one iteration and after two, so that there are two checkpoints."""
        for iterations in (1, 2):
            self.make("train", "--likeness", self.aligned / "ada", "--performer", self.aligned / "bruno", "-m", "model",
                      "--preset", "sketch", "--iterations", iterations, "--batch", 2)
        return self.folder / "model"

    @functools.cached_property
    def converted(self):
        shutil.copytree(self.aligned, self.folder / "converted")
        self.make("convert", "converted/bruno", "-m", self.model)
        return self.folder / "converted"

    @functools.cached_property
    def delivered(self):
        self.make("merge", self.converted / "bruno", "-o", "result.mkv", "--codec", "ffv1", "--frames", FRAMES)
        return self.folder / "result.mkv"

    def shared(self, name):
        with self.lock:
            return getattr(self, name)


class Trial:
    """One case: its folder, and the programs run in it."""

    def __init__(self, house, folder):
        self.house, self.folder = house, folder
        self.cast = house.data / "cast"
        folder.mkdir(parents=True)

    def __truediv__(self, name):
        return self.folder / name

    def copy(self, stage, name="bruno", as_name=None):
        """A copy of a shared dataset, to be altered: stage 'extracted', 'aligned' or 'converted', a subject's name."""
        return pathlib.Path(shutil.copytree(self.house.shared(stage) / name, self.folder / (as_name or name)))

    def copy_model(self, name="model"):
        return pathlib.Path(shutil.copytree(self.house.shared("model"), self.folder / name))

    def consent(self, name="bruno"):
        return self.house.shared("consents") / f"{name}.toml"

    def ffmpeg(self, *args):
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], cwd=self.folder, check=True)

    def check(self, condition, what):
        if not condition:
            raise Failed(what)

    def start(self, tool, *args, **more):
        """The running program; `tool` "" is the front door."""
        program = self.house.bin / ("understudy-" + tool if tool else "understudy")
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        settings = streams | {"env": self.house.environment} | more
        return subprocess.Popen([program, *map(str, args)], cwd=self.folder, text=True, errors="replace", **settings)

    def start_working(self, tool, *args, mark="ALF_PROGRESS"):
        """Starts it and comes back when it says `mark`, with the program and what it said so far."""
        process = self.start(tool, *args, "--progress", "farm")
        said = ""
        for line in process.stderr:
            said += line
            if line.startswith(mark):
                return process, said
        raise Failed(f"understudy-{tool} ended with {process.wait()} before it showed {mark}: {said}")

    def end(self, process, code, timeout=20):
        """Waits for the end, which must come with `code` (or one of them) within the time that the design gives."""
        try:
            out, err = process.communicate(timeout=timeout * self.house.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failed(f"it did not end within {timeout} s") from None
        codes = code if isinstance(code, tuple) else (code,)
        self.check(process.returncode in codes, f"exit code {process.returncode}, expected {code}: {err}")
        return Result(process.returncode, out, err)

    def run(self, tool, *args, code=0, out="", err=None, keeps=None, size_limit=None, **more):
        """Runs it and checks exit code, stdout (a string, or a pattern of all of it), stderr (a pattern found in it), and
        that the folder `keeps` (None where it must not come to be: then name it as `absent`) is byte for byte as it was."""
        absent = more.pop("absent", None)
        before = tree(keeps) if keeps else None
        if "input" in more:
            stdin_text, more["stdin"] = more.pop("input"), subprocess.PIPE
        else:
            stdin_text = None
        if size_limit is not None:
            more["preexec_fn"] = limit_file_size(size_limit)
        process = self.start(tool, *args, **more)
        try:
            got_out, got_err = process.communicate(stdin_text, timeout=180 * self.house.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"no end after 180 s: {process.communicate()[1]}") from None
        got_out, got_err = got_out or "", got_err or ""
        shown = f"{tool} {' '.join(map(str, args))}\n  exit code {process.returncode}\n  stdout: {got_out}\n  stderr: {got_err}"
        self.check(process.returncode == code, f"exit code {code} was expected: {shown}")
        self.check(not CRASH.search(got_err), f"a crash or a bug's message: {shown}")
        if out is not None:
            self.check(fits(out, got_out), f"stdout should be {out!r}: {shown}")
        self.check(code in (0, 75) or err is not None, f"the case fixes no message: {shown}")
        if err == "":
            self.check(got_err == "", f"stderr should be empty: {shown}")
        elif err is not None:
            self.check(re.search(err, got_err, re.DOTALL), f"stderr should say {err!r}: {shown}")
        if code in (2, 3, 4, 5, 7):
            self.check(re.search(r"^(understudy(-\w+)?: \S|Usage: )", got_err, re.MULTILINE), f"no sentence of the program: {shown}")
        if keeps:
            self.check(tree(keeps) == before, f"{keeps} was changed: {shown}")
        if absent:
            self.check(not os.path.lexists(self.folder / absent), f"{absent} was left behind: {shown}")
        return Result(process.returncode, got_out, got_err)

    def train(self, *args, model="model", iterations=2, **expected):
        """A training on the shared faces, as small as can be."""
        aligned = self.house.shared("aligned")
        sides = [] if "--likeness" in args else ["--likeness", aligned / "ada", "--performer", aligned / "bruno"]
        expected.setdefault("out", f"{model}\n" if expected.get("code", 0) == 0 else "")
        return self.run("train", *sides, "-m", model, "--preset", "sketch", "--iterations", iterations, "--batch", 2,
                        *args, **expected)

    def no_leftovers(self):
        found = [str(path) for path in self.folder.rglob("*") if LEFTOVER in path.name]
        self.check(not found, f"temporary names were left behind: {found}")


def kill(process, after_s=0.0):
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
