"""Whether a sighting of a combination is news: what is remembered goes in, a verdict comes out. Pure.

All that is remembered of a combination is when it was last seen, in event time. Why that is enough, and what follows
for late files, is decision 0107.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from daemon.model import FirstSeen, GroupKey

LATENESS = timedelta(days=1)  # for so long a late file finds remembered what was known at the time of its events
_NEVER = datetime.min.replace(tzinfo=UTC)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Verdict(StrEnum):
    """What a match of a first-seen rule comes to. Only `new` and `overflow` alert."""

    NEW = "new"
    SEEN = "seen"
    LEARNING = "learning"
    OVERFLOW = "first_seen_overflow"


def rule_key(rule_id: str, fields: tuple[str, ...]) -> str:
    """What a rule's memory is kept under: with another id or other fields it begins anew."""
    return _hash([rule_id, fields])


def combination_id(combination: GroupKey) -> str:
    """A short stand-in for what the fields hold, whatever its length."""
    return _hash(combination)


def learned_at(first_seen: FirstSeen, *, began_at: datetime) -> datetime:
    """The event time from which on what is new alerts; without a learning time, any."""
    if not first_seen.learn:
        return _NEVER
    return _FOR_EVER if first_seen.learn >= _FOR_EVER - began_at else began_at + first_seen.learn


def forgotten_before(now: datetime, *, forget: timedelta) -> datetime:
    """What was last seen before then need not be remembered."""
    kept = forget + min(LATENESS, timedelta.max - forget)
    return _NEVER if kept >= now - _NEVER else now - kept


def judge(at: datetime, *, last_at: datetime | None, learned_at: datetime, forget: timedelta) -> Verdict:
    """A sighting at this time, of a combination last seen at `last_at` or never. What was seen later is known too."""
    if last_at is not None and at - last_at <= forget:
        return Verdict.SEEN
    return Verdict.LEARNING if at < learned_at else Verdict.NEW


@dataclass(slots=True, kw_only=True)
class Memory:
    """What one rule remembers, as far as it is asked for. `room`: so many combinations more may be remembered.

    `changed` gathers what must be written down.
    """

    learned_at: datetime
    forget: timedelta
    room: int
    known: Mapping[str, datetime]
    changed: dict[str, datetime] = field(default_factory=dict)

    def see(self, combination: str, at: datetime) -> Verdict:
        """One more sighting, which is remembered from now on if there is room."""
        last_at = self.changed.get(combination) or self.known.get(combination)
        if last_at is None:
            if self.room <= 0:
                return Verdict.OVERFLOW
            self.room -= 1
        verdict = judge(at, last_at=last_at, learned_at=self.learned_at, forget=self.forget)
        self.changed[combination] = at if last_at is None else max(at, last_at)
        return verdict


def _hash(value: object) -> str:
    return sha256(json.dumps(value).encode()).hexdigest()[:32]
