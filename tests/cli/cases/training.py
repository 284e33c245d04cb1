"""Presets from files, plans, losses, several people in one model, and what of it is refused."""

import json
import re


def header(model):
    return json.loads((model / "model.json").read_text())


TINY = """from = "{base}"
[network]
input_px = 32
output_px = 32
encoder_channels = [8, 8, 8]
code_size = 16
inter_channels = 8
decoder_channels = [8, 8]
performer_channels = []
[training]
batch = 2
warmup = 0
"""


def tiny(trial, base="sketch", more="", name="tiny.toml"):
    (trial / name).write_text(TINY.format(base=base) + more)
    return name


def train(trial, preset, *args, model="model", **expected):
    aligned = trial.house.shared("aligned")
    sides = [] if "--likeness" in args else ["--likeness", aligned / "ada", "--performer", aligned / "bruno"]
    if expected.get("code", 0) == 0:
        expected.setdefault("out", f"{model}\n")
    return trial.run("train", *sides, "-m", model, "--preset", preset, *args, **expected)


def case_preset_from_a_file(trial):
    train(trial, tiny(trial), "--iterations", 2)
    model = header(trial / "model")
    trial.check(model["network"]["decoder_channels"] == [8, 8] and model["training"]["optimizer"] == "adamw", "the preset")


def case_presets_print_and_come_back(trial):
    printed = trial.run("train", "--print-preset", "--preset", "sketch", "--set", "augment.flip=0.25", "--loss", "l2=3",
                        out=None, err="").out
    (trial / "mine.toml").write_text(printed)
    again = trial.run("train", "--print-preset", "--preset", "mine.toml", out=None, err="").out
    trial.check(again == printed and "flip = 0.25" in printed and "l2 = 3.0" in printed, printed)


def case_misspelt_keys(trial):
    for more, says in (("learning_rat = 0.1\n", "no field 'learning_rat'.*did you mean 'learning_rate'"),
                       ("[training.augment]\nwarps = 1\n", "warps.*did you mean 'warp'")):
        train(trial, tiny(trial, more=more), code=4, err=says, absent="model")
    train(trial, tiny(trial), "--set", "bacth=3", code=2, err="no field 'bacth'.*batch", absent="model")


def case_wrong_values(trial):
    preset = tiny(trial)
    for args, says in ((["--loss", "dssim=-1"], "dssim is -1"), (["--loss", "nosuch=1"], "unknown loss 'nosuch'.*dssim"),
                       (["--loss", "dssim"], "NAME=WEIGHT"), (["--loss", "dssim=x"], "no number"),
                       (["--set", "optimizer=nosuch"], "nosuch.*adamw.*lion"), (["--set", "batch"], "KEY=VALUE"),
                       (["--set", "schedule=steps"], "steps.*cosine"), (["--until", "loss=zero"], "loss=X"),
                       (["--set", 'freeze=["nosuch"]'], "nosuch.*frozen")):
        train(trial, preset, *args, code=2, err=says)
    train(trial, "nosuch.toml", model="other", code=3, err="nosuch.toml", absent="other")
    (trial / "broken.toml").write_text("[network\n")
    train(trial, "broken.toml", model="other", code=4, err="broken.toml, line 1", absent="other")


PLAN = """[[stage]]
kind = "warp"
iterations = 2
[[stage]]
kind = "no-warp"
iterations = 1
[stage.training]
learning_rate = 1e-5
losses = {dssim = 1, l2 = 2, mask = 1, eyes-mouth = 1}
[[stage]]
kind = "adversarial"
iterations = 2
"""


def case_plan(trial):
    (trial / "plan.toml").write_text(PLAN)
    preset = tiny(trial)
    train(trial, preset, "--plan", "plan.toml", err="stage no-warp, 2 of 3.*stage adversarial, 3 of 3")
    model = header(trial / "model")
    trial.check(model["iteration"] == 5 and model["course"]["place"]["stage"] == 2, "it should stand at the end of the plan")
    train(trial, preset, "--plan", "plan.toml", err="trained 0 iterations")
    # A stage more, and it goes on with that.
    (trial / "plan.toml").write_text(PLAN + '[[stage]]\nkind = "lr-dropout"\niterations = 1\n')
    train(trial, preset, "--plan", "plan.toml", err="6 in all")
    (trial / "plan.toml").write_text('[[stage]]\nkind = "warp"\n')
    train(trial, preset, "--plan", "plan.toml", code=4, err="stands in stage 4, 'lr-dropout'.*has 1 stages")


def case_plans_that_are_none(trial):
    preset = tiny(trial)
    for text, says in (('[[stage]]\nkind = "warm"\n', "stage 1: unknown kind of stage 'warm'.*pretrain"),
                       ('[[stages]]\nkind = "warp"\n', "no field 'stages'"), ("", "'stage' is missing"),
                       ('[[stage]]\nkind = "warp"\n[stage.training]\nlosses = {l1 = -2}\n', "loss l1 is -2")):
        (trial / "plan.toml").write_text(text)
        train(trial, preset, "--plan", "plan.toml", code=4, err=says)
    (trial / "plan.toml").write_text(PLAN)
    train(trial, preset, "--plan", "plan.toml", "--iterations", 3, code=2, err="--plan")


