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
    text = trial.run("verify", delivered, err="",
                     out=saying("OK: ", "intact", "self-issued on this computer", "compositeWithTrainedAlgorithmicMedia", "made with: Understudy")).out
    for word in ("likeness, basis synthetic", "performer, basis synthetic", "no record here"):
        trial.check(word in text, f"it does not say {word}")
    # As words: a digest may well hold "ada".
    trial.check(not re.search(r"\b(ada|bruno)\b", text.replace(str(delivered), "")),
                "a subject's name is told without public credit")
    digest = re.search("sha256: ([0-9a-f]{64})", trial.run("verify", trial.house.shared("model"), out=None).out).group(1)
    trial.check(digest in text, "the model's digest")
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "result.mp4", "--frames", "0-3", out="result.mp4\n")
    told = trial.run("verify", "result.mp4", out=saying("OK: ", "compositeWithTrainedAlgorithmicMedia", digest), err="").out
    trial.check("c2pa.opened" in told, told)
    trial.run("verify", "result.mp4", "--consent", trial.consent("ada"), "--consent", trial.consent("bruno"), err="",
              out=saying("likeness, basis synthetic.*: valid; when signed: valid", "performer, basis synthetic.*: valid; when signed: valid"))
    trial.run("verify", "result.mp4", code=6, err="failed", env=trial.house.environment | {"XDG_DATA_HOME": str(trial / "elsewhere")},
              out=saying("UNKNOWN", "intact", "nobody known vouches"))


def case_delivered_pictures(trial):
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "frames", "--frames", "0-3", out="frames\n")
    trial.run("verify", "frames", out=saying("OK: ", "intact"), err="")
    flip_byte(trial / "frames/000002.png", 0.9)
    (trial / "frames/000003.png").unlink()
    trial.run("verify", "frames/digests.json", code=6, err="failed",
              out=saying("MODIFIED", "000002.png was changed", "000003.png is missing"))


def case_plain_video(trial):
    trial.run("verify", trial.cast / "bruno.mp4", code=6, err="failed",
              out=saying("UNKNOWN: .*not evidence of authenticity", "unsigned", "nobody signed", "nothing in it says"))


def golden(trial, name):
    return trial.house.data / "c2pa" / name


def case_signed_by_somebody_else(trial):
    for name in ("es256.mp4", "ps256.mov", "ps256.jpg", "ed25519.png", "claim_v1.jpg", "chain.mp4"):
        trial.run("verify", golden(trial, name), "--trust", golden(trial, "root.pem"), err="",
                  out=saying("OK: ", "integrity", "intact", "signer", "a trusted root vouches", "CN=Golden signer", "marking", "consent"))
    trial.run("verify", golden(trial, "es256.mp4"), code=6, err="failed", out=saying("UNKNOWN", "intact", "nobody known vouches"))


def case_signed_and_changed(trial):
    (trial / "changed.mp4").write_bytes(golden(trial, "es256.mp4").read_bytes())
    flip_byte(trial / "changed.mp4", 0.9)
    told = trial.run("verify", "changed.mp4", "--trust", golden(trial, "root.pem"), "--json", "--report", "report.json", code=6,
                     out=None, err="failed").out
    trial.check(json.loads(told)["state"] == "MODIFIED", told)
    codes = [each["code"] for each in json.loads(told)["credentials"]["manifests"][-1]["findings"]["failure"]]
    trial.check(codes == ["assertion.bmffHash.mismatch"], codes)
    report = json.loads((trial / "report.json").read_text())
    trial.check(report["delivery"]["state"] == "MODIFIED" and len(report["failures"]) == 1, report)


def case_sidecar_of_another_file(trial):
    content = golden(trial, "es256.mp4").read_bytes()
    start = content.index(b"jumdc2pa") - 12
    (trial / "result.mkv").write_bytes((trial.cast / "bruno.mp4").read_bytes())
    (trial / "result.mkv.c2pa").write_bytes(content[start:start + int.from_bytes(content[start:start + 4], "big")])
    trial.run("verify", "result.mkv", code=6, err="failed", out=saying("MODIFIED", "assertion.bmffHash.mismatch"))
    (trial / "result.mkv.c2pa").write_bytes(b"no store")
    trial.run("verify", "result.mkv", code=6, err="failed", out=saying("MODIFIED", "general.error"))


def case_page_for_people(trial):
    trial.run("verify", golden(trial, "chain.mp4"), "--trust", golden(trial, "root.pem"), "--html", "page.html", out=None, err="")
    page = (trial / "page.html").read_text()
    for words in ("<b>OK</b>", "Is it what was signed?", "Who signed it?", "What does it say of itself?", "Who agreed?"):
        trial.check(words in page, f"the page does not say {words}")
    trial.check("<script" not in page and "src=" not in page, "the page loads something")


def case_bad_roots_and_records(trial):
    (trial / "letter.pem").write_text("a letter")
    trial.run("verify", golden(trial, "es256.mp4"), "--trust", "nothing.pem", code=3, err="nothing.pem")
    trial.run("verify", golden(trial, "es256.mp4"), "--trust", "letter.pem", code=4, err="letter.pem holds no certificate")
    trial.run("verify", golden(trial, "es256.mp4"), "--consent", "letter.pem", code=4, err="letter.pem")


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
