"""The state store opened: the place checked, the lock taken, the schema brought up to date, the ports put together."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

from daemon.errors import StoreError
from daemon.model import Alert, Correlation, Delivery, DeliveryState, Level, ObjectState
from daemon.ports import LedgerRow
from daemon.record import queries
from daemon.record.activity import SqlActivity
from daemon.record.answers import SqlAnswers
from daemon.record.counts import StateCounts, count
from daemon.record.dialect import stored_bytes
from daemon.record.digests import SqlDigests, prune_digests
from daemon.record.engine import Database
from daemon.record.events import StoredEvent, find_event
from daemon.record.first_seen import keep_all
from daemon.record.hearsay import SqlHearsay
from daemon.record.iter_firings import StoredFiring, iter_firings
from daemon.record.learning import SqlFirstSeen
from daemon.record.leases import SqlLeases
from daemon.record.ledger import SqlLedger
from daemon.record.marks import SqlMarks
from daemon.record.matches import StoredMatch, iter_matches
from daemon.record.migrate import is_made, refuse_foreign, require_current, upgrade
from daemon.record.outbox import SqlOutbox
from daemon.record.overview import SourceStanding, stand
from daemon.record.place import InstanceLock, make_folder, refuse_folder, refuse_network_files
from daemon.record.postgres_engine import is_postgres, open_database
from daemon.record.recorder import SqlRecorder
from daemon.record.removed import set_removed_aside
from daemon.record.retention import Pruned, prune
from daemon.record.revive import retry_deliveries
from daemon.record.rule_files import SqlRuleMemory
from daemon.record.settings import Access as Access
from daemon.record.settings import Settings as Settings
from daemon.record.sqlite_engine import DURABLE, HINTS, LOOKING, SCRATCH, sqlite_engine

_SQLITE = "sqlite:///"


class Store:
    """The ports of the state over one database; close it when done. `path` is SQLite's file."""

    def __init__(
        self, database: Database, *, path: Path | None, settings: Settings, lock: InstanceLock | None, is_new: bool
    ) -> None:
        self.database = database
        self.path = path
        self.is_new = is_new
        self.ledger = SqlLedger(database)
        self.recorder = SqlRecorder(
            database,
            make_id=settings.make_id,
            match_cap=settings.match_cap,
            is_history=settings.is_history,
            sift=settings.sift,
            late_after=settings.late_after,
        )
        self.outbox = SqlOutbox(database)
        self.activity = SqlActivity(database)
        self.first_seen = SqlFirstSeen(database)
        self.rules = SqlRuleMemory(database)
        self.leases = SqlLeases(database)
        self.marks = SqlMarks(database)
        self.digests = SqlDigests(database)
        self.hearsay = SqlHearsay(database)
        self.answers = SqlAnswers(database)
        self._lock = lock

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is held, close the connections, let the next daemon in."""
        with suppress(StoreError):  # a database that is away forgets us by itself
            self.leases.release()
        self.database.close()
        if self._lock is not None:
            self._lock.release()

    def iter_matches(self, *, with_last_seen: bool = False) -> Iterator[StoredMatch]:
        """Every match that alerted by event time, event id and rule id, streamed."""
        return iter_matches(self.database, with_last_seen=with_last_seen)

    def iter_firings(self, correlations: Sequence[Correlation]) -> Iterator[StoredFiring]:
        """Every burst of these correlations by time, event id and rule id."""
        return iter_firings(self.database, correlations)

    def counts(self, *, now: datetime | None = None) -> StateCounts:
        """What the gauges show; by `now`, if given, what waits for its time does not count before that."""
        return count(self.database, state_bytes=self._bytes(), now=now)

    def _bytes(self) -> int:
        if self.path is None:
            with self.database.reading() as connection:
                return stored_bytes(connection)
        parts = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    def prune(self, *, keep_alerts: timedelta, keep_objects: timedelta, now: datetime) -> Pruned:
        """Forget old alerts and matches."""
        prune_digests(self.database, now=now)
        return prune(self.database, keep_alerts=keep_alerts, keep_objects=keep_objects, now=now)

    def list_alerts(
        self, *, now: datetime, limit: int = 50, with_notices: bool = False, min_level: Level = Level.INFORMATIONAL
    ) -> list[Alert]:
        """The newest alerts."""
        return queries.list_alerts(self.database, now=now, limit=limit, with_notices=with_notices, min_level=min_level)

    def alert_ids(self, *, beginning: str) -> list[str]:
        """The ids that begin so, a few of them if there are many; the one only where it is a whole id."""
        return queries.alert_ids(self.database, beginning=beginning)

    def find_alert(self, alert_id: str, *, now: datetime) -> tuple[Alert, list[Delivery]] | None:
        """One alert with its deliveries."""
        return queries.find_alert(self.database, alert_id, now=now)

    def find_event(self, event_id: str, *, now: datetime) -> StoredEvent | None:
        """What is kept of one event that some rule matched."""
        return find_event(self.database, event_id, now=now)

    def list_deliveries(self, *, state: DeliveryState | None = None, limit: int | None = 50) -> list[Delivery]:
        """The newest deliveries."""
        return queries.list_deliveries(self.database, state=state, limit=limit)

    def sources(self) -> list[SourceStanding]:
        """How each source and each of its shards stands."""
        return stand(self.database)

    def set_removed_aside(self, configured: Collection[str], *, now: datetime) -> dict[str, int]:
        """Make dead what is owed to destinations that are not among these; gives how many deliveries by name."""
        return set_removed_aside(self.database, configured=configured, now=now)

    def retry_deliveries(self, ids: Collection[int] | None, *, now: datetime) -> int:
        """Put dead deliveries of configured destinations back to due, all of them when None."""
        return retry_deliveries(self.database, ids, now=now)

    def list_objects(self, *, states: Collection[ObjectState], limit: int = 50) -> list[LedgerRow]:
        """The newest objects of these states."""
        return queries.list_objects(self.database, states=states, limit=limit)

    def retry_objects(self, keys: Sequence[str], *, all_quarantined: bool, now: datetime) -> tuple[int, list[str]]:
        """Make objects due again; gives how many, and the names that fit nothing."""
        return queries.retry_objects(self.database, keys, all_quarantined=all_quarantined, now=now)


def open_store(
    url: str,
    *,
    now: datetime,
    access: Access = Access.OWN,
    settings: Settings | None = None,
    password: Callable[[], str] | None = None,
) -> Store:
    """Open the state at `sqlite:///path` (or `sqlite:////absolute/path`), or `postgresql+psycopg://…`.

    `password`: PostgreSQL's, asked for at each connection, where the URL has none. Raises StoreLocked, StoreError.
    """
    settings = settings or Settings()
    if is_postgres(url):
        return _open_postgres(url, now=now, access=access, settings=settings, password=password)
    path = sqlite_path(url)
    refuse_folder(path)
    if access is Access.OWN:
        return _open_own(path, now=now, settings=settings)
    if not path.exists():
        raise StoreError(f"{path}: there is no state yet; start the daemon first, or name the right file in state.url")
    database = _database(path, settings=settings, pragmas=LOOKING if access is Access.READ else DURABLE)
    try:
        require_current(database)
    except BaseException:
        database.close()
        raise
    return Store(database, path=path, settings=settings, lock=None, is_new=False)


def open_scratch_store(*, now: datetime, folder: Path | None = None, settings: Settings | None = None) -> ScratchStore:
    """A store to throw away, for replay: in a temporary file that goes when it is closed, without any durability."""
    kept = settings or Settings(match_cap=None, sift=keep_all, is_history=True)
    room = tempfile.TemporaryDirectory(prefix="trailwarden-", dir=folder)
    path = Path(room.name) / "scratch.db"
    path.touch()
    database = _database(path, settings=kept, pragmas=SCRATCH)
    upgrade(database, now=now)
    return ScratchStore(database, path=path, settings=kept, room=room)


class ScratchStore(Store):
    """A store whose file is deleted with it."""

    def __init__(
        self, database: Database, *, path: Path, settings: Settings, room: tempfile.TemporaryDirectory[str]
    ) -> None:
        super().__init__(database, path=path, settings=settings, lock=None, is_new=True)
        self._room = room

    def close(self) -> None:
        """Close and delete."""
        super().close()
        self._room.cleanup()


def has_state(url: str, *, password: Callable[[], str] | None = None) -> bool:
    """Whether a daemon has made a state there already. Raises StoreError, also when nobody can say."""
    if not is_postgres(url):
        return os.path.exists(sqlite_path(url))
    with closing(_postgres(url, access=Access.READ, settings=Settings(), password=password)) as database:
        return is_made(database)


def sqlite_path(url: str) -> Path:
    """The file that a state URL names. Raises StoreError for what is no SQLite URL."""
    if not url.startswith(_SQLITE) or not (name := url.removeprefix(_SQLITE)) or name.startswith(":memory:"):
        raise StoreError(
            "state.url: must be sqlite:///path of a file (four slashes for an absolute path),"
            " or postgresql+psycopg://user:password@host/database"
        )
    return Path(name)


def _open_postgres(
    url: str, *, now: datetime, access: Access, settings: Settings, password: Callable[[], str] | None
) -> Store:
    database = _postgres(url, access=access, settings=settings, password=password)
    try:
        is_new = False
        if access is Access.OWN:
            is_new = upgrade(database, now=now)
        elif not is_made(database):
            raise StoreError(f"{database.name}: there is no state yet; start the daemon first")
        else:
            require_current(database)
    except BaseException:
        database.close()
        raise
    return Store(database, path=None, settings=settings, lock=None, is_new=is_new)


def _postgres(url: str, *, access: Access, settings: Settings, password: Callable[[], str] | None) -> Database:
    return open_database(
        url,
        password=password,
        is_daemon=access is Access.OWN,
        is_looking=access is Access.READ,
        lock_timeout_s=settings.busy_timeout_s,
        lease=settings.lease,
    )


def _open_own(path: Path, *, now: datetime, settings: Settings) -> Store:
    refuse_network_files(path)
    if path.exists():
        _look(path, settings=settings)
    make_folder(path)
    lock = InstanceLock(path)
    try:
        _create(path)
        database = _database(path, settings=settings, pragmas=DURABLE)
        try:
            is_new = upgrade(database, now=now)
        except BaseException:
            database.close()
            raise
    except BaseException:
        lock.release()
        raise
    return Store(database, path=path, settings=settings, lock=lock, is_new=is_new)


def _look(path: Path, *, settings: Settings) -> None:
    """Whether it is a state at all, before a lock is laid beside it and its journal is changed."""
    database = _database(path, settings=settings, pragmas=LOOKING)
    try:
        refuse_foreign(database)
    finally:
        database.close()


def _create(path: Path) -> None:
    try:
        path.touch(mode=0o660)  # what it tells of a company's accounts is not for everybody; umask decides on the group
    except OSError as exc:
        raise StoreError(f"{path}: {exc.strerror}; give this user write permission to it and to its folder") from exc


def _database(path: Path, *, settings: Settings, pragmas: dict[str, str]) -> Database:
    engine = sqlite_engine(path, busy_timeout_s=settings.busy_timeout_s, pragmas=pragmas)
    return Database(engine, name=str(path), hints=HINTS)
