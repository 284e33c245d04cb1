"""Programs in a chain, and what scripts rely on: stdout, --quiet, progress, reports, config files, dry runs."""

import json
import pathlib
import re
import tomllib

from trial import tree


def case_extract_into_align(trial):
    extracting = trial.start("extract", trial.cast / "bruno.mp4", "-o", "out", "--consent", trial.consent(), "--frames", "0-2")
    trial.run("align", "-", stdin=extracting.stdout, out="out\n")
    extracting.stdout.close()
    extracting.stdout = None
    trial.end(extracting, 0)
    trial.check(len(list((trial / "out/align").rglob("*_0.png"))) == 3, "three aligned faces")


def case_datasets_from_stdin(trial):
    dataset = trial.house.shared("aligned") / "bruno"
    trial.run("align", "-", input=f"{dataset}\n\n{dataset}\n", out=f"{dataset}\n{dataset}\n", keeps=dataset)
    trial.run("align", "-", input="", code=2, err="standard input")
    trial.run("align", "-", input="nothing\n", code=3, err="nothing")


def case_quiet(trial):
    dataset = trial.copy("extracted")
    model = trial.house.shared("model")
    trial.run("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames", "12-13", "--quiet",
              out=f"{dataset}\n", err="")
    trial.run("align", dataset, "--quiet", out=f"{dataset}\n", err="")
    trial.run("convert", dataset, "-m", model, "--quiet", out=f"{dataset}\n", err="")
    trial.run("merge", dataset, "-o", "out.mp4", "--frames", "0-13", "--quiet", out="out.mp4\n", err="")
    trial.train("--quiet", iterations=1, err="")
    trial.run("align", "nothing", "--quiet", code=3, err="understudy-align: .*nothing")


def farm_lines(text):
    return [int(percent) for percent in re.findall(r"^ALF_PROGRESS (\d+)% Progress: \1%$", text, re.MULTILINE)]


def case_farm_progress(trial):
    dataset = trial.copy("extracted")
    farm = ("--progress", "farm")
    said = {"align": trial.run("align", dataset, *farm, out=f"{dataset}\n").err,
            "extract": trial.run("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames",
                                 "20-23", *farm, out=f"{dataset}\n").err,
            "convert": trial.run("convert", dataset, "-m", trial.house.shared("model"), *farm, out=f"{dataset}\n").err,
            "merge": trial.run("merge", dataset, "-o", "out.mp4", "--frames", "0-11", *farm, out="out.mp4\n").err,
            "train": trial.train(*farm).err}
    for program, text in said.items():
        percents = farm_lines(text)
        trial.check(len(percents) >= 2 and percents == sorted(set(percents)) and percents[-1] == 100,
                    f"{program}'s lines do not rise to 100: {text}")


def case_openjd_and_no_progress(trial):
    dataset = trial.copy("extracted")
    said = trial.run("align", dataset, "--progress", "openjd", out=f"{dataset}\n").err
    trial.check(re.search(r"^openjd_progress: 100$", said, re.MULTILINE), f"no openjd_progress: {said}")
    said = trial.run("align", dataset, "--size", 128, "--replace", "--progress", "none", out=f"{dataset}\n").err
    trial.check("%" not in said, f"progress was shown: {said}")


REPORT_FIELDS = {"program": str, "version": str, "options": dict, "exit_code": int, "written": list, "inputs": list,
                 "outputs": list, "failures": list, "seconds": dict}


def check_report(trial, name, program, code=0):
    report = json.loads((trial / name).read_text())
    for field, kind in REPORT_FIELDS.items():
        trial.check(isinstance(report.get(field), kind), f"{program}'s report has no {field}: {report}")
    trial.check(report["program"] == f"understudy-{program}" and report["exit_code"] == code, f"program and code: {report}")
    trial.check(("error" in report) == (code not in (0, 6, 75)), f"'error' stands exactly where a run ended with one: {report}")
    for one in report["inputs"] + report["outputs"]:
        trial.check(re.fullmatch("[0-9a-f]{64}", one["sha256"]) and one["path"], f"path and digest: {one}")
    return report


def case_reports(trial):
    dataset = trial / "out"
    trial.run("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames", "0-3", "--report",
              "extract.json", out=f"{dataset}\n")
    report = check_report(trial, "extract.json", "extract")
    trial.check(report["options"]["frames"] == "0-3" and report["options"]["detector"] == "understudy", "every effective option")
    trial.check(report["counts"] == {"frames": 4, "faces": 4, "frames_without_face": 0,
                                     "faces_followed": report["counts"]["faces_followed"]}, f"counts: {report['counts']}")
    trial.check(report["written"] == [str(dataset)] and len(report["inputs"]) == 2, "written, and the two inputs")
    trial.check({"open", "digest", "detect", "publish"} <= set(report["seconds"]), f"seconds: {report['seconds']}")

    trial.run("align", dataset, "--report", "align.json", out=f"{dataset}\n")
    report = check_report(trial, "align.json", "align")
    trial.check(report["counts"] == {"frames": 4, "faces": 4} and report["options"]["dataset"] == [str(dataset)], "align")

    trial.train("--report", "train.json", iterations=1)
    report = check_report(trial, "train.json", "train")
    trial.check(report["iterations"] == {"done": 1, "total": 1} and report["faces"] == {"likeness": 12, "performer": 12}, "train")

    trial.run("convert", dataset, "-m", "model", "--report", "convert.json", out=f"{dataset}\n")
    report = check_report(trial, "convert.json", "convert")
    trial.check(report["frames"] == 4 and {"network", "write"} <= set(report["seconds"]), "convert")

    trial.run("merge", dataset, "-o", "out.mkv", "--matte", "matte", "--frames", "0-3", "--report", "merge.json",
              out="out.mkv\nmatte\n")
    report = check_report(trial, "merge.json", "merge")
    trial.check((report["frames"], report["frames_swapped"], report["faces"]) == (4, 4, 4), f"merge: {report}")
    trial.check(len(list((trial / "matte").glob("*.png"))) == 4, "a matte for each frame")

    trial.run("verify", dataset, "--report", "verify.json", out=None)
    trial.check("lineage" in check_report(trial, "verify.json", "verify"), "verify")


