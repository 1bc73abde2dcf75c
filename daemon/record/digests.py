"""What proof of completeness remembers: chains, digests that were looked at, files they name, keys of CloudTrail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from daemon.model import (
    ChainState,
    CheckedDigest,
    DigestOutcome,
    Finding,
    Head,
    KnownFile,
    ListedFile,
    LogObject,
    ObjectState,
    Outstanding,
    Proof,
    PublicKey,
    Settlement,
)
from daemon.record.dialect import insert_missing, replace_rows
from daemon.record.digest_tables import digest_chains, digest_files, digest_findings, digest_keys, digests
from daemon.record.engine import Database
from daemon.record.findings import add_findings, tell, untold_findings
from daemon.record.ledger import select_ledger_rows
from daemon.record.rows import ledger_row
from daemon.record.schema import objects, shards, sources
from daemon.trail.keys import LogKey, parse_key

T = TypeVar("T")
_CHUNK = 500
KEEP_DIGESTS = timedelta(days=4)  # longer than listings look back: what was looked at is not looked at again
KEEP_FINDINGS = timedelta(days=60)  # longer than any listing reaches back


class SqlDigests:
    """Implements ports.DigestLedger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def began_at(self, source: str) -> tuple[bool, datetime | None]:
        """Whether the ledger knows the source, and the start from which on it is watched."""
        with self._database.reading() as connection:
            row = connection.execute(select(sources.c.start_at).where(sources.c.name == source)).one_or_none()
        return row is not None, row.start_at if row is not None else None

    def chains(self, source: str) -> dict[str, ChainState]:
        """How far each chain of a source is proved, by its name."""
        query = select(digest_chains).where(digest_chains.c.source_id == _source_id(source))
        with self._database.reading() as connection:
            return {row.name: _chain(row) for row in connection.execute(query)}

    def checked(self, source: str, keys: Collection[str]) -> dict[str, tuple[str, DigestOutcome]]:
        """Those of these digests that were looked at: their etag then, and what became of them."""
        found: dict[str, tuple[str, DigestOutcome]] = {}
        with self._database.reading() as connection:
            for some in _chunks(keys):
                query = select(digests).where(digests.c.source_id == _source_id(source), digests.c.key.in_(some))
                for row in connection.execute(query):
                    found[row.key] = (row.etag, DigestOutcome(row.outcome))
        return found

    def record(self, source: str, checked: CheckedDigest, *, now: datetime) -> int:
        """Write down one digest with all that it says, in one transaction. Gives how many findings are new."""
        with self._database.writing() as connection:
            source_id = _number(connection, source)
            row = {
                "source_id": source_id,
                "key": checked.key,
                "etag": checked.etag,
                "outcome": checked.outcome.value,
                "checked_at": now,
                "files": len(checked.files),
            }
            connection.execute(replace_rows(connection, digests, key=("source_id", "key")), row)
            for some in _chunks(checked.files):
                rows = [_outstanding_row(source_id, each) for each in some]
                connection.execute(insert_missing(connection, digest_files), rows)
            if checked.chain is not None:
                chain = _chain_row(source_id, checked.chain)
                connection.execute(replace_rows(connection, digest_chains, key=("source_id", "name")), chain)
            return add_findings(connection, source_id, checked.findings, now=now)

    def outstanding(self, source: str, *, after: str, limit: int) -> list[Outstanding]:
        """Files that digests name and that are not settled, by key, those after `after`."""
        here = (digest_files.c.source_id == _source_id(source)) & (digest_files.c.key > after)
        query = select(digest_files).where(here).order_by(digest_files.c.key).limit(limit)
        with self._database.reading() as connection:
            return [_outstanding(row) for row in connection.execute(query)]

    def count_outstanding(self, source: str) -> int:
        """How many files are named and not seen in the bucket."""
        missed = (digest_files.c.source_id == _source_id(source)) & digest_files.c.missed_at.is_not(None)
        with self._database.reading() as connection:
            query = select(func.count()).select_from(digest_files).where(missed)
            return int(connection.execute(query).scalar_one())

    def known(self, source: str, keys: Iterable[str]) -> dict[str, KnownFile]:
        """What the ledger knows of these log files, by key."""
        wanted: dict[str, dict[tuple[datetime, str], str]] = defaultdict(dict)
        for key in keys:
            parts = parse_key(key)
            if isinstance(parts, LogKey):
                wanted[parts.shard_path][parts.stamped_at, parts.unique] = key
        found: dict[str, KnownFile] = {}
        with self._database.reading() as connection:
            for path, names in wanted.items():
                for stamps in _chunks({stamp for stamp, _ in names}):
                    for row in connection.execute(_rows_stamped(source, path, stamps)):
                        if (key := names.get((row.stamped_at, row.unique_part), "")) != "":
                            found[key] = _known(row)
        return found

    def settle(self, source: str, settlement: Settlement, *, now: datetime) -> int:
        """Write down what became of files, in one transaction. Gives how many findings are new."""
        with self._database.writing() as connection:
            source_id = _number(connection, source)
            proofs = [{"row_id": row_id, "said": proof.value} for row_id, proof in settlement.proofs.items()]
            if proofs:
                one = update(objects).where(objects.c.id == bindparam("row_id"))
                connection.execute(one.values(proof=bindparam("said")), proofs)
            here = digest_files.c.source_id == source_id
            for some in _chunks(settlement.settled):
                connection.execute(delete(digest_files).where(here, digest_files.c.key.in_(some)))
            for some in _chunks(settlement.missed):
                is_first = digest_files.c.missed_at.is_(None)
                query = update(digest_files).where(here, is_first, digest_files.c.key.in_(some))
                connection.execute(query.values(missed_at=now))
            return add_findings(connection, source_id, settlement.findings, now=now)

    def not_vouched(
        self,
        source: str,
        path: str,
        *,
        stamped: tuple[datetime, datetime],
        delivered_before: datetime,
        seen_before: datetime,
        limit: int,
    ) -> list[tuple[int, LogObject]]:
        """Log files of a shard that were read and that no digest has named; with their rows' numbers."""
        here = (shards.c.path == path) & (sources.c.name == source)
        is_stamped = (objects.c.stamped_at >= stamped[0]) & (objects.c.stamped_at <= stamped[1])
        is_idle = (objects.c.last_modified <= delivered_before) & (objects.c.seen_at <= seen_before)
        is_there = objects.c.state.in_((ObjectState.DONE.value, ObjectState.QUARANTINED.value))
        query = select_ledger_rows().where(here, is_stamped, is_idle, is_there, objects.c.proof.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(objects.c.stamped_at, objects.c.id).limit(limit))
            return [(row.id, ledger_row(row).object) for row in rows]

    def untold(self, *, limit: int) -> list[tuple[str, Finding]]:
        """Findings that no rule has looked at, oldest first, with their ids."""
        with self._database.reading() as connection:
            return untold_findings(connection, limit=limit)

    def tell(self, event_ids: Sequence[str], *, now: datetime) -> None:
        """Rules have looked at these, and what came of it is recorded."""
        with self._database.writing() as connection:
            tell(connection, event_ids, now=now)

    def public_keys(self) -> list[PublicKey]:
        """The keys of CloudTrail that AWS gave so far."""
        with self._database.reading() as connection:
            return [PublicKey(**row._mapping) for row in connection.execute(select(digest_keys))]

    def keep_public_keys(self, keys: Sequence[PublicKey]) -> None:
        """Remember these."""
        rows = [{column.name: getattr(key, column.name) for column in digest_keys.c} for key in keys]
        if rows:
            with self._database.writing() as connection:
                connection.execute(replace_rows(connection, digest_keys, key=("region", "fingerprint")), rows)


