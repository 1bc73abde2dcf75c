from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.sources.inputs.window import Window, parse_moment

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_window_takes_its_beginning_and_leaves_its_end() -> None:
    window = Window(since=NOW, until=NOW + timedelta(hours=1))
    assert window.covers(NOW)
    assert not window.covers(NOW + timedelta(hours=1))
    assert not window.covers(NOW - timedelta(seconds=1))
    assert window.covers(None)


def test_a_window_may_reach_to_either_end_of_the_calendar() -> None:
    window = Window(since=datetime.min.replace(tzinfo=UTC), until=datetime.max.replace(tzinfo=UTC))
    assert window.may_hold(NOW)
    assert window.stamped_from is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("-7d", NOW - timedelta(days=7)),
        ("-90m", NOW - timedelta(minutes=90)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
    ],
)
def test_moments_are_written_as_people_do(text: str, moment: datetime) -> None:
    assert parse_moment(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "-7", "7d", "-999999w", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="write -7d, 2026-01-31"):
        parse_moment(text, now=NOW)
