"""Milliseconds an object for what real trails mostly are: 20,000 files with a median of 6 events.

`python -m benchmarks.small_files` prints the table of benchmarks/README.md for the small shape.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks.detection import GUNZIP, PATH, evaluating, gunzip
from benchmarks.rules_for_benchmarks import shipped_rules
from benchmarks.timing import ROUNDS, machine, race
from benchmarks.trailgen import generate_trail, mostly_few


def main() -> None:
    """Generate, race and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    objects = [data for _, data in generate_trail(args.seed, args.files, mostly_few)]
    contenders: dict[str, Callable[[], object]] = {
        GUNZIP: lambda: list(map(gunzip, objects)),
        PATH: evaluating(shipped_rules(), objects),
    }
    timings = race(contenders, rounds=args.rounds)
    print(f"{machine()}\n{len(objects):,} files, median of {args.rounds} paired rounds\n")
    print("| step, one core | ms an object | objects/s |\n|---|---:|---:|")
    for name in contenders:
        seconds = timings.median_s(name) / len(objects)
        print(f"| {name} | {seconds * 1e3:.3f} | {1 / seconds:,.0f} |")


if __name__ == "__main__":
    main()
