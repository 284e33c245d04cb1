"""Wrong usage: exit code 2 with a sentence, and nothing written."""

import json
import re
import subprocess

# Placeholders: {consent}, {clip}, {aligned} and {model} are shared and stay as they are; OUT must not come to be.
EXTRACT = ("extract", "{clip}", "-o", "OUT", "--consent", "{consent}")
ALIGN = ("align", "{aligned}")
TRAIN = ("train", "--likeness", "{likeness}", "--performer", "{aligned}", "-m", "OUT", "--preset", "sketch")
CONVERT = ("convert", "{aligned}", "-m", "{model}", "--name", "OUT")
MERGE = ("merge", "{converted}", "-o", "OUT.mp4")
EVALUATE = ("evaluate", "{clip}", "--truth", "{clip}", "--plate", "{clip}")
CONSENT = ("consent", "new", "--subject", "A", "--role", "likeness", "--basis", "self", "-o", "OUT")

# Unknown names: the message lists those that there are.
UNKNOWN_NAMES = (
    (EXTRACT, "--detector", "dlib.*yunet"),
    (ALIGN, "--landmarker", "dlib68.*facemesh"),
    (ALIGN, "--crop", "face.*whole.*head"),
    (TRAIN, "--preset", "sketch.*draft.*studio"),
    (MERGE, "--color", "none.*reinhard.*low-frequency"),
    (MERGE, "--mask", "hull.*predicted.*product.*minimum"),
    (MERGE, "--blend", "feather"),
    (MERGE, "--keep", "mouth.*eyes.*brows"),
    (MERGE, "--codec", "h264.*hevc.*prores.*dnxhr.*ffv1.*png.*tiff.*exr.*dpx"),
    (CONSENT, "--role", "likeness.*performer"),
    (CONSENT, "--basis", "consent.*self.*estate.*licensed-dataset.*public-domain-heritage.*synthetic.*internal-test"),
    (ALIGN, "--progress", "auto.*bar.*lines.*farm.*openjd.*none"),
)

