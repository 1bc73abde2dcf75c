"""A backlog of small log files in a bucket, worked off by the daemon on one and on two workers, beside bare GETs.

`python -m benchmarks.backlog` starts a stand-in for S3 in a process of its own, reads every object with a plain boto3
loop, and has `trailwarden run --once` list, read, evaluate and record the same objects. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile

from benchmarks.s3_server import BUCKET
from benchmarks.timing import machine

CONFIG = """
sources:
  - {{url: "s3://{bucket}", region: us-east-1, endpoint_url: "http://127.0.0.1:{port}", start: "2020-01-01T00:00:00Z"}}
destinations: [{{name: terminal, type: console}}]
log: {{format: json}}
workers: {workers}
"""
BARE = """
import sys, boto3
from botocore.config import Config
client = boto3.client("s3", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{sys.argv[1]}")
keys = [found["Key"] for page in client.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[2], Prefix="AWSLogs/")
        for found in page.get("Contents", ())]
import time
began, at = time.perf_counter(), time.process_time()
for key in keys:
    client.get_object(Bucket=sys.argv[2], Key=key)["Body"].read()
print(len(keys), time.perf_counter() - began, time.process_time() - at)
"""
_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds of one contender, by the clock and of processors; `server_s` are the stand-in's beside it.

    `peak_mb` is the most that one process of it had resident.
    """

    by_clock_s: float
    cpu_s: float
    peak_mb: float
    server_s: float = 0.0


@contextmanager
def serving(files: int) -> Iterator[tuple[int, int]]:
    """The stand-in, up: its port and its process."""
    command = [sys.executable, "-m", "benchmarks.s3_server", "--files", str(files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield int(server.stdout.readline()), server.pid
        finally:
            server.kill()


def cpu_of(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare(port: int, files: int) -> Run:
    """Read every object with boto3 alone, one after the other, by one thread."""
    stdout, _, used = _run([sys.executable, "-c", BARE, str(port), BUCKET])
    count, by_clock_s, cpu_s = stdout.split()
    assert int(count) == files, f"{count} objects listed"
    return Run(by_clock_s=float(by_clock_s), cpu_s=float(cpu_s), peak_mb=used.ru_maxrss / 1024)


def daemon(port: int, files: int, *, workers: int) -> Run:
    """Work the backlog off; the clock runs from the end of the listing to the end, the processors all the time."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(CONFIG.format(bucket=BUCKET, port=port, workers=workers))
        _, stderr, used = _run([sys.executable, "-m", "daemon", "run", "--once", "-c", str(config)])
    told = [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]
    lines = {line["event"]: line for line in told}
    assert lines.get("cycle done", {}).get("done") == files, stderr[-2000:]
    listed, ended = (datetime.fromisoformat(lines[name]["timestamp"]) for name in ("polled", "cycle done"))
    return Run(
        by_clock_s=(ended - listed).total_seconds(),
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
    )


def _run(command: list[str]) -> tuple[str, str, resource.struct_rusage]:
    """What it printed, and what it and its own processes used; of memory the most that one of them did."""
    with TemporaryFile("w+") as stdout, TemporaryFile("w+") as stderr:
        process = subprocess.Popen(command, env={**os.environ, **_ENVIRONMENT}, stdout=stdout, stderr=stderr)
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0  # waited for
        for stream in (stdout, stderr):
            stream.seek(0)
        return stdout.read(), stderr.read(), used


def main() -> None:
    """Run each in turn, a few times, and print the table of benchmarks/README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    contenders: dict[str, Callable[[int], Run]] = {
        "bare boto3 loop": lambda port: bare(port, args.files),
        "daemon, 1 worker": lambda port: daemon(port, args.files, workers=1),
        "daemon, 2 workers": lambda port: daemon(port, args.files, workers=2),
    }
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    with serving(args.files) as (port, pid):
        for _ in range(args.rounds):
            for name, run in contenders.items():
                before = cpu_of(pid)
                runs[name].append(replace(run(port), server_s=cpu_of(pid) - before))
                print(time.strftime("%H:%M:%S"), name, runs[name][-1], file=sys.stderr)
    show(runs, files=args.files, rounds=args.rounds)


def show(runs: dict[str, list[Run]], *, files: int, rounds: int) -> None:
    """The table."""
    print(f"{machine()}\n{files:,} files, median of {rounds} rounds\n")
    print(
        "| | ms an object by the clock | to bare loop | processor ms an object | stand-in's | processor to bare | MB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    first, *_ = runs.values()
    for name, found in runs.items():
        clock, cpu, server = (
            median(getattr(run, what) for run in found) * 1e3 / files for what in ("by_clock_s", "cpu_s", "server_s")
        )
        peak = max(run.peak_mb for run in found)
        ratio = median(run.by_clock_s / other.by_clock_s for run, other in zip(found, first, strict=True))
        cpu_ratio = median(run.cpu_s / other.cpu_s for run, other in zip(found, first, strict=True))
        print(f"| {name} | {clock:.3f} | {ratio:.2f} | {cpu:.3f} | {server:.3f} | {cpu_ratio:.2f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
