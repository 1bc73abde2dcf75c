"""Milliseconds an object for `replay` itself over what real trails mostly are: 20,000 files, median of 6 events.

`python -m benchmarks.replay_small` runs the command as people do, once a round, and reads the summary that it prints:
from the first file's bytes to the last match. The interpreter's start and the loading of rules are shown apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.detection import gunzip
from benchmarks.timing import ROUNDS, machine
from benchmarks.trailgen import generate_trail, mostly_few, write_trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One call of the command, and right after it a bare reading and inflating of the same files."""

    objects: int
    events: int
    matches: int
    seconds: float
    processor_s: float  # of the whole process, its start included
    wall_s: float
    gunzip_s: float


def measure(folder: Path) -> Round:
    """Run the command once over the folder."""
    command = [sys.executable, "-m", "daemon", "replay", str(folder), "--rules", "builtin:core", "--format", "ndjson"]
    before, started = _children_s(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall_s, processor_s = time.perf_counter() - started, _children_s() - before
    summary = json.loads(done.stderr.splitlines()[-1])
    started = time.perf_counter()
    for path in sorted(folder.rglob("*.json.gz")):
        gunzip(path.read_bytes())
    return Round(
        objects=summary["objects"],
        events=summary["events"],
        matches=summary["matches"],
        seconds=summary["seconds"],
        processor_s=processor_s,
        wall_s=wall_s,
        gunzip_s=time.perf_counter() - started,
    )


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Generate, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="replay-small-") as name:
        write_trail(generate_trail(args.seed, args.files, mostly_few), Path(name))
        measure(Path(name))
        rounds = [measure(Path(name)) for _ in range(args.rounds)]
    first = rounds[0]
    print(f"{machine()}\n{first.objects:,} files, {first.events:,} events, {first.matches:,} matches,", end=" ")
    print(f"median of {len(rounds)} rounds\n\n| step | ms an object |\n|---|---:|")
    for step, seconds in (
        ("list, read and gunzip, nothing else", median(each.gunzip_s for each in rounds)),
        ("`replay` with the shipped rules, by its own summary", median(each.seconds for each in rounds)),
        ("the whole command, its start included", median(each.wall_s for each in rounds)),
        ("the whole command, processor time", median(each.processor_s for each in rounds)),
    ):
        print(f"| {step} | {seconds / first.objects * 1e3:.3f} |")


if __name__ == "__main__":
    main()
