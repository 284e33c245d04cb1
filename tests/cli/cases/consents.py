"""Consent that is missing, over, taken back or for another side: exit code 7, with the reason and the remedy."""

import datetime
import json
import re

from trial import read_safetensors, write_safetensors

YESTERDAY = datetime.date.today() - datetime.timedelta(days=2)  # over in every time zone


def expired(record):
    return re.sub(r"\nrevoked", f"\nvalid_from = 2020-01-01\nvalid_until = {YESTERDAY}\nrevoked",
                  re.sub(r"\nvalid_\w+ = .*", "", record))


def revoked(record):
    return record.replace("revoked = false", "revoked = true")


def edit(path, change):
    path.write_text(change(path.read_text()))
    return path


def extract(trial, *args, **expected):
    return trial.run("extract", trial.cast / "bruno.mp4", "-o", "out", "--frames", "0-1", *args, **expected)


def case_no_record(trial):
    extract(trial, code=7, err="consent_missing.*understudy-consent", absent="out")
    extract(trial, "--consent", "no.toml", code=7, err="consent_missing|no.toml", absent="out")


def case_expired_record(trial):
    record = trial / "over.toml"
    record.write_text(expired(trial.consent().read_text()))
    extract(trial, "--consent", record, code=7, err="consent_expired", absent="out")
    trial.run("consent", "check", record, code=7, err=f"{YESTERDAY}.*consent_expired")
    trial.run("consent", "show", record, out=re.compile(".*consent_expired.*", re.DOTALL))


def case_new_record_that_is_over_already(trial):
    trial.run("consent", "new", "--subject", "A", "--role", "performer", "--basis", "self", "--until", YESTERDAY, "-o", "a.toml",
              out="a.toml\n")
    extract(trial, "--consent", "a.toml", code=7, err="consent_expired|consent_not_yet_valid", absent="out")


def case_revoked_record(trial):
    record = trial / "back.toml"
    record.write_text(revoked(trial.consent().read_text()))
    extract(trial, "--consent", record, code=7, err="consent_revoked", absent="out")
    record.write_text(trial.consent().read_text().replace(
        "revoked = false", '[revoked]\ndate = 2020-02-01\nreason = "the agent withdrew"'))
    extract(trial, "--consent", record, code=7, err="the agent withdrew.*consent_revoked", absent="out")


def case_damaged_record(trial):
    record = trial / "cut.toml"
    text = trial.consent().read_text()
    record.write_text(text[:text.index("revoked")])
    extract(trial, "--consent", record, code=4, err="cut.toml.*revoked", absent="out")
    record.write_text("subject = = 1\n")
    extract(trial, "--consent", record, code=4, err="cut.toml", absent="out")
    record.write_text(re.sub("version = 2", "version = 3", text))
    extract(trial, "--consent", record, code=4, err="cut.toml.*2", absent="out")


def case_wrong_side(trial):
    aligned = trial.house.shared("aligned")
    for sides in (("bruno", "bruno"), ("ada", "ada"), ("bruno", "ada")):
        trial.run("train", "--likeness", aligned / sides[0], "--performer", aligned / sides[1], "-m", "model", "--preset",
                  "sketch", code=7, err="consent_scope", absent="model")
    trial.run("convert", aligned / "ada", "-m", trial.house.shared("model"), code=7, err="consent_scope", keeps=aligned)
    trial.run("merge", aligned / "ada", "-o", "out.mp4", code=7, err="consent_scope", absent="out.mp4")


def case_dataset_of_another_record(trial):
    dataset = trial.copy("extracted")
    for consent in (trial.consent("ada"), edit(trial / "bruno/consent.toml", lambda text: text + "# a note\n")):
        trial.run("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", consent, "--frames", "20-21", code=7,
                  err="bruno", keeps=dataset)


def gate(change, reason):
    """train, convert, merge and verify on a dataset of which the record was changed."""
    def case(trial):
        dataset = trial.copy("converted")
        path = dataset / "consent.toml"
        if change:
            edit(path, change)
        else:
            path.unlink()
        remedy = rf"{reason}.*\n  \S"  # a second line says what to do
        trial.run("train", "--likeness", trial.house.shared("aligned") / "ada", "--performer", dataset, "-m", "model", "--preset",
                  "sketch", code=7, err=remedy, absent="model")
        trial.run("convert", dataset, "-m", trial.house.shared("model"), "--name", "made", code=7, err=remedy, keeps=dataset)
        trial.run("merge", dataset, "-o", "out.mp4", code=7, err=remedy, absent="out.mp4")
        trial.run("verify", dataset, code=6, out=re.compile(f".*{reason}.*", re.DOTALL), err="failed")
        trial.run("train", "--likeness", dataset, "--performer", trial.house.shared("aligned") / "bruno", "-m", "model", "--preset",
                  "sketch", code=7, err="consent_", absent="model")
    return case


