"""Where a source begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.sources.start import resolve_start
from tests.doubles.trail import NOON


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("auto", NOON - timedelta(hours=1)),
        ("now", NOON),
        ("-1h", NOON - timedelta(hours=1)),
        ("-35d", NOON - timedelta(days=35)),
        ("2026-01-01T02:00:00+02:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_start_becomes_a_time(start: str, expected: datetime) -> None:
    assert resolve_start(start, is_remote=True, now=NOON) == expected


def test_a_folder_is_taken_whole() -> None:
    assert resolve_start("auto", is_remote=False, now=NOON) is None
