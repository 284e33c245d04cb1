"""Trainings in several processes: the same weights as in one, a killed or signalled rank, the environment."""

import array
import json
import os
import signal
import subprocess
import time

from trial import Failed, read_safetensors

# The large presets'. At ten times that, what rounding decides at an edge of a loss may grow to 1e-4 within the hundred steps.
RATE = 1e-4


def words(trial, model, iterations, batch, *more):
    aligned = trial.house.shared("aligned")
    preset = trial.house.data / "presets/two_ranks.toml"
    return ["--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", model, "--preset", preset,
            "--iterations", iterations, "--batch", batch, "--precision", "fp32", "--threads", 1,
            "--set", f"learning_rate={RATE}", *more]


def start_ranks(trial, size, *args, **more):
    """A process for each rank, which meet at a file; each writes to files, so that no pipe can fill."""
    meeting = trial / f"meeting-{time.monotonic_ns()}"
    started = []
    for rank in range(size):
        environment = trial.house.environment | {
            "RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1",
            "UNDERSTUDY_RENDEZVOUS_FILE": str(meeting)} | more
        started.append(trial.start("train", *args, env=environment))
    return started


def end_ranks(trial, processes, codes, timeout=60):
    """Every rank ends with its code; what each said."""
    return [trial.end(process, code, timeout) for process, code in zip(processes, codes, strict=True)]


def newest(folder):
    """Number of iterations and path of the newest checkpoint."""
    found = [(json.loads(read_safetensors(path)[0]["__metadata__"]["understudy"])["iteration"], path)
             for path in folder.glob("checkpoint-*.safetensors")]
    return max(found, default=(0, None))


def weights(folder):
    """Name and numbers of all weights of the newest checkpoint."""
    header, data = read_safetensors(newest(folder)[1])
    out = {}
    for name, entry in header.items():
        if name.startswith("weights."):
            begin, end = entry["data_offsets"]
            out[name] = array.array("f", data[begin:end])
    return out


def distance(one, other):
    return max(abs(a - b) for name in one for a, b in zip(one[name], other[name], strict=True))


def case_two_ranks_give_the_weights_of_one_with_twice_the_batch(trial):
    trial.run("train", *words(trial, "one", 100, 4), out="one\n")
    first, second = end_ranks(trial, start_ranks(trial, 2, *words(trial, "two", 100, 2, "--report", "report.json")), (0, 0))
    trial.check(first.out == "two\n" and second.out == "", f"rank 0 alone names the model: {first.out!r} {second.out!r}")
    trial.check(second.err == "", f"rank 1 is silent: {second.err}")
    report = json.loads((trial / "report.json").read_text())
    trial.check(report["ranks"] == 2, f"the report says how many ranks there were: {report.get('ranks')}")
    lines = (trial / "two/log.jsonl").read_text().splitlines()
    trial.check(len(lines) == 100, f"one line an iteration, not {len(lines)}")
    one, two = weights(trial / "one"), weights(trial / "two")
    trial.check(one and one.keys() == two.keys(), "the same weights by name")
    off = distance(one, two)
    trial.check(off < 1e-5, f"the weights differ by {off}")


def wait_for_iteration(trial, model, iteration):
    """Until the log says that so many steps are done."""
    for _ in range(1200):
        log = trial / model / "log.jsonl"
        if log.exists() and len(log.read_text().splitlines()) >= iteration:
            return
        time.sleep(0.05)
    raise Failed(f"{model} does not come to iteration {iteration}")


def wait_for_checkpoint(trial, model):
    """The iteration of the first one that is seen."""
    for _ in range(1200):
        saved = newest(trial / model)[0]
        if saved > 0:
            return saved
        time.sleep(0.05)
    raise Failed(f"{model} is not saved")


