"""What a source is asked for: shards, listings, objects, and the keys that digests are signed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from daemon.errors import SourceUnavailable
from daemon.model import LogObject, PublicKey, Shard


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
