"""What docs/guarantees.md says it costs: the table by its arithmetic, and that by what really happens."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from daemon.model import LogObject, ObjectResult, ObjectState, Shard
from daemon.ports import Listing
from daemon.record.store import Store, open_store
from daemon.sources.outcome import PollPolicy
from daemon.sources.poll import Poller
from daemon.sources.purpose import LIST_OPERATION, Purpose, purpose_now
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope
from tests.doubles.aws import Bucket, log_key, source_over
from tests.doubles.clock import MovableClock
from tests.doubles.trail import NOON, object_of, shard_of

PAGE = Path(__file__).parents[3] / "docs" / "guarantees.md"
STATE_PAGE = PAGE.with_name("state.md")
POLLS_A_DAY, SWEEPS_A_DAY, FILES_A_DAY = 24 * 12, 4, 100
PRICE_OF_A_LIST = 0.005 / 1000
_ROW = re.compile(r"\| (\d+) accounts?, (\d+) regions \| ([\d,]+) \| ([\d.]+) \| \$([\d,]+) \|")

ROWS = [tuple(float(cell.replace(",", "")) for cell in row) for row in _ROW.findall(PAGE.read_text("utf-8"))]


def lists_a_day(*, accounts: float, shards: float) -> float:
    pages_of_a_sweep = -(-35 * FILES_A_DAY // 1000)
    return POLLS_A_DAY * (shards + 2 * accounts + 2) + SWEEPS_A_DAY * shards * pages_of_a_sweep


@pytest.mark.parametrize(("accounts", "regions", "shards", "a_second", "a_month"), ROWS)
def test_each_line_of_the_table_is_what_its_organisation_costs(
    accounts: float, regions: float, shards: float, a_second: float, a_month: float
) -> None:
    lists = lists_a_day(accounts=accounts, shards=shards)

    assert shards == accounts * regions
    assert a_second == pytest.approx(lists / 86_400, rel=0.1, abs=0.05)
    assert a_month == pytest.approx(30 * lists * PRICE_OF_A_LIST, rel=0.1, abs=0.5)


_BY_WAY = re.compile(
    r"\| ([\d,]+) \| (\d+) \| ([\d,]+) \| ([\d,]+) \| \$([\d.]+) \| ([\d,]+) \| \$([\d.]+) \| \$([\d.]+) \|"
)
BY_WAY = [tuple(float(cell.replace(",", "")) for cell in row) for row in _BY_WAY.findall(PAGE.read_text("utf-8"))]


@pytest.mark.parametrize("row", BY_WAY, ids=lambda row: f"{row[0]:.0f} shards")
def test_polling_and_a_queue_cost_what_the_page_says(row: tuple[float, ...]) -> None:
    shards, accounts, polled, swept, a_month, hourly, hourly_a_month, swept_daily_a_month = row
    a_poll = shards + 2 * accounts + 2
    a_sweep = shards * -(-35 * FILES_A_DAY // 1000)

    assert (polled, swept, hourly) == (288 * a_poll + 4 * a_sweep, 4 * a_sweep, 24 * a_poll + 4 * a_sweep)
    prices = [30 * lists * PRICE_OF_A_LIST for lists in (polled, hourly, 24 * a_poll + a_sweep)]
    assert [a_month, hourly_a_month, swept_daily_a_month] == pytest.approx(prices, abs=0.01)


def test_both_ways_are_told_for_every_size() -> None:
    assert [row[0] for row in BY_WAY] == [1, 120, 10_000]


_BY_FORMULA = re.compile(r"^\| ([^|]+) \| [^|]+ \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)
BY_FORMULA = {
    " ".join(what.split()[:2]).strip(","): (int(polled.replace(",", "")), int(hourly.replace(",", "")))
    for what, polled, hourly in _BY_FORMULA.findall(PAGE.read_text("utf-8"))
}


def test_the_example_follows_its_formulas() -> None:
    accounts, regions, hours, days = 500, 20, 720, 30
    shards = accounts * regions
    looks, files = shards + 2 * accounts + 2, days * shards * FILES_A_DAY
    sweeps = hours // 6 * shards * -(-35 * FILES_A_DAY // 1000)
    sessions = hours * 60 // 45  # a role's credentials are for an hour, and are renewed a quarter before
    assert {
        "LIST, polls": (hours * 12 * looks, hours * looks),
        "LIST, sweeps": (sweeps, sweeps),
        "GET, log": (files, files),
        "LIST, digests": (hours * looks, hours * looks),
        "GET, digests": (hours * shards, hours * shards),
        "`ListPublicKeys`, remembered": (regions, regions),
        "`ReceiveMessage`, ten": (0, files // 10),
        "`DeleteMessageBatch`, as": (0, files // 10),
        "`ListAccounts`, with": (days * accounts // 20, days * accounts // 20),
        "`AssumeRole`, with": (2 * sessions, 3 * sessions),
    } == BY_FORMULA


def test_each_request_is_counted_by_what_it_is_for(bucket: Bucket, tmp_path: Path) -> None:
    shards = [f"AWSLogs/111122223333/CloudTrail/{region}" for region in ("eu-west-1", "us-east-1")]
    clock = MovableClock(datetime.now(UTC))
    bucket.put(*(log_key(f"{clock():%Y%m%dT%H%MZ}", shard=shard) for shard in shards))
    asked: Counter[Purpose] = Counter()

    def on_request(operation: str) -> None:
        asked.update([purpose_now()] if operation == LIST_OPERATION else [])

    with open_store(f"sqlite:///{tmp_path}/state.db", now=clock()) as store:
        source = S3Source(
            bucket=bucket.name,
            prefix="",
            scope=Scope(),
            clock=clock,
            max_bytes=10**6,
            access=bucket.access(on_request=on_request),
        )
        poller = Poller(
            source, store.ledger, clock=clock, scope=Scope(), policy=PollPolicy(start="2020-01-01T00:00:00Z")
        )
        counts = []
        for wait in (timedelta(0), timedelta(0), timedelta(hours=6)):
            clock.advance(wait)
            asked.clear()
            poller.poll()
            counts.append(dict(asked))

    discover = {Purpose.DISCOVER: 4}
    assert counts == [discover | {Purpose.SWEEP: 2}, discover | {Purpose.POLL: 2}, discover | {Purpose.SWEEP: 2}]
    assert purpose_now() is Purpose.OTHER


def test_the_table_has_every_size_of_organisation() -> None:
    assert [row[2] for row in ROWS] == [17, 340, 2000, 10_000]


def test_a_poll_asks_once_a_shard_twice_an_account_and_twice_for_the_root(bucket: Bucket, tmp_path: Path) -> None:
    shards = [
        f"AWSLogs/{account}/CloudTrail/{region}"
        for account in ("111122223333", "444455556666")
        for region in ("eu-west-1", "us-east-1", "us-west-2")
    ]
    bucket.put(*(log_key(f"{datetime.now(UTC):%Y%m%dT%H%MZ}", shard=shard) for shard in shards))
    with open_store(f"sqlite:///{tmp_path}/state.db", now=NOON) as store:
        poller = Poller(
            source_over(bucket),
            store.ledger,
            clock=lambda: datetime.now(UTC),
            scope=Scope(),
            policy=PollPolicy(start="2020-01-01T00:00:00Z"),
        )
        poller.poll()
        bucket.faults.requests.clear()
        poller.poll()

    assert bucket.faults.requests.count("ListObjectsV2") == len(shards) + 2 * 2 + 2


def test_a_finished_file_takes_no_more_of_the_state_than_told(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/state.db", now=NOON) as store:
        store.ledger.open_source("s3://bucket", start_at=None, now=NOON)
        for number in range(50):
            _deliver(store, at=NOON + timedelta(hours=number))

    told = re.search(r"^\| log files in the ledger \| (\d+) \|", STATE_PAGE.read_text("utf-8"), re.MULTILINE)
    assert told
    assert (tmp_path / "state.db").stat().st_size / 10_000 == pytest.approx(int(told[1]), rel=0.15)


def _deliver(store: Store, *, at: datetime) -> None:
    """An hour of ten shards, since what comes in turns fills a database's pages less well than what comes at once."""
    for account in range(10):
        shard = shard_of(f"1111222200{account:02}")
        objects = [_genuine(shard, at + timedelta(minutes=3 * number)) for number in range(20)]
        listing = Listing(shard=shard, listed_at=at, objects=objects)
        store.ledger.record_listing("s3://bucket", listing, is_sweep=False, now=at)
    rows = store.ledger.pending("s3://bucket", now=at, limit=1000)
    done = [ObjectResult(row_id=row.row_id, object=row.object, state=ObjectState.DONE, events=6) for row in rows]
    store.recorder.complete(done, plans=(), ruleset_digest="", now=at)


def _genuine(shard: Shard, stamped_at: datetime) -> LogObject:
    obj = object_of(shard, stamped_at, unique=uuid4().hex[:16], delivered_at=stamped_at + timedelta(seconds=170))
    return replace(obj, size=4321, etag=uuid4().hex)
