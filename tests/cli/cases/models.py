"""Model folders that are damaged, newer or of another kind, and how a training goes on."""

import json
import re
import shutil
import struct

from trial import checkpoints, edit_json, flip_byte, read_safetensors, tree, write_safetensors

def convert(trial, model, **expected):
    dataset = trial / "bruno"
    if not dataset.exists():
        trial.copy("aligned")
    return trial.run("convert", dataset, "-m", model, "--name", "made", **expected)


def too_short(path):
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])


def header_longer_than_the_file(path):
    path.write_bytes(struct.pack("<Q", 2 ** 40) + path.read_bytes()[8:])


def header_longer_than_anything(path):
    path.write_bytes(struct.pack("<Q", 2 ** 64 - 1) + path.read_bytes()[8:])


def tensors_behind_the_end(path):
    header, data = read_safetensors(path)
    last = max((name for name in header if name != "__metadata__"), key=lambda name: header[name]["data_offsets"][1])
    begin = header[last]["data_offsets"][0]
    header[last] |= {"shape": [2 ** 40], "data_offsets": [begin, begin + 4 * 2 ** 40]}
    write_safetensors(path, header, data)


def a_changed_byte(path):
    flip_byte(path, 0.9)


def no_safetensors(path):
    path.write_text("a letter")


def empty(path):
    path.write_bytes(b"")


DAMAGES = (too_short, header_longer_than_the_file, header_longer_than_anything, tensors_behind_the_end, a_changed_byte,
           no_safetensors, empty)


def damaged(damage):
    def case(trial):
        model = trial.copy_model()
        newest, older = checkpoints(model)
        damage(newest)
        convert(trial, model, out=f"{trial / 'bruno'}\n", err=f"warning: .*{re.escape(newest.name)}")
        damage(older)
        trial.train(model=model, iterations=4, code=4, err=r"checkpoint-\d+", keeps=model)
        trial.run("verify", model, code=4, err=r"checkpoint-\d+")
    return case


def cases():
    for damage in DAMAGES:
        yield f"checkpoint_with_{damage.__name__}", damaged(damage)


def case_training_goes_on_from_the_older_checkpoint(trial):
    model = trial.copy_model()
    newest = checkpoints(model)[0]
    flip_byte(newest, 0.9)
    trial.run("verify", model, code=6, out=re.compile(f".*{re.escape(newest.name)}.*", re.DOTALL), err="failed")
    trial.train(model=model, iterations=3, err=f"warning: .*{re.escape(newest.name)}.*from iteration 1")
    # The damaged one stays until the ring has filled up, and verify goes on naming it.
    trial.run("verify", model, code=6, out=re.compile(f".*iterations: 3.*{re.escape(newest.name)}.*", re.DOTALL), err="failed")


def case_no_model(trial):
    convert(trial, "nothing", code=3, err="nothing")
    (trial / "empty").mkdir()
    convert(trial, "empty", code=3, err="empty")


def case_newer_model(trial):
    model = trial.copy_model()
    edit_json(model / "model.json", version=3)
    trial.train(model=model, iterations=3, code=4, err="model.json.*version is 3.*1 to 2", keeps=model)
    convert(trial, model, code=4, err="model.json.*version is 3.*1 to 2")


def case_model_of_another_preset(trial):
    model = trial.copy_model()
    trial.train("--preset", "draft", model=model, code=(2), err="--preset", keeps=model)  # twice the same option
    aligned = trial.house.shared("aligned")
    trial.run("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", model, "--preset", "draft",
              "--iterations", 3, "--batch", 1, code=4, err="sketch.*draft|draft.*sketch", keeps=model)


def case_model_json_of_another_preset(trial):
    model = trial.copy_model()
    edit_json(model / "model.json", preset="draft")
    convert(trial, model, code=4, err="model.json")
    trial.train(model=model, iterations=3, code=4, err="model.json", keeps=model)


