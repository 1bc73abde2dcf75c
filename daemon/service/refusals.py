"""What the environment refused while log files were read: each waits on its own, and a shard only if all of it is shut.

One object whose key was destroyed must not hold up the readable ones beside it, and a shard of which nothing can be
read must not be asked for every one of its objects at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import structlog

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Notice
from daemon.ports import LedgerRow
from daemon.service.shared import Shared
from daemon.sources.retry import retry_delay
from daemon.trail.keys import shard_path

log = structlog.get_logger("trailwarden")

# A body that broke off says nothing of the objects beside it.
_OF_ONE_OBJECT = {EnvironmentReason.BROKEN_BODY}


@dataclass(slots=True)
class _Shard:
    refused: list[tuple[LedgerRow, SourceUnavailable]] = field(default_factory=list)
    is_read: bool = False

    def is_shut(self) -> bool:
        """Nothing of it could be read, and that is news: it is not just the same objects refused once more."""
        return not self.is_read and any(
            row.attempts == 0 and fault.reason not in _OF_ONE_OBJECT for row, fault in self.refused
        )


class Refusals:
    """Used by the work thread: told of each object read or refused, and settled after each chunk of one source."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._shards: defaultdict[str, _Shard] = defaultdict(_Shard)
        self._shut: Counter[str] = Counter()  # how often in a row a shard was paused

    def read(self, row: LedgerRow) -> None:
        """The environment let us: whatever the content was."""
        self._shards[shard_path(row.object.key)].is_read = True

    def refused(self, row: LedgerRow, fault: SourceUnavailable) -> None:
        """It did not."""
        self._shards[shard_path(row.object.key)].refused.append((row, fault))

    def settle(self) -> None:
        """Put off what was refused, pause the shards that are shut, tell each reason once. Raises StoreError."""
        shards, self._shards = self._shards, defaultdict(_Shard)
        told: set[EnvironmentReason] = set()
        for path, shard in shards.items():
            for row, fault in shard.refused:
                self._put_off(row, fault)
                if fault.reason not in told:
                    told.add(fault.reason)
                    self._tell(row, fault)
            if shard.is_read:
                self._shut.pop(path, None)
            elif shard.is_shut():
                self._pause(path, *shard.refused[0])

    def _put_off(self, row: LedgerRow, fault: SourceUnavailable) -> None:
        shared, reason = self._shared, fault.reason.value
        until = shared.clock() + retry_delay(row.attempts + 1, jitter=shared.jitter())
        shared.store.ledger.defer(row.row_id, due_at=until, reason=reason)
        shared.metrics.poll_errors.labels(row.source, reason).inc()
        log.warning("object put off", key=row.object.key, reason=reason, until=until.isoformat())

    def _pause(self, path: str, row: LedgerRow, fault: SourceUnavailable) -> None:
        shared, reason = self._shared, fault.reason.value
        self._shut[path] += 1
        until = shared.clock() + retry_delay(self._shut[path], jitter=shared.jitter())
        shared.store.ledger.pause_shard(row.source, path, until=until, reason=reason)
        log.warning("shard paused", shard=path, reason=reason, until=until.isoformat())

    def _tell(self, row: LedgerRow, fault: SourceUnavailable) -> None:
        title = f"Log files of {row.source} cannot be read"
        text, about = f"{row.object.url}: {fault}", f"reading {row.source}"
        notice = Notice(reason=fault.reason.value, title=title, text=text, about=about)
        self._shared.notices.tell(notice)
