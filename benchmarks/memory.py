"""Resident memory of a process that evaluates large objects one after the other.

`python -m benchmarks.memory` starts one process a size and prints its peak; it must not grow with their number.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from isal import igzip

from benchmarks.timing import machine
from benchmarks.trailgen import generate_file

MEGABYTE = 1 << 20


def peak_mb() -> float:
    """The largest resident memory of this process so far. Linux only: `ru_maxrss` would count the parent's, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def evaluate(path: Path, *, times: int) -> None:
    """What a measured process does: load the rules, then read and evaluate one object again and again."""
    from benchmarks.rules_for_benchmarks import shipped_rules
    from daemon.detect.ruleset import RuleSet

    ruleset = RuleSet(shipped_rules())
    print(f"{peak_mb():.0f}", end=" ")
    for _ in range(times):
        ruleset.evaluate_object(path.read_bytes(), max_bytes=1 << 30)
    print(f"{peak_mb():.0f}")


def make_object(path: Path, *, compressed_mb: int) -> int:
    """Write an object of that compressed size; gives the size of its content."""
    records, size = [], 0
    rng = Random(1)
    while size < compressed_mb * MEGABYTE:
        content = generate_file(rng, 5_000)
        records.append(content[content.index(b"[") + 1 : content.rindex(b"]")])
        size += len(igzip.compress(content, 3))
    whole = b'{"Records":[%b]}' % b",".join(records)
    path.write_bytes(igzip.compress(whole, 3))
    return len(whole)


def main() -> None:
    """Make objects, start a process for each, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluate", type=Path, help="be the measured process")
    parser.add_argument("--times", type=int, default=1)
    args = parser.parse_args()
    if args.evaluate:
        evaluate(args.evaluate, times=args.times)
        return
    print(f"{machine()}\n\n| object | content | times | MB with rules loaded | MB at most |\n|---|---:|---:|---:|---:|")
    with TemporaryDirectory() as folder:
        for compressed_mb in (1, 10):
            path = Path(folder) / f"{compressed_mb}.json.gz"
            content = make_object(path, compressed_mb=compressed_mb)
            for times in (1, 10):
                command = [sys.executable, "-m", "benchmarks.memory", "--evaluate", str(path), "--times", str(times)]
                before, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
                print(f"| {compressed_mb} MB gzip | {content // MEGABYTE} MB | {times} | {before} | {peak} |")


if __name__ == "__main__":
    main()
