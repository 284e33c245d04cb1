"""understudy-verify: what it says of each kind of thing, and that a changed byte is found wherever it is."""

import json
import re

from trial import checkpoints, edit_json, flip_byte


def saying(*words):
    return re.compile(".*" + ".*".join(words) + ".*", re.DOTALL)


def case_dataset(trial):
    dataset = trial.house.shared("converted") / "bruno"
    trial.run("verify", dataset, out=saying("role: performer", "shards: 3", "faces: 36", "removed by hand: 0", "valid"), err="")
    told = json.loads(trial.run("verify", dataset, "--json", out=None, err="").out)
    trial.check(isinstance(told, dict) and "performer" in json.dumps(told), "JSON of the same")


def case_model(trial):
    model = trial.house.shared("model")
    trial.run("verify", model, err="", out=saying("preset: sketch", "iterations: 2", "ada.*likeness.*valid", "bruno.*performer.*valid"))


def case_delivered_file(trial):
    delivered = trial.house.shared("delivered")
    text = trial.run("verify", delivered, out=saying("made with: Understudy", "compositeWithTrainedAlgorithmicMedia"), err="").out
    for word in ("likeness, basis synthetic", "performer, basis synthetic"):
        trial.check(word in text, f"it does not say {word}")
    # As words: a digest may well hold "ada".
    trial.check(not re.search(r"\b(ada|bruno)\b", text.replace(str(delivered), "")),
                "a subject's name is told without public credit")
    digest = re.search("sha256: ([0-9a-f]{64})", trial.run("verify", trial.house.shared("model"), out=None).out).group(1)
    trial.check(digest in text, "the model's digest")
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "result.mp4", "--frames", "0-3", out="result.mp4\n")
    trial.run("verify", "result.mp4", out=saying("made with: Understudy", "compositeWithTrainedAlgorithmicMedia", digest), err="")


def case_plain_video(trial):
    trial.run("verify", trial.cast / "bruno.mp4", out=saying("nothing in it says so"), err="")


def case_what_is_none_of_them(trial):
    trial.run("verify", "nothing", code=3, err="nothing")
    (trial / "text.txt").write_text("a letter")
    trial.run("verify", "text.txt", code=3, err="text.txt")


def case_changed_bytes_of_a_dataset(trial):
    dataset = trial.copy("converted")
    shard = "bruno/000000-000011"
    for name in (f"extract/{shard}/000001_0.png", f"align/{shard}/000002_0.png", f"align/{shard}/000003_0.mask.png",
                 f"convert/swap/{shard}/000004_0.png", f"extract/{shard}/faces.jsonl"):
        flip_byte(dataset / name)
    edit_json(dataset / f"align/{shard}/shard.json", program_version="9.9.9")
    edit_json(dataset / "extract/bruno/source.json", frame_count=61)
    (dataset / "consent.toml").write_text((dataset / "consent.toml").read_text() + "\n# more\n")
    found = trial.run("verify", dataset, "--report", "report.json", code=6, err="failed",
                      out=saying("PROBLEM")).out
    for name in ("000001_0.png", "000002_0.png", "000003_0.mask.png", "000004_0.png", "faces.jsonl", "shard.json", "source.json",
                 "consent_changed"):
        trial.check(name in found, f"the damage of {name} was not found: {found}")
    failures = json.loads((trial / "report.json").read_text())["failures"]
    trial.check(len(failures) >= 8, f"the report lists only {failures}")


def case_changed_byte_of_the_only_checkpoint(trial):
    model = trial.copy_model()
    only, older = checkpoints(model)
    older.unlink()
    for place in (0.00001, 0.001, 0.2, 0.5, 0.99999):
        flip_byte(only, place)
        trial.run("verify", model, code=4, err=only.name)
        flip_byte(only, place)
    trial.run("verify", model, out=saying("iterations: 2"))


def case_two_shards_with_one_frame(trial):
    dataset = trial.copy("extracted")
    shard = dataset / "extract/bruno/000000-000011"
    trial.check(shard.is_dir(), "the shard is where the page says")
    import shutil
    shutil.copytree(shard, shard.with_name("000000-000010"))
    trial.run("verify", dataset, code=6, out=saying("PROBLEM", "frame"), err="failed")