def lost(number):
    """A rank that is killed ends the job with 75; one rank goes on from what was saved, and two do."""
    def case(trial):
        processes = start_ranks(trial, 2, *words(trial, "model", 100000, 2, "--save-minutes", 0.01))
        wait_for_checkpoint(trial, "model")
        begun = time.monotonic()
        processes[number].send_signal(signal.SIGKILL)
        codes = [75, 75]
        codes[number] = -signal.SIGKILL
        ended = end_ranks(trial, processes, codes, 20)
        trial.check(time.monotonic() - begun < 15 * trial.house.patience, "the other ends within seconds")
        said = ended[1 - number].err
        trial.check(f"rank {number} of 2 was lost" in said and "run the job again" in said, f"it says so: {said}")
        done = newest(trial / "model")[0]
        trial.check(done > 0, "there is a checkpoint")
        trial.run("verify", "model", out=None)
        trial.run("train", *words(trial, "model", done + 5, 4), err=f"from iteration {done}", out="model\n")
        end_ranks(trial, start_ranks(trial, 2, *words(trial, "model", done + 10, 2)), (0, 0))
        trial.check(newest(trial / "model")[0] == done + 10, "two ranks go on")
        trial.no_leftovers()  # what was half-written when it was killed is gone, too
    return case


def signalled(number):
    """A signal to one rank stops both at the same step."""
    def case(trial):
        processes = start_ranks(trial, 2, *words(trial, "model", 100000, 2))
        wait_for_iteration(trial, "model", 5)
        processes[number].send_signal(signal.SIGUSR1)
        saved = wait_for_checkpoint(trial, "model")
        processes[number].send_signal(signal.SIGTERM)
        end_ranks(trial, processes, (75, 75), 20)
        done = newest(trial / "model")[0]
        lines = len((trial / "model/log.jsonl").read_text().splitlines())
        trial.check(saved <= done == lines, f"saved at {saved}, stopped at {done}, logged {lines}")
    return case


def refused(code, sentence, **variables):
    def case(trial):
        process = trial.start("train", *words(trial, "model", 2, 2), env=trial.house.environment | variables)
        ended = trial.end(process, code)
        trial.check(sentence in ended.err, f"{sentence!r} was expected: {ended.err}")
        trial.check(not (trial / "model").exists(), "nothing is left behind")
    return case


def cases():
    for number in (0, 1):
        yield f"killed_{number}", lost(number)
        yield f"signalled_{number}", signalled(number)
    yield "no_such_rank", refused(2, "RANK is '2', a number from 0 to 1", RANK="2", WORLD_SIZE="2")
    yield "rank_without_size", refused(2, "RANK is set, but WORLD_SIZE is not", RANK="0")
    yield "no_meeting_place", refused(2, "nothing says where the ranks meet", RANK="0", WORLD_SIZE="2")
    yield "nobody_comes", refused(5, "rank 1 of 2 did not come", RANK="0", WORLD_SIZE="2", UNDERSTUDY_RANK_TIMEOUT="1",
                                  UNDERSTUDY_RENDEZVOUS_FILE="meeting")


def case_batch_script_trains_alone(trial):
    """Slurm's variables without a step of srun."""
    environment = trial.house.environment | {"SLURM_JOB_ID": "7", "SLURM_PROCID": "0", "SLURM_NTASKS": "4",
                                             "SLURM_LOCALID": "0", "SLURM_JOB_NODELIST": "n[1-4]"}
    trial.end(trial.start("train", *words(trial, "model", 2, 2), env=environment), 0, 60)


def case_launcher(trial):
    """The launcher for one machine passes on signals and exit codes."""
    script = trial.house.data.parent.parent / "scripts/farm/ranks.sh"
    program = trial.house.bin / "understudy-train"

    def launch(*args):
        return subprocess.Popen([script, "2", program, *map(str, args)], cwd=trial.folder, env=trial.house.environment,
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ended = trial.end(launch(*words(trial, "short", 3, 2)), 0, 60)
    trial.check(ended.out == "short\n", f"one line for the model: {ended.out!r}")
    trial.end(launch(*words(trial, "none", 3, 2), "--preset", "no-such"), 2)
    process = launch(*words(trial, "long", 100000, 2))
    wait_for_iteration(trial, "long", 5)
    process.send_signal(signal.SIGTERM)
    trial.end(process, 75, 20)
    trial.check(os.path.getsize(newest(trial / "long")[1]) > 0, "it was saved")
