"""understudy-faces: sorting, picking, correcting, checking and exchanging aligned faces."""

import json
import os
import pickle
import re
import shutil
import subprocess
import tarfile

from cases.datasets import damage_line, first_shard
from trial import flip_byte, png_bytes

ANY = re.compile(".*", re.DOTALL)
LINES = re.compile(r"(\S+\.png\t[^\n]+\n)*")
ORDERS = ("blur", "yaw", "pitch", "similarity", "brightness", "size", "distance")


def rows(result):
    """Picture names and values of lines."""
    return [(line.split("\t")[0].split("/")[-1], line.split("\t")[1]) for line in result.out.splitlines()
            if "\t" in line]


def pictures(shard):
    return sorted(path.name for path in shard.glob("*.png") if not path.name.endswith(".mask.png"))


def records(shard):
    return [json.loads(line) for line in (shard / "faces.jsonl").read_text().splitlines()]


def case_sort(trial):
    dataset = trial.house.shared("aligned") / "ada"
    for order in ORDERS:
        found = rows(trial.run("faces", "sort", dataset, "--by", order, out=LINES))
        trial.check(len({name for name, _ in found}) == 12, f"{order}: every face once")
        values = [float(value) for _, value in found]
        if order != "similarity":
            trial.check(values in (sorted(values), sorted(values, reverse=True)), f"{order}: the values are in order")
    truth = sorted(records(first_shard(dataset, "align")), key=lambda record: -record["sharpness"])
    found = rows(trial.run("faces", "sort", dataset, "--by", "blur", out=LINES))
    trial.check([name for name, _ in found] == [record["image"] for record in truth], "the sharpest is first")
    listed = json.loads(trial.run("faces", "sort", dataset, "--by", "yaw", "--json", out=ANY).out)
    trial.check(len(listed) == 12 and set(listed[0]) == {"source", "frame", "face", "path", "value"}, "JSON")


def case_sort_with_links(trial):
    dataset = trial.house.shared("aligned") / "ada"
    found = rows(trial.run("faces", "sort", dataset, "--by", "similarity", "--link", "links", out=LINES))
    links = sorted((trial / "links").iterdir())
    trial.check([os.path.basename(os.readlink(link)) for link in links] == [name for name, _ in found], "links in the order")
    trial.check(links[0].read_bytes()[:4] == b"\x89PNG", "a link leads to its picture")
    trial.run("faces", "sort", dataset, "--by", "yaw", "--link", "links", code=2, err="links is there already", keeps=trial / "links")


def case_usage(trial):
    dataset = trial.house.shared("aligned") / "ada"
    trial.run("faces", code=2, err="subcommand")
    trial.run("faces", "sort", dataset, "--by", "beauty", code=2, err="unknown order 'beauty'.*similarity")
    trial.run("faces", "sort", "nothing", "--by", "yaw", code=3, err="nothing")
    trial.run("faces", "sort", trial.house.shared("extracted") / "ada", "--by", "yaw", code=3, err="understudy-align")
    trial.run("faces", "best", 0, dataset, code=2, err="1 or more")
    trial.run("faces", "dedupe", dataset, "--threshold", 3, code=2, err="threshold")
    trial.run("faces", "filter", dataset, "--where", "sharpness > > 80", code=2,
              err=r"column 13.*\n  sharpness > > 80\n {14}\^\n")
    trial.run("faces", "filter", dataset, "--where", "hair > 3", code=2, err="no field 'hair'.*sharpness")
    trial.run("faces", "stats", code=2, err="--likeness and --performer")
    trial.run("faces", "stats", "--likeness", dataset, code=2, err="go together")