# name, command, further arguments, what stderr says
WRONG = (
    ("unknown_option_extract", EXTRACT, ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_align", ALIGN, ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_train", TRAIN, ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_convert", CONVERT, ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_merge", MERGE, ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_consent", CONSENT, ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_verify", ("verify", "{aligned}"), ["--colour", "red"], "--colour.*--help"),
    ("unknown_option_evaluate", EVALUATE, ["--colour", "red"], "--colour.*--help"),
    ("nothing_given_extract", ("extract",), [], "required|INPUT|input"),
    ("nothing_given_align", ("align",), [], "required|dataset"),
    ("nothing_given_consent", ("consent",), [], "subcommand"),
    ("nothing_given_train", ("train",), [], "--likeness.*required|required.*--likeness"),
    ("print_model_of_no_preset", ("train", "--print-model", "--preset", "nosuch"), [], "nosuch.*sketch"),
    ("colon_in_a_range", EXTRACT, ["--frames", "1:5"], "':'"),
    ("no_range_at_all", EXTRACT, ["--frames", "first"], "first"),
    ("range_backwards", EXTRACT, ["--frames", "9-3"], "9-3"),
    ("huge_range", EXTRACT, ["--frames", "0-99999999999999999999"], "99999999999999999999"),
    ("range_outside_the_clip_extract", EXTRACT, ["--frames", "5000-5010"], "5000 to 5010.*0 to 59"),
    ("range_outside_the_clip_align", ALIGN, ["--frames", "5000-5010"], "5000 to 5010.*0 to 11"),
    ("range_outside_the_clip_convert", CONVERT, ["--frames", "5000-5010"], "5000 to 5010.*0 to 11"),
    ("range_outside_the_clip_merge", MERGE, ["--frames", "5000-5010"], "5000 to 5010.*0 to 59"),
    ("range_outside_the_clip_evaluate", EVALUATE, ["--frames", "5000-5010"], "5000 to 5010.*0 to 59"),
    ("shard_too_high", EXTRACT, ["--shard", "9/8"], "9/8"),
    ("shard_of_nothing", EXTRACT, ["--shard", "1/0"], "1/0"),
    ("shard_zero", EXTRACT, ["--shard", "0/4"], "0/4"),
    ("shard_no_number", EXTRACT, ["--shard", "one"], "one"),
    ("chunk_alone", EXTRACT, ["--chunk", "1"], "--chunk-size"),
    ("chunk_behind_the_end_of_a_plate", EXTRACT, ["--chunk", "7", "--chunk-size", "10"], "no chunk 7: 60 frames are 6 chunks of 10"),
    ("chunk_behind_the_end_of_a_dataset", ALIGN, ["--chunk", "3", "--chunk-size", "6"], "no chunk 3: 12 frames are 2 chunks of 6"),
    ("chunk_behind_the_end_of_what_is_aligned", CONVERT, ["--chunk", "3", "--chunk-size", "6"], "no chunk 3: 12 frames are 2 chunks of 6"),
    ("chunk_behind_the_end_of_what_is_merged", MERGE, ["--chunk", "7", "--chunk-size", "10"], "no chunk 7: 60 frames are 6 chunks of 10"),
    ("chunk_and_shard", EXTRACT, ["--chunk", "1", "--chunk-size", "5", "--shard", "1/2"], "--shard|--chunk"),
    ("threads_below_zero", ALIGN, ["--threads", "-1"], "--threads"),
    ("log_level", ALIGN, ["--log-level", "loud"], "loud.*debug.*info.*warning.*error.*off"),
    ("device", TRAIN, ["--device", "tpu"], "tpu.*cpu.*cuda"),
    ("size_too_small", ALIGN, ["--size", "8"], "--size.*64.*1024"),
    ("iterations_none", TRAIN, ["--iterations", "0"], "--iterations"),
    ("two_inputs_one_name", ("extract", "{clip}", "{clip}", "-o", "OUT", "--consent", "{consent}"), [], "--source"),
    ("source_name", EXTRACT, ["--source", "../up"], r"\.\./up"),
    ("conversion_name", CONVERT[:-1] + ("../OUT",), [], r"\.\./OUT"),
    ("container_without_that_codec", MERGE, ["--codec", "ffv1"], r"ffv1|FFV1"),
    ("output_is_the_plate", ("merge", "{converted}", "-o", "{clip}"), [], r"\S"),
    ("elements_in_the_outputs_folder", ("merge", "{converted}", "-o", "OUT/f.####.exr"), ["--elements", "OUT"], "share the folder"),
    ("wipe_over_the_output", MERGE, ["--wipe", "OUT.mp4"], "both the output and the wipe"),
    ("wipe_over_the_plate", MERGE, ["--wipe", "{clip}"], "is the plate"),
    ("wipe_of_no_container", MERGE, ["--wipe", "OUT.avi"], r"OUT\.avi.*\.mp4"),
    ("preview_of_no_frame", ("merge", "{converted}", "-o", "OUT.png"), ["--preview", "first"], "first"),
    ("preview_outside_the_clip", ("merge", "{converted}", "-o", "OUT.png"), ["--preview", "3,5000"], "no frame 5000.*0 to 59"),
    ("preview_into_a_video", MERGE, ["--preview", "3"], r"OUT\.mp4.*\.png"),
    ("preview_and_elements", ("merge", "{converted}", "-o", "OUT.png"), ["--preview", "3", "--elements", "OUT"], "--elements"),
    ("preview_and_frames", ("merge", "{converted}", "-o", "OUT.png"), ["--preview", "3", "--frames", "1-4"], "--frames"),
    ("no_watermark_without_reason", MERGE, ["--no-watermark"], "--reason"),
    ("reason_for_nothing", MERGE, ["--reason", "none"], "--no-watermark"),
    ("watermark_and_none", MERGE, ["--watermark", "--no-watermark", "--reason", "x"], "exclude"),
    ("until_no_date", CONSENT, ["--until", "soon"], "soon.*2027-12-31"),
)


def places(trial, command):
    shared = trial.house.shared
    lazy = {"{clip}": lambda: trial.cast / "bruno.mp4", "{consent}": trial.consent,
            "{aligned}": lambda: shared("aligned") / "bruno", "{likeness}": lambda: shared("aligned") / "ada",
            "{converted}": lambda: shared("converted") / "bruno", "{model}": lambda: shared("model")}
    return [lazy[word]() if word in lazy else word for word in command]


def wrong(command, more, err):
    def case(trial):
        before = sorted(trial.folder.iterdir())
        arguments = places(trial, command)
        keeps = next((path for word, path in zip(command, arguments) if word in ("{aligned}", "{converted}")), None)
        trial.run(*arguments, *places(trial, more), code=2, err=err, keeps=keeps)
        trial.check(sorted(trial.folder.iterdir()) == before, "something was written")
    return case


def cases():
    for command, option, names in UNKNOWN_NAMES:
        shortened = [word for i, word in enumerate(command) if option not in (word, command[i - 1])]
        yield f"unknown_{option[2:]}_of_{command[0]}", wrong(shortened, [option, "nosuch"], f"nosuch.*{names}")
    for name, command, more, err in WRONG:
        yield name, wrong(command, more, err)


