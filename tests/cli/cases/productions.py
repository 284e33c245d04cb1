"""What a production does with consents: sign, revoke, check what was made, purge it."""

import json
import os
import re
import shutil

from trial import checkpoints, read_safetensors, write_safetensors


def at_home(trial):
    """A place for the local authority."""
    return trial.house.environment | {"XDG_DATA_HOME": str(trial.folder / "home")}


def new(trial, *args, name="ada", role="likeness", basis="consent"):
    trial.run("consent", "new", "--subject", name, "--role", role, "--basis", basis, "-o", f"{name}.toml", *args, out=f"{name}.toml\n")
    return trial / f"{name}.toml"


def id_of(record):
    return re.search(r'id = "([^"]+)"', record.read_text()).group(1)


def report(trial):
    return json.loads((trial / "report.json").read_text())


def case_minor_without_guardian(trial):
    record = new(trial, "--use", "film")
    record.write_text(record.read_text().replace("# minor = true", "minor = true"))
    trial.run("consent", "check", record, code=7, err="minor.*guardian.*consent_missing")
    record.unlink()
    new(trial, "--use", "film", "--guardian", "Eva")
    trial.run("consent", "check", record, out=re.compile(".*valid.*\n"))


def case_hard_rules(trial):
    record = new(trial, "--use", "film: with nudity")
    trial.run("consent", "check", record, code=7, err="intimate use is never granted.*consent_scope")
    record.unlink()
    new(trial, "--use", "political: a campaign")
    trial.run("consent", "check", record, out=re.compile(".*valid.*\n"))
    trial.run("consent", "check", record, "--use", "political", code=7, err="political use.*political = true", out="")
    record.write_text(record.read_text().replace("# political = true", "political = true"))
    trial.run("consent", "check", record, "--use", "political", out=re.compile(".*valid.*\n"))


def case_internal_test_for_too_long(trial):
    trial.run("consent", "new", "--subject", "A", "--role", "likeness", "--basis", "internal-test", "--until", "2099-01-01", "-o",
              "a.toml", code=2, err="30 days at most", absent="a.toml")
    record = new(trial, basis="internal-test")
    record.write_text(re.sub(r"valid_(\w+) = .*", r"valid_\1 = 2020-01-01", record.read_text()))
    trial.run("consent", "check", record, code=7, err="consent_expired")


def case_a_signed_record(trial):
    record = new(trial, "--use", "film")
    extract = ("extract", trial.cast / "ada.mp4", "--consent", record, "--frames", "0-1", "-o")
    trial.run(*extract, "out", "--signed-consents", "--report", "report.json", code=7, err="not signed.*consent_signature", absent="out")
    trial.check(report(trial)["refused"] == {"reason": "consent_signature", "record": id_of(record), "what": "", "items": []},
                str(report(trial)["refused"]))
    trial.run("consent", "sign", record, out=f"{record}.sig\n", env=at_home(trial))
    trial.run("consent", "check", record, "--signed-consents", out=re.compile(".*signed by Self-issued .*\n"))
    trial.run(*extract, "out", "--signed-consents", out="out\n")
    trial.run("consent", "check", "out", out=re.compile("out: covered for the likeness ada, .*signed by .*not checked\n"))
    edited = trial / "out/consent.toml"
    edited.write_text(edited.read_text() + "# a note\n")
    trial.run("align", "out", code=7, err="broken signature.*changed after.*consent_signature", keeps=trial / "out")
    record.write_text(record.read_text().replace("film", "anything"))
    trial.run(*extract, "other", code=7, err="consent_signature", absent="other")


def case_a_signed_model(trial):
    model = trial.copy_model()
    trial.run("verify", model, out=re.compile(".*lineage: unsigned\n.*", re.DOTALL))
    home = {"env": at_home(trial)}
    trial.run("consent", "sign", model, out=f"{model}/lineage.json\n{model}/lineage.json.sig\n", **home)
    trial.run("verify", model, out=re.compile(".*lineage: signed by Self-issued .*: self-issued on this computer\n.*weights: as signed.*",
                                              re.DOTALL), **home)
    trial.run("verify", model, out=re.compile(".*lineage: signed by .*: nobody known vouches for the signer\n.*", re.DOTALL))
    root = trial.folder / "home/understudy/authority/root.pem"
    trial.run("verify", model, "--trust", root, out=re.compile(".*: a trusted root vouches for the signer\n.*", re.DOTALL))
    trial.run("consent", "check", model, "--trust", root, out=re.compile("(.*its lineage signed by .*: a trusted root vouches .*\n){2}"))
    newest = checkpoints(model)[0]
    header, data = read_safetensors(newest)
    told = json.loads(header["__metadata__"]["understudy"])
    told["lineage"]["datasets"][0]["digest"] = "0" * 64
    header["__metadata__"]["understudy"] = json.dumps(told)
    write_safetensors(newest, header, data)
    trial.run("verify", model, code=6, err="failed", out=re.compile(".*PROBLEM.*consents and datasets.*others than.*", re.DOTALL), **home)
    trial.run("consent", "check", model, code=7, err="lineage_broken", **home)
    trial.run("convert", trial.copy("aligned", "bruno"), "-m", model, code=7, err="lineage_broken", **home)
    (model / "lineage.json.sig").unlink()
    trial.run("verify", model, code=6, err="failed", out=re.compile(".*PROBLEM.*lost its signature.*", re.DOTALL), **home)


