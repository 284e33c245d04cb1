"""A model as ONNX: what the file holds, and what is refused."""

import json
import os
import re
import shutil

from cases.consents import YESTERDAY, with_consents
from cases.models import DAMAGES
from trial import tree

KIB = 1024


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """The number and content of each field of a protobuf message; numbers, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        yield key >> 3, value


def metadata_of(path):
    """ModelProto's metadata_props."""
    out = {}
    for number, value in fields(path.read_bytes()):
        if number == 14:
            entry = dict(fields(value))
            out[entry[1].decode()] = entry[2].decode()
    return out


def export(trial, model, *args, output="out.onnx", **expected):
    return trial.run("export", model, "-o", output, *args, **expected)


def case_writes_the_network_and_whose_face_it_is(trial):
    model = trial.house.shared("model")
    export(trial, model, "--report", "report.json", out="out.onnx\n", err="cv::dnn agrees")
    metadata = metadata_of(trial / "out.onnx")
    header = json.loads((model / "model.json").read_text())
    consents = json.loads(metadata["consents"])
    trial.check({one["id"] for one in consents} == {one["id"] for one in header["lineage"]["consents"]}, "the consents")
    trial.check(all(re.fullmatch("[0-9a-f]{64}", one["sha256"]) for one in consents), "the records' digests")
    trial.check(json.loads(metadata["datasets"]) == header["lineage"]["datasets"], "the datasets")
    trial.check(json.loads(metadata["crop"])["family"] == header["crop"]["family"], "the crop family")
    trial.check(metadata["likeness"] == "likeness" and "consent" in metadata["notice"], "the notice")
    trial.check(metadata["model_sha256"] in tree(model).values(), "the checkpoint's digest")
    trial.check('"ada"' not in metadata["marking"] + metadata["consents"], "a subject is named without credit")
    report = json.loads((trial / "report.json").read_text())
    trial.check(report["outputs"][0]["sha256"] == tree(trial.folder)["out.onnx"], "the report's digest")
    trial.no_leftovers()


def case_replaces_what_is_there_and_gives_the_same_again(trial):
    model = trial.house.shared("model")
    (trial / "out.onnx").write_text("yesterday's export")
    export(trial, model, out="out.onnx\n")
    export(trial, model, "--likeness", "likeness", output="again.onnx", out="again.onnx\n")
    trial.check((trial / "out.onnx").read_bytes() == (trial / "again.onnx").read_bytes(), "two exports of one model differ")


def case_wrong_usage(trial):
    model = trial.house.shared("model")
    for more, err in ((["--likeness", "carla"], "'carla'.*likeness"), (["--morph", "0.5"], "cannot be morphed"),
                      (["--morph", "1.5"], "--morph"), (["--colour", "red"], "--colour.*--help")):
        export(trial, model, *more, code=2, err=err, absent="out.onnx")
    trial.run("export", code=2, err="required")
    trial.run("export", model, code=2, err="--output.*required")


def case_no_model(trial):
    export(trial, "nothing", code=3, err="nothing", absent="out.onnx")
    (trial / "empty").mkdir()
    export(trial, "empty", code=3, err="empty", absent="out.onnx")


def damaged(damage):
    def case(trial):
        model = trial.copy_model()
        for checkpoint in model.glob("*.safetensors"):
            damage(checkpoint)
        export(trial, model, code=4, err="checkpoint-0", keeps=model, absent="out.onnx")
    return case


def cases():
    for damage in DAMAGES:
        yield f"checkpoints_with_{damage.__name__}", damaged(damage)


def case_consent_that_does_not_hold(trial):
    for change, reason in (
            (lambda all: [one | {"valid_from": "2020-01-01", "valid_until": str(YESTERDAY)} for one in all], "consent_expired"),
            (lambda all: [one | {"revoked": {"date": None, "reason": "no"}} for one in all], "consent_revoked"),
            (lambda all: [], "consent_missing")):
        model = trial.copy_model(reason)
        with_consents(model, change)
        export(trial, model, code=7, err=rf"{reason}.*\n  \S", keeps=model, absent="out.onnx")


def case_outputs_that_cannot_be_written(trial):
    model = trial.house.shared("model")
    (trial / "file").write_text("a file, not a folder")
    for output in ("nowhere/out.onnx", "file/out.onnx", "/dev/null/out.onnx", "/proc/out.onnx"):
        export(trial, model, output=output, code=5, err="cannot write", keeps=trial.folder)
    (trial / "folder").mkdir()
    export(trial, model, output="folder", code=2, err="folder.*not a file")


def case_full_disk(trial):
    model = trial.house.shared("model")
    (trial / "out.onnx").write_text("yesterday's export")
    export(trial, model, size_limit=20 * KIB, code=5, err="out.onnx.*File too large.*space", keeps=trial.folder)
    trial.no_leftovers()


def case_one_checkpoint_is_enough(trial):
    model = trial / "alone"
    model.mkdir()
    newest = max(trial.house.shared("model").glob("checkpoint-*.safetensors"))
    shutil.copy(newest, model)
    export(trial, model, out="out.onnx\n")
    trial.check(os.path.getsize(trial / "out.onnx") < os.path.getsize(newest) / 4, "more than the likeness' averaged weights")
