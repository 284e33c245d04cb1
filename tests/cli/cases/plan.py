"""Plans of a shot for a farm: what is written, and what is said of a file that does not fit."""

import json
import subprocess

from trial import flip_byte

SHOT = """
shot = "sample"
chunk = 5
[plates.ada]
path = "{cast}/ada.mp4"
frames = "0-11"
[plates.bruno]
path = "{cast}/bruno.mp4"
frames = "0-5,6-11"
[likenesses.ada]
plates = ["ada"]
consent = "ada.toml"
[performers.bruno]
plates = ["bruno"]
consent = "bruno.toml"
[train]
preset = "sketch"
[delivery]
plate = "bruno"
output = "result.mp4"
"""
ENGINES = ("slurm", "opencue", "deadline", "openjd", "parallel", "shell")


def write_shot(trial, old="", new=""):
    content = SHOT.format(cast=trial.cast)
    trial.check(old in content, f"{old} is in the shot")
    (trial / "shot.toml").write_text(content.replace(old, new, 1) if old else content)


def plan(trial, *more, engine="shell", **expected):
    return trial.run("plan", "shot.toml", "--engine", engine, "-o", "jobs", *more, **expected)


def case_files_are_named_and_nothing_runs(trial):
    for engine in ENGINES:
        write_shot(trial)
        said = trial.run("plan", "shot.toml", "--engine", engine, "-o", engine, "--report", "report.json", out=None,
                         err=f"8 jobs with 20 tasks for {engine}; nothing runs before {engine}/").out
        written = sorted(said.split())
        trial.check(written == sorted(str(path.relative_to(trial.folder)) for path in (trial / engine).iterdir()), said)
        jobs = json.loads((trial / "report.json").read_text())["jobs"]
        trial.check([job["tasks"] for job in jobs] == [3, 3, 3, 3, 1, 3, 3, 1], str(jobs))
        trial.check(all(job["memory_mb"] > 500 and job["cores"] == 4 for job in jobs), str(jobs))
    trial.check(not (trial / "work").exists() and not (trial / "result.mp4").exists(), "something ran")


def case_again_the_same_bytes(trial):
    write_shot(trial)
    plan(trial, engine="slurm", out=None)
    first = {path.name: path.read_bytes() for path in (trial / "jobs").iterdir()}
    plan(trial, engine="slurm", out=None)
    trial.check(first == {path.name: path.read_bytes() for path in (trial / "jobs").iterdir()}, "another plan")


# name, old text, new text, exit code, what stderr says
WRONG = (
    ("misspelt_key", "frames =", "framse =", 4, "plates.ada: unknown key 'framse'.*did you mean 'frames'"),
    ("misspelt_table", "[train]", "[trian]", 4, "unknown key 'trian'.*did you mean 'train'"),
    ("chunk_of_nothing", "chunk = 5", "chunk = 0", 4, "'chunk' is 0, a number from 1"),
    ("chunk_of_words", "chunk = 5", 'chunk = "five"', 4, "'chunk': a whole number"),
    ("no_shot", 'shot = "sample"', "", 4, "the key 'shot' is missing"),
    ("no_toml", "[train]", "[train", 4, "shot.toml, line 16"),
    ("unknown_plate", 'plates = ["bruno"]', 'plates = ["burno"]', 2, "performers.bruno: there is no plate 'burno'.*did you mean 'bruno'"),
    ("unknown_delivery", 'plate = "bruno"', 'plate = "wide"', 2, "delivery: there is no plate 'wide'.*ada, bruno"),
    ("nobody_on_the_plate", 'plate = "bruno"', 'plate = "ada"', 2, "there is no performer"),
    ("ranges_overlap", "0-5,6-11", "0-6,6-11", 2, "plate 'bruno' overlap: 0-6,6-11 names frame 6 twice"),
    ("plates_overlap", "bruno.mp4", "ada.mp4", 2, "plates 'ada' and 'bruno' overlap: both hold frame 0"),
    ("range_with_a_colon", "0-5,6-11", "0:11", 2, "':'"),
    ("range_outside_the_clip", "0-5,6-11", "5000-5010", 2, "5000 to 5010.*0 to 59"),
    ("plate_that_is_not_there", "ada.mp4", "nowhere.mp4", 3, "nowhere.mp4"),
    ("unknown_preset", '"sketch"', '"sketchy"', 2, "sketchy.*sketch"),
    ("unknown_container", "result.mp4", "result.avi", 2, ".avi"),
)


def wrong(old, new, code, err):
    def case(trial):
        write_shot(trial, old, new)
        plan(trial, "--submit", code=code, err=err, absent="jobs")
    return case


