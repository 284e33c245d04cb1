"""Model folders that are damaged, newer or of another kind, and how a training goes on."""

import json
import re
import struct

from trial import edit_json, flip_byte, read_safetensors, tree, write_safetensors

NAMES = ("checkpoint-a.safetensors", "checkpoint-b.safetensors")


def newest_first(model):
    """The two checkpoints, the one with more iterations first."""
    def iteration(path):
        return json.loads(read_safetensors(path)[0]["__metadata__"]["understudy"])["iteration"]
    return sorted((model / name for name in NAMES), key=iteration, reverse=True)


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
        newest, older = newest_first(model)
        damage(newest)
        convert(trial, model, out=f"{trial / 'bruno'}\n", err=f"warning: .*{re.escape(newest.name)}")
        damage(older)
        trial.train(model=model, iterations=4, code=4, err="checkpoint-[ab]", keeps=model)
        trial.run("verify", model, code=4, err="checkpoint-[ab]")
    return case


def cases():
    for damage in DAMAGES:
        yield f"checkpoint_with_{damage.__name__}", damaged(damage)


def case_training_goes_on_from_the_older_checkpoint(trial):
    model = trial.copy_model()
    newest = newest_first(model)[0]
    flip_byte(newest, 0.9)
    trial.run("verify", model, code=6, out=re.compile(f".*{re.escape(newest.name)}.*", re.DOTALL), err="failed")
    trial.train(model=model, iterations=3, err=f"warning: .*{re.escape(newest.name)}.*from iteration 1")
    trial.run("verify", model, out=re.compile(".*iterations: 3.*", re.DOTALL))


def case_no_model(trial):
    convert(trial, "nothing", code=3, err="nothing")
    (trial / "empty").mkdir()
    convert(trial, "empty", code=3, err="empty")


def case_newer_model(trial):
    model = trial.copy_model()
    edit_json(model / "model.json", version=2)
    trial.train(model=model, iterations=3, code=4, err="model.json.*version is 2.*1", keeps=model)
    convert(trial, model, code=4, err="model.json.*version is 2.*1")


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
    base = newest_first(trial.house.shared("model"))[0]
    trial.train("--base", base, model="made", iterations=1)
    trial.train("--base", "no.safetensors", model="other", code=3, err="no.safetensors", absent="other/model.json")
    (trial / "text.safetensors").write_text("a letter, long enough to be read as a header")
    trial.train("--base", "text.safetensors", model="other", code=4, err="text.safetensors", absent="other/model.json")


def case_nothing_left_to_train(trial):
    model = trial.copy_model()
    before = {path.name: content for path, content in ((p, p.read_bytes()) for p in map(model.__truediv__, NAMES))}
    trial.train(model=model, iterations=2)
    weights = [read_safetensors(path)[1] for path in newest_first(model)]
    trial.check(any(read_safetensors_bytes(content) == weights[0] for content in before.values()), "the weights stay")


def read_safetensors_bytes(content):
    return content[8 + struct.unpack("<Q", content[:8])[0]:]


def case_same_seed_same_weights(trial):
    trial.train("--seed", 3, "--threads", 1, model="one", iterations=1)
    trial.train("--seed", 3, "--threads", 1, model="two", iterations=1)
    trial.train("--seed", 4, "--threads", 1, model="other", iterations=1)
    one, two, other = (read_safetensors(trial / model / NAMES[0])[1] for model in ("one", "two", "other"))
    trial.check(one == two, "two trainings with one seed differ")
    trial.check(one != other, "another seed gives the same weights")


def case_folder_has_what_the_page_says(trial):
    model = trial.house.shared("model")
    trial.check(sorted(tree(model)) == sorted([*NAMES, "log.jsonl", "loss.png", "model.json", "preview.png"]), "the files")
    log = [json.loads(line) for line in (model / "log.jsonl").read_text().splitlines()]
    trial.check([line["iteration"] for line in log] == [1, 2], "a line for each iteration")
