"""Resident memory of a process that evaluates large objects one after the other, and hostile ones.

`python -m benchmarks.memory` starts one process an object and prints its peak; it must not grow with their number.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from isal import igzip

from benchmarks.timing import machine
from benchmarks.trailgen import generate_file
from daemon.model import LogObject

MEGABYTE = 1 << 20
HOSTILE: dict[str, dict[str, Any]] = {
    "300 matched records of 90 KB": {"records": 300, "parts": 9_000},
    "3,000 matched records of 90 KB": {"records": 3_000, "parts": 9_000},
    "8 matched records of 3.6 MB": {"records": 8, "parts": 1_200_000, "part": "{}"},
    "100 matched records of 3.6 MB": {"records": 100, "parts": 1_200_000, "part": "{}"},
}
STAMP = datetime(2026, 3, 2, tzinfo=UTC)
SOME_OBJECT = LogObject(
    bucket="bucket",
    key="key",
    account="111122223333",
    region="us-east-1",
    org_id=None,
    kind="CloudTrail",
    stamped_at=STAMP,
    unique="0123456789abcdef",
    size=1,
    etag="",
    last_modified=STAMP,
    url="s3://bucket/key",
)


def peak_mb() -> float:
    """The largest resident memory of this process so far. Linux only: `ru_maxrss` would count the parent's, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def evaluate(path: Path, *, times: int) -> None:
    """What a measured process does: load the rules, then read and evaluate one object again and again."""
    from benchmarks.rules_for_benchmarks import shipped_rules
    from daemon.detect.ruleset import RuleSet
    from daemon.pipeline import process

    ruleset = RuleSet(shipped_rules())
    print(f"{peak_mb():.0f}", end=" ")
    started = time.process_time()
    for _ in range(times):
        process(SOME_OBJECT, path.read_bytes(), ruleset=ruleset, max_bytes=1 << 30)
    print(f"{peak_mb():.0f} {time.process_time() - started:.1f}")


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


def make_hostile(path: Path, *, records: int, parts: int, part: str = '{"a":"b"}') -> int:
    """Write an object of records that a shipped rule matches, each a list of so many parts; gives its content's size.

    A kilobyte of such gzip decodes to megabytes of objects.
    """
    head = '{"eventVersion":"1.11","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"'
    body = f'"requestParameters":{{"a":[{",".join([part] * parts)}]}}}}'
    each = (f'{head},"eventID":"event-{number}",{body}' for number in range(records))
    whole = f'{{"Records":[{",".join(each)}]}}'.encode()
    path.write_bytes(igzip.compress(whole, 3))
    return len(whole)


def measured(path: Path, *, times: int) -> list[str]:
    """The figures of a process of its own: MB before, MB at most, seconds of processor time."""
    command = [sys.executable, "-m", "benchmarks.memory", "--evaluate", str(path), "--times", str(times)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def main() -> None:
    """Make objects, start a process for each, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluate", type=Path, help="be the measured process")
    parser.add_argument("--times", type=int, default=1)
    args = parser.parse_args()
    if args.evaluate:
        evaluate(args.evaluate, times=args.times)
        return
    print(f"{machine()}\n\n| object | content | times | MB with rules loaded | MB at most | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "object.json.gz"
        for compressed_mb in (1, 10):
            content = make_object(path, compressed_mb=compressed_mb) // MEGABYTE
            for times in (1, 10):
                figures = " | ".join(measured(path, times=times))
                print(f"| {compressed_mb} MB gzip | {content} MB | {times} | {figures} |", flush=True)
        for label, options in HOSTILE.items():
            content = make_hostile(path, **options) // MEGABYTE
            print(f"| {label} | {content} MB | 1 | {' | '.join(measured(path, times=1))} |", flush=True)


if __name__ == "__main__":
    main()
