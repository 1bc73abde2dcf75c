"""Resident memory of the whole daemon, on backlogs of different length and size.

`python -m benchmarks.daemon_memory` starts `trailwarden run` on each backlog, waits until it is worked off, and prints
the peak that the kernel saw: it must follow the largest object, not the backlog. Linux only.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.memory import HOSTILE, make_hostile, make_object
from benchmarks.timing import machine
from benchmarks.trailgen import FIRST_STAMP, SHAPES, generate_trail, write_trail

CONFIG = """
sources: [{{url: "file:bucket"}}]
destinations: [{{name: terminal, type: console}}]
http: {{listen: "127.0.0.1:{port}"}}
"""
DEADLINE_S = 600


def large_objects(folder: Path, *, count: int) -> None:
    """So many log files of 10 MB each."""
    make_object(folder / "model", compressed_mb=10)
    copy_model(folder, count=count)


def hostile_objects(folder: Path, *, count: int) -> None:
    """So many log files of large records that a rule matches."""
    make_hostile(folder / "model", **HOSTILE["300 matched records of 90 KB"])
    copy_model(folder, count=count)


def huge_records(folder: Path, *, count: int) -> None:
    """So many log files of records that decode to a hundred megabytes each."""
    make_hostile(folder / "model", **HOSTILE["8 matched records of 3.6 MB"])
    copy_model(folder, count=count)


def copy_model(folder: Path, *, count: int) -> None:
    """The model as so many log files of one shard."""
    shard = "AWSLogs/111122223333/CloudTrail/us-east-1"
    for number in range(count):
        stamp = FIRST_STAMP + timedelta(minutes=5 * number)
        name = f"111122223333_CloudTrail_us-east-1_{stamp:%Y%m%dT%H%MZ}_{number:016}.json.gz"
        path = folder / "bucket" / shard / f"{stamp:%Y/%m/%d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "model", path)


def small_objects(folder: Path, *, count: int) -> None:
    """So many log files as most trails have them."""
    write_trail(generate_trail(1, count, SHAPES["small"].sizes), folder / "bucket")


def done_objects(port: int) -> int:
    """What the daemon says it has finished."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
        lines = page.read().decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("trailwarden_objects_total{"))


def peak_of_daemon(folder: Path, *, objects: int, port: int) -> float:
    """Run the daemon until everything is done; its peak in MB."""
    (folder / "config.yaml").write_text(CONFIG.format(port=port))
    with (folder / "out").open("wb") as out:
        command = [sys.executable, "-m", "daemon", "run", "-c", str(folder / "config.yaml")]
        daemon = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            time.sleep(1)
            try:
                if done_objects(port) >= objects:
                    break
            except OSError:
                continue  # not yet listening
        else:
            raise SystemExit(f"not done within {DEADLINE_S} s; see its output: {(folder / 'out').read_text()[-2000:]}")
        lines = Path(f"/proc/{daemon.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    finally:
        daemon.terminate()
        daemon.wait(30)


def main() -> None:
    """Make each backlog, run the daemon on it, print a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8199)
    args = parser.parse_args()
    print(f"Measured on: {machine()}\n")
    print("| backlog | MB at most |\n|---|---:|")
    for label, make, count in (
        ("1 object of 10 MB", large_objects, 1),
        ("10 objects of 10 MB", large_objects, 10),
        ("2,000 small objects", small_objects, 2_000),
        ("20,000 small objects", small_objects, 20_000),
        ("20 objects of 300 matched records of 90 KB", hostile_objects, 20),
        ("5 objects of 8 matched records of 3.6 MB", huge_records, 5),
    ):
        with TemporaryDirectory(prefix="trailwarden-") as name:
            make(Path(name), count=count)
            peak = peak_of_daemon(Path(name), objects=count, port=args.port)
            print(f"| {label} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