def case_filter_lists_and_moves(trial):
    dataset = trial.copy("converted")
    found = rows(trial.run("faces", "filter", dataset, "--where", "frame < 4 or frame > 5", out=LINES, keeps=dataset))
    trial.check([name for name, _ in found] == ["000004_0.png", "000005_0.png"], "the two are listed")
    trial.run("faces", "filter", dataset, "--where", "frame < 4 or frame > 5", "--apply", out=re.compile(r".*trash/removed-1\n", re.DOTALL))
    for stage in ("extract", "align", "convert"):
        trial.check(len(pictures(first_shard(dataset, stage))) == 10, f"{stage}: two are moved")
        trial.check(len(records(first_shard(dataset, stage))) == 12, f"{stage}: records stay")
    trial.check(len(list((dataset / "trash/removed-1").rglob("*.png"))) == 10, "pictures and masks")
    trial.run("verify", dataset, out=re.compile(".*removed by hand: 6.*", re.DOTALL))
    trial.run("faces", "filter", dataset, "--where", "frame < 4 or frame > 5", "--apply", out="")
    trial.run("align", dataset, "--replace", "--size", 128, out=f"{dataset}\n")
    trial.check(len(pictures(first_shard(dataset, "align"))) == 10, "they did not come back")
    shutil.copytree(dataset / "trash/removed-1/extract", dataset / "extract", dirs_exist_ok=True)
    trial.check(len(pictures(first_shard(dataset, "extract"))) == 12, "and can be taken back")