def prune_digests(database: Database, *, now: datetime) -> None:
    """Forget digests that no listing looks back to, and findings that were told long ago."""
    is_told = digest_findings.c.told_at < now - KEEP_FINDINGS
    with database.writing() as connection:
        connection.execute(delete(digests).where(digests.c.checked_at < now - KEEP_DIGESTS))
        connection.execute(delete(digest_findings).where(is_told))


def _source_id(source: str) -> Any:
    return select(sources.c.id).where(sources.c.name == source).scalar_subquery()


def _rows_stamped(source: str, path: str, stamps: Collection[datetime]) -> Select[Any]:
    shard = select(shards.c.id).where(shards.c.source_id == _source_id(source), shards.c.path == path)
    named = (objects.c.stamped_at, objects.c.unique_part, objects.c.id, objects.c.state, objects.c.reason)
    query = select(*named, objects.c.content_sha256, objects.c.proof)
    return query.where(objects.c.shard_id == shard.scalar_subquery(), objects.c.stamped_at.in_(stamps))


def _known(row: Any) -> KnownFile:
    return KnownFile(
        row_id=row.id,
        state=ObjectState(row.state),
        reason=row.reason,
        sha256=None if row.content_sha256 is None else row.content_sha256.hex(),
        proof=None if row.proof is None else Proof(row.proof),
    )


def _chain(row: Any) -> ChainState:
    head = Head(key=row.key, sha256=row.sha256, signature=row.signature, ended_at=row.ended_at)
    return ChainState(name=row.name, log_path=row.log_path, began_at=row.began_at, head=head)


def _chain_row(source_id: int, chain: ChainState) -> dict[str, Any]:
    head = chain.head
    return {
        "source_id": source_id,
        "name": chain.name,
        "log_path": chain.log_path,
        "began_at": chain.began_at,
        "ended_at": head.ended_at,
        "key": head.key,
        "sha256": head.sha256,
        "signature": head.signature,
    }


def _outstanding(row: Any) -> Outstanding:
    return Outstanding(
        file=ListedFile(bucket=row.bucket, key=row.key, sha256=row.sha256),
        digest_key=row.digest_key,
        trail=row.trail,
        ended_at=row.ended_at,
        missed_at=row.missed_at,
    )


def _outstanding_row(source_id: int, each: Outstanding) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "key": each.file.key,
        "bucket": each.file.bucket,
        "sha256": each.file.sha256,
        "digest_key": each.digest_key,
        "trail": each.trail,
        "ended_at": each.ended_at,
        "missed_at": None,
    }


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _number(connection: Connection, source: str) -> int:
    return int(connection.execute(select(sources.c.id).where(sources.c.name == source)).scalar_one())
