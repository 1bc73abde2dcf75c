"""A thousand rules beside a hundred: on the same events, and where all of them ask for the very same calls.

`python -m benchmarks.many_rules` also says how many rules are asked of an event, and what the rules cost in memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.detection import CAP, evaluating
from benchmarks.memory import peak_mb
from benchmarks.rules_for_benchmarks import on_the_same_calls, pack_rules, shipped_rules
from benchmarks.timing import ROUNDS, machine, race
from benchmarks.trailgen import five_thousand, generate_trail
from daemon.detect.evaluation import Hit
from daemon.detect.ruleset import RuleSet
from daemon.model import Rule
from daemon.trail.record import Reject

HUNDRED, THOUSAND, FIVE, SAME = "100 rules", "1,000 rules", "5,000 rules", "1,000 rules, all on the calls of the 100"
COUNTS = (16, 100, 1_000, 5_000)


def rules_of(count: int) -> list[Rule]:
    """The shipped ones, and as many of the pack as make up the number."""
    shipped = shipped_rules()
    return [*shipped, *pack_rules(count - len(shipped))]


class Asked:
    """Implements detect's Findings for a rule set whose every rule holds whenever it is asked."""

    def __init__(self) -> None:
        self.events = self.rules = 0

    def found(self, hits: Sequence[Hit]) -> None:
        """As the protocol says."""
        self.events += 1
        self.rules += len(hits)

    def rejected(self, reject: Reject) -> None:
        """As the protocol says."""


def candidates(rules: Sequence[Rule], objects: Sequence[bytes]) -> Asked:
    """The events that are decoded in full, and how many rules are asked of them in all."""
    ruleset, asked = RuleSet(rules), Asked()
    ruleset._holds = lambda *_: True  # type: ignore[method-assign]  # so that what is asked is what is found
    for data in objects:
        ruleset.evaluate_object(data, max_bytes=CAP, findings=asked)
    return asked


def resident_mb(count: int, data: bytes) -> tuple[float, float]:
    """Memory of a process with so many rules ready, and after it has evaluated this log file."""
    command = [sys.executable, "-m", "benchmarks.many_rules", "--hold", str(count)]
    ready, after = subprocess.run(command, check=True, capture_output=True, input=data).stdout.split()
    return float(ready), float(after)


def hold(count: int) -> None:
    """What such a process does."""
    data = sys.stdin.buffer.read()
    ruleset = RuleSet(rules_of(count))
    ready = peak_mb()
    ruleset.evaluate_object(data, max_bytes=CAP)
    print(ready, peak_mb())


def main() -> None:
    """Race and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=4, help="files of 5,000 events")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--hold", type=int, help="for the processes that this one starts")
    args = parser.parse_args()
    if args.hold:
        hold(args.hold)
        return
    objects = [data for _, data in generate_trail(1, args.files, five_thousand)]
    sets = {HUNDRED: rules_of(100), THOUSAND: rules_of(1_000), FIVE: rules_of(5_000)}
    sets[SAME] = on_the_same_calls(sets[HUNDRED], 10)
    timings = race({name: evaluating(rules, objects) for name, rules in sets.items()}, rounds=args.rounds)
    print(f"{machine()}, median of {args.rounds} paired rounds\n")
    print("| rules | events/s | to 100 rules | events decoded in full | rules asked of an event |")
    print("|---|---:|---:|---:|---:|")
    events = 5_000 * args.files
    for name, rules in sets.items():
        asked = candidates(rules, objects)
        rate, ratio = f"{events / timings.median_s(name):,.0f}", timings.spread(name, HUNDRED)
        print(f"| {name} | {rate} | {ratio} | {asked.events / events:.2%} | {asked.rules / events:.3f} |")
    print("\n| rules | MB with rules ready | MB after 5,000 events |\n|---|---:|---:|")
    for count in COUNTS:
        ready, after = resident_mb(count, objects[0])
        print(f"| {count:,} | {ready:.0f} | {after:.0f} |")


if __name__ == "__main__":
    main()