def case_filter_without_the_field(trial):
    dataset = trial.copy("aligned")
    shard = first_shard(dataset, "align")
    lines = [json.loads(line) for line in (shard / "faces.jsonl").read_text().splitlines()]
    del lines[3]["sharpness"]
    (shard / "faces.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    trial.run("faces", "filter", dataset, "--where", "sharpness < 0", "--report", "report.json", "--apply", out=ANY, code=6, err="1 item failed")
    trial.check("has no sharpness" in (trial / "report.json").read_text(), "the report says why")
    trial.check(pictures(shard) == ["000003_0.png"], "the face in doubt stays")


def case_dedupe(trial):
    dataset = trial.copy("aligned")
    trial.check(rows(trial.run("faces", "dedupe", dataset, "--threshold", 0, out=LINES)) == [], "none is like another")
    found = rows(trial.run("faces", "dedupe", dataset, "--threshold", 2, out=LINES, keeps=dataset))
    trial.check(len(found) == 11 and all(why.startswith("like bruno 0000") for _, why in found), "all are like one")
    trial.run("faces", "dedupe", dataset, "--threshold", 2, "--apply", out=ANY)
    truth = max(records(first_shard(dataset, "align")), key=lambda record: record["sharpness"])
    trial.check(pictures(first_shard(dataset, "align")) == [truth["image"]], "the sharpest stays")


def case_best(trial):
    dataset = trial.copy("aligned")
    found = rows(trial.run("faces", "best", 1, dataset, out=LINES))
    trial.check(len(found) == 11, "one stays")
    kept = 12 - len(rows(trial.run("faces", "best", 5, dataset, "--apply", out=ANY)))
    trial.check(1 <= kept <= 5 and len(pictures(first_shard(dataset, "align"))) == kept, "five at most stay")


def case_stats(trial):
    aligned = trial.house.shared("aligned")
    trial.run("faces", "stats", aligned / "ada", "--json", "one.json", out=re.compile(r".*faces +12 in 12 frames.*one\.json\n", re.DOTALL))
    trial.run("faces", "stats", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "--json", "two.json",
              "--html", "two.html", out=ANY)
    stats = json.loads((trial / "two.json").read_text())
    trial.check([one["role"] for one in stats["datasets"]] == ["likeness", "performer"], "both are there")
    trial.check(0 <= stats["missing"]["pose"]["missing_share"] <= 1 and "mouth_open" in stats["missing"]["expression"], "what is missing")
    for one in stats["datasets"]:
        for histogram in ("sharpness_histogram", "size_px_histogram"):
            trial.check(sum(one[histogram]["counts"]) == 12, f"{histogram} holds every face")
        trial.check(sum(bin["faces"] for bin in one["poses"]) == 12, "the map holds every face")
    page = (trial / "two.html").read_text()
    trial.check(page.count("<svg") == 6 and "http" not in page and "<script" not in page, "a page of its own")
    trial.run("faces", "stats", "--likeness", aligned / "bruno", "--performer", aligned / "ada", code=7, err="performer|likeness")


def case_stats_page_escapes(trial):
    dataset = trial.copy("aligned", "ada", "<b>&ada")
    trial.run("faces", "edit", dataset, "--frame", 2, "--face", 0, "--identity", "<i>Ada", out=ANY)
    trial.run("align", dataset, out=ANY)
    trial.run("faces", "stats", dataset, "--html", "page.html", out=ANY)
    page = (trial / "page.html").read_text()
    trial.check("<b>" not in page and "<i>" not in page and "&lt;i&gt;Ada" in page, "text is escaped")


def case_gaps_are_told(trial):
    dataset = trial.copy("aligned")
    for frame in (4, 5, 9):
        (first_shard(dataset, "align") / f"{frame:06}_0.png").unlink()
    trial.run("faces", "stats", dataset, "--json", "stats.json", out=re.compile(r".*frames \[\[4,5\],\[9,9\]\].*", re.DOTALL))
    trial.check(json.loads((trial / "stats.json").read_text())["datasets"][0]["removed"] == 3, "removed faces are counted")


def case_sheet(trial):
    trial.run("faces", "sheet", trial.house.shared("aligned") / "ada", "-o", "sheet.png", out="sheet.png\n")
    trial.check((trial / "sheet.png").stat().st_size > 10_000, "a picture")


def case_check_and_repair_what_a_killed_job_left(trial):
    dataset = trial.copy("converted")
    trial.run("faces", "check", dataset, out="", keeps=dataset)
    whole = first_shard(dataset, "align") / "faces.jsonl"
    content = whole.read_bytes()
    damage_line(whole.parent)
    (dataset / "align/bruno/.tmp-000000-000011-host-1-2").mkdir()
    (first_shard(dataset, "convert") / "faces.jsonl").unlink()
    trial.run("faces", "check", dataset, code=6, err="failed", out=re.compile(r".*line 2.*half-written.*", re.DOTALL), keeps=dataset)
    trial.run("faces", "check", dataset, "--repair", out=re.compile(r"moved .*rebuilt .*rebuilt .*", re.DOTALL))
    trial.check(whole.read_bytes() == content, "the list is byte for byte as it was")
    trial.run("faces", "check", dataset, out="", keeps=dataset)


def case_repair_does_not_hide_damage(trial):
    dataset = trial.copy("aligned")
    shard = first_shard(dataset, "align")
    flip_byte(shard / "000003_0.png")
    damage_line(shard, 7)
    trial.run("faces", "check", dataset, "--repair", code=6, err="failed", out=re.compile(r"rebuilt .*000003_0\.png.*", re.DOTALL))
    trial.check(len(records(shard)) == 12, "all lines are there")
    (shard / "shard.json").write_text("{")
    trial.run("faces", "check", dataset, "--repair", code=6, err="failed", out=re.compile(r".*shard\.json.*", re.DOTALL))


def case_reindex(trial):
    dataset = trial.copy("aligned")
    shard = first_shard(dataset, "align")
    (shard / "000003_0.png").unlink()
    before = (shard / "faces.jsonl").read_bytes()
    trial.run("faces", "reindex", dataset, out=f"{dataset}\n")
    trial.check((shard / "faces.jsonl").read_bytes() == before, "the list is the same, the removed face's line too")
    (shard / "000005_0.png").write_bytes(png_bytes(256, 256))
    trial.run("faces", "reindex", dataset, "--report", "report.json", code=6, out=f"{dataset}\n", err="1 item failed")
    trial.check("carries no record" in (trial / "report.json").read_text(), "a picture without a record is told of")
    trial.check(len(records(shard)) == 12, "and keeps its line")


def landmarks_file(trial, dataset, frame, shift):
    """The face's landmarks, moved, as lines."""
    record = next(record for record in records(first_shard(dataset, "align")) if record["frame"] == frame)
    points = [(x + shift, y) for x, y in record["landmarks"]]
    (trial / "points.txt").write_text("".join(f"{x} {y}\n" for x, y in points))
    (trial / "points.json").write_text(json.dumps(points))
    return points


def case_edit_landmarks(trial):
    dataset = trial.copy("aligned")
    points = landmarks_file(trial, dataset, 5, 7)
    trial.run("faces", "edit", dataset, "--frame", 5, "--face", 0, "--landmarks", "points.txt", out=re.compile(r".*overrides/bruno\.jsonl\n"))
    lines = (dataset / "overrides/bruno.jsonl").read_text()
    trial.run("faces", "edit", dataset, "--frame", 5, "--face", 0, "--landmarks", "points.json", out=ANY)
    trial.check((dataset / "overrides/bruno.jsonl").read_text() == lines, "both forms say the same")
    trial.run("align", dataset, out=f"{dataset}\n")
    record = records(first_shard(dataset, "align"))[5]
    trial.check(all(abs(a - b) < 0.01 for p, q in zip(record["landmarks"], points) for a, b in zip(p, q)), "they are taken as given")
    trial.check(record["landmark_confidence"][0] == 1, "and sure")
    trial.run("align", dataset, out=f"{dataset}\n", keeps=dataset)
    trial.run("verify", dataset, out=ANY)
    # Extracting and aligning anew keeps them.
    shutil.rmtree(dataset / "extract")
    shutil.rmtree(dataset / "align")
    trial.run("extract", trial.cast / "bruno.mp4", "-o", dataset, "--consent", trial.consent(), "--frames", "0-11", out=ANY)
    trial.run("align", dataset, out=f"{dataset}\n")
    trial.check(abs(records(first_shard(dataset, "align"))[5]["landmarks"][0][0] - points[0][0]) < 0.01, "they survive")
    trial.run("faces", "edit", dataset, "--frame", 5, "--face", 0, "--clear", out=ANY)
    trial.run("align", dataset, out=f"{dataset}\n")
    trial.check(abs(records(first_shard(dataset, "align"))[5]["landmarks"][0][0] - points[0][0]) > 3, "and are gone")


def case_edit_makes_only_its_shard_anew(trial):
    dataset = trial.copy("extracted")
    for part in ("1/2", "2/2"):
        trial.run("align", dataset, "--shard", part, out=f"{dataset}\n")
    uuids = {path: json.loads(path.read_text())["uuid"] for path in (dataset / "align").rglob("shard.json")}
    trial.run("faces", "edit", dataset, "--frame", 0, "--face", 0, "--identity", "Bruno", out=ANY)
    trial.run("align", dataset, "--dry-run", err="bruno: 6 frames to align, 6 done before")
    trial.run("align", dataset, out=f"{dataset}\n")
    changed = [path.parent.name for path, uuid in uuids.items() if json.loads(path.read_text())["uuid"] != uuid]
    trial.check(changed == ["000000-000005"], f"one shard is made anew, not {changed}")
    trial.check(records(dataset / "align/bruno/000000-000005")[0]["person"] == "Bruno", "the name is written")
    # A part of a shard is not enough: the rest of it would be lost.
    trial.run("faces", "edit", dataset, "--frame", 1, "--face", 0, "--identity", "Bruno", out=ANY)
    trial.run("align", dataset, "--frames", "1-2", code=2, err="overrides.*--replace", keeps=dataset)


def case_edit_skip(trial):
    dataset = trial.copy("converted")
    trial.run("faces", "edit", dataset, "--frame", 5, "--face", 0, "--skip", out=ANY)
    trial.run("merge", dataset, "-o", "made.mkv", "--codec", "ffv1", "--frames", "0-11", "--report", "report.json", out="made.mkv\n")
    trial.check('"faces": 11' in (trial / "report.json").read_text(), "merge passes it over at once")
    trial.check(len(rows(trial.run("faces", "sort", dataset, "--by", "yaw", out=LINES))) == 11, "so does sort")
    trial.run("align", dataset, out=f"{dataset}\n")
    trial.check(len(records(first_shard(dataset, "align"))) == 11, "align leaves it out")
    model = trial.house.shared("model")
    trial.run("convert", dataset, "-m", model, code=2, err="align.*--replace")
    trial.run("convert", dataset, "-m", model, "--replace", out=f"{dataset}\n")
    trial.check(len(records(first_shard(dataset, "convert"))) == 11, "convert leaves it out")


def case_edit_mask(trial):
    dataset = trial.copy("aligned")
    trial.ffmpeg("-f", "lavfi", "-i", "color=white:s=256x256", "-frames:v", 1, "-pix_fmt", "gray", "white.png")
    trial.run("faces", "edit", dataset, "--frame", 5, "--face", 0, "--mask", "white.png", out=ANY)
    trial.run("align", dataset, "--size", 128, "--replace", out=f"{dataset}\n")
    shard = first_shard(dataset, "align")
    white, hull = ((shard / f"00000{frame}_0.mask.png").stat().st_size for frame in (5, 6))
    trial.check(white + 200 < hull, f"the mask is all white: {white} bytes, {hull} for a hull")
    flip_byte(dataset / "overrides/bruno/000005_0.mask.png")
    trial.run("faces", "check", dataset, code=6, err="failed", out=re.compile(r".*overrides.*000005_0\.mask\.png.*", re.DOTALL))
    trial.ffmpeg("-f", "lavfi", "-i", "color=white:s=40x40", "-frames:v", 1, "-pix_fmt", "gray", "small.png")
    trial.run("faces", "edit", dataset, "--frame", 6, "--face", 0, "--mask", "small.png", code=4, err="40x40.*128x128", keeps=dataset)


def case_edit_refuses(trial):
    dataset = trial.copy("aligned")
    edit = ("faces", "edit", dataset, "--frame")
    trial.run(*edit, 99, "--face", 0, "--skip", code=3, err="no face 0 in frame 99", keeps=dataset)
    trial.run(*edit, 5, "--face", 3, "--skip", code=3, err="no face 3 in frame 5.*there are 0", keeps=dataset)
    trial.run(*edit, 5, "--face", 0, code=2, err="nothing was asked for", keeps=dataset)
    trial.run(*edit, 5, "--face", 0, "--skip", "--clear", code=2, err="--clear", keeps=dataset)
    trial.run(*edit, 5, "--face", 0, "--clear", code=3, err="no correction", keeps=dataset)
    trial.run(*edit, 5, "--face", 0, "--skip", "--source", "clara", code=2, err="no source 'clara'.*bruno", keeps=dataset)
    trial.run(*edit, 5, "--face", 0, "--landmarks", "gone.txt", code=3, err="gone.txt", keeps=dataset)
    for content in ("1 2\n", "[[1, 2]]", "words", "[[1, 2], 3]", "1 2\n" * 68, "nan nan\n" * 68):
        (trial / "bad.txt").write_text(content)
        trial.run(*edit, 5, "--face", 0, "--landmarks", "bad.txt", code=4, err="68 points|pixel apart|expected", keeps=dataset)


def case_correction_of_a_face_that_is_not_there(trial):
    dataset = trial.copy("aligned")
    (dataset / "overrides").mkdir()
    (dataset / "overrides/bruno.jsonl").write_text(json.dumps(
        {"source": "bruno", "frame": 99, "face": 0, "box": [1, 2, 3, 4], "skip": True}) + "\n")
    words = re.compile(r".*bruno frame 99 face 0, but there is no such face.*", re.DOTALL)
    trial.run("faces", "check", dataset, code=6, err="failed", out=words)
    trial.run("verify", dataset, code=6, err="failed", out=words)
    trial.run("align", dataset, "--report", "report.json", code=6, err="1 item failed", out=f"{dataset}\n")
    trial.check(words.fullmatch((trial / "report.json").read_text()), "align's report tells of it")
    (dataset / "overrides/bruno.jsonl").write_text("{\n")
    for command in (("align", dataset), ("faces", "sort", dataset, "--by", "yaw")):
        trial.run(*command, code=4, err=r"bruno\.jsonl line 1", keeps=dataset)


def case_pack(trial):
    dataset = trial.house.shared("aligned") / "ada"
    trial.run("faces", "pack", dataset, "-o", "one", out="one\n")
    trial.run("faces", "pack", dataset, "-o", "two", out="two\n")
    trial.check((trial / "one/faces-000000.tar").read_bytes() == (trial / "two/faces-000000.tar").read_bytes(), "the same bytes")
    with tarfile.open(trial / "one/faces-000000.tar") as archive:
        names = archive.getnames()
        trial.check(len(names) == 36 and names[:3] == [f"ada/000000_0.{kind}" for kind in ("png", "mask.png", "json")], "three files a face")
        trial.check(archive.extractfile(names[0]).read() == (first_shard(dataset, "align") / "000000_0.png").read_bytes(), "the picture")
        record = json.loads(archive.extractfile(names[2]).read())
        trial.check(record["subject"] == "ada" and record["frame"] == 0 and record["consent"], "the record with the subject")
    trial.check((trial / "one/consent.toml").read_bytes() == (dataset / "consent.toml").read_bytes(), "the consent goes along")
    trial.run("faces", "pack", dataset, "-o", "one", code=2, err="one is there already", keeps=trial / "one")


def distance(one, other):
    return max(abs(a - b) for p, q in zip(one["landmarks"], other["landmarks"]) for a, b in zip(p, q))


def psnr_db(trial, one, other):
    """Of the inner part of two pictures."""
    inner = "crop=iw*0.6:ih*0.6"
    done = subprocess.run(["ffmpeg", "-nostdin", "-i", one, "-i", other, "-lavfi", f"[0]{inner}[a];[1]{inner}[b];[a][b]psnr",
                           "-f", "null", "-"], cwd=trial.folder, capture_output=True, text=True, check=True)
    return float(re.search(r"average:([\d.]+|inf)", done.stderr).group(1))


def exchange(trial, form, extension, least_db):
    """Exports, imports and compares with what was exported."""
    dataset = trial.house.shared("aligned") / "ada"
    trial.run("faces", "export", dataset, "-o", "out", "--format", form, out="out\n")
    files = sorted((trial / "out").glob("*" + extension))
    trial.check(len(files) == 12 and files[3].name == f"ada_000003_0{extension}" and (trial / "out/consent.toml").exists(), "twelve files")
    trial.run("faces", "import", "out", "-o", "back", "--format", form, "--consent", trial.consent("ada"), out="back\n")
    trial.run("faces", "import", "out", "-o", "back", "--format", form, "--consent", trial.consent("ada"), out="back\n", keeps=trial / "back")
    trial.run("verify", "back", out=ANY)
    before, after = (records(first_shard(root, "align")) for root in (dataset, trial / "back"))
    trial.check([record["frame"] for record in after] == list(range(12)), "frame numbers come back")
    people = [json.loads(line)["person"] for line in (trial / "back/align/people.jsonl").read_text().splitlines()]
    trial.check(people == ["out"] and {record["person"] for record in after} == {"out"}, "all count as one person's")
    trial.run("faces", "check", "back", out=ANY)
    for old, new in zip(before, after):
        near = sum(a * b for a, b in zip(old["identity"], new["identity"]))
        trial.check(near > 0.8, f"it is still the same face: {near}")
        trial.check(distance(old, new) < 0.02, "landmarks come back")
        trial.check(abs(old["yaw_deg"] - new["yaw_deg"]) < 0.2, "poses come back")
        old_place, new_place = old["aligned_from_frame"], new["aligned_from_frame"]
        trial.check(all(abs(a - b) < 0.3 for p, q in zip(old_place, new_place) for a, b in zip(p, q)), "so do crops' places")
        found = psnr_db(trial, *(first_shard(root, "align") / new["image"] for root in (dataset, trial / "back")))
        trial.check(found > least_db, f"the crops show the same: {found} dB")
    return files


def case_exchange_with_deepfacelab(trial):
    files = exchange(trial, "deepfacelab", ".jpg", 32)
    content = files[0].read_bytes()
    at = content.index(b"\xff\xef")
    metadata = content[at + 4:at + 2 + int.from_bytes(content[at + 2:at + 4], "big")]
    for name in (b"face_type", b"whole_face", b"landmarks", b"source_landmarks", b"image_to_face_mat", b"xseg_mask", b"ada_000000.png"):
        trial.check(name in metadata, f"{name} is in the metadata")
    trial.train("--likeness", "back", "--performer", trial.house.shared("aligned") / "bruno", iterations=1)


def case_imported_beside_extracted(trial):
    """Who was told apart stays, whichever comes first; what was imported is compared with pictures of the subject too."""
    extracted = trial.house.shared("extracted") / "ada"
    trial.run("faces", "export", trial.house.shared("aligned") / "ada", "-o", "out", "--format", "deepfacelab", out="out\n")
    bring = ("faces", "import", "out", "-o", "both", "--format", "deepfacelab", "--consent", trial.consent("ada"))
    shutil.copytree(extracted, trial / "both")
    trial.run(*bring, out="both\n")
    trial.run("align", "both", out="both\n")
    def people():
        lines = [json.loads(line) for line in (trial / "both/align/people.jsonl").read_text().splitlines()]
        return {line["source"]: line["person"] for line in lines}
    trial.check(people() == {"ada": "out", "out": "out"}, f"the imported faces and the extracted ones are one person's: {people()}")
    before = (trial / "both/align/people.jsonl").read_bytes()
    trial.run("align", "both", out="both\n")
    trial.check((trial / "both/align/people.jsonl").read_bytes() == before, "nothing is decided anew")
    shutil.rmtree(trial / "both/align")
    trial.run("align", "both", out="both\n")
    trial.run(*bring, out="both\n")
    trial.check(len(set(people().values())) == 1 and people()["out"] == "ada-000000_0", f"as well the other way round: {people()}")
    for name in ("ada", "bruno"):
        trial.ffmpeg("-i", trial.cast / f"{name}.mp4", "-frames:v", "1", f"{name}.png")
    trial.run(*bring[:4], "alone", *bring[5:], out="alone\n")
    trial.run("consent", "check", "alone", "--reference", "ada.png", out=re.compile(".*; all 12 faces are like the reference pictures .*\n"))
    trial.run("consent", "check", "alone", "--reference", "bruno.png", code=7, err="12 of 12 faces are not like.*out frames 0-11")


def case_exchange_with_faceswap(trial):
    files = exchange(trial, "faceswap", ".png", 24)
    trial.check(b"iTXtfaceswap\0\0\0\0\0{\"alignments\": {" in files[0].read_bytes(), "the text chunk is there")


class Hostile:
    def __reduce__(self):
        return os.system, ("touch hacked",)


def with_metadata(jpeg, value):
    at = jpeg.index(b"\xff\xef")
    length = int.from_bytes(jpeg[at + 2:at + 4], "big")
    data = pickle.dumps(value)
    return jpeg[:at + 2] + (len(data) + 2).to_bytes(2, "big") + data + jpeg[at + 2 + length:]


def case_hostile_import(trial):
    trial.run("faces", "export", trial.house.shared("aligned") / "ada", "-o", "out", "--format", "deepfacelab", out=ANY)
    victim = sorted((trial / "out").glob("*.jpg"))[4]
    whole = victim.read_bytes()
    bring = ("faces", "import", "out", "-o", "back", "--format", "deepfacelab", "--consent", trial.consent("ada"))
    for value in ({"landmarks": Hostile()}, Hostile(), [1, Hostile()]):
        victim.write_bytes(with_metadata(whole, value))
        trial.run(*bring, code=4, err=r"ada_000004_0\.jpg.*system.*no code is ever run", absent="back")
    trial.check(not (trial / "hacked").exists(), "code was run")
    for value, words in ((5, "no dict"), ({}, "source_landmarks"), ({"source_landmarks": [[1, 2]]}, "68 landmarks")):
        victim.write_bytes(with_metadata(whole, value))
        trial.run(*bring, code=4, err=words, absent="back")
    victim.write_bytes(whole[:whole.index(b"\xff\xef") + 40])
    trial.run(*bring, code=4, err="cut off", absent="back")
    victim.write_bytes(whole[:2] + whole[whole.index(b"\xff\xdb"):])
    trial.run(*bring, code=6, err="1 item failed", out="back\n")


def case_import_refuses(trial):
    (trial / "empty").mkdir()
    bring = ("--format", "faceswap", "--consent", trial.consent("ada"))
    trial.run("faces", "import", "empty", "-o", "back", *bring, code=3, err="no face picture", absent="back")
    trial.run("faces", "import", "gone", "-o", "back", *bring, code=3, err="gone is no folder", absent="back")
    trial.run("faces", "import", "empty", "-o", "back", "--format", "zip", "--consent", trial.consent("ada"), code=2, err="unknown format 'zip'")
    (trial / "empty/a.png").write_bytes(png_bytes(64, 64))
    trial.run("faces", "import", "empty", "-o", "back", *bring, code=3, err="no face picture", absent="back")
