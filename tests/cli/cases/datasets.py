"""Datasets that are damaged, incomplete or newer."""

import re
import shutil

from trial import edit_json, flip_byte, png_bytes

ANY = re.compile(".*", re.DOTALL)


def first_shard(dataset, stage):
    return next((dataset / stage).rglob("shard.json")).parent


def damage_line(shard, number=1):
    path = shard / "faces.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    lines[number] = lines[number][:len(lines[number]) // 2] + "\n"
    path.write_text("".join(lines))


def commands(trial, dataset, model=None):
    """Each stage that reads a dataset, on this one."""
    return {"align": ("align", dataset),
            "train": ("train", "--likeness", trial.house.shared("aligned") / "ada", "--performer", dataset, "-m", "made",
                      "--preset", "sketch", "--iterations", 1, "--batch", 2),
            "convert": ("convert", dataset, "-m", model or trial.house.shared("model"), "--name", "made"),
            "merge": ("merge", dataset, "-o", "made.mkv", "--codec", "ffv1", "--frames", "0-11")}


def case_no_dataset(trial):
    for command in commands(trial, "nothing").values():
        trial.run(*command, code=3, err="nothing")
    trial.run("verify", "nothing", code=3, err="nothing")
    trial.check(not list(trial.folder.iterdir()), "something was written")


def case_folder_that_is_no_dataset(trial):
    (trial / "empty").mkdir()
    for command in commands(trial, "empty").values():
        trial.run(*command, code=3, err="empty", keeps=trial.folder)
    trial.run("verify", "empty", code=3, err="empty")


def case_nothing_done_before(trial):
    dataset = trial.copy("extracted")
    for name in ("train", "convert", "merge"):
        trial.run(*commands(trial, dataset)[name], code=3, err="understudy-(align|convert)", keeps=dataset)
    shutil.rmtree(dataset / "extract")
    trial.run("align", dataset, code=3, err="understudy-extract")


def case_newer_dataset(trial):
    dataset = trial.copy("converted")
    edit_json(dataset / "dataset.json", version=3)
    for command in commands(trial, dataset).values():
        trial.run(*command, code=4, err=r"dataset\.json.*version 3.*2", keeps=dataset)
    trial.run("verify", dataset, code=4, err=r"dataset\.json.*version 3.*2")
    trial.run("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames", "20-21",
              code=4, err=r"dataset\.json.*version 3.*2", keeps=dataset)


def newer_shard(stage, command):
    def case(trial):
        dataset = trial.copy("converted")
        edit_json(first_shard(dataset, stage) / "shard.json", version=3)
        trial.run(*commands(trial, dataset)[command], code=4, err=r"shard\.json.*version 3.*2", keeps=dataset)
    return case


def cases():
    for stage, command in (("extract", "align"), ("align", "train"), ("align", "convert"), ("convert", "merge")):
        yield f"newer_{stage}_shard_before_{command}", newer_shard(stage, command)


