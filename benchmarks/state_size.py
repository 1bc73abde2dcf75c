"""How large the state gets: rows and bytes by kind, for organisations of any size, in SQLite and in PostgreSQL.

    .venv/bin/python -m benchmarks.state_size --accounts 4 --reckon 10 100 500

A small organisation is played until retention forgets as much as comes; from its bytes a row larger ones are reckoned.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select

from benchmarks.state_events import MATCHES_AN_ALERT, fill_alerts, fill_contributions, fill_first_seen, real_matches
from benchmarks.state_organisation import BEGIN, HOUR, KEEP_ALERTS, KEEP_OBJECTS, SWEEP, Organisation, Watching
from benchmarks.timing import machine
from daemon.record.digests import KEEP_DIGESTS
from daemon.record.schema import metadata
from daemon.record.store import Store, open_store

DAY = timedelta(days=1)
# What is assumed of an account besides its files; it differs from one organisation to the next more than all else.
ALERTS_A_DAY, CONTRIBUTIONS_A_DAY, COMBINATIONS = 0.2, 200, 200
LATENESS = timedelta(days=1)
ALERTS, ROWS = 400, 8_000  # played, to measure their bytes
KINDS = {
    "log files": ("objects",),
    "shards, and when they were heard": ("shards", "activity"),
    "digests of 4 days": ("digests", "digest_chains"),
    "files that digests name, of an hour": ("digest_files",),
    "alerts": ("alerts", "groups"),
    "matches": ("matches",),
    "messages": ("deliveries",),
    "events that count for correlations": ("contributions", "correlation_groups"),
    "combinations seen": ("first_seen",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of a kind (of the first of its tables) and the bytes of all its tables, with their indexes."""

    rows: int
    size_bytes: int

    @property
    def a_row(self) -> float:
        """Bytes a row."""
        return self.size_bytes / max(self.rows, 1)


def reckoned_rows(
    of: Organisation, *, keep_objects: timedelta = KEEP_OBJECTS, keep_alerts: timedelta = KEEP_ALERTS
) -> dict[str, int]:
    """The most rows of each kind that retention leaves."""
    alerts = round(of.accounts * ALERTS_A_DAY * (keep_alerts / DAY))
    a_shard = KEEP_DIGESTS // HOUR + 1 if of.has_digests else 0
    return {
        "log files": round(of.files_a_day * ((keep_objects + SWEEP) / DAY)),
        "shards, and when they were heard": of.shards,
        "digests of 4 days": of.shards * a_shard,
        "files that digests name, of an hour": of.files_a_day // 24 if of.has_digests else 0,
        "alerts": alerts,
        "matches": alerts * MATCHES_AN_ALERT,
        "messages": alerts * 2,
        "events that count for correlations": round(of.accounts * CONTRIBUTIONS_A_DAY * (LATENESS / DAY)),
        "combinations seen": of.accounts * COMBINATIONS,
    }


def fill(store: Store) -> None:
    """What rules leave: enough of it to know the bytes of a row."""
    templates = real_matches()
    fill_contributions(store, templates[0], contributions=ROWS)
    fill_first_seen(store, templates[0], combinations=ROWS)
    fill_alerts(store, templates, alerts=ALERTS)
    _vacuum(store)


def measure(store: Store, *, empty: Mapping[str, int] | None = None) -> dict[str, Part]:
    """Rows and bytes by kind, less what the tables took when they were `empty`, which does not grow with rows."""
    sizes = {name: size - (empty or {}).get(name, 0) for name, size in table_bytes(store).items()}
    with store.database.reading() as connection:
        rows = {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in metadata.tables.items()
        }
    return {
        kind: Part(rows=rows[tables[0]], size_bytes=sum(sizes.get(name, 0) for name in tables))
        for kind, tables in KINDS.items()
    }


def table_bytes(store: Store) -> dict[str, int]:
    """Of each table with its indexes. SQLite's are its pages, as its own virtual table `dbstat` counts them."""
    query = _PAGES_OF_SQLITE if store.path else _BYTES_OF_POSTGRES
    with store.database.reading() as connection:
        return {name: int(size) for name, size in connection.exec_driver_sql(query)}


_PAGES_OF_SQLITE = (
    "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) WHERE aggregate = TRUE GROUP BY tbl_name"
)
_BYTES_OF_POSTGRES = (
    "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())"
)


