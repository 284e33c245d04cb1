"""What merge signs with, and what it says when it cannot."""

import json
import re
import shutil
import subprocess

FAST = ("--frames", "0-1", "--color", "none", "--texture", "none")


def merge(trial, output, *options, **expected):
    return trial.run("merge", trial.house.shared("converted") / "bruno", "-o", output, *FAST, *options, **expected)


def openssl(trial, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=trial.folder, check=True, capture_output=True, timeout=60)


def case_videos_are_signed_by_the_local_authority(trial):
    merge(trial, "out.mp4", "--authority", "home/authority", "--registry", "home/registry", "--report", "report.json", out="out.mp4\n",
          err="Self-issued signer [0-9a-f]{8}', which is self-issued")
    trial.check((trial / "home/authority/signer.key").stat().st_mode & 0o777 == 0o600, "the key is for its owner alone")
    trial.check(len(list((trial / "home/registry").glob("*.c2pa"))) == 1, "a copy is kept")
    trial.check(b"compositeWithTrainedAlgorithmicMedia" in (trial / "out.mp4").read_bytes(), "the source type is told")
    trial.check('"self_issued": true' in (trial / "report.json").read_text(), "the report tells who signed")


def case_other_files_get_theirs_beside(trial):
    merge(trial, "out.mkv", "--codec", "ffv1", "--registry", "kept", out="out.mkv\n")
    merge(trial, "pictures", "--codec", "png", "--registry", "kept", out="pictures\n")
    for name in ("out.mkv.c2pa", "pictures/digests.json", "pictures/digests.json.c2pa"):
        trial.check((trial / name).is_file(), name)


def case_a_key_that_cannot_sign(trial):
    openssl(trial, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
            "-out", "root.pem", "-subj", "/CN=x", "-days", "30")
    openssl(trial, "pkey", "-in", "key.pem", "-aes256", "-passout", "pass:x", "-out", "locked.pem")
    openssl(trial, "genpkey", "-algorithm", "ED25519", "-out", "other.pem")
    for key, certificate, code, why in (("key.pem", "root.pem", 4, "is an authority's"), ("other.pem", "root.pem", 4, "does not belong"),
                                        ("locked.pem", "root.pem", 3, "is encrypted"), ("gone.pem", "root.pem", 3, "gone.pem"),
                                        ("root.pem", "root.pem", 4, "no private key"), ("key.pem", "key.pem", 4, "no certificate")):
        merge(trial, "out.mp4", "--sign-key", key, "--sign-cert", certificate, code=code, err=why, keeps=trial.folder)
    merge(trial, "out.mp4", "--sign-key", "key.pem", code=2, err="without --sign-cert", keeps=trial.folder)


def case_no_place_for_an_authority(trial):
    (trial / "file").write_text("")
    merge(trial, "out.mp4", "--authority", "file/authority", code=5, err="authority", absent="out.mp4")
    merge(trial, "out.mp4", "--registry", "file/registry", code=5, err="registry", absent="out.mp4")


def case_the_official_reader_trusts_what_merge_signs(trial):
    reader = trial.house.bin.parent / "tests/c2pa"
    if not (reader / "node_modules").is_dir():
        return  # c2pa_tests says that it is missing, and why
    merge(trial, "out.mp4", "--authority", "authority", "--registry", "kept", "--label", "Reconstruction", out="out.mp4\n")
    merge(trial, "out.mov", "--codec", "prores", "--authority", "authority", "--registry", "kept", out="out.mov\n")
    told = subprocess.run(["node", "read.mjs", "--trust", trial / "authority/root.pem", trial / "out.mp4", trial / "out.mov"], cwd=reader,
                          check=True, capture_output=True, text=True, timeout=120)
    for answer in json.loads(told.stdout):
        trial.check(answer["state"] == "Trusted" and not answer["failure"], json.dumps(answer))
    trial.run("verify", "out.mp4", "--trust", "authority/root.pem", out=re.compile(".*OK: .*c2pa.addedText.*Reconstruction.*", re.S))


def case_the_watermark_leads_back_to_what_was_lost(trial):
    trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "out.mp4", "--frames", "0-11", "--authority", "authority",
              "--registry", "kept", "--report", "report.json", out="out.mp4\n", err=None)
    mark = json.loads((trial / "report.json").read_text())["watermark"]
    trial.check(mark["state"] == "recovered", json.dumps(mark))
    trial.run("verify", "out.mp4", "--trust", "authority/root.pem", "--registry", "kept",
              out=re.compile(f".*OK: .*of these content credentials.*{mark['id']}.*", re.S))
    subprocess.run(["ffmpeg", "-v", "error", "-i", trial / "out.mp4", "-map_metadata", "-1", "-c:v", "libx264", "-crf", "26", trial / "again.mp4"],
                   check=True, timeout=60)
    trial.run("verify", "again.mp4", "--registry", "kept", code=6,
              out=re.compile(f".*MARKS-STRIPPED: .*{mark['id']}.*kept/{mark['id']}.c2pa.*", re.S), err="failed")


def case_credentials_of_another_delivery(trial):
    for name, label in (("one", "none"), ("other", "Reconstruction")):
        trial.run("merge", trial.house.shared("converted") / "bruno", "-o", f"{name}.mkv", "--codec", "h264", "--frames", "0-11", "--label", label,
                  "--authority", "authority", "--registry", "kept", "--report", f"{name}.json", out=f"{name}.mkv\n", err=None)
    ids = [json.loads((trial / f"{name}.json").read_text())["watermark"]["id"] for name in ("one", "other")]
    trial.check(ids[0] != ids[1], str(ids))
    shutil.copy(trial / "other.mkv.c2pa", trial / "one.mkv.c2pa")
    trial.run("verify", "one.mkv", "--trust", "authority/root.pem", "--registry", "kept", code=6, err="failed",
              out=re.compile(f".*TRANSPLANTED: .*of other content credentials.*{ids[0]}.*kept/{ids[0]}.c2pa.*", re.S))


def case_no_watermark_needs_a_reason(trial):
    merge(trial, "out.mp4", "--no-watermark", code=2, err="needs a reason", absent="out.mp4")
    merge(trial, "out.mp4", "--no-watermark", "--reason", "a test", "--authority", "a", "--registry", "r", out="out.mp4\n")
    trial.run("verify", "out.mp4", "--json", code=6, err="failed",
              out=re.compile('.*"watermark": "none found".*', re.S))


def case_a_time_stamp_authority_that_cannot_be_asked(trial):
    merge(trial, "out.mp4", "--tsa-url", "https://localhost/", code=2, err="begins with http://", absent="out.mp4")