def case_damaged_headers(trial):
    dataset = trial.copy("extracted")
    for name, command in (("dataset.json", ("align", dataset)), ("extract/bruno/000000-000011/shard.json", ("align", dataset)),
                          ("extract/bruno/source.json", ("verify", dataset))):
        whole = (dataset / name).read_text()
        (dataset / name).write_text(whole[:len(whole) // 2])
        trial.run(*command, code=4, err=name.split("/")[-1].replace(".", r"\."), keeps=dataset)
        (dataset / name).write_text(whole)


def case_damaged_line_before_align(trial):
    dataset = trial.copy("extracted")
    damage_line(first_shard(dataset, "extract"))
    trial.run("align", dataset, "--report", "report.json", code=6, out=f"{dataset}\n", err="1 item failed")
    trial.check(re.search(r"faces\.jsonl line 2", (trial / "report.json").read_text()), "the report names the line")
    trial.check(len(first_shard(dataset, "align").joinpath("faces.jsonl").read_text().splitlines()) == 11, "the others are done")
    trial.run("verify", dataset, code=6, out=re.compile(r".*faces\.jsonl line 2.*", re.DOTALL), err="failed")


def case_damaged_line_before_train_and_convert(trial):
    dataset = trial.copy("aligned")
    damage_line(first_shard(dataset, "align"))
    trial.run(*commands(trial, dataset)["train"], "--report", "train.json", code=6, out="made\n", err="1 item failed")
    trial.run(*commands(trial, dataset)["convert"], "--report", "convert.json", code=6, out=f"{dataset}\n", err="1 item failed")
    for name in ("train.json", "convert.json"):
        trial.check(re.search(r"faces\.jsonl line 2", (trial / name).read_text()), "the report names the line")


def case_damaged_line_before_merge(trial):
    dataset = trial.copy("converted")
    damage_line(first_shard(dataset, "convert"))
    trial.run(*commands(trial, dataset)["merge"], "--report", "report.json", code=6, out="made.mkv\n", err="1 item failed")
    trial.check(re.search(r"faces\.jsonl line 2", (trial / "report.json").read_text()), "the report names the line")


def case_missing_crop_is_a_removed_face(trial):
    dataset = trial.copy("extracted")
    (first_shard(dataset, "extract") / "000003_0.png").unlink()
    trial.run("align", dataset, out=f"{dataset}\n")
    trial.check(not (first_shard(dataset, "align") / "000003_0.png").exists(), "the face came back")
    (first_shard(dataset, "align") / "000004_0.png").unlink()
    trial.run(*commands(trial, dataset)["convert"][:-1], "swap", out=f"{dataset}\n")
    shard = first_shard(dataset, "convert")
    trial.check(sorted(path.name for path in shard.glob("*_0.png")) ==
                [f"{frame:06}_0.png" for frame in range(12) if frame not in (3, 4)], "all but the two are converted")
    (shard / "000005_0.png").unlink()
    trial.run(*commands(trial, dataset)["merge"], "--report", "report.json", out="made.mkv\n")
    trial.check('"faces": 9' in (trial / "report.json").read_text(), "nine faces are merged")
    trial.run("verify", dataset, out=re.compile(".*removed by hand: 3.*", re.DOTALL))


def case_missing_mask(trial):
    dataset = trial.copy("converted")
    (first_shard(dataset, "convert") / "000003_0.mask.png").unlink()
    trial.run(*commands(trial, dataset)["merge"], "--report", "report.json", code=6, out="made.mkv\n", err="1 item failed")
    trial.check("000003_0.mask.png" in (trial / "report.json").read_text(), "the report names the mask")
    trial.run("verify", dataset, code=6, out=re.compile(r".*000003_0\.mask\.png.*", re.DOTALL), err="failed")
    dataset = trial.copy("aligned", "ada")
    (first_shard(dataset, "align") / "000003_0.mask.png").unlink()
    trial.run("train", "--likeness", dataset, "--performer", trial.house.shared("aligned") / "bruno", "-m", "made",
              "--preset", "sketch", "--iterations", 1, code=(3), err=r"000003_0\.mask\.png", absent="made/model.json")


def replaced_crop(change):
    """The stages on datasets of which one crop was replaced."""
    def case(trial):
        dataset = trial.copy("extracted", "ada")
        change(first_shard(dataset, "extract") / "000003_0.png")
        trial.run("align", dataset, "--report", "report.json", code=6, out=f"{dataset}\n", err="1 item failed")
        trial.check("ada frame 3" in (trial / "report.json").read_text(), "the report names the frame")
        trial.run("align", dataset, code=6, out=f"{dataset}\n", err="1 item failed", keeps=dataset)
        trial.run("verify", dataset, code=6, out=re.compile(r".*000003_0\.png.*", re.DOTALL), err="failed")

        dataset = trial.copy("aligned")
        change(first_shard(dataset, "align") / "000003_0.png")
        trial.run(*commands(trial, dataset)["train"], code=4, err=r"000003_0\.png", keeps=dataset,
                  absent="made/model.json")
        trial.run(*commands(trial, dataset)["convert"], "--report", "report.json", code=6, out=f"{dataset}\n", err="1 item failed")
        trial.check("frame 3" in (trial / "report.json").read_text() or "000003_0.png" in (trial / "report.json").read_text(),
                    "the report names the crop")
        shutil.rmtree(dataset)

        dataset = trial.copy("converted")
        change(first_shard(dataset, "convert") / "000003_0.png")
        trial.run(*commands(trial, dataset)["merge"], "--report", "report.json", code=6, out="made.mkv\n", err="1 item failed")
        trial.check("000003_0.png" in (trial / "report.json").read_text(), "the report names the crop")
    return case


def case_damaged_crop(trial):
    replaced_crop(flip_byte)(trial)


def case_truncated_crop(trial):
    replaced_crop(lambda path: path.write_bytes(path.read_bytes()[:1000]))(trial)


def case_empty_crop(trial):
    replaced_crop(lambda path: path.write_bytes(b""))(trial)


def case_crop_of_the_wrong_size(trial):
    replaced_crop(lambda path: path.write_bytes(png_bytes(100, 100)))(trial)


def case_crop_that_is_no_square(trial):
    replaced_crop(lambda path: path.write_bytes(png_bytes(256, 100)))(trial)


def case_crops_of_another_family_or_size(trial):
    dataset = trial.copy("extracted")
    trial.run("align", dataset, "--size", 128, out=f"{dataset}\n")
    trial.run(*commands(trial, dataset)["train"], code=4, err="256.*128", absent="made/model.json")
    trial.run("align", dataset, "--crop", "head", "--replace", out=f"{dataset}\n")
    trial.run(*commands(trial, dataset)["train"], code=4, err="whole.*head", absent="made/model.json")
    trial.run(*commands(trial, dataset)["convert"], code=4, err="head.*whole", keeps=dataset)


def case_another_plate(trial):
    dataset = trial.house.shared("converted") / "bruno"
    trial.run("merge", dataset, "-o", "made.mp4", "--plate", trial.cast / "ada.mp4", code=3, err="plate|ada.mp4", absent="made.mp4")
    trial.run("merge", dataset, "-o", "made.mp4", "--plate", "gone.mp4", code=3, err="gone.mp4", absent="made.mp4")


def case_unknown_names_inside(trial):
    dataset = trial.house.shared("converted") / "bruno"
    trial.run("merge", dataset, "-o", "made.mp4", "--source", "clara", code=2, err="clara.*bruno", absent="made.mp4")
    trial.run("merge", dataset, "-o", "made.mp4", "--name", "other", code=3, err="other", absent="made.mp4")


def case_face_that_was_removed_does_not_come_back(trial):
    dataset = trial.copy("extracted")
    again = ("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames", "0-11")
    (first_shard(dataset, "extract") / "000003_0.png").unlink()
    trial.run(*again, out=f"{dataset}\n", keeps=dataset)
    trial.run("align", dataset, out=f"{dataset}\n")
    trial.check(not (first_shard(dataset, "align") / "000003_0.png").exists(), "the face came back")
    (first_shard(dataset, "align") / "000005_0.png").unlink()
    trial.run("align", dataset, out=f"{dataset}\n", keeps=dataset)


def case_replace(trial):
    dataset = trial.copy("converted")
    extract = ("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames", "0-11", "--max-faces", 1)
    trial.run("align", dataset, "--size", 128, code=2, err="size: 256, now 128.*--replace", keeps=dataset)
    trial.run("align", dataset, "--size", 128, "--replace", out=f"{dataset}\n")
    trial.check(list((dataset / "trash/align").rglob("shard.json")), "the old shard is in the trash")
    trial.run("align", dataset, "--size", 128, out=f"{dataset}\n", keeps=dataset)
    trial.run(*extract, code=2, err="max_faces: 0, now 1.*--replace", keeps=dataset)
    trial.run(*extract, "--replace", out=f"{dataset}\n")
    trial.check(list((dataset / "trash/extract").rglob("shard.json")), "the old shard is in the trash")
    trial.run("verify", dataset, out=ANY)


def case_replace_a_conversion(trial):
    dataset = trial.copy("converted")
    trial.train("--seed", 5, model="other")
    convert = ("convert", dataset, "-m", "other")
    trial.run(*convert, code=2, err="model.*--replace", keeps=dataset)
    trial.run(*convert, "--name", "second", out=f"{dataset}\n")
    trial.run(*convert, "--replace", out=f"{dataset}\n")
    trial.check(list((dataset / "trash/convert").rglob("shard.json")), "the old conversion is in the trash")
