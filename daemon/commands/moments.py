"""How the commands write an instant: UTC, to the second, as CloudTrail writes it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """`2026-01-02T03:04:05Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
