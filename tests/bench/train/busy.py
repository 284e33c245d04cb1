#!/usr/bin/env python3
"""What a GPU did, from a trace that understudy_train_loop wrote: the share of the time that it idled, and the kernels that took most of it.

    tests/bench/train/busy.py TRACE.json [ROWS]
"""
import collections
import json
import sys

GPU_WORK = {"kernel", "gpu_memcpy", "gpu_memset"}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    spans = sorted((e["ts"], e["ts"] + e["dur"], e["name"]) for e in events if e.get("cat") in GPU_WORK)
    if not spans:
        sys.exit("the trace holds nothing of a GPU")
    busy, gaps, end = 0.0, [], spans[0][0]
    by_name = collections.defaultdict(lambda: [0.0, 0])
    for begin, finish, name in spans:
        gaps.append(max(0.0, begin - end))
        busy += max(0.0, finish - max(begin, end))
        end = max(end, finish)
        by_name[name][0] += finish - begin
        by_name[name][1] += 1
    whole = end - spans[0][0]
    long_gaps = [gap for gap in gaps if gap > 20]
    print(f"{len(spans)} pieces of work in {whole / 1e3:.1f} ms; idle {100 * (1 - busy / whole):.1f} %, "
          f"of it {sum(long_gaps) / 1e3:.1f} ms in {len(long_gaps)} gaps above 20 us")
    for name, (us, count) in sorted(by_name.items(), key=lambda item: -item[1][0])[:int(sys.argv[2]) if len(sys.argv) > 2 else 30]:
        print(f"{100 * us / whole:5.1f} %  {us / 1e3:8.2f} ms  {count:6d}  {name[:150]}")


if __name__ == "__main__":
    main()
