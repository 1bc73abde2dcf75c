"""What came of one log file: matches, and the whole as the store records it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.model.events import Event
from daemon.model.objects import LogObject, ObjectState
from daemon.model.rules import Correlation, Rule

GroupKey = tuple[tuple[str, str], ...]  # (field, value) pairs in the order of group_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule said yes to an event. `fields` are the parameters it matched on, masked, as (path, text) pairs.

    `record` is the event's JSON with secrets masked, capped in size: what an alert may store and show.
    """

    rule: Rule
    event: Event
    group: GroupKey
    fields: tuple[tuple[str, str], ...]
    summary: str
    record: Mapping[str, Any]
    combination: GroupKey = ()  # of a rule with `first_seen`: its fields and what they hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """An event that counts for a correlation, as a match of its base of this number, in this group.

    `values` are what the condition's fields hold: texts to be counted, or numbers. `record` is what an alert shows of
    the event: a few parts of it, masked. An event whose time cannot be read (`event.at` is None) never contributes.
    """

    correlation: Correlation
    base: int
    group: GroupKey
    event: Event
    values: tuple[str | float, ...]
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectResult:
    """What came of one object; `reason` is set when it is quarantined. Completed as a whole or not at all.

    `left_out` counts matches and contributions past what is kept of one object. `newest_at` is the newest event's time.
    """

    row_id: int | None  # the ledger's row; None in replay, which keeps no ledger
    object: LogObject
    state: ObjectState
    matches: tuple[Match, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    reason: str | None = None
    events: int = 0
    rejects: int = 0
    left_out: int = 0
    newest_at: datetime | None = None
    is_of_now: bool = False  # though no row of the ledger holds it: no history, whose clock is its events'
    sha256: str | None = None  # hex, of the uncompressed content; None where it was not hashed, or not wholly readable
