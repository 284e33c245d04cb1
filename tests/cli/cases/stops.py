"""Programs that are stopped: SIGTERM, a second one, SIGINT, SIGUSR1, SIGKILL; the rerun; and two jobs on one shard."""

import json
import random
import re
import shutil
import signal
import time

from trial import Failed, kill, read_safetensors, tree

SECONDS_TO_SAVE = 20  # as the design promises
STAGES = ("extract", "align", "convert", "merge")


def command(trial, stage):
    """The stage with so much to do that a signal comes into the middle of it, and the path of each thing it writes."""
    if stage == "extract":
        return ("extract", trial.cast / "bruno.mp4", "-o", "bruno", "--consent", trial.consent(), "--frames", "0-11"), ["bruno"]
    if stage == "align":
        datasets = [trial.copy("extracted"), trial.copy("extracted", as_name="second")]
        return ("align", *datasets), datasets
    if stage == "convert":
        datasets = [trial.copy("aligned"), trial.copy("aligned", as_name="second")]
        return ("convert", *datasets, "-m", trial.house.shared("model")), datasets
    return ("merge", trial.house.shared("converted") / "bruno", "-o", "out.mkv", "--codec", "ffv1", "--frames", "0-11"), ["out.mkv"]


def records(dataset, stage):
    return {path.parent.name: path.read_text() for path in dataset.glob(f"{stage}/**/[!.]*/faces.jsonl")}


def whole(trial, stage, path):
    """Whether what is at `path` is what an undisturbed run makes: the same records, or the same decoded frames."""
    if stage == "merge":
        for clip, sums in ((trial / path, "this.md5"), (trial.house.shared("delivered"), "whole.md5")):
            trial.ffmpeg("-i", clip, "-f", "framemd5", sums)
        return (trial / "this.md5").read_text() == (trial / "whole.md5").read_text()
    shared = trial.house.shared({"extract": "extracted", "align": "aligned", "convert": "converted"}[stage]) / "bruno"
    return records(trial / path, stage) == records(shared, stage)


def nothing_half_done(trial, stage, paths):
    """What shows under a final name after a run was cut off is whole."""
    for path in paths:
        begun = (trial / path).exists() if stage == "merge" else records(trial / path, stage)
        trial.check(not begun or whole(trial, stage, path), f"{path} is half-written")


def rerun_completes(trial, stage, words, paths):
    trial.run(*words, out="".join(f"{path}\n" for path in paths))
    for path in paths:
        trial.check(whole(trial, stage, path), f"the rerun gives another {path} than an undisturbed run")
        trial.run("verify", path, out=None)


def stop_in_the_middle(trial, stage, number):
    """Signals the stage while it works; anew where it was at its end before the signal came."""
    words, paths = command(trial, stage)
    for _ in range(5):
        process, said = trial.start_working(*words)
        process.send_signal(number)
        ended = trial.end(process, (75, 0), SECONDS_TO_SAVE)
        if ended.code == 75:
            return words, paths, said, ended
        for path in paths:
            (trial / path).unlink() if stage == "merge" else shutil.rmtree(trial / path / stage)
    raise Failed(f"{stage} is too fast to be stopped")


def stopped(stage, number):
    def case(trial):
        words, paths, said, ended = stop_in_the_middle(trial, stage, number)
        trial.check(str(paths[-1]) not in ended.out, f"it printed what it did not finish: {ended.out}")
        trial.check("run the same command again" in said + ended.err, f"it does not say how to go on: {ended.err}")
        trial.no_leftovers()
        nothing_half_done(trial, stage, paths)
        rerun_completes(trial, stage, words, paths)
    return case


def killed(stage):
    def case(trial):
        words, paths = command(trial, stage)
        moments = random.Random(stage)
        for _ in range(2):
            try:
                process, _ = trial.start_working(*words)
            except Failed:
                break  # the run before had come to its end
            kill(process, moments.uniform(0, 0.5))
            nothing_half_done(trial, stage, paths)
        rerun_completes(trial, stage, words, paths)
    return case


def cases():
    for stage in STAGES:
        yield f"sigterm_{stage}", stopped(stage, signal.SIGTERM)
        yield f"killed_{stage}", killed(stage)
    yield "sigint_align", stopped("align", signal.SIGINT)


def long_training(trial, *more, batch=2, iterations=1000000):
    aligned = trial.house.shared("aligned")
    return trial.start_working("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", "model",
                               "--preset", "sketch", "--iterations", iterations, "--batch", batch, *more)