def case_model_json_is_missing_or_damaged(trial):
    model = trial.copy_model()
    (model / "model.json").unlink()
    convert(trial, model, out=f"{trial / 'bruno'}\n")
    (model / "model.json").write_text("{")
    trial.train(model=model, iterations=3, code=4, err="model.json", keeps=model)


def case_base(trial):
    base = checkpoints(trial.house.shared("model"))[0]
    trial.train("--from", base, model="made", iterations=1)
    trial.train("--from", trial.house.shared("model"), model="from-folder", iterations=1, err="starting from .*checkpoint-")
    trial.train("--from", trial.folder, model="other", code=3, err="checkpoint", absent="other/model.json")
    aligned = trial.house.shared("aligned")
    on_base = ("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", "other", "--preset", "sketch-on-base")
    way_out = ("--set", "augment.code_shift=0")
    trial.run(*on_base, code=2, err=f"needs weights to begin from.*--from base, or {' '.join(way_out)}", absent="other/model.json")
    trial.run(*on_base, *way_out, "--dry-run", out=None, absent="other/model.json")
    trial.train("--from", "no.safetensors", model="other", code=3, err="no.safetensors", absent="other/model.json")
    (trial / "text.safetensors").write_text("a letter, long enough to be read as a header")
    trial.train("--from", "text.safetensors", model="other", code=4, err="text.safetensors", absent="other/model.json")


def case_base_that_comes_with_a_preset(trial):
    trial.train("--from", "base", model="made", iterations=1, err="bases/sketch.safetensors")
    consents = json.loads((trial / "made/model.json").read_text())["lineage"]["consents"]
    trial.check(len(consents) == 4, "those of the base's people are carried too")
    aligned = trial.house.shared("aligned")
    trial.run("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", "other", "--preset", "comb",
              "--from", "base", code=2, err="no base that comes with Understudy has the encoder of this preset's network.*sketch", absent="other/model.json")
    two = ("--likeness", aligned / "ada", "--performer", aligned / "bruno")
    (trial / "finer.toml").write_text('from = "sketch-on-base"\n[network]\noutput_px = 192\ndecoder_channels = [128, 96, 48, 32]\n')
    for iterations, said in ((1, "bases/sketch.safetensors"), (2, "going on from iteration 1")):
        trial.run("train", *two, "-m", "finer", "--preset", "finer.toml", "--from", "base", "--iterations", iterations, out="finer\n", err=said)
    header = json.loads((trial / "finer/model.json").read_text())
    trial.check((header["network"]["output_px"], header["start"]["output_px"]) == (192, 96), "the base stays beside as it is")
    trial.run("train", *two, "-m", "part", "--preset", "sketch-on-base", "--from", "base", "--from-parts", "inter",
              code=2, err="needs the whole encoder of .*sketch.safetensors.*without --from-parts", absent="part/model.json")


def case_places_travel_with_the_model(trial):
    places = json.loads((trial.house.shared("model") / "model.json").read_text())["places"]
    trial.check({side: list(people) for side, people in places.items()} == {"likenesses": ["likeness"], "performers": ["performer"]}, str(places))
    for side in places.values():
        for numbers in side.values():
            trial.check(set(numbers) == {"sideways", "turn", "down", "down_per_pitch"} and all(abs(n) < 2 for n in numbers.values()), str(numbers))
    header, _ = read_safetensors(checkpoints(trial.house.shared("model"))[0])
    trial.check('"places":' in header["__metadata__"]["understudy"], "the checkpoint holds them too")
    dataset = trial.copy("aligned")

    def registrations(name):
        return ["registration" in json.loads(line) for path in sorted(dataset.glob(f"convert/{name}/*/*/faces.jsonl"))
                for line in path.read_text().splitlines()]

    drawn = trial.run("convert", dataset, "-m", trial.house.shared("model"), "--as-drawn", out=f"{dataset}\n")
    trial.check("stay where they are drawn" not in drawn.err, drawn.err)
    trial.check(registrations("swap") and not any(registrations("swap")), "nothing was registered")
    trial.run("convert", dataset, "-m", trial.house.shared("model"), code=2, err="--replace")
    trial.run("convert", dataset, "-m", trial.house.shared("model"), "--model-dir", ".", code=2, err="--model-dir")


