"""What merge signs with, and what it says when it cannot."""

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