def done(trial, model="model"):
    """Iterations of the newest checkpoint."""
    return max((json.loads(read_safetensors(path)[0]["__metadata__"]["understudy"])["iteration"]
                for path in (trial / model).glob("checkpoint-*.safetensors")), default=0)


def wait_for_model(trial):
    until = time.monotonic() + SECONDS_TO_SAVE * trial.house.patience
    while not (trial / "model/model.json").exists():
        trial.check(time.monotonic() < until, "nothing was saved")
        time.sleep(0.05)


def case_sigterm_train(trial):
    process, _ = long_training(trial)
    process.send_signal(signal.SIGTERM)
    ended = trial.end(process, 75, SECONDS_TO_SAVE)
    trial.check(ended.out == "", "it printed a model that is not finished")
    iterations = done(trial)
    trial.check(iterations > 0, "nothing was saved")
    trial.no_leftovers()
    trial.run("verify", "model", out=None)
    trial.train(iterations=iterations + 1, err=f"from iteration {iterations}")
    trial.check(done(trial) == iterations + 1, "the rerun completes")


def stopped_again_and_again(*options):
    """Signals at moments that mostly lie in a save or a preview: each time a good checkpoint is left."""
    def case(trial):
        moments, before = random.Random(options[0]), 0
        for _ in range(4):
            process, _ = long_training(trial, *options)
            time.sleep(moments.uniform(0, 0.6))
            process.send_signal(signal.SIGTERM)
            trial.end(process, 75, SECONDS_TO_SAVE)
            trial.no_leftovers()
            trial.check(done(trial) > before, "nothing was saved")
            before = done(trial)
            trial.run("verify", "model", out=re.compile(f".*iterations: {before}.*", re.DOTALL), err="")
    return case


case_sigterm_while_it_saves = stopped_again_and_again("--save-minutes", 1e-9)
case_sigterm_while_it_previews = stopped_again_and_again("--preview-every", 1)


def case_killed_by_a_second_sigterm(trial):
    """It leaves at once, also out of the midst of a save, and the rerun clears away what that left."""
    for _ in range(5):
        process, _ = long_training(trial, batch=32)  # a step takes long
        step_s = json.loads((trial / "model/log.jsonl").read_text().splitlines()[-1])["seconds"]
        time.sleep(step_s / 4)
        process.send_signal(signal.SIGTERM)
        time.sleep(step_s / 8)  # two signals at once are one
        process.send_signal(signal.SIGTERM)
        ended = trial.end(process, (143, 75), SECONDS_TO_SAVE)
        trial.check(ended.out == "", "it printed something")
        if ended.code == 143:
            iterations = done(trial)
            trial.train(iterations=iterations + 1)
            trial.check(done(trial) == iterations + 1, "the rerun completes")
            trial.no_leftovers()
            return
    raise Failed("the first signal always ended it before the second one came")


def case_killed_train(trial):
    """The work since the last checkpoint is lost, and nothing else."""
    model = trial.copy_model()
    saved = {name: digest for name, digest in tree(model).items() if name.startswith("checkpoint")}
    moments = random.Random("train")
    for _ in range(2):
        process, _ = long_training(trial)
        kill(process, moments.uniform(0, 0.5))
        trial.check(saved.items() <= tree(model).items(), "a checkpoint was changed")
    trial.train(iterations=3, err="from iteration 2")
    trial.run("verify", model, out=re.compile(".*iterations: 3.*", re.DOTALL))
    log = [json.loads(line)["iteration"] for line in (model / "log.jsonl").read_text().splitlines()]
    trial.check(log == [1, 2, 3], f"the log has the lines of what was kept: {log}")


def case_killed_train_while_it_saves(trial):
    """A checkpoint after every step: all but what was being written are whole at any moment."""
    moments = random.Random("save")
    for _ in range(3):
        process, _ = long_training(trial, "--save-minutes", 1e-9)
        wait_for_model(trial)
        kill(process, moments.uniform(0, 0.6))
        trial.run("verify", "model", out=None)
    iterations = done(trial)
    trial.train(iterations=iterations + 1, err=f"from iteration {iterations}")