def cases():
    for name, old, new, code, err in WRONG:
        yield name, wrong(old, new, code, err)
    for engine, program in (("slurm", "sbatch"), ("opencue", "cueadmin"), ("deadline", "deadlinecommand"), ("openjd", "openjd"),
                            ("parallel", "parallel")):
        yield f"{engine}_that_is_not_installed", not_installed(engine, program)


def not_installed(engine, program):
    def case(trial):
        write_shot(trial)
        trial.run("plan", "shot.toml", "--engine", engine, "-o", "jobs", "--submit", code=5, absent="jobs",
                  err=f"'{engine}' is not installed here: there is no program {program}", env=trial.house.environment | {"PATH": "/nowhere"})
    return case


def case_unknown_engine(trial):
    write_shot(trial)
    plan(trial, engine="slrum", code=2, err="unknown engine 'slrum'.*slurm, opencue, deadline, openjd, parallel, shell", absent="jobs")


def case_nothing_given(trial):
    trial.run("plan", code=2, err="required")
    write_shot(trial)
    trial.run("plan", "shot.toml", "-o", "jobs", code=2, err="--engine.*required", absent="jobs")
    trial.run("plan", "none.toml", "--engine", "shell", "-o", "jobs", code=3, err="none.toml", absent="jobs")


def case_a_task_that_fails_is_the_plans_end(trial):
    write_shot(trial)  # the consents are not there
    plan(trial, "--submit", code=7, err="extract-ada-ada task 1 ended with exit code 7.*the engine 'shell' ended with exit code 7")
    log = (trial / "jobs/logs/extract-ada-ada.1.log").read_text()
    trial.check("consent" in log, f"the log says why: {log}")


def case_work_folder_that_is_not_shared(trial):
    """A task on a host that has another disk at that place."""
    write_shot(trial)
    plan(trial, "--submit", code=7, err="exit code 7")
    mark = trial / "work/.handed-over"
    trial.check(mark.exists(), "handing over leaves a mark")
    mark.unlink()
    done = subprocess.run([trial / "jobs/extract-ada-ada.sh", "1"], capture_output=True, text=True)
    trial.check(done.returncode == 3 and "work on " in done.stderr and "a disk that all hosts share" in done.stderr, str(done))


def merge(trial, *more, output="out.mkv", **expected):
    expected.setdefault("out", None)
    return trial.run("merge", trial.house.shared("converted") / "bruno", "-o", output, "--codec", "ffv1", "--frames", "0-11", *more,
                     **expected)


def part(trial, number, *more, **expected):
    return merge(trial, "--parts", "parts", "--chunk", number, "--chunk-size", 5, *more, **expected)


def pixels(trial, video):
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", trial / video, "-map", "0:v", "-f", "md5", "-"], check=True,
                          capture_output=True).stdout


def case_parts_make_the_same_pixels(trial):
    for number in (2, 1, 3):
        first = (number - 1) * 5
        part(trial, number, out=f"parts/{first:06}-{min(first + 4, 11):06}.mkv\n", absent="out.mkv")
    merge(trial, "--parts", "parts", "--report", "report.json", out="out.mkv\n")
    merge(trial, output="whole.mkv", out="whole.mkv\n")
    trial.check(pixels(trial, "out.mkv") == pixels(trial, "whole.mkv"), "the pixels differ")
    report = json.loads((trial / "report.json").read_text())
    trial.check(report["frames"] == 12 and report["credentials"]["urn"], str(report))
    before = (trial / "parts/000000-000004.mkv").stat().st_mtime_ns
    part(trial, 1, err="is there already")
    trial.check(before == (trial / "parts/000000-000004.mkv").stat().st_mtime_ns, "merged again")


def case_parts_that_lack_or_are_others(trial):
    part(trial, 1)
    part(trial, 2, "--blend", "feather")
    merge(trial, "--parts", "parts", code=3, err="frames 5 to 11 are in none of this delivery's parts", absent="out.mkv")
    part(trial, 2)
    part(trial, 3)
    flip_byte(trial / "parts/000005-000009.mkv")
    merge(trial, "--parts", "parts", code=4, err="000005-000009.mkv is not the part that was merged", absent="out.mkv")
    part(trial, 2)  # whole again
    merge(trial, "--parts", "parts", out="out.mkv\n")


def case_parts_of_what_has_none(trial):
    part(trial, 4, code=2, err="no chunk 4: 12 frames are 3 chunks of 5", absent="parts")
    merge(trial, "--parts", "parts", "--matte", "matte", code=2, err="--parts cannot be used with --matte", absent="matte")
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "pictures", "--parts", "parts", code=2, out=None,
              err="--parts cannot be used for pictures", absent="pictures")