def case_nothing_left_to_train(trial):
    model = trial.copy_model()
    before = {path.name: read_safetensors(path)[1] for path in checkpoints(model)}
    trial.train(model=model, iterations=2)
    trial.check({path.name: read_safetensors(path)[1] for path in checkpoints(model)} == before, "the weights stay")


def case_same_seed_same_weights(trial):
    trial.train("--seed", 3, "--threads", 1, model="one", iterations=1)
    trial.train("--seed", 3, "--threads", 1, model="two", iterations=1)
    trial.train("--seed", 4, "--threads", 1, model="other", iterations=1)
    one, two, other = (read_safetensors(checkpoints(trial / model)[0])[1] for model in ("one", "two", "other"))
    trial.check(one == two, "two trainings with one seed differ")
    trial.check(one != other, "another seed gives the same weights")


def case_folder_has_what_the_page_says(trial):
    model = trial.house.shared("model")
    files = {re.sub(r"tfevents\..*|(?<=cache/)(likeness|performer)-.*", lambda m: m[1] or "tfevents", name) for name in tree(model)}
    trial.check(files == {"checkpoint-000000001.safetensors", "checkpoint-000000002.safetensors", "log.jsonl", "loss.png",
                          "model.json", "preview.png", "history/index.html", "history/preview-000000001.png",
                          "history/preview-000000002.png", "history/tensorboard/events.out.tfevents", "cache/likeness", "cache/performer"}, f"the files: {files}")
    log = [json.loads(line) for line in (model / "log.jsonl").read_text().splitlines()]
    trial.check([line["iteration"] for line in log] == [1, 2], "a line for each iteration")


def names(model):
    return sorted(path.stem for path in model.glob("*.safetensors"))


def case_ring_and_milestones(trial):
    trial.train("--save-minutes", 1e-9, "--keep-checkpoints", 2, "--milestone-every", 3, iterations=7)
    model = trial / "model"
    trial.check(names(model) == ["checkpoint-000000006", "checkpoint-000000007", "milestone-000000003", "milestone-000000006"],
                f"{names(model)}")
    trial.run("verify", model, out=re.compile(".*iterations: 7.*checkpoints: 4.*", re.DOTALL), err="")
    for path in checkpoints(model):
        flip_byte(path, 0.7)  # the milestone of iteration 6 is the same file
    trial.run("verify", model, code=6, err="failed", out=re.compile(".*iterations: 3.*checkpoint-000000007.*", re.DOTALL))
    trial.train(iterations=4, err="checkpoint-000000007.*checkpoint-000000006.*milestone-000000003.*is used.*from iteration 3")


def case_milestones_are_saved_when_they_are_due(trial):
    trial.train("--milestone-every", 2, iterations=5)
    trial.check(names(trial / "model") == ["checkpoint-000000002", "checkpoint-000000004", "checkpoint-000000005",
                                           "milestone-000000002", "milestone-000000004"], f"{names(trial / 'model')}")


def case_model_of_version_1(trial):
    """Not of this cast: it can be verified, and says whom it was trained for."""
    model = trial / "old"
    shutil.copytree(trial.house.data / "model-v1", model)
    trial.run("verify", model, err="", out=re.compile(".*preset: sketch.*iterations: 3.*checkpoints: 2.*", re.DOTALL))
    flip_byte(model / "checkpoint-b.safetensors", 0.9)
    trial.run("verify", model, code=6, err="failed", out=re.compile(".*iterations: 2.*checkpoint-b.*", re.DOTALL))
