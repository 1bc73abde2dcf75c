"""How long thousands of rule files take to load, in a process of its own, and what becomes of evaluating meanwhile.

`python -m benchmarks.rules_load` prints the table of benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.detection import CAP
from benchmarks.rules_for_benchmarks import pack_files, shipped_rules
from benchmarks.timing import machine
from benchmarks.trailgen import five_thousand, generate_trail
from daemon.config import RulesConfig
from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from daemon.detect.ruleset import RuleSet
from daemon.service.clock import utc_now
from daemon.service.loading import load_files

ROUNDS = 3


class Evaluating:
    """Evaluates one object again and again in a thread of its own, as the daemon's work thread does."""

    def __init__(self) -> None:
        (self._data,) = (data for _, data in generate_trail(1, 1, five_thousand))
        self._ruleset = RuleSet(shipped_rules())
        self._seconds: list[float] = []
        self._is_over = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Let the thread come to its end."""
        self._is_over = True
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over:
            started = time.perf_counter()
            self._ruleset.evaluate_object(self._data, max_bytes=CAP)
            self._seconds.append(time.perf_counter() - started)

    def during(self, step: Callable[[], object]) -> tuple[float, float, float]:
        """How long a step takes, how much processor time its child has, and the events a second evaluated meanwhile."""
        self._seconds.clear()
        started, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN).ru_utime
        step()
        took = time.perf_counter() - started
        return took, getrusage(RUSAGE_CHILDREN).ru_utime - before, 5_000 * len(self._seconds) / took


def main() -> None:
    """Load and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        for path, content in pack_files(args.count):
            (Path(folder) / Path(path).name).write_bytes(content)
        config = RulesConfig(paths=[folder])
        evaluating = Evaluating()
        told: list[Reload] = []
        book = RuleBook(config, load_files=load_files)
        steps: dict[str, Callable[[], object]] = {
            "nothing else": lambda: time.sleep(5),
            "files read by another process": lambda: told.append(
                RuleBook(config, load_files=load_files).reload(now=utc_now())
            ),
            "files read in a thread of this one": lambda: told.append(RuleBook(config).reload(now=utc_now())),
            "rule set made": lambda: RuleSet(told[-1].rules),
            "looked at again, nothing changed": lambda: book.reload(now=utc_now()),
        }
        book.reload(now=utc_now())
        print(f"{machine()}, {args.count:,} files, median of {args.rounds}\n")
        print("| step | seconds | processor seconds of another process | events/s evaluated meanwhile |")
        print("|---|---:|---:|---:|")
        for name, step in steps.items():
            found = [evaluating.during(step) for _ in range(args.rounds)]
            took, elsewhere, rate = (median(column) for column in zip(*found, strict=True))
            print(f"| {name} | {took:.1f} | {elsewhere:.1f} | {rate:,.0f} |")
        evaluating.stop()


if __name__ == "__main__":
    main()
