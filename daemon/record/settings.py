"""What the store is told: who opens it, and by which bounds it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from daemon.record.engine import LEASE
from daemon.record.first_seen import Sift, sift
from daemon.record.grow import LATE_AFTER
from daemon.record.ids import MakeId, new_id

MATCH_CAP = 1000  # matches stored a rule and object


class Access(StrEnum):
    """OWN: the daemon, alone on SQLite and one of several on PostgreSQL. SHARE: a command that writes beside it.

    READ: a command that only looks.
    """

    OWN = "own"
    SHARE = "share"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the store is told, apart from where it lies."""

    match_cap: int | None = MATCH_CAP
    make_id: MakeId = new_id
    busy_timeout_s: float = 30.0
    lease: timedelta = LEASE  # where several daemons share the state: a dead one is taken for dead after so long
    sift: Sift = sift
    late_after: timedelta = LATE_AFTER  # how old an alert's events are when it counts as late
    is_history: bool = False  # correlations are looked at once at the end, when all has come
