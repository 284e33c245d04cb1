"""What merge is told about looks, casts and limits."""

import json


def merge(trial, *options, **expected):
    return trial.run("merge", trial.house.shared("converted") / "bruno", "-o", "out.mkv", "--codec", "ffv1", "--frames", "0-3",
                     *options, **expected)


def case_a_face_above_a_limit_is_listed(trial):
    merge(trial, "--fail-above", "seam=0,jitter=90", "--report", "report.json", code=6, out="out.mkv\n", err="4 items failed")
    failures = json.loads((trial / "report.json").read_text())["failures"]
    trial.check([f["item"] for f in failures] == [f"frame {i} face 0" for i in range(4)], str(failures))
    merge(trial, "--fail-above", "seam=90,jitter=90,flicker=90", out="out.mkv\n")


def case_a_limit_that_is_none(trial):
    merge(trial, "--fail-above", "steam=2", code=2, err="'steam'.*jitter, flicker, seam", keeps=trial.folder)
    merge(trial, "--fail-above", "seam=low", code=2, err="'seam=low' is no limit", keeps=trial.folder)


def case_a_shot_with_a_typo(trial):
    (trial / "shot.toml").write_text("[erodee]\n0 = 0.1\n")
    merge(trial, "--shot", "shot.toml", code=4, err="shot.toml: .*'erodee'.*these may: .*erode", keeps=trial.folder)
    (trial / "shot.toml").write_text("[erode]\n0 = 0.1\n0 = 0.2\n")
    merge(trial, "--shot", "shot.toml", code=4, err="shot.toml", keeps=trial.folder)
    merge(trial, "--shot", "nowhere.toml", code=3, err="nowhere.toml", keeps=trial.folder)


def case_a_cast_of_nobody(trial):
    (trial / "cast.toml").write_text('[tracks]\nnobody = "swap"\n')
    merge(trial, "--cast", "cast.toml", code=2, err="no track 'nobody'", keeps=trial.folder)
    (trial / "cast.toml").write_text('default = "none"\n')
    merge(trial, "--cast", "cast.toml", code=2, err="gives nobody a face", keeps=trial.folder)


def case_textures_are_names(trial):
    merge(trial, "--texture", "grain,gran", code=2, err="'gran'.*motion-blur, sharpness, grain", keeps=trial.folder)
    merge(trial, "--texture", "grain,motion-blur", "--erode-left", "0.05", out="out.mkv\n")