def case_who_vouches_for_a_records_signer(trial):
    record = new(trial, "--use", "film")
    trial.run("consent", "sign", record, out=None, env=at_home(trial))
    root = trial.folder / "home/understudy/authority/root.pem"
    trial.run("consent", "check", record, out=re.compile(".*signed by .*: nobody known vouches for the signer\n"))
    trial.run("consent", "check", record, out=re.compile(".*signed by .*: self-issued on this computer\n"), env=at_home(trial))
    trial.run("consent", "check", record, "--trust", root, out=re.compile(".*signed by .*: a trusted root vouches for the signer\n"))
    trial.run("verify", trial.house.shared("delivered"), "--consent", record, "--trust", root,
              out=re.compile(".*the record here: .*, signed by .*: a trusted root vouches for the signer\n.*", re.DOTALL))


def case_keys_that_cannot_sign(trial):
    record = new(trial, "--use", "film")
    (trial / "no.pem").write_text("no key")
    sign = ("consent", "sign", record, "--sign-key")
    trial.run(*sign, "no.pem", code=2, err="go together", absent="ada.toml.sig")
    trial.run(*sign, "gone.pem", "--sign-cert", "no.pem", code=3, err="gone.pem", absent="ada.toml.sig")
    trial.run(*sign, "no.pem", "--sign-cert", "no.pem", code=4, err="no.pem", absent="ada.toml.sig")


def case_revoked_between_train_and_merge(trial):
    dataset = trial.copy("converted")
    ada = trial.consent("ada")
    trial.run("consent", "revoke", ada, "--revocations", "list.json", "--reason", "the agent withdrew", out="list.json\nlist.json.sig\n",
              env=at_home(trial))
    listed = ("--revocations", "list.json", "--report", "report.json")
    trial.run("merge", dataset, "-o", "out.mkv", *listed, code=7, err="the agent withdrew.*consent_revoked", absent="out.mkv")
    trial.check(report(trial)["refused"]["reason"] == "consent_revoked" and report(trial)["refused"]["record"] == id_of(ada),
                str(report(trial)))
    trial.check(report(trial)["revocations"]["age_days"] == 0, "no age")
    trial.run("convert", dataset, "-m", trial.house.shared("model"), *listed, code=7, err="consent_revoked", keeps=dataset)
    trial.train(*listed, code=7, err="consent_revoked", absent="model")
    trial.run("merge", dataset, "-o", "out.mkv", env=trial.house.environment | {"UNDERSTUDY_REVOCATIONS": "list.json"}, code=7,
              err="consent_revoked", absent="out.mkv")
    trial.run("merge", dataset, "-o", "out.mkv", "--revocations", "gone.json", code=3, err="gone.json", absent="out.mkv")
    (trial / "list.json").write_text((trial / "list.json").read_text().replace("withdrew", "agreed"))
    trial.run("merge", dataset, "-o", "out.mkv", *listed, code=7, err="consent_signature", absent="out.mkv")
    trial.run("consent", "revoke", ada, *listed[:2], code=7, err="consent_signature", env=at_home(trial))


def case_revoked_on_a_later_day(trial):
    trial.run("consent", "revoke", trial.consent("ada"), "--revocations", "list.json", "--date", "2999-01-01", out=None, env=at_home(trial))
    trial.run("consent", "check", trial.consent("ada"), "--revocations", "list.json", out=re.compile(".*valid.*\n"))


def case_check_of_what_was_made(trial):
    records = ("--record", trial.consent("ada"), "--record", trial.consent("bruno"))
    trial.run("consent", "check", trial.house.shared("model"), out=re.compile(
        "(.*model: covered for the (likeness ada|performer bruno), under .*\n){2}"))
    delivered = trial.house.shared("delivered")
    trial.run("consent", "check", delivered, *records, out=re.compile("(.*: covered for .*, unsigned\n){2}"))
    trial.run("consent", "check", delivered, code=6, err="2 items failed", out=re.compile("(.*: not known for .*\n){2}"))
    trial.run("consent", "check", trial.cast / "ada.mp4", code=6, err="1 item failed", out=re.compile(".*: not known\n"))


def case_faces_of_somebody_else(trial):
    for name in ("ada", "bruno"):
        trial.ffmpeg("-i", trial.cast / f"{name}.mp4", "-frames:v", "1", f"{name}.png")
    (trial / "letter.png").write_text("a letter")
    dataset = trial.house.shared("aligned") / "bruno"
    check = ("consent", "check", dataset, "--reference")
    trial.run(*check, "bruno.png", out=re.compile(".*; all 12 faces are like the reference pictures .*\n"))
    trial.run(*check, "ada.png", "--report", "report.json", code=7, keeps=dataset,
              err="12 of 12 faces are not like.*bruno frames 0-11.*consent_wrong_person.*\n  look at these frames")
    trial.check(report(trial)["refused"]["reason"] == "consent_wrong_person", str(report(trial)))
    trial.run(*check, "letter.png", code=3, err="letter.png", keeps=dataset)
    trial.run(*check, "gone.png", code=3, err="gone.png", keeps=dataset)
    trial.run("consent", "check", trial.house.shared("extracted") / "bruno", "--reference", "bruno.png", code=3, err="understudy-align")