def case_until_a_loss(trial):
    train(trial, tiny(trial), "--until", "loss=1000", err="trained 250 iterations")


def case_a_cast_in_one_model(trial):
    aligned = trial.house.shared("aligned")
    # One person twice, under two names: what counts is that each has a decoder and can be chosen.
    sides = ["--likeness", f"ada={aligned / 'ada'}", f"anna={aligned / 'ada'}", "--performer", aligned / "bruno"]
    train(trial, tiny(trial, "comb"), *sides, "--iterations", 2)
    model = header(trial / "model")
    trial.check(model["network"]["likenesses"] == ["ada", "anna"] and model["network"]["performers"] == ["bruno"], "names")
    trial.check(len(model["crop"]["likeness_scales"]) == 2, "a scale each")
    dataset = trial.copy("aligned")
    trial.run("convert", dataset, "-m", "model", code=2, err="knows 2 likenesses.*ada, anna")
    trial.run("convert", dataset, "-m", "model", "--likeness", "carla", code=2, err="no likeness 'carla'.*ada, anna")
    trial.run("convert", dataset, "-m", "model", "--likeness", "anna", out=f"{dataset}\n")
    trial.run("convert", dataset, "-m", "model", "--likeness", "anna", out=f"{dataset}\n", err="converted 0 frames")
    trial.run("convert", dataset, "-m", "model", "--likeness", "ada", code=2, err="--replace")
    trial.run("convert", dataset, "-m", "model", "--likeness", "ada", "--replace", out=f"{dataset}\n", err="converted [1-9]")
    train(trial, tiny(trial), *sides, model="other", code=4, err="'df' knows one likeness")


def case_morphing(trial):
    train(trial, tiny(trial, "amp", name="amp.toml"), "--iterations", 2)
    dataset = trial.copy("aligned")
    trial.run("convert", dataset, "-m", "model", "--morph", "0.5", "--name", "half", out=f"{dataset}\n")
    trial.run("convert", dataset, "-m", "model", "--name", "whole", out=f"{dataset}\n")
    pictures = {name: sorted((dataset / "convert" / name).rglob("*_0.png")) for name in ("half", "whole")}
    trial.check(pictures["half"] and all(a.read_bytes() != b.read_bytes() for a, b in zip(*pictures.values())), "no difference")
    trial.run("convert", dataset, "-m", "model", "--morph", "2", code=2, err="--morph")
    train(trial, tiny(trial), "--iterations", 1, model="df")
    trial.run("convert", dataset, "-m", "df", "--morph", "0.5", code=2, err="cannot be morphed")


def case_every_architecture_trains_and_converts(trial):
    dataset = trial.copy("aligned")
    for base in ("sketch", "liae", "original"):
        train(trial, tiny(trial, base, name=f"{base}.toml"), "--iterations", 1, model=base)
        trial.run("convert", dataset, "-m", base, "--name", base, out=f"{dataset}\n")


def case_parts_of_another_model(trial):
    preset = tiny(trial)
    train(trial, preset, "--iterations", 1, model="first")
    weights = next((trial / "first").glob("checkpoint-*.safetensors"))
    train(trial, preset, "--iterations", 1, "--from", weights, model="second")
    train(trial, preset, "--iterations", 1, "--from", weights, "--from-parts", "encoder", "inter", model="third")
    train(trial, preset, "--from", weights, "--from-parts", "nosuch", model="fourth", code=2, err="nosuch")
    train(trial, tiny(trial, "liae", name="liae.toml"), "--from", weights, model="fifth", code=4, err="missing|was expected")


def case_a_rate_is_found(trial):
    result = train(trial, tiny(trial), "--find-rate", out=re.compile(r"learning_rate = [0-9.e-]+  # a careful one: [0-9.e-]+\n"))
    trial.check(not list(trial.folder.glob("model/*.safetensors")), result.err)


def case_the_report_says_what_the_likeness_lacks(trial):
    train(trial, tiny(trial), "--iterations", 1, "--report", "report.json")
    gaps = json.loads((trial / "report.json").read_text())["coverage"][0]
    trial.check(gaps["likeness"] == "likeness" and 0 <= gaps["pose"]["missing_share"] <= 1, str(gaps))
    trial.check(set(gaps["expression"]) == {"mouth_open", "mouth_wide", "eyes_open"}, str(gaps))


def case_decoded_faces_are_kept(trial):
    train(trial, tiny(trial), "--iterations", 1, "--cache", "cache")
    files = sorted((trial / "cache").glob("*.faces"))
    trial.check(len(files) == 2, str(files))
    before = [path.stat().st_mtime_ns for path in files]
    train(trial, tiny(trial), "--iterations", 2, "--cache", "cache")
    trial.check([path.stat().st_mtime_ns for path in files] == before, "the cache was made anew")
    train(trial, tiny(trial), "--iterations", 1, size_limit=4096, model="full", code=5, err="cannot make|File too large|No space")
    trial.no_leftovers()
