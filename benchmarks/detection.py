"""Events a second of the whole path (gzip bytes to matches) beside bare gunzip of the same bytes and a naive loop.

`python -m benchmarks.detection` prints the table of benchmarks/README.md for the large shape.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Callable, Sequence

from isal import igzip

from benchmarks.rules_for_benchmarks import on_the_same_calls, pack_rules, shipped_rules, with_other_names
from benchmarks.timing import ROUNDS, Timings, machine, race
from benchmarks.trailgen import five_thousand, generate_trail, measure
from daemon.detect.compile import compile_condition
from daemon.detect.ruleset import RuleSet
from daemon.model import Rule
from daemon.ops.collector import relax_collector
from daemon.trail.inflate import Inflation

CAP = 1 << 30
GUNZIP, DROPPED, PIECES = "isal gunzip", "isal gunzip, a file at a time", "isal gunzip in pieces"
PATH, PACK, SEARCHED = "whole path", "whole path, 60 rules more", "whole path, 64 more that search all text too"
MORE, SAME = "whole path, 10x the rules", "whole path, 10x the rules on the same calls"
HASH, NAIVE = "SHA-256 of the content", "gzip + json + every rule"


def gunzip(data: bytes) -> bytes:
    """What others would call: isal in one go."""
    content: bytes = igzip.decompress(data)  # type: ignore[no-untyped-call]
    return content


def gunzip_each(objects: Sequence[bytes]) -> None:
    """As above, but no content outlives the next, so that its memory is used again."""
    for data in objects:
        gunzip(data)


def evaluating(rules: Sequence[Rule], objects: Sequence[bytes]) -> Callable[[], int]:
    """The whole path, as the daemon and replay run it; gives the number of hits."""
    ruleset = RuleSet(rules)
    return lambda: sum(len(ruleset.evaluate_object(data, max_bytes=CAP).hits) for data in objects)


def naive(rules: Sequence[Rule], objects: Sequence[bytes]) -> Callable[[], int]:
    """The plain way: everything is decoded, every rule asked."""
    predicates = [compile_condition(rule.condition) for rule in rules]

    def run() -> int:
        records = (record for data in objects for record in json.loads(gzip.decompress(data))["Records"])
        return sum(holds(record) for record in records for holds in predicates)

    return run


def main() -> None:
    """Generate, race and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=4, help="files of 5,000 events")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bar", action="store_true", help="only gunzip, and the two that are held against it")
    args = parser.parse_args()
    relax_collector()  # as every command does
    trail = list(generate_trail(args.seed, args.files, five_thousand))
    objects = [data for _, data in trail]
    contents = [gzip.decompress(data) for data in objects]
    rules = shipped_rules()
    pack = [*rules, *pack_rules(60)]
    contenders: dict[str, Callable[[], object]] = {
        GUNZIP: lambda: list(map(gunzip, objects)),
        DROPPED: lambda: gunzip_each(objects),
        PIECES: lambda: [len(piece) for data in objects for piece in Inflation(data, max_bytes=CAP)],
        PATH: evaluating(rules, objects),
        PACK: evaluating(pack, objects),
        SEARCHED: evaluating([*pack, *pack_rules(4, kind="keywords")], objects),
        MORE: evaluating(with_other_names(rules, 10), objects),
        SAME: evaluating(on_the_same_calls(rules, 10), objects),
        HASH: lambda: [hashlib.sha256(content).digest() for content in contents],
        NAIVE: naive(rules, objects),
    }
    hits = contenders[PATH]()
    if (hits, contenders[PACK]()) != (contenders[NAIVE](), naive(pack, objects)()):
        raise SystemExit("the whole path and the naive loop disagree")
    if args.bar:
        contenders = {name: contenders[name] for name in (GUNZIP, PATH, PACK)}
    facts = measure(trail)
    print(f"{machine()}\n{facts}\n{len(rules)} rules, {hits} hits, median of {args.rounds} paired rounds\n")
    print_table(race(contenders, rounds=args.rounds), events=5_000 * args.files)


def print_table(timings: Timings, *, events: int) -> None:
    """One Markdown row a contender: by processor time, and for the bar by the clock, too."""
    others = {GUNZIP: "isal gunzip", DROPPED: "a file at a time", PIECES: "gunzip in pieces", PATH: "whole path"}
    raced = {name: shown for name, shown in others.items() if name in timings.seconds}
    print(
        "| step, one core | events/s |", *(f"to {shown} |" for shown in raced.values()), "to isal gunzip by the clock |"
    )
    print("|---|---:|" + "---:|" * (len(raced) + 1))
    for name in timings.seconds:
        ratios = [timings.spread(name, to) for to in raced]
        columns = " | ".join([*ratios, timings.spread(name, GUNZIP, is_by_clock=True)])
        print(f"| {name} | {events / timings.median_s(name):,.0f} | {columns} |")


if __name__ == "__main__":
    main()
