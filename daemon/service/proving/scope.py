"""Which log files of a manifest concern us: watched by kind, account and region, and not from before the start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from daemon.trail.keys import LogKey, Scope, parse_key


def wanted_by(scope: Scope, *, start_at: datetime | None) -> Callable[[str], bool]:
    """Whether the ledger should know of a key."""
    first = None if start_at is None else start_at.replace(second=0, microsecond=0)

    def is_wanted(key: str) -> bool:
        parts = parse_key(key)
        if not isinstance(parts, LogKey) or (first is not None and parts.stamped_at < first):
            return False
        return scope.refusal(account=parts.account, kind=parts.kind, region=parts.region) is None

    return is_wanted
