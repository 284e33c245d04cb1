"""Outputs that cannot be written: exit code 5, and what was there stays as it was."""

import json
import os
import re
import shutil
import subprocess

from trial import tree

KIB = 1024


def work(trial, output):
    """Each stage with the place that it writes to."""
    aligned = trial.house.shared("aligned")
    return {"extract": ("extract", trial.cast / "bruno.mp4", "-o", output, "--consent", trial.consent(), "--frames", "0-3"),
            "train": ("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", output,
                      "--preset", "sketch", "--iterations", 1, "--batch", 2),
            "merge": ("merge", trial.house.shared("converted") / "bruno", "-o", f"{output}.mkv", "--codec", "ffv1", "--frames", "0-11"),
            "consent": ("consent", "new", "--subject", "A", "--role", "likeness", "--basis", "self", "-o", output)}


def place(stage, output):
    def case(trial):
        (trial / "file").write_text("a file, not a folder")
        trial.run(*work(trial, output)[stage], code=5, err="cannot", keeps=trial.folder)
    return case


def cases():
    for stage in ("extract", "train", "merge", "consent"):
        yield f"{stage}_below_a_file", place(stage, "file/out")
        yield f"{stage}_below_a_device", place(stage, "/dev/null/out")
        yield f"{stage}_where_nobody_may_write", place(stage, "/proc/understudy")


def case_stage_folder_is_a_file(trial):
    dataset = trial.copy("aligned")
    (dataset / "convert").write_text("not a folder")
    trial.run("convert", dataset, "-m", trial.house.shared("model"), code=3, err="convert.*Not a directory", keeps=dataset)
    (dataset / "align").rename(dataset / "old")
    (dataset / "align").write_text("not a folder")
    trial.run("align", dataset, code=3, err="align.*Not a directory", keeps=dataset)


def case_full_disk_extract(trial):
    command = work(trial, "out")["extract"]
    trial.run(*command, size_limit=20 * KIB, code=5, err="File too large.*space")
    trial.check(not list((trial / "out").rglob("shard.json")), "a shard was published")
    trial.run(*command, out="out\n")
    trial.run("verify", "out", out=None)


def case_full_disk_align(trial):
    dataset = trial.copy("extracted")
    before = tree(dataset)
    trial.run("align", dataset, size_limit=20 * KIB, code=5, err="File too large.*space")
    (dataset / "align/people.jsonl").unlink()  # who is who was found, and is whole
    trial.check(tree(dataset) == before, "something was published")
    trial.run("align", dataset, out=f"{dataset}\n")


def kept(model):
    return {name: digest for name, digest in tree(model).items() if name.endswith(("safetensors", "json"))}


def case_full_disk_train(trial):
    model = trial.copy_model()
    keeps = kept(model)
    trial.train(model=model, iterations=3, size_limit=300 * KIB, code=5,
                err="File too large.*checkpoint-000000002.safetensors, stays as it was.*space")
    trial.check(kept(model) == keeps, "what was saved before is gone, or a half was left")
    trial.train(model=model, iterations=3, err="from iteration 2")


def case_full_disk_convert(trial):
    dataset = trial.copy("aligned")
    before = tree(dataset)
    command = ("convert", dataset, "-m", trial.house.shared("model"))
    trial.run(*command, size_limit=20 * KIB, code=5, err="File too large.*space")
    trial.check(tree(dataset) == before, "something was published")
    trial.run(*command, out=f"{dataset}\n")


def says_unfinished(path):
    """A list of digests that a merge of pictures puts in the place of an older one before it begins."""
    return path.name.endswith("digests.json") and json.loads(path.read_text()).get("unfinished") is True


def full_disk_merge(output, *options):
    def case(trial):
        converted = trial.house.shared("converted") / "bruno"
        trial.run("merge", converted, "-o", output, "--frames", "0-11", *options, size_limit=20 * KIB, code=5,
                  err="space|too large", keeps=converted)
        left = [path for path in trial.folder.rglob("*") if path.is_file() and not says_unfinished(path)]
        trial.check(not left, f"a part of the result was left: {left}")
    return case


case_full_disk_merge_to_mp4 = full_disk_merge("out.mp4")
case_full_disk_merge_to_mkv = full_disk_merge("out.mkv", "--codec", "ffv1")
case_full_disk_merge_to_pictures = full_disk_merge("out/frame.####.png")
case_full_disk_merge_elements = full_disk_merge("out.mp4", "--elements", "elements")
case_full_disk_merge_wipe = full_disk_merge("out.mp4", "--wipe", "wipe.mov")