def case_report_of_a_failure(trial):
    trial.run("align", "nothing", "--report", "report.json", code=3, err="nothing")
    report = check_report(trial, "report.json", "align", code=3)
    trial.check("nothing" in report["error"] and report["written"] == [], f"the error: {report}")


def case_common_options_of_consent(trial):
    trial.run("consent", "check", trial.consent(), "--report", "report.json", "--quiet",
              out=re.compile(".*: valid for the performer bruno, under .*, unsigned\n"), err="")
    check_report(trial, "report.json", "consent")


# Every program with what it needs, so that its options can be printed.
PRINTABLE = {"extract": ["in.mp4", "-o", "out", "--consent", "a.toml", "--frames", "1-5"], "align": ["d1", "d2", "--size", "128"],
             "train": ["--likeness", "a", "b", "--performer", "c", "-m", "m", "--minutes", "1.5"],
             "convert": ["d", "-m", "m", "--name", "first"], "merge": ["d", "-o", "out.mp4", "--color", "reinhard"],
             "plan": ["shot.toml", "--engine", "slurm", "-o", "jobs"],
             "verify": ["d"], "evaluate": ["r.mp4", "--truth", "t.mp4", "--plate", "p.mp4"]}


def printed_config(program, arguments):
    def case(trial):
        first = trial.run(program, *arguments, "--print-config", out=None, err="").out
        tomllib.loads(first)
        (trial / "config.toml").write_text(first)
        trial.run(program, "--config", "config.toml", "--print-config", out=first, err="")
    return case


def cases():
    for program, arguments in PRINTABLE.items():
        yield f"printed_config_of_{program}", printed_config(program, arguments)


def case_config_does_the_same(trial):
    dataset = trial.copy("extracted")
    (trial / "align.toml").write_text(trial.run("align", dataset, "--size", 128, "--crop", "face", "--print-config", out=None).out)
    trial.run("align", "--config", "align.toml", "--crop", "head", out=f"{dataset}\n")
    options = json.loads(next((dataset / "align").rglob("shard.json")).read_text())["options"]
    trial.check((options["size"], options["crop"]) == (128, "head"), f"the file, and what the line says against it: {options}")


def case_dry_run(trial):
    extracted, aligned = trial.house.shared("extracted") / "bruno", trial.house.shared("aligned") / "bruno"
    converted = trial.house.shared("converted") / "bruno"
    dry = "--dry-run"
    trial.run("extract", trial.cast / "bruno.mp4", "-o", "out", "--consent", trial.consent(), dry, err="60 frames")
    trial.run("align", extracted, dry, out=None, err="12 frames", keeps=extracted)
    trial.run("align", aligned, "--size", 128, "--replace", dry, out=None, err="12 frames", keeps=aligned)
    trial.train(dry, out="", err="12 faces")
    trial.run("convert", aligned, "-m", trial.house.shared("model"), dry, out=None, err="12 frames", keeps=aligned)
    trial.run("merge", converted, "-o", "out.mp4", "--matte", "matte", dry, out=None, keeps=converted)
    trial.check(tree(trial.folder) == {} and not list(trial.folder.iterdir()), "a dry run wrote something")


def case_closed_stdout(trial):
    """A reader that has gone is an error of the write, not a death by SIGPIPE."""
    reading, writing = __import__("os").pipe()
    __import__("os").close(reading)
    with open(writing, "w") as closed:
        trial.run("consent", "check", trial.consent(), stdout=closed, code=5, err="standard output")


def case_shards_and_chunks(trial):
    """Three jobs in any order make the same faces as one."""
    command = ("extract", trial.cast / "bruno.mp4", "-o", "out", "--consent", trial.consent(), "--frames", "0-11")
    for part in (["--shard", "2/2"], ["--chunk", "1", "--chunk-size", "4"], []):
        trial.run(*command, *part, out="out\n")
    def faces(dataset):
        lines = [json.loads(line) for path in sorted(pathlib.Path(dataset).rglob("extract/**/faces.jsonl"))
                 for line in path.read_text().splitlines()]
        return [(line["frame"], line["box"], line["crop_from_frame"]) for line in lines]
    trial.check(len(list((trial / "out").rglob("shard.json"))) == 3, "three shards")
    trial.check(faces(trial / "out") == faces(trial.house.shared("extracted") / "bruno"), "the same faces")
    trial.run("align", "out", out="out\n")
    trial.run("verify", "out", out=None)
