#!/usr/bin/env python3
"""Fills measured figures into the tables of a page.

    table.py BENCH_JSON END_TO_END_JSON PAGE

A row whose first cell is a benchmark's name in backquotes gets its last two cells: what was measured, and the ratio to the limit.
Words stay as they are. The first line that begins with "Measured " is written anew. Exit code 1 when a benchmark has no row.
"""

import json
import platform
import re
import sys
from pathlib import Path

MAX_LOAD = 2.5
ROW = re.compile(r"^\| `(?P<name>[^`]+)` \|")


def figure(value):
    """Two or three digits, without an exponent."""
    if value < 0.095:
        return f"{value:.4f}" if value < 0.0095 else f"{value:.3f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value):
    return f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"


def best_of_repetitions(runs):
    """The quickest repetition of each benchmark, by its name without Google Benchmark's endings, and the quickest limit."""
    best = {}
    for run in runs:
        name = run["name"].split("/real_time")[0]
        if run.get("run_type") == "aggregate" or run.get("error_occurred"):
            continue
        limit = min(run.get("limit_ms", 0), best.get(name, run).get("limit_ms", 0))
        if name not in best or run["real_time"] < best[name]["real_time"]:
            best[name] = dict(run)
        best[name]["limit_ms"] = limit
    return best


def cells_of_run(run):
    rate = next(key for key in run if key.endswith("_per_second"))
    unit = {"megapixels": "MP", "megaweights": "M weights"}.get(rate.removesuffix("_per_second"), rate.removesuffix("_per_second"))
    return f"{figure(run['real_time'])} {run['time_unit']}, {figure(run[rate])} {unit}/s", ratio(run["limit_ms"] / run["real_time"]) if run["limit_ms"] else "–"


def cells_of_program(result):
    if "ratio" in result:
        return f"{figure(min(result['seconds']))} s, ffmpeg {figure(min(result['ffmpeg_seconds']))} s", f"{result['ratio']:.2f} times"
    return f"{figure(result['frames_per_second'])} frames/s", "–"


def measured_cells(bench, programs):
    cells = {name: cells_of_run(run) for name, run in best_of_repetitions(bench["benchmarks"]).items()}
    cells.update({name: cells_of_program(result) for name, result in programs.items() if isinstance(result, dict)})
    return cells


def processor():
    """Its name and what it multiplies with, on Linux."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    field = lambda key: next((line.split(": ", 1)[1] for line in lines if line.startswith(key)), "")
    units = [name for name, flag in (("AVX-512", "avx512f"), ("AMX", "amx_tile")) if flag in field("flags").split()]
    return ", ".join([field("model name"), *units])


def machine_line(bench, programs):
    context = bench["context"]
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return (f"Measured {context['date'][:10]} on {context['num_cpus']} cores ({processor()}), {system}: memcpy {context['memcpy_gb_per_second']} GB/s (64 MB, read and write), "
            f"matrix products {context['fp32_gflops_1_thread']} GFLOP/s in fp32 and {context['bf16_gflops_1_thread']} in bf16 on one thread, "
            f"{context['bf16_gflops_2_threads']} on two; OpenCV {context['opencv']}, FFmpeg {context['ffmpeg']}; "
            f"load before: {context['load_avg'][0]:.1f} (benchmarks), {programs['load']:.1f} (programs).")


def filled(page, cells, machine):
    lines, seen, has_machine = [], set(), False
    for line in page.splitlines():
        row = ROW.match(line)
        if line.startswith("Measured ") and not has_machine:
            line, has_machine = machine, True
        elif row and line.count("|") == 6:
            name = row["name"]
            seen.add(name)
            parts = line.split("|")
            parts[4:6] = [f" {cell} " for cell in cells.get(name, ("–", "–"))]
            line = "|".join(parts)
        lines.append(line)
    return "\n".join(lines) + "\n", sorted(set(cells) - seen)


def main():
    bench, programs, page = json.loads(Path(sys.argv[1]).read_text()), json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3])
    text, homeless = filled(page.read_text(encoding="utf-8"), measured_cells(bench, programs), machine_line(bench, programs))
    page.write_text(text, encoding="utf-8")
    load = max(bench["context"]["load_avg"][0], programs["load"])
    if load > MAX_LOAD:
        print(f"The machine was busy (load {load:.1f}): the figures are too low.", file=sys.stderr)
    for name in homeless:
        print(f"{page}: `{name}` was measured and has no row", file=sys.stderr)
    return 1 if homeless else 0


if __name__ == "__main__":
    sys.exit(main())
