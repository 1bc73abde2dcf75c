"""An edit of the rules is told: what differs from what was told before, in one notice, also over a restart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from daemon.detect.difference import (
    WEAKENING,
    Change,
    ChangeKind,
    Snapshot,
    differences,
    read_snapshot,
    snapshot_of,
    write_snapshot,
)
from daemon.detect.reload import Reload
from daemon.errors import StoreError
from daemon.model import Level, Notice
from daemon.ports import Clock, ToldRules
from daemon.service.notices import Notices

log = structlog.get_logger("trailwarden")

_NAMED = 8  # of each kind
_TITLE = 100
_TRY_AGAIN_AFTER = timedelta(minutes=10)


class RuleEdits:
    """Looks at each reload. What could not be told, be it for want of the store or of room, is told later."""

    def __init__(self, memory: ToldRules, *, notices: Notices, clock: Clock) -> None:
        self._memory = memory
        self._notices = notices
        self._clock = clock
        self._told: str | None = None  # the digest of what people know
        self._try_at: datetime | None = None

    def look(self, told: Reload) -> None:
        """Tell what changed. The very first rule set of a state is remembered and no news."""
        if told.digest == self._told:
            return
        try:
            self._compare(told)
        except StoreError as fault:
            log.error("change of rules not told yet", error=str(fault))

    def _compare(self, told: Reload) -> None:
        before, after = self._before(), snapshot_of(told)
        changes = () if before is None else differences(before, after)
        if changes:
            now = self._clock()
            if self._try_at is not None and self._try_at - _TRY_AGAIN_AFTER <= now < self._try_at:
                return
            if not self._notices.tell(edit_notice(changes, digest=told.digest, before=self._told or "", now=now)):
                self._try_at = now + _TRY_AGAIN_AFTER
                return
        self._memory.keep_snapshot(write_snapshot(after))
        self._told, self._try_at = told.digest, None

    def _before(self) -> Snapshot | None:
        written = self._memory.snapshot()
        try:
            return None if written is None else read_snapshot(written)
        except (ValueError, KeyError, TypeError):  # of a later version: begin anew
            log.warning("what was remembered of the rules cannot be read")
            return None


def edit_notice(changes: Sequence[Change], *, digest: str, before: str, now: datetime) -> Notice:
    """All of an edit in one notice; `changes` come sorted by kind, `before` is the digest of what was told last.

    What is edited there and back and there again is told each time: none of these edits is the like of another.
    """
    counts = [f"{len(list(some))} {kind}" for kind, some in groupby(changes, key=_kind)]
    return Notice(
        reason="rules_changed",
        title=f"Rules changed: {', '.join(counts)}",
        text="\n".join(
            [*_lines(changes), f"Rule set {digest[:12]} is in force now. If you did not do this, find out who did."]
        ),
        level=_level(changes),
        about=f"{before[:12]} to {digest[:12]} at {now:%Y-%m-%dT%H:%MZ}",
    )


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for kind, some in groupby(changes, key=_kind):
        listed = list(some)
        named = "; ".join(_named(change) for change in listed[:_NAMED])
        more = f"; and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
        yield f"{kind.capitalize()}: {named}{more}"


def _named(change: Change) -> str:
    title = change.title if len(change.title) <= _TITLE else f"{change.title[: _TITLE - 1]}…"
    return f"{title} ({change.detail})"


def _level(changes: Sequence[Change]) -> Level:
    kinds = {change.kind for change in changes}
    if not kinds.isdisjoint(WEAKENING):
        return Level.HIGH
    return Level.MEDIUM if ChangeKind.EDITED in kinds else Level.LOW


def _kind(change: Change) -> ChangeKind:
    return change.kind
