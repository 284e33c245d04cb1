"""How a stage's work is split into jobs, drawn from a seed, and how these are run."""

import signal
import time

from trial import Failed

TOLD_TO_STOP = 75


def every_part(draw, frames):
    """The words of all parts of one way to split."""
    if draw.random() < 0.5:
        count = draw.randint(1, 5)
        return [["--shard", f"{i}/{count}"] for i in range(1, count + 1)]
    size = draw.randint(max(1, frames // 8), frames)
    return [["--chunk", str(i), "--chunk-size", str(size)] for i in range(1, -(-frames // size) + 1)]


def rounds(draw, frames, mixed):
    """Lists of jobs; those of a list run side by side. Together they do every frame. `mixed`: also parts of other splits than one,
    which find some of their frames done."""
    parts = every_part(draw, frames)
    draw.shuffle(parts)
    parts += draw.choices(parts, k=draw.randint(0, 2))  # run once more
    jobs = [[]]
    for part in parts:
        if len(jobs[-1]) == 2 or draw.random() < 0.6:
            jobs.append([])
        jobs[-1].append(part)
    if mixed:  # alone: jobs of two splits must not do a frame at the same time
        others = every_part(draw, frames)
        for part in draw.sample(others, k=min(len(others), draw.randint(0, 3))):
            jobs.insert(draw.randint(0, len(jobs)), [part])
    return [job for job in jobs if job]


class Splits:
    """Runs a stage's command in the drawn way, in the folder of `trial`."""

    def __init__(self, trial, draw):
        self.trial, self.draw, self.log = trial, draw, []

    def start(self, command, part):
        words = [*command, *part, "--threads", str(self.draw.randint(1, 4))]
        self.log.append(" ".join(map(str, words)))
        return self.trial.start(*words), time.monotonic()

    def end(self, process, started, seconds):
        """Waits, or stops it at a drawn moment; whether it came to its end."""
        if seconds is not None:
            time.sleep(max(0.0, started + seconds - time.monotonic()))
            process.send_signal(self.draw.choice([signal.SIGTERM, signal.SIGKILL]))
        said = process.communicate(timeout=300)[1]
        codes = (0,) if seconds is None else (0, TOLD_TO_STOP, -signal.SIGTERM, -signal.SIGKILL)
        if process.returncode not in codes:
            raise Failed(f"exit code {process.returncode}: {said}")
        return process.returncode == 0

    def run(self, command, frames, mixed):
        for parts in rounds(self.draw, frames, mixed):
            todo = parts
            while todo:
                stopped = [self.draw.uniform(0, 1.5) if todo is parts and self.draw.random() < 0.25 else None for _ in todo]
                running = [self.start(command, part) for part in todo]
                ended = [self.end(*process, seconds) for process, seconds in zip(running, stopped)]
                self.log.append(f"  {ended}")
                todo = [part for part, good in zip(todo, ended) if not good]
