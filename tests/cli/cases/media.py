"""Footage that is missing, damaged, or has nothing in it."""

import json
import re

from trial import png_bytes


def extract(trial, source, *args, **expected):
    return trial.run("extract", source, "-o", "out", "--consent", trial.consent(), *args, **expected)


def case_no_such_file(trial):
    extract(trial, "nothing.mp4", code=3, err="nothing.mp4", absent="out")


def case_text_named_mp4(trial):
    (trial / "text.mp4").write_text("This is a letter, not a film.\n" * 50)
    extract(trial, "text.mp4", code=3, err="text.mp4", absent="out")


def case_empty_file_named_mp4(trial):
    (trial / "empty.mp4").write_bytes(b"")
    extract(trial, "empty.mp4", code=3, err="empty.mp4", absent="out")


def case_truncated_video_without_its_index(trial):
    trial.ffmpeg("-i", trial.cast / "bruno.mp4", "-frames:v", 8, "-an", "-c", "copy", "whole.mp4")  # its index is at the end
    content = (trial / "whole.mp4").read_bytes()
    (trial / "cut.mp4").write_bytes(content[:len(content) // 2])
    extract(trial, "cut.mp4", code=3, err="cut.mp4", absent="out")


def case_truncated_video_with_its_index(trial):
    """The index promises frames that are not there: they are listed, and the others are done."""
    trial.ffmpeg("-i", trial.cast / "bruno.mp4", "-frames:v", 8, "-an", "-c", "copy", "-movflags", "+faststart", "whole.mp4")
    content = (trial / "whole.mp4").read_bytes()
    (trial / "cut.mp4").write_bytes(content[:len(content) * 6 // 10])
    extract(trial, "cut.mp4", "--report", "report.json", code=6, out="out\n", err="failed")
    report = json.loads((trial / "report.json").read_text())
    done = json.loads(next((trial / "out/extract/cut").glob("*/shard.json")).read_text())
    trial.check(0 < done["faces"] < 8, f"{done['faces']} faces of the part that is there")
    trial.check(done["faces"] + len(done["failures"]) == 8, "every frame is done or listed")
    trial.check(len(report["failures"]) == len(done["failures"]), "the report lists the same")
    trial.run("verify", "out", code=6, out=re.compile(".*cannot be decoded.*", re.DOTALL), err="failed")
    extract(trial, "cut.mp4", code=6, out="out\n", err="failed", keeps=trial / "out")  # a rerun lists them too


def case_no_video_stream(trial):
    trial.ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", "sound.mp4")
    extract(trial, "sound.mp4", code=3, err="sound.mp4.*video", absent="out")


def case_no_face(trial):
    trial.ffmpeg("-f", "lavfi", "-i", "testsrc=size=160x120:rate=24", "-frames:v", 3, "-pix_fmt", "yuv420p", "bars.mp4")
    extract(trial, "bars.mp4", "--report", "report.json", out="out\n", err="no face was found")
    report = json.loads((trial / "report.json").read_text())
    trial.check(report["counts"]["frames_without_face"] == 3, "the frames are counted as done")
    trial.check(report["failures"] == [], "a frame without a face is no failure")
    trial.run("align", "out", out="out\n")
    trial.run("verify", "out", out=re.compile(".*faces: 0.*", re.DOTALL))
    trial.run("train", "--likeness", trial.house.shared("aligned") / "ada", "--performer", "out", "-m", "model",
              "--preset", "sketch", "--iterations", 1, code=3, err="face", absent="model/model.json")


def case_empty_folder(trial):
    (trial / "empty").mkdir()
    extract(trial, "empty", code=3, err="empty", absent="out")


def case_folder_without_pictures(trial):
    (trial / "notes").mkdir()
    (trial / "notes/read.txt").write_text("no picture here")
    extract(trial, "notes", code=3, err="notes", absent="out")


def case_pattern_without_pictures(trial):
    extract(trial, "plate.####.png", code=3, err="plate.####.png", absent="out")


def case_pictures_of_two_sizes(trial):
    (trial / "plate").mkdir()
    (trial / "plate/0001.png").write_bytes(png_bytes(64, 64))
    (trial / "plate/0002.png").write_bytes(png_bytes(64, 48))
    extract(trial, "plate", code=4, err="64x64.*64x48|64x48.*64x64|0002.png")


def case_damaged_picture_of_a_sequence(trial):
    (trial / "plate").mkdir()
    for number in range(3):
        (trial / f"plate/{number:04}.png").write_bytes(png_bytes(64, 64))
    (trial / "plate/0001.png").write_bytes(png_bytes(64, 64)[:60])
    extract(trial, "plate", code=6, out="out\n", err="failed")


def case_colours_that_nobody_knows(trial):
    clip = trial.cast / "bruno.mp4"
    extract(trial, clip, "--color-space", "cineon", code=2, err="cineon.*pq.*--ocio", absent="out")
    extract(trial, clip, "--color-space", "cineon", "--ocio", "no.ocio", code=3, err="no.ocio", absent="out")
    (trial / "broken.ocio").write_text("no configuration")
    extract(trial, clip, "--color-space", "cineon", code=3, err="broken.ocio", absent="out",
            env=trial.house.environment | {"OCIO": "broken.ocio"})
    trial.ffmpeg("-i", clip, "-an", "-frames:v", 2, "-c:v", "ffv1", "-color_trc", "log100", "log.mkv")
    extract(trial, "log.mkv", code=4, err="number 9.*--color-space", absent="out")


def case_colours_that_are_said(trial):
    extract(trial, trial.cast / "bruno.mp4", "--color-space", "linear", "--frames", "0-1", out="out\n", err=None)
    source = json.loads((trial / "out/extract/bruno/source.json").read_text())
    trial.check(source["color"]["transfer"] == "linear", "the dataset says what was chosen")
    extract(trial, trial.cast / "bruno.mp4", "--frames", "0-1", code=2, err="linear.*as coded", keeps=trial / "out")
    trial.run("verify", "out", out=re.compile(".*", re.DOTALL))


def case_interlaced_footage(trial):
    trial.ffmpeg("-i", trial.cast / "bruno.mp4", "-an", "-vf", "tinterlace=interleave_top", "-frames:v", 2, "-c:v", "ffv1",
                 "-field_order", "tt", "woven.mkv")
    extract(trial, "woven.mkv", code=4, err="interlaced.*--deinterlace bwdif", absent="out")
    extract(trial, "woven.mkv", "--deinterlace", "weave", code=2, err="weave.*bwdif", absent="out")
    extract(trial, "woven.mkv", "--deinterlace", "bwdif", out="out\n")
    source = json.loads((trial / "out/extract/woven/source.json").read_text())
    trial.check(source["deinterlace"] == "bwdif", "the dataset says how it was read")
    extract(trial, "woven.mkv", code=4, err="interlaced", keeps=trial / "out")


def case_model_file_is_missing(trial):
    extract(trial, trial.cast / "bruno.mp4", "--detector", "yunet", "--model-dir", ".", "--frames", "0-1",
            code=3, err="yunet.*onnx")
    trial.run("align", trial.house.shared("extracted") / "bruno", "--landmarker", "facemesh", "--model-dir", trial.folder,
              code=3, err="facemesh.*onnx", keeps=trial.house.shared("extracted"))


def case_folder_with_other_things(trial):
    (trial / "out").mkdir()
    (trial / "out/diary.txt").write_text("mine")
    extract(trial, trial.cast / "bruno.mp4", "--frames", "0-1", code=2, err="out", keeps=trial / "out")


def case_evaluate_missing_and_damaged_clips(trial):
    clip = trial.cast / "bruno.mp4"
    trial.run("evaluate", "no.mp4", "--truth", clip, "--plate", clip, code=3, err="no.mp4")
    trial.run("evaluate", clip, "--truth", clip, "--plate", clip, "--mask", "no.mkv", "--frames", "0-1", code=3, err="no.mkv")
    (trial / "text.mp4").write_text("no film")
    trial.run("evaluate", "text.mp4", "--truth", clip, "--plate", clip, code=3, err="text.mp4")


def case_evaluate_clips_of_two_sizes(trial):
    clip = trial.cast / "bruno.mp4"
    trial.ffmpeg("-i", clip, "-an", "-frames:v", 2, "-vf", "scale=240:240", "small.mp4")
    trial.ffmpeg("-i", clip, "-an", "-frames:v", 2, "short.mp4")
    trial.run("evaluate", "small.mp4", "--truth", clip, "--plate", clip, code=4, err="240x240.*480x480|480x480.*240x240")
    trial.run("evaluate", "short.mp4", "--truth", clip, "--plate", clip, code=4, err=r"\b2\b.*\b60\b|\b60\b.*\b2\b")


def case_evaluate_a_perfect_swap(trial):
    truth, plate = trial.cast / "bruno_as_ada_truth.mp4", trial.cast / "bruno.mp4"
    result = trial.run("evaluate", truth, "--truth", truth, "--plate", plate, "--mask",
                       trial.cast / "bruno_as_ada_truth.mask.mkv", "--frames", "0-2", out=None)
    figures = json.loads(result.out)
    trial.check(figures["frames"] == 3 and figures["result"]["inside"]["psnr_db"] == 100, "equal pictures")
    trial.check(figures["plate"]["inside"]["psnr_db"] < 30 and figures["likeness"]["margin"] > 0.15, "the plate is another")
