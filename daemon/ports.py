"""The seams between the layers: what the pipeline and service ask of sources, store and destinations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from daemon.errors import SourceUnavailable
from daemon.model import (
    Alert,
    Correlation,
    Delivery,
    LogObject,
    Notice,
    ObjectResult,
    ObjectState,
    Plan,
    PublicKey,
    SendOutcome,
    Shard,
)
from daemon.model.activity import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing of a shard. `listed_at` is the server's clock when it began: the next watermark.

    `next_key` is set when it stopped at a limit: where the rest begins. Only without one is it complete.
    `skipped` counts the keys that were passed over, by reason; `first_skipped` names the first of each.
    """

    shard: Shard
    listed_at: datetime
    objects: Sequence[LogObject]
    skipped: dict[str, int] = field(default_factory=dict)
    first_skipped: dict[str, str] = field(default_factory=dict)
    next_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A folder that discovery did not enter (its path, slash at its end), or so many `files` that lie in one."""

    path: str
    reason: str
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The shards a source has now, and what was passed over on the way: counted by reason, and each by its path.

    `faults`: folders of accounts that were denied. `hidden`: these accounts, each as a shard with neither kind nor
    region whose path is the account's folder. `unseen`: prefixes under which there may be shards that are not shown.
    """

    shards: Sequence[Shard]
    skipped: dict[str, int] = field(default_factory=dict)
    faults: Sequence[SourceUnavailable] = ()
    hidden: Sequence[Shard] = ()
    unseen: Sequence[str] = ()
    passed: Sequence[Passed] = ()


class Source(Protocol):
    """A bucket or folder that holds a trail."""

    @property
    def name(self) -> str:
        """The URL without secrets: label of metrics, key of its state."""

    def discover(self) -> Discovery:
        """Find the shards. Raises SourceUnavailable, unless it is only single accounts that are denied."""

    def list_shard(
        self,
        shard: Shard,
        *,
        after: datetime | None,
        limit: int | None = None,
        resume: str | None = None,
        prefix: str = "",
    ) -> Listing:
        """List a shard's objects stamped in the minute of `after` or later (all of them when None), in key order.

        Stops at about `limit` objects, and goes on from `resume`, the `next_key` of the part before.
        `prefix`, a key's beginning within the shard, looks at these alone. Raises SourceUnavailable.
        """

    def get(self, obj: LogObject) -> bytes:
        """Read an object whole. Raises SourceUnavailable, ObjectGone, ObjectTooLarge, ObjectUnreadable."""


class DigestSource(Source, Protocol):
    """A source whose objects come with their metadata: digests carry their signature there."""

    def get_described(self, obj: LogObject) -> tuple[bytes, Mapping[str, str]]:
        """As `get`, with the metadata, names in lower case; empty where there is none, as in a folder."""


