#!/usr/bin/env python3
"""Lets the programs work on a dataset of many faces, checks what they say, and prints times and memory.

    run.py --bin build/release/bin --data tests/data --faces N [--folder DIR] [--only STEPS]

The dataset is written by understudy_many_faces, which says what it holds: about 9 KB of disk a face, more for the pack and training's
copy. It lies below --folder, the system's temporary folder by default, and is removed. Checked are counts, a damaged byte that must be
found, the pack as Python's own tarfile reads it, and a step of training. Times and memory are printed, not checked: they are those of a
process (wall clock, most memory resident). --only takes names of steps, with commas between. The exit code is 1 when a check fails.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

PERFORMER_FACES = 500
FACES_OF_AN_ARCHIVE = 1000
BEST = 1000


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Work:
    """Programs that run in one folder, each with its time and most memory."""

    def __init__(self, options, folder):
        self.bin, self.data, self.folder, self.faces = options.bin.resolve(), options.data.resolve(), folder, options.faces
        self.environment = os.environ | {"OMP_WAIT_POLICY": "passive", "LC_ALL": "C", "XDG_DATA_HOME": str(folder / "home")}
        self.rows = []

    def run(self, name, program, *words, code=0):
        """What it printed."""
        with open(self.folder / "said", "w+") as said, open(self.folder / "printed", "w+") as printed:
            begin = time.monotonic()
            process = subprocess.Popen([self.bin / program, *map(str, words)], cwd=self.folder, stdout=printed, stderr=said,
                                       env=self.environment, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            check(process.returncode == code, f"{name} gave {process.returncode} instead of {code}: {said.read()[-2000:]}")
            printed.seek(0)
            self.rows.append((name, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
            print(f"{name:12} {seconds:8.1f} s {self.rows[-1][2]:8.1f} s cpu {1e6 * seconds / self.faces:8.0f} us/face "
                  f"{self.rows[-1][3]:8.0f} MiB", flush=True)
            return printed.read()

    def make(self, subject, role, faces):
        self.run("consent", "understudy-consent", "new", "--subject", subject, "--role", role, "--basis", "synthetic",
                 "-o", f"{subject}.toml")
        return json.loads(self.run("write", "understudy_many_faces", subject, f"{subject}.toml", faces))


def stats(work, held):
    work.run("stats", "understudy-faces", "stats", "many", "--json", "stats.json")
    told = json.loads((work.folder / "stats.json").read_text())["datasets"][0]
    check(told["faces"] == held["faces"] and told["removed"] == 0, f"stats tells of {told['faces']} faces")
    check(sum(told["people"].values()) == held["faces"], "stats does not count everybody's faces")


def filtered(work, held):
    gone = work.run("filter", "understudy-faces", "filter", "many", "--where", held["condition"]).splitlines()
    check(len(gone) == held["faces"] - held["sharp_frontal"], f"{len(gone)} faces would go")


def by_sharpness(work, held):
    lines = work.run("sort blur", "understudy-faces", "sort", "many", "--by", "blur").splitlines()
    values = [float(line.split("\t")[1]) for line in lines]
    check(len(values) == held["faces"] and values == sorted(values, reverse=True), "not sorted by sharpness")


def best(work, held):
    gone = work.run("best", "understudy-faces", "best", BEST, "many").splitlines()
    check(len(gone) >= held["faces"] - BEST, f"{held['faces'] - len(gone)} faces would stay")


def dedupe(work, held):
    gone = work.run("dedupe", "understudy-faces", "dedupe", "many").splitlines()
    names = {line.split("\t")[0] for line in gone}
    check(len(names) == len(gone) >= held["repeated"], f"{len(gone)} faces go, of {held['repeated']} that are there twice")
    print(f"             {len(gone)} faces are nearly like others, {held['repeated']} are repeated")


def checked(work, held):
    check(work.run("check", "understudy-faces", "check", "many") == "", "check finds something in a whole dataset")
    picture = next((work.folder / "many/align/take-0").glob("*/*_1.png"))
    whole = picture.read_bytes()
    picture.write_bytes(whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:])
    told = work.run("check damage", "understudy-faces", "check", "many", code=6)
    picture.write_bytes(whole)
    check(picture.name in told and len(told.splitlines()) == 1, f"the damaged byte of {picture.name}: {told}")


def reindex(work, held):
    lists = sorted((work.folder / "many/align").glob("*/*/faces.jsonl"))
    check(len(lists) == held["shards"], f"{len(lists)} shards are there")
    before = [digest(path) for path in lists]
    work.run("reindex", "understudy-faces", "reindex", "many")
    check(before == [digest(path) for path in lists], "reindex changes lists of whole shards")


def samples(archive):
    """Key and files of each sample, as WebDataset groups them: what is up to the first dot of the name, one after the other."""
    with tarfile.open(archive) as tar:
        key, files = None, {}
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            stem, _, kind = name.partition(".")
            if (folder, stem) != key and key:
                yield key, files
                files = {}
            key = (folder, stem)
            check(kind not in files, f"{member.name} is there twice")
            files[kind] = tar.extractfile(member).read()
        yield key, files


def pack(work, held):
    work.run("pack", "understudy-faces", "pack", "many", "-o", "pack")
    archives, keys = sorted((work.folder / "pack").glob("*.tar")), []
    for archive in archives:
        before = len(keys)
        for key, files in samples(archive):
            keys.append(key)
            check(sorted(files) == ["json", "mask.png", "png"], f"{key} has {sorted(files)}")
            record = json.loads(files["json"])
            check((record["source"], record["subject"]) == (key[0], "many"), f"{key} has the record of {record['source']}")
            check(hashlib.sha256(files["png"]).hexdigest() == record["sha256"], f"{key} has another picture")
        check(len(keys) - before <= FACES_OF_AN_ARCHIVE, f"{archive.name} is too large")
    check(keys == sorted(set(keys)) and len(keys) == held["faces"], f"{len(keys)} samples, or in another order")
    print(f"             {len(archives)} archives of {archives[0].stat().st_size / 2**20:.1f} MiB")
    shutil.rmtree(work.folder / "pack")  # as large as the dataset


def train(work, held):
    words = ("understudy-train", "--likeness", "many", "--performer", "few", "-m", "model", "--preset",
             work.data / "presets/two_ranks.toml", "--batch", "2")
    work.run("open", *words, "--dry-run")
    for name, iterations in (("first step", 1), ("next step", 2)):
        work.run(name, *words, "--iterations", iterations, "--report", "report.json")
        report = json.loads((work.folder / "report.json").read_text())
        check(report["faces"] == {"likeness": held["faces"], "performer": PERFORMER_FACES}, f"trained on {report['faces']}")
        check(report["iterations"] == {"done": 1, "total": iterations}, f"{report['iterations']}")


STEPS = {"stats": stats, "filter": filtered, "sort": by_sharpness, "best": best, "dedupe": dedupe, "check": checked,
         "reindex": reindex, "pack": pack, "train": train}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--faces", type=int, required=True)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--only", default=",".join(STEPS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="understudy-scale-", dir=options.folder) as folder:
        work = Work(options, pathlib.Path(folder))
        try:
            held = work.make("many", "likeness", options.faces)
            check(held["faces"] == options.faces, f"{held['faces']} faces were written")
            work.make("few", "performer", PERFORMER_FACES)
            for step in options.only.split(","):
                STEPS[step](work, held)
        except Failed as e:
            print(f"FAIL {e}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