def case_list_of_consents(trial):
    trial.run("consent", "list", trial.house.shared("converted"), out=re.compile(
        "valid  the likeness ada, .*\nvalid  the performer bruno, .*\n"))


def case_an_unknown_profile_and_a_label_that_cannot_be(trial):
    merge = ("merge", trial.house.shared("converted") / "bruno", "-o", "out.mkv", "--frames", "0-1", "--codec", "ffv1")
    trial.run(*merge, "--profile", "films", code=2, err="film.*education.*heritage.*news.*test", absent="out.mkv")
    trial.run(*merge, "--profile", "test", "--label", "none", code=2, err="not for delivery", absent="out.mkv")
    trial.run(*merge, "--label", "gone.png", code=3, err="gone.png", absent="out.mkv")
    (trial / "ours.toml").write_text('description = "ours"\nlabel = true\n')
    trial.run(*merge, "--profile", "ours.toml", code=4, err="ours.toml.*label_always", absent="out.mkv")
    trial.run(*merge, "--profile", "news", "--report", "report.json", out="out.mkv\n")
    trial.check(report(trial)["label"]["words"].startswith("Reconstruction"), str(report(trial)["label"]))


def purge_place(trial):
    """ada's dataset, bruno's with a conversion into ada, a model of both, a delivery, and what is nobody's."""
    place = trial / "jobs"
    place.mkdir()
    shutil.copytree(trial.house.shared("converted"), place / "sets")
    shutil.copytree(trial.house.shared("model"), place / "model")
    shutil.copy(trial.house.shared("delivered"), place / "result.mkv")
    (place / "ada").mkdir()
    (place / "ada/notes.txt").write_text("only the name of the folder")
    (place / "sets/ada/notes.txt").write_text("somebody's notes")
    (trial / "elsewhere").mkdir()
    (trial / "elsewhere/keep.txt").write_text("keep")
    os.symlink(trial / "elsewhere", place / "sets/ada/align/link")
    os.symlink(trial.house.shared("aligned"), place / "linked")
    return place


def case_purge(trial):
    place = purge_place(trial)
    aligned = trial.house.shared("aligned")
    trial.run("consent", "purge", trial.consent("ada"), place, keeps=place, out=re.compile(
        "(listed|kept: a delivery)  .*", re.DOTALL), err="nothing was deleted")
    trial.run("consent", "purge", "carla", place, code=2, err="'carla'", keeps=place)
    trial.run("consent", "purge", "ada", place, "--yes", code=2, err="-o LOG", keeps=place)
    bruno = {path.relative_to(place) for path in (place / "sets/bruno").rglob("*") if "convert" not in path.parts}
    trial.run("consent", "purge", "ada", place, "--yes", "-o", "log.json", out=re.compile("deleted .*log.json\n", re.DOTALL))
    left = {path.relative_to(place) for path in place.rglob("*")}
    trial.check(not (place / "model").exists() and not (place / "sets/bruno/convert").exists(), "something of ada is left")
    trial.check([str(path) for path in left if str(path).startswith("sets/ada")] in (["sets/ada", "sets/ada/notes.txt"],
                ["sets/ada/notes.txt", "sets/ada"]), str(left))
    trial.check(bruno <= left, "something of bruno's is gone")
    trial.check((place / "ada/notes.txt").exists() and (place / "linked/ada/dataset.json").exists() and (aligned / "ada").exists()
                and (trial / "elsewhere/keep.txt").exists() and (place / "result.mkv").exists(), "too much is gone")
    log = json.loads((trial / "log.json").read_text())
    trial.check(log["records"] == [id_of(trial.consent("ada"))] and log["deletes"], str(log))
    trial.check({item["kind"]: item["done"] for item in log["items"]} == {
        "dataset": "deleted", "model": "deleted", "conversion": "deleted", "file": "kept: a delivery"}, str(log["items"]))
    trial.run("consent", "purge", trial.consent("ada"), place, "--yes", "--deliveries", "-o", "log.json", out=re.compile(
        "deleted  file  .*result.mkv\nlog.json\n"))
    trial.check(not (place / "result.mkv").exists(), "the delivery is left")


def case_purge_leaves_a_stranger_inside_alone(trial):
    dataset = trial.copy("aligned", "ada")
    shutil.copytree(trial.house.shared("aligned") / "bruno", dataset / "align/bruno")
    trial.run("consent", "purge", "ada", dataset, "--yes", "-o", "log.json", code=6, err="1 item failed", out=re.compile(
        "kept: .*bruno lies in it.*", re.DOTALL), keeps=dataset)
