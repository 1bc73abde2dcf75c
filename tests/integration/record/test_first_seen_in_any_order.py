"""Whatever files the same events come in, in whatever order, how often, and with restarts between: the same is told."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.model import Match
from daemon.record.store import open_store
from tests.doubles.sightings import DAY, HOUR, novelty, record, regions, sighting
from tests.doubles.state_values import NOON

RULE = novelty(learn=7 * DAY)
LEARNED = NOON + 7 * DAY
NOW = NOON + 60 * DAY

# An event is told by its number: where and when it happened follow from it, so that a copy is the same event.
EVENTS = st.lists(st.integers(min_value=0, max_value=150), max_size=25)
REGIONS = 6


def early(number: int) -> Match:
    """Within the learning time."""
    return sighting(f"early-{number}", f"r{number % REGIONS}", of=RULE, at=NOON + number * HOUR)


def later(number: int) -> Match:
    """After it, and within what is remembered."""
    return sighting(f"later-{number}", f"r{number % (2 * REGIONS)}", of=RULE, at=LEARNED + number * 5 * HOUR)


def alerted(files: Sequence[Sequence[Match]], *, restarts: Sequence[bool]) -> Counter[str]:
    """The combinations that alert, and how often."""
    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as room:
        url = f"sqlite:///{Path(room) / 'state.db'}"
        store = open_store(url, now=NOON)
        store.first_seen.begin([RULE], now=NOON)
        for file, is_restarted in zip(files, restarts, strict=True):
            told.update(regions(record(store, *file, now=NOW)))
            if is_restarted:
                store.close()
                store = open_store(url, now=NOW)
                store.first_seen.begin([RULE], now=NOW)
                store.prune(keep_alerts=400 * DAY, keep_objects=3 * DAY, now=NOW)
        store.close()
    return told


def cut(stream: Sequence[Match], size: int) -> list[Sequence[Match]]:
    """Into files."""
    return [stream[start : start + size] for start in range(0, len(stream), size)]


@pytest.mark.no_cover  # slow enough without it
@settings(max_examples=20, deadline=None)
@given(learned=EVENTS, told=EVENTS, data=st.data())
def test_in_any_order_the_same_combinations_alert_and_each_of_them_once(
    learned: list[int], told: list[int], data: st.DataObject
) -> None:
    """What was learned has come before; then new events and copies of old ones come as they like."""
    known = data.draw(st.permutations(list(map(early, learned))))
    again = data.draw(st.lists(st.sampled_from([*map(early, learned), *map(later, told)]))) if learned or told else []
    stream = data.draw(st.permutations([*map(later, told), *again]))
    size = data.draw(st.integers(min_value=1, max_value=7))
    files = [*cut(known, size), *cut(stream, size)]
    restarts = data.draw(st.lists(st.booleans(), min_size=len(files), max_size=len(files)))
    expected = {f"r{number % (2 * REGIONS)}" for number in told} - {f"r{number % REGIONS}" for number in learned}
    assert alerted(files, restarts=restarts) == Counter(expected)