def case_record_is_never_overwritten(trial):
    made = ("consent", "new", "--subject", "A", "--role", "likeness", "--basis", "self", "-o", "a.toml")
    trial.run(*made, out="a.toml\n")
    trial.run(*made, code=2, err="a.toml.*exists", keeps=trial.folder)


def case_several_datasets_to_merge(trial):
    converted = trial.house.shared("converted") / "bruno"
    trial.run("merge", converted, converted, "-o", "out.mp4", code=2, err=r"\b(one|several|2)\b.*dataset|dataset", absent="out.mp4")


def case_print_model_needs_nothing_else(trial):
    page = re.compile(r".*likeness\.0\.up +doubling .*parameters +6528256\n.*FLOP.*a batch of 4\n.*in all +\d+ MB.*", re.DOTALL)
    trial.run("train", "--print-model", "--preset", "sketch", "--batch", 4, "--device", "cpu", "--report", "report.json", out=page, err="")
    model = json.loads((trial / "report.json").read_text())["model"]
    trial.check(model["table"]["parameters"] == sum(layer["parameters"] for layer in model["table"]["layers"]), "the sum")
    trial.check(model["training_memory"]["total"] > model["inference_memory"]["total"] > 0, "the memory")
    trial.check([path.name for path in trial.folder.iterdir()] == ["report.json"], "something was written")


def case_training_that_cannot_fit(trial):
    aligned = trial.house.shared("aligned")
    trial.run("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", "model", "--preset", "studio",
              "--batch", 4096, code=5, err=r"needs about \d+.* GB of memory.*GB are available.*--batch", absent="model")


def case_config_is_missing(trial):
    trial.run("align", "--config", "no.toml", code=3, err="no.toml")


def case_config_is_no_toml(trial):
    (trial / "bad.toml").write_text("size = = 3\n")
    trial.run("align", "x", "--config", "bad.toml", code=2, err="TOML.*line 1")


def case_config_with_unknown_option(trial):
    (trial / "bad.toml").write_text('colour = "red"\n')
    trial.run("align", "x", "--config", "bad.toml", code=2, err="colour")


def case_memory_that_does_not_suffice(trial):
    """The sentence names what would do; nothing is written."""
    trial.run("extract", trial.cast / "bruno.mp4", "-o", "bruno", "--consent", trial.consent(), "--memory", "1M", code=5,
              err=r"about \d+ MB of memory are needed, --memory allows 1 MB\n.*--memory.*--threads", absent="bruno")
    aligned = trial.house.shared("aligned")
    trial.run("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", "model", "--preset", "sketch",
              "--memory", "100M", code=5, err=r"needs about \d+ MB of memory.*105 MB are available.*--batch", absent="model")
    for size in ("much", "-1", "4X"):
        trial.run("align", aligned / "bruno", f"--memory={size}", code=2, err="--memory")


def case_memory_is_expected_before_and_told_after(trial):
    words = ("extract", trial.cast / "bruno.mp4", "-o", "bruno", "--consent", trial.consent(), "--frames", "0-3", "--threads", 2)
    trial.run(*words, "--dry-run", "--report", "before.json", out="")
    before = json.loads((trial / "before.json").read_text())["memory"]
    trial.check(before["at_once"] == 10 and before["things"] == "frames" and before["limit"] is None, str(before))
    trial.check(before["expected"] == before["fixed"] + 10 * before["each"], str(before))
    limit = before["fixed"] + 3 * before["each"]
    trial.run(*words, "--memory", limit, "--report", "after.json", out=None, err="3 frames at once instead of 10, so that .* suffice")
    after = json.loads((trial / "after.json").read_text())["memory"]
    trial.check(after["at_once"] == 3 and after["limit"] == limit and after["peak"] > 50_000_000, str(after))


def case_what_commands_terminals_is_not_passed_on(trial):
    trial.run("verify", "no\x1b[2Jthing", code=3, err=r"no\\x1b\[2Jthing")
    trial.run("verify", "nothing", "--no\x1bthing", code=2, err=r"--no\\x1bthing")
    done = subprocess.run([trial.house.bin / "understudy", "no\x1bthing"], capture_output=True, check=False)
    trial.check(done.returncode == 2 and rb"no\x1bthing" in done.stderr and b"\x1b" not in done.stderr, str(done))
    (trial / "shot.toml").write_bytes(b'na\x9bme = "a"\n')
    trial.run("plan", "shot.toml", "--engine", "shell", "-o", "jobs", code=4, err=r"shot\.toml")