def cases():
    yield "record_of_a_dataset_missing", gate(None, "consent_missing")
    yield "record_of_a_dataset_expired", gate(expired, "consent_expired")
    yield "record_of_a_dataset_revoked", gate(revoked, "consent_revoked")
    yield "record_of_a_dataset_changed", gate(lambda text: text + "# a note\n", "consent_changed")


def ids_in(model):
    """The consents' ids that its header carries, and the number of its datasets."""
    lineage = json.loads((model / "model.json").read_text())["lineage"]
    return {consent["id"] for consent in lineage["consents"]}, len(lineage["datasets"])


def case_consents_of_earlier_trainings_stay_in_the_model(trial):
    """What a model has learned from stays in it: nobody washes out a consent by training on."""
    aligned = trial.house.shared("aligned")
    trial.run("consent", "new", "--subject", "carla", "--role", "likeness", "--basis", "synthetic", "-o", "carla.toml", out="carla.toml\n")
    trial.run("extract", trial.cast / "ada.mp4", "-o", "carla", "--consent", "carla.toml", "--frames", "0-3", out="carla\n")
    trial.run("align", "carla", out="carla\n")
    model = trial.copy_model()
    before, datasets = ids_in(model)
    trial.train("--likeness", trial / "carla", "--performer", aligned / "bruno", model=model, iterations=3, err="iteration 2")
    after, more_datasets = ids_in(model)
    trial.check(before < after and len(after) == 3, f"{before} became {after}")
    trial.check(more_datasets == datasets + 1, f"{datasets} datasets became {more_datasets}")
    trial.train("--likeness", trial / "carla", "--performer", aligned / "bruno", model=model, iterations=4, err="iteration 3")
    trial.check(ids_in(model) == (after, more_datasets), "the same faces were added again")


def with_consents(model, change):
    """Changes the summaries of the likeness' consent in every checkpoint of the model."""
    for path in model.glob("*.safetensors"):
        header, data = read_safetensors(path)
        inner = json.loads(header["__metadata__"]["understudy"])
        inner["lineage"]["consents"] = change(inner["lineage"]["consents"])
        header["__metadata__"]["understudy"] = json.dumps(inner)
        header["__metadata__"].pop("header_checksum", None)  # as if it had been written so
        write_safetensors(path, header, data)


def case_model_of_a_consent_that_is_over(trial):
    dataset = trial.copy("aligned")
    for change, reason in (
            (lambda all: [one | {"valid_from": "2020-01-01", "valid_until": str(YESTERDAY)} for one in all], "consent_expired"),
            (lambda all: [one | {"revoked": {"date": None, "reason": "no"}} for one in all], "consent_revoked"),
            (lambda all: [one for one in all if one["role"] == "performer"], "consent_missing"),
            (lambda all: [], "consent_missing")):
        model = trial.copy_model(reason + str(len(list(trial.folder.iterdir()))))
        with_consents(model, change)
        trial.run("convert", dataset, "-m", model, code=7, err=reason, keeps=dataset)
        if reason != "consent_missing":  # the faces at hand bring a consent for each side
            with_consents(model, lambda all: [one | {"id": one["id"][:-1] + ("1" if one["id"].endswith("0") else "0")} for one in change(all)])
            trial.train(model=model, iterations=3, code=7, err=reason, keeps=model)


def case_conversion_of_a_consent_that_is_over(trial):
    dataset = trial.copy("converted")
    for path in (dataset / "convert").rglob("shard.json"):
        shard = json.loads(path.read_text())
        for one in shard["options"]["consents"]:
            one["valid_until"] = str(YESTERDAY)
            one["valid_from"] = "2020-01-01"
        path.write_text(json.dumps(shard))
    trial.run("merge", dataset, "-o", "out.mp4", code=7, err="consent_expired", absent="out.mp4")


def case_internal_test_has_an_end(trial):
    trial.run("consent", "new", "--subject", "A", "--role", "likeness", "--basis", "internal-test", "-o", "a.toml", out="a.toml\n")
    trial.check(re.search(r"valid_until = \d{4}-\d\d-\d\d", (trial / "a.toml").read_text()), "no end")


def case_estate_needs_evidence(trial):
    made = ("consent", "new", "--subject", "A", "--role", "likeness", "--basis", "estate", "-o", "a.toml")
    trial.run(*made, out="a.toml\n")
    trial.run("consent", "check", "a.toml", code=7, err="consent_evidence")
    (trial / "a.toml").unlink()
    trial.run(*made, "--evidence", "no.pdf", code=3, err="no.pdf", absent="a.toml")
    (trial / "signed.pdf").write_text("signed")
    trial.run(*made, "--evidence", "signed.pdf", out="a.toml\n")
    trial.run("consent", "check", "a.toml", code=7, err="no uses, no died, no grantor.*consent_scope")
    (trial / "a.toml").unlink()
    trial.run(*made, "--evidence", "signed.pdf", "--use", "film", "--died", "1931", "--grantor", "B", "--authority", "estate",
              out="a.toml\n")
    trial.run("consent", "check", "a.toml", out=re.compile("a.toml: valid for the likeness A, under .*, for: film, unsigned\n"))