def case_full_disk_preview(trial):
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "sheet.png", "--preview", 3, size_limit=20 * KIB,
              code=5, err="sheet.png.*File too large", absent="sheet.png")


def case_elements_again(trial):
    """A rerun writes over what was there, and leaves nothing else."""
    command = ("merge", trial.house.shared("converted") / "bruno", "-o", "out.mp4", "--elements", "elements", "--wipe", "wipe.mp4")
    trial.run(*command, "--frames", "0-2", out="out.mp4\nelements\nwipe.mp4\n")
    before = sorted(tree(trial / "elements"))
    (trial / "elements" / "000001.exr").write_text("half of a picture")
    (trial / "elements" / "tracks.nk").write_text("an old script")
    trial.run(*command, "--frames", "0-2", out="out.mp4\nelements\nwipe.mp4\n")
    trial.check(sorted(tree(trial / "elements")) == before, "other files than before")
    trial.check((trial / "elements" / "000001.exr").stat().st_size > 10000, "the old picture is still there")
    trial.check("CornerPin2D" in (trial / "elements" / "tracks.nk").read_text(), "the old tracks are still there")


def case_elements_where_nobody_may_write(trial):
    for option in (("--elements", "/proc/understudy"), ("--wipe", "/proc/understudy/wipe.mp4")):
        trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "out.mp4", "--frames", "0-2", *option, code=5,
                  err="cannot", absent="out.mp4")


def case_full_disk_merge_keeps_the_old_result(trial):
    (trial / "out.mp4").write_text("yesterday's result")
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "out.mp4", "--frames", "0-11", size_limit=20 * KIB,
              code=5, err="space|too large", keeps=trial.folder)


def case_full_disk_report_and_consent(trial):
    trial.run(*work(trial, "a.toml")["consent"], size_limit=10, code=5, err="a.toml.*File too large", absent="a.toml")
    trial.run("consent", "check", trial.consent(), "--report", "report.json", size_limit=10, code=5, out=None,
              err="report.*File too large", absent="report.json")


def mounted(small, size):
    """Whether `small` is now a file system of that size: where one may be mounted."""
    small.mkdir()
    return os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", small],
                                                capture_output=True).returncode == 0


def case_truly_full_disk_with_a_ring(trial):
    """Room for the checkpoints that are there and half of another one."""
    shared = trial.house.shared("model")
    sizes = [path.stat().st_size for path in shared.rglob("*") if path.is_file()]
    small = trial / "small"
    if not mounted(small, sum(sizes) + max(sizes) // 2):
        return
    try:
        model = small / "model"
        shutil.copytree(shared, model)
        before = kept(model)
        trial.train(model=model, iterations=3, code=5, err="No space left.*stays as it was")
        trial.check(kept(model) == before, "the ring was changed")
        trial.no_leftovers()
        trial.run("verify", model, out=re.compile(".*iterations: 2.*", re.DOTALL), err="")
    finally:
        subprocess.run(["umount", small], check=True)


def case_truly_full_disk(trial):
    """On a file system of 256 KiB."""
    small = trial / "small"
    if not mounted(small, "256k"):
        return
    try:
        for stage in ("extract", "train", "merge"):
            trial.run(*work(trial, small / "out")[stage], code=5, err="[Nn]o space|space")
            left = [path for path in small.rglob("*") if path.name in ("shard.json", "out.mkv") or path.suffix == ".safetensors"]
            trial.check(not left, f"{stage} left {left}")
            trial.no_leftovers()
            subprocess.run(["rm", "-rf", small / "out"], check=True)
    finally:
        subprocess.run(["umount", small], check=True)


def case_full_device_as_output(trial):
    with open("/dev/full", "w") as full:
        trial.run("consent", "check", trial.consent(), stdout=full, code=5, err="standard output")
    trial.run("consent", "check", trial.consent(), "--report", "/dev/full", code=5, out=None, err="report.*[Nn]o space")


def case_report_cannot_be_written(trial):
    trial.run("consent", "check", trial.consent(), "--report", "nowhere/report.json", code=5, out=None, err="report.*nowhere")
    trial.run("consent", "check", "no.toml", "--report", "nowhere/report.json", code=3, err="no.toml")
