"""The stages that faults are tried on: how each begins, and what it leaves."""

import hashlib
import json

from trial import LEFTOVER, checkpoints, read_safetensors

FRAMES = "0-3"


MEDIA = (".mkv", ".png")


def digest(content):
    return hashlib.sha256(content).hexdigest()


def shard_digest(path):
    """Of shard.json without what names this one run: an id that is drawn, and the digest over it."""
    shard = json.loads(path.read_text())
    for field in ("uuid", "content_sha256"):
        del shard[field]
    return digest(json.dumps(shard).encode())


def pixels_digest(trial, path):
    sums = trial.folder.parent / f"{trial.folder.name}.md5"
    trial.ffmpeg("-i", path, "-f", "framemd5", sums)
    return digest(sums.read_bytes())


def files_below(folder):
    """Those with final names, by their path from the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path for path in paths if LEFTOVER not in str(path.relative_to(folder))}


class DatasetStage:
    """A stage that puts shards into a dataset."""

    passing = ()  # what may be another after a run that was cut off than after a whole one

    def __init__(self, begin, reads=None):
        self.begin = begin
        self.shard_read = reads and (lambda trial: next((trial / "bruno" / reads).glob("*/[!.]*/")))

    def left(self, trial):
        """Digests of what is there under final names."""
        return {name: shard_digest(path) if path.name == "shard.json" else digest(path.read_bytes())
                for name, path in files_below(trial.folder).items()}


class Train:
    shard_read = None
    passing = ("model.json", "log.jsonl")

    def begin(self, trial):
        aligned = trial.house.shared("aligned")
        return ("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", "model", "--preset", "sketch",
                "--iterations", "3", "--batch", "2", "--save-minutes", "0.0001", "--threads", "1")

    def left(self, trial):
        """Weights and all other tensors of each checkpoint, and how far model and log say that it went."""
        model, out = trial.folder / "model", {}
        for path in checkpoints(model):
            out[path.name] = digest(read_safetensors(path)[1])
        if (model / "model.json").exists():
            out["model.json"] = json.loads((model / "model.json").read_text())["iteration"]
        if (model / "log.jsonl").exists():
            out["log.jsonl"] = (model / "log.jsonl").read_text().count("\n")
        return out


class Merge:
    passing, shard_read = (), None

    def __init__(self, *output):
        self.output = output

    def begin(self, trial):
        return ("merge", trial.house.shared("converted") / "bruno", "-o", *self.output, "--frames", FRAMES, "--threads", "2")

    def left(self, trial):
        """Decoded frames; of what is signed, and so another each time, that it is there."""
        return {name: pixels_digest(trial, path) if path.suffix in MEDIA else "there"
                for name, path in files_below(trial.folder).items()}


def begin_extract(trial):
    return ("extract", trial.cast / "bruno.mp4", "-o", "bruno", "--consent", trial.consent(), "--frames", FRAMES, "--threads", "2")


def begin_align(trial):
    trial.copy("extracted")
    return ("align", "bruno", "--frames", FRAMES, "--threads", "2")


def begin_convert(trial):
    trial.copy("aligned")
    return ("convert", "bruno", "-m", trial.house.shared("model"), "--frames", FRAMES, "--threads", "2")


STAGES = {"extract": DatasetStage(begin_extract), "align": DatasetStage(begin_align, reads="extract"), "train": Train(),
          "convert": DatasetStage(begin_convert, reads="align"), "merge-sequence": Merge("out/####.png"),
          "merge-video": Merge("out.mkv", "--codec", "ffv1")}