def _vacuum(store: Store) -> None:
    """What PostgreSQL's own upkeep does each minute of a day, of which here only a moment passes."""
    if store.path is None:
        with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What was measured in one database. `grown`: bytes in use after each day, and `left` once all is forgotten.

    `held` is what the database takes on its disk in the end.
    """

    parts: dict[str, Part]
    grown: list[int]
    left: int
    held: int
    seconds: float


def measured(url: str, of: Organisation, *, days: int) -> Played:
    """Play an organisation in an empty database."""
    began_s, grown = time.monotonic(), []
    with open_store(url, now=BEGIN) as store:
        empty = table_bytes(store)
        watching = Watching(store, of)
        for _ in range(days):
            for _ in range(DAY // SWEEP):
                watching.go_on()
                _vacuum(store)
            grown.append(sum(table_bytes(store).values()))
        watching.name_an_hour(watching.now - HOUR)
        fill(store)
        parts = measure(store, empty=empty)
        watching.forget_all()
        _vacuum(store)
        left = sum(table_bytes(store).values())
    with open_store(url, now=BEGIN) as store:  # SQLite's log is in the file by now
        held = store.counts().state_bytes
    return Played(parts=parts, grown=grown, left=left, held=held, seconds=time.monotonic() - began_s)


def reckoned_bytes(parts: Mapping[str, Part], of: Organisation, **retention: timedelta) -> dict[str, float]:
    """Of each kind, by the bytes a row that were measured."""
    return {kind: rows * parts[kind].a_row for kind, rows in reckoned_rows(of, **retention).items()}


def main() -> None:
    """Print tables for a page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--reckon", type=int, nargs="*", default=[10, 100, 500])
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    of = Organisation(accounts=asked.accounts)
    print(machine())
    played: dict[str, Played] = {}
    for name in [asked.only] if asked.only else ["sqlite", "postgresql"]:
        with _empty(name) as url:
            played[name] = measured(url, of, days=asked.days)
        _print_played(name, played[name], of)
    _print_kinds(played, [Organisation(accounts=each) for each in asked.reckon])


@contextmanager
def _empty(name: str) -> Iterator[str]:
    if name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/state.db"
        return
    from tests.doubles import postgres  # a server of the package for tests

    with postgres.database() as url:
        yield url


def _print_played(name: str, played: Played, of: Organisation) -> None:
    size = f"{of.accounts} accounts, {of.shards} shards, {of.files_a_day:,} files a day"
    grown = ", ".join(f"{each / 1e6:.1f}" for each in played.grown)
    most = sum(part.size_bytes for part in played.parts.values())
    print(f"\n{name}: {size}; {played.seconds:.0f} s")
    print(f"MB in use after each day: {grown}; with what rules left: {most / 1e6:.1f}")
    print(f"once all was forgotten: {played.left / 1e6:.1f} in use, {played.held / 1e6:.1f} on the disk", flush=True)


def _print_kinds(played: Mapping[str, Played], sizes: Sequence[Organisation]) -> None:
    print(
        "\n| | "
        + " | ".join([*(f"{name}, bytes a row" for name in played), *(f"rows, {_name(each)}" for each in sizes)])
        + " |"
    )
    print("|---|" + "---:|" * (len(played) + len(sizes)))
    for kind in KINDS:
        a_row = [f"{each.parts[kind].a_row:,.0f}" for each in played.values()]
        rows = [f"{reckoned_rows(each)[kind]:,}" for each in sizes]
        print(f"| {kind} | " + " | ".join(a_row + rows) + " |")
    print("\n| MB | " + " | ".join(map(_name, sizes)) + " |\n|---|" + "---:|" * len(sizes))
    for name, each in played.items():
        for told, changes, retention in _CASES:
            totals = [sum(reckoned_bytes(each.parts, replace(of, **changes), **retention).values()) for of in sizes]
            print(f"| {name}{told} | " + " | ".join(f"{total / 1e6:,.0f}" for total in totals) + " |")


_CASES: tuple[tuple[str, dict[str, bool], dict[str, timedelta]], ...] = (
    ("", {}, {}),
    (", `digest: off`", {"has_digests": False}, {}),
    (", `keep_objects: 14d`", {}, {"keep_objects": 14 * DAY}),
    (", `keep_alerts: 90d`", {}, {"keep_alerts": 90 * DAY}),
)


def _name(of: Organisation) -> str:
    return f"{of.accounts} accounts"


if __name__ == "__main__":
    main()