def case_sigusr1_saves_and_goes_on(trial):
    process, _ = long_training(trial)
    trial.check(not list((trial / "model").glob("*.safetensors")), "it saved before it was asked to")
    process.send_signal(signal.SIGUSR1)
    wait_for_model(trial)
    first = done(trial)
    log = trial / "model/log.jsonl"
    until = time.monotonic() + SECONDS_TO_SAVE * trial.house.patience
    while len(log.read_text().splitlines()) <= first and time.monotonic() < until:
        time.sleep(0.05)
    trial.check(process.poll() is None, "it ended")
    process.send_signal(signal.SIGTERM)
    trial.end(process, 75, SECONDS_TO_SAVE)
    trial.check(done(trial) > first, "it did not go on after the checkpoint")


def case_sigusr1_again_and_again(trial):
    """Also while it saves and while it previews: it goes on, and a checkpoint is always whole."""
    process, _ = long_training(trial, "--preview-every", 2)
    for _ in range(12):
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.1)
    trial.check(process.poll() is None, "it ended")
    process.send_signal(signal.SIGTERM)
    trial.end(process, 75, SECONDS_TO_SAVE)
    trial.check(len(list((trial / "model").glob("checkpoint-*.safetensors"))) <= 3, "more than the ring is kept")
    trial.run("verify", "model", out=None, err="")


def case_one_training_in_a_folder(trial):
    first, _ = long_training(trial)
    trial.check((trial / "model/.lock").exists(), "there is no lock")
    trial.train(iterations=5, code=5, err=f"another run is writing model: process {first.pid} on .* since .*UTC")
    trial.run("train", "--likeness", trial.house.shared("aligned") / "ada", "--performer", trial.house.shared("aligned") / "bruno",
              "-m", "model", "--preset", "sketch", "--dry-run", out=None)
    first.send_signal(signal.SIGUSR1)
    wait_for_model(trial)
    trial.run("verify", "model", out=None)  # reading needs no lock
    trial.check(first.poll() is None, "the first one was disturbed")
    kill(first)
    trial.check((trial / "model/.lock").exists(), "a killed run cannot remove its lock's file")
    iterations = done(trial) + 1
    trial.train(iterations=iterations, err="going on from iteration")
    trial.check(not (trial / "model/.lock").exists(), "the lock's file was left behind")


def case_killed_train_leaves_no_halves_for_long(trial):
    """The next run removes what a killed one had half-written."""
    model = trial.copy_model()
    for place in (model, model / "history"):
        (place / ".tmp-checkpoint-000000003-elsewhere-1-abc.safetensors").write_text("half")
    trial.train(model=model, iterations=3, err="from iteration 2")
    trial.no_leftovers()


def stopped_before_its_end(trial, iterations, *options):
    """The iteration that a short training with a checkpoint after every step was stopped at; anew where it was too fast."""
    for _ in range(10):
        process, _ = long_training(trial, "--save-minutes", 1e-9, *options, iterations=iterations)
        process.send_signal(signal.SIGTERM)
        trial.end(process, (75, 0), SECONDS_TO_SAVE)
        if 0 < done(trial) < iterations:
            return done(trial)
        shutil.rmtree(trial / "model")
    raise Failed("it always came to its end before it was stopped")


def case_stopped_training_gives_the_same_weights(trial):
    plan = {"iterations": 4}
    trial.train("--seed", 11, model="whole", **plan)
    middle = stopped_before_its_end(trial, 4, "--seed", 11)
    trial.train("--seed", 11, **plan, err=f"from iteration {middle}")
    weights = {}
    for model in ("whole", "model"):
        for path in (trial / model).glob("checkpoint-*.safetensors"):
            header, data = read_safetensors(path)
            if json.loads(header["__metadata__"]["understudy"])["iteration"] == 4:
                weights[model] = ({name: tensor for name, tensor in header.items() if name != "__metadata__"}, data)
    trial.check(weights["whole"] == weights["model"], "stopped and resumed, the training gives other weights")


def two_jobs(stage):
    def case(trial):
        words, paths = command(trial, stage)
        for job in [trial.start(*words), trial.start(*words)]:
            ended = trial.end(job, 0, 180)
            trial.check(ended.out == "".join(f"{path}\n" for path in paths), f"stdout: {ended.out}")
        for path in paths:
            trial.check(whole(trial, stage, path), f"another {path} than that of one job")
            trial.run("verify", path, out=None)
    return case


case_two_jobs_extract_one_shard = two_jobs("extract")
case_two_jobs_align_one_shard = two_jobs("align")
case_two_jobs_convert_one_shard = two_jobs("convert")
case_two_jobs_merge_to_one_file = two_jobs("merge")
