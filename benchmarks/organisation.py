"""What a poll of a large organisation costs beside the bare boto3 calls that it needs: processor time, calls, memory.

`python -m benchmarks.organisation` starts a stand-in for S3 with 500 accounts in 20 regions in a process of its own,
and polls it with the daemon's own source, poller and ledger. What a poll asks is written down, and asked again by boto3
alone, from as many threads.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from benchmarks.s3_server import BUCKET, Bucket, serve
from benchmarks.timing import machine
from daemon.ops.collector import relax_collector
from daemon.record.store import Store, open_store
from daemon.sources.aws import AwsAccess
from daemon.sources.outcome import PollPolicy
from daemon.sources.poll import Poller
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope

_THREADS = 8  # of listing, as the daemon has them
_AWS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}


def keys(accounts: int, regions: int, files: int) -> Iterator[str]:
    """So many log files of each shard, of the last minutes."""
    now = datetime.now(UTC)
    for account in range(accounts):
        for region in range(regions):
            shard = f"AWSLogs/o-exampleorg1/{account:012}/CloudTrail/eu-north-{region + 1}"
            for number in range(files):
                stamp = now - timedelta(minutes=5 * (number + 1))
                name = f"{account:012}_CloudTrail_eu-north-{region + 1}_{stamp:%Y%m%dT%H%MZ}_{number:016}.json.gz"
                yield f"{shard}/{stamp:%Y/%m/%d}/{name}"


@contextmanager
def serving(*numbers: int) -> Iterator[str]:
    """The stand-in, up: its URL."""
    command = [sys.executable, "-m", "benchmarks.organisation", "--serve", *map(str, numbers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


class Watched:
    """A source and its poller; `asked` are the parameters of each request of the last poll."""

    def __init__(self, url: str, store: Store) -> None:
        self.asked: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self._is_noting = True
        access = AwsAccess(
            region="us-east-1", endpoint_url=url, on_request=self._count, new_session=self._session, pool_size=24
        )
        source = S3Source(
            bucket=BUCKET, prefix="", scope=Scope(), clock=_now, max_bytes=1 << 30, access=access, concurrency=_THREADS
        )
        policy = PollPolicy(
            start="-1h",
            poll_every=timedelta(minutes=5),
            lookback=timedelta(hours=1),
            keep_objects=timedelta(days=3),
            concurrency=_THREADS,
        )
        self._poller = Poller(source, store.ledger, clock=_now, scope=Scope(), policy=policy)

    def poll(self, *, is_noting: bool = False) -> int:
        """Poll once; gives how many objects were new."""
        self.calls.clear()
        self._is_noting = is_noting
        outcome = self._poller.poll()
        assert outcome.is_complete, outcome
        return outcome.new_objects

    def _count(self, operation: str) -> None:
        self.calls[operation] += 1

    def _session(self) -> botocore.session.Session:
        session = botocore.session.get_session()
        session.register("provide-client-params.s3.ListObjectsV2", self._note)
        return session

    def _note(self, **given: Any) -> None:
        if self._is_noting:
            self.asked.append(dict(given["params"]))


def bare(url: str, asked: list[dict[str, Any]]) -> None:
    """The same calls by boto3 alone."""
    config = Config(max_pool_connections=24, retries={"mode": "standard", "total_max_attempts": 4})
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=url, config=config)
    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(lambda params: client.list_objects_v2(**params), asked):
            pass


def main() -> None:
    """Race and print the table of benchmarks/README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--regions", type=int, default=20)
    parser.add_argument("--files", type=int, default=6, help="log files a shard")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=3, type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        asyncio.run(serve(Bucket(dict.fromkeys(keys(*args.serve), b""))))
        return
    os.environ |= _AWS
    relax_collector()
    with serving(args.accounts, args.regions, args.files) as url, TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'state.db'}", now=_now())
        watched = Watched(url, store)
        first_s, new = _timed(lambda: watched.poll())
        watched.poll(is_noting=True)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rounds = [(_timed(watched.poll)[0], _timed(lambda: bare(url, watched.asked))[0]) for _ in range(args.rounds)]
        shards, calls = len(store.ledger.shard_states(f"s3://{BUCKET}")), watched.calls["ListObjectsV2"]
        store.close()
    polled_s, bare_s = (median(column) for column in zip(*rounds, strict=True))
    ratio = median(one / other for one, other in rounds)
    print(f"{machine()}\n{shards:,} shards, {new:,} log files in the first poll, median of {args.rounds} rounds\n")
    print("| | |\n|---|---:|")
    print(f"| LIST calls of a poll | {calls:,} ({calls - shards:,} of them find the shards) |")
    print(f"| processor seconds of the first poll | {first_s:.1f} |")
    print(f"| of each further one | {polled_s:.1f} |")
    print(f"| of the same calls by boto3 alone | {bare_s:.1f} |")
    print(f"| poll to bare calls | {ratio:.2f} |")
    print(f"| MB resident after two polls | {peak_mb:.0f} |")


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = run()
    return time.process_time() - began, result


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