class KeyMemory(Protocol):
    """Keeps the public keys of CloudTrail over restarts."""

    def public_keys(self) -> list[PublicKey]:
        """All that are known."""

    def keep_public_keys(self, keys: Sequence[PublicKey]) -> None:
        """Remember these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardState:
    """What the ledger knows of a shard: when its last complete listing and late sweep began (server's clock)."""

    shard: Shard
    listed_at: datetime | None
    swept_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One object as the ledger keeps it."""

    row_id: int
    source: str
    object: LogObject
    state: ObjectState
    reason: str | None
    attempts: int
    seen_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A log file that a source was told of by a queue, before any listing gave it."""

    source: str
    shard: Shard
    object: LogObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What became of arrivals: how many were new, and those that have to wait until a listing shows their shards."""

    new: int
    without_room: tuple[Arrival, ...] = ()


class Ledger(Protocol):
    """Which objects exist, and what became of them."""

    def open_source(self, source: str, *, start_at: datetime | None, now: datetime) -> datetime | None:
        """Remember a source, and give the start it was first opened with.

        Objects stamped before the start are not taken; None sets no bound.
        """

    def shard_states(self, source: str) -> dict[str, ShardState]:
        """The known shards of a source by their path."""

    def record_listing(
        self, source: str, listing: Listing, *, is_sweep: bool, now: datetime, done_before: datetime | None = None
    ) -> int:
        """Insert what is not yet known, or was gone, as pending, and move the watermark; one transaction.

        Gives how many are new.

        With `is_sweep` the sweep's mark moves too. `done_before`: drop done rows whose stamp and LastModified
        are both older than this (design: the sweep's pruning rule).
        """

    def starts(self, names: Collection[str]) -> dict[str, datetime | None]:
        """The start of each of these sources that was opened; it never changes."""

    def record_arrivals(self, arrivals: Sequence[Arrival], *, now: datetime) -> Entered:
        """Insert what is not yet known, or was gone, as pending; one transaction.

        No mark of a shard moves: what a queue tells proves nothing of what else there is. Too many shards that only
        messages told of are refused.
        """

    def is_pending_over(self, names: Collection[str], most: int) -> bool:
        """Whether more than so many objects of these sources are pending, due or not."""

    def pending(self, source: str, *, now: datetime, limit: int, began_at: datetime | None = None) -> list[LedgerRow]:
        """Objects due for work: never tried ones first, then oldest stamp; no paused shard's.

        With `began_at` only what was due by then is tried again: nothing comes twice in one run, however long.

        Where several daemons share the state the rows are claimed for this one, as long as it renews its lease: it is
        given its own again, and never those of another that lives.
        """

    def defer(self, row_id: int, *, due_at: datetime, reason: str) -> None:
        """An environment fault: stays pending, tried again at `due_at`."""

    def pause_shard(self, source: str, path: str, *, until: datetime | None, reason: str) -> None:
        """Take no object of this shard before `until`; None resumes it."""

    def next_due_at(self, source: str) -> datetime | None:
        """When the next pending object of the source falls due; None when nothing is pending."""


class WorkMarks(Protocol):
    """What was being worked on when the program ended without a word, and how often an object may have been why."""

    def mark(self, row_ids: Collection[int]) -> None:
        """These objects are in work from now on, and no others."""

    def marked(self) -> list[int]:
        """The objects that were in work when the process that was at them ended, and are still pending."""

    def still_pending(self, row_ids: Collection[int]) -> set[int]:
        """Those of these objects that nobody has finished."""

    def count_crash(self, row_id: int) -> int:
        """A process ended while it was at this object; gives how often that happened since it was last refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of a shard: the newest stamp and event of the files worked on, and in which hours they came.

    `waits_from` is the newest stamp of what waits to be worked on; each is None when there is none.
    """

    shard: Shard
    listed_at: datetime | None
    heard_at: datetime | None
    event_at: datetime | None
    waits_from: datetime | None
    hours: Hours | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Who is silent: a shard by its path, a whole account without one, the whole source with neither."""

    account: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSilence:
    """A silence, and when people were told of it; None while nobody was."""

    since: datetime
    told_at: datetime | None


class Activity(Protocol):
    """What is heard of shards, and which silences are known. What is heard is learned by the recorder."""

    def heard(self, source: str) -> list[Heard]:
        """Every shard of a source with what was heard of it; one of which nothing was ever worked on too."""

    def began_at(self, source: str) -> datetime | None:
        """When a source was first seen; None when it never was."""

    def silences(self, source: str) -> dict[Whose, ToldSilence]:
        """The silences that are known of a source."""

    def note_silences(self, source: str, noted: Mapping[Whose, ToldSilence | None]) -> None:
        """Write down silences, or that one is over (None), all or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one recording transaction did."""

    new_matches: int
    opened: tuple[Alert, ...]
    completed: frozenset[int] = frozenset()  # the rows, without those that were passed over
    matches_by_rule: dict[str, int] = field(default_factory=dict)  # the new ones, by rule id
    suppressed: dict[str, int] = field(default_factory=dict)  # matches not stored or sent, by reason
    contradicted: tuple[str, ...] = ()  # of events that came inline, what the trail says otherwise, a sentence each


class Recorder(Protocol):
    """The one transaction: matches, alerts, deliveries due and objects done."""

    def complete(
        self,
        results: Sequence[ObjectResult],
        *,
        plans: Sequence[Plan],
        ruleset_digest: str,
        now: datetime,
        correlations: Sequence[Correlation] = (),
    ) -> Recorded:
        """Record whole objects, all or none, and look at those windows of the correlations in force that are due.

        What was completed before, or another daemon has taken over, is passed over.

        `correlations` are given from the lower to the upper: one that is a base of another comes before it.
        """

    def next_look_at(self, correlations: Sequence[Correlation]) -> datetime | None:
        """When windows of these correlations are to be looked at next; None when none waits."""

    def notify(self, notice: Notice, *, plans: Sequence[Plan], now: datetime) -> bool:
        """Record a notice as an alert with its deliveries.

        False when its like was told within the hour, or many others of its reason were.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery and what it tells: one alert, or for a summary every alert held back in that flood."""

    delivery: Delivery
    alerts: tuple[Alert, ...]


class Outbox(Protocol):
    """Deliveries owed."""

    def due(
        self,
        destination: str,
        *,
        now: datetime,
        limit: int,
        drain: bool = False,
        tried: Collection[int] | None = None,
    ) -> list[Parcel]:
        """Due deliveries by level (highest first), then age; children only once their parent was sent.

        Those that are singled out come last. `tried`, unless None, are those that failed since the destination last
        took one, so that it may be away: they come behind these, and the rest by age, from either end in turn, or else
        a message that fails by itself could be every probe. While there are none, nothing is known of the destination:
        what has failed often comes last. With `drain` flood summaries count as due before their minute is over.
        Where several daemons share the state the deliveries are claimed for this one, as ports.Ledger.pending's rows.
        """

    def settle(self, delivery: Delivery, outcome: SendOutcome, *, now: datetime, due_at: datetime | None) -> None:
        """Write down what became of an attempt; `due_at` says when to try again (Retry)."""

    def next_due_at(self, destination: str) -> datetime | None:
        """When something next falls due there; None when nothing is owed."""


class Notifier(Protocol):
    """A destination's adapter. It never retries by itself and never raises for what the outcome types can say."""

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""

    def send(self, parcel: Parcel) -> SendOutcome:
        """Try once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuleFile:
    """The last version of a rule file that loaded without fault."""

    path: str
    digest: str
    content: bytes
    loaded_at: datetime


class Leases(Protocol):
    """What only one of several daemons on one state does at a time. Where there is one daemon it holds everything."""

    @property
    def is_shared(self) -> bool:
        """Whether others may work on this state at the same time."""

    def hold(self, name: str) -> bool:
        """Take this lease if it is free, or go on holding it; False when another daemon has it. Raises StoreError."""

    def renew(self) -> None:
        """Say that this daemon lives: what it holds and has claimed stays its own. Raises StoreError."""


class RuleMemory(Protocol):
    """Keeps each rule file's last good version over restarts."""

    def rule_files(self) -> dict[str, StoredRuleFile]:
        """The stored versions by path."""

    def keep_rule_files(self, *, keep: Sequence[StoredRuleFile], forget: Iterable[str]) -> None:
        """Store these versions and drop those of removed files, in one transaction."""


class Clock(Protocol):
    """The wall clock, handed in so that tests can move it."""

    def __call__(self) -> datetime:
        """Now, aware, UTC."""
