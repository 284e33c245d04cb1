"""Several people in a dataset: who is who, and one person's faces alone."""

import json

from cases.faces import ANY, records


def two_tracks(dataset):
    """Gives the second half of the frames of each stage another track, as after a cut, and nobody is known."""
    for path in dataset.rglob("faces.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for record in lines:
            record["track"] = "000000_0" if record["frame"] < 6 else "000006_0"
            record.pop("person", None)
        path.write_text("".join(json.dumps(record) + "\n" for record in lines))


def case_name_and_split(trial):
    dataset = trial.copy("converted")
    two_tracks(dataset)
    header = "id\tname\ttracks\tfaces\tframes\tsources\n"
    trial.run("cast", "list", dataset, out=header + "bruno:000000_0\t-\t1\t6\t6\tbruno\nbruno:000006_0\t-\t1\t6\t6\tbruno\n")
    written = f"{dataset}/overrides/bruno.jsonl\n"
    trial.run("cast", "name", dataset, "bruno:000000_0", "Bruno", out=written)
    trial.run("cast", "merge", dataset, "Bruno", "bruno:000006_0", out=written)
    trial.run("cast", "list", dataset, out=header + "Bruno\tBruno\t2\t12\t12\tbruno\n")
    trial.run("cast", "split", dataset, "Bruno", "--frames", "9-11", "--name", "Carla", out=written)
    people = json.loads(trial.run("cast", "list", dataset, "--json", out=ANY).out)
    trial.check([(person["id"], person["faces"]) for person in people] == [("Bruno", 9), ("Carla", 3)], "JSON")
    trial.run("cast", "name", dataset, "Anna", "Eve", code=2, err="nobody.*'Anna'.*Bruno, Carla", keeps=dataset)
    trial.run("cast", "name", dataset, "Bruno", "Carla", code=2, err="already.*merge", keeps=dataset)
    trial.run("cast", "split", dataset, "Bruno", code=2, err="--track, --frames", keeps=dataset)
    trial.run("cast", "merge", dataset, "Bruno", code=2, err="person")
    trial.run("cast", "list", "nothing", code=3, err="nothing")
    trial.run("cast", code=2, err="subcommand")


def case_one_persons_faces(trial):
    dataset = trial.copy("converted")
    found = json.loads(trial.run("cast", "list", dataset, "--json", out=ANY).out)
    trial.run("cast", "name", dataset, found[0]["id"], "Bruno", out=ANY)
    trial.run("align", dataset, "--dry-run", err="0 frames to align, 12 done before")
    trial.run("cast", "split", dataset, "Bruno", "--frames", "4-11", "--name", "Carla", out=ANY)
    model = trial.house.shared("model")
    trial.run("convert", dataset, "-m", model, "--name", "carla", "--person", "Carl", code=2,
              err="nobody.*'Carl'.*Bruno, Carla", absent=dataset / "convert/carla")
    trial.run("convert", dataset, "-m", model, "--name", "carla", "--person", "Carla", out=f"{dataset}\n")
    shard = next((dataset / "convert/carla/bruno").glob("0*"))
    trial.check([record["frame"] for record in records(shard)] == list(range(4, 12)), "Carla alone is converted")
    merge = ("merge", dataset, "--codec", "ffv1", "--frames", "0-11", "--report", "report.json", "-o")

    def merged(name, *more):
        trial.run(*merge, name, *more, out=f"{name}\n")
        return json.loads((trial / "report.json").read_text())["faces"]

    trial.check(merged("one.mkv", "--person", "Bruno") == 4, "merge takes Bruno alone")
    (trial / "cast.toml").write_text('default = "none"\n[people]\nCarla = "carla"\n')
    trial.check(merged("two.mkv", "--cast", "cast.toml") == 8, "a cast names people")
    (trial / "cast.toml").write_text('default = "swap"\n[people]\nCarl = "carla"\n')
    trial.run(*merge, "no.mkv", "--cast", "cast.toml", code=2, err="no person 'Carl'.*Bruno", absent="no.mkv")
    trial.run(*merge, "no.mkv", "--cast", "cast.toml", "--person", "Bruno", code=2, err="--cast.*--person", absent="no.mkv")
    trial.run(*merge, "no.mkv", "--person", "Carl", code=2, err="nobody.*'Carl'", absent="no.mkv")
    # Other faces are the person's now.
    trial.run("cast", "split", dataset, "Carla", "--frames", "4", "--name", "Dora", out=ANY)
    trial.run("convert", dataset, "-m", model, "--name", "carla", "--person", "Carla", code=2, err="--replace", keeps=dataset)
    ada = trial.house.shared("aligned") / "ada"
    trial.train("--likeness", ada, "--performer", dataset, model="all", iterations=1, err="shows several people .*Bruno, Carla, Dora")
    trial.train("--likeness", ada, "--performer", dataset, "--person", "Carla", model="carla", iterations=1)
    trial.train("--likeness", ada, "--performer", dataset, "--person", "Carl", model="carl", iterations=1, code=2,
                err="nobody.*'Carl'.*Bruno, Carla, Dora", absent="carl")


def case_damaged_model_file(trial):
    (trial / "shape_predictor_68_face_landmarks.dat").write_bytes(bytes(1000))
    trial.run("align", trial.copy("extracted"), "--model-dir", trial.folder, code=4,
              err=r"SHA-256 is [0-9a-f]{64}, not fbdc2cb8.*shape_predictor")
