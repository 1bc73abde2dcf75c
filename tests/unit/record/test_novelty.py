from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import FirstSeen
from daemon.record.novelty import Memory, Verdict, combination_id, forgotten_before, judge, learned_at, rule_key

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
FORGET = 90 * DAY


def memory(*, room: int = 100, learned_at: datetime = NEVER, **known: datetime) -> Memory:
    return Memory(learned_at=learned_at, forget=FORGET, room=room, known=known)


@pytest.mark.parametrize(
    ("last_at", "verdict"),
    [
        pytest.param(None, Verdict.NEW, id="never"),
        pytest.param(NOON, Verdict.SEEN, id="at the same moment"),
        pytest.param(NOON - FORGET, Verdict.SEEN, id="just within what is not forgotten"),
        pytest.param(NOON - FORGET - timedelta(seconds=1), Verdict.NEW, id="so long ago that it is forgotten"),
        pytest.param(NOON + 400 * DAY, Verdict.SEEN, id="later, since this one comes late"),
    ],
)
def test_what_is_known_depends_on_when_it_was_last_seen(last_at: datetime | None, verdict: Verdict) -> None:
    assert judge(NOON, last_at=last_at, learned_at=NEVER, forget=FORGET) is verdict


def test_while_it_learns_what_is_new_is_silent_and_from_its_end_on_it_alerts() -> None:
    learner = memory(learned_at=NOON)
    assert learner.see("early", NOON - timedelta(seconds=1)) is Verdict.LEARNING
    assert learner.see("at the end", NOON) is Verdict.NEW


def test_what_was_learned_is_known_afterwards() -> None:
    learner = memory(learned_at=NOON)
    learner.see("a", NOON - HOUR)
    assert learner.see("a", NOON + HOUR) is Verdict.SEEN


def test_a_sighting_that_comes_late_does_not_make_a_later_one_forgotten() -> None:
    remembered = memory(a=NOON)
    assert remembered.see("a", NOON - DAY) is Verdict.SEEN
    assert remembered.changed == {"a": NOON}


def test_without_room_nothing_new_is_remembered_and_each_sighting_says_so() -> None:
    full = memory(room=1, known=NOON)
    assert full.see("a", NOON) is Verdict.NEW
    assert [full.see("b", NOON), full.see("b", NOON)] == [Verdict.OVERFLOW, Verdict.OVERFLOW]
    assert [full.see("a", NOON), full.see("known", NOON)] == [Verdict.SEEN, Verdict.SEEN]
    assert set(full.changed) == {"a", "known"}


def test_what_was_forgotten_and_is_still_stored_needs_no_room() -> None:
    full = memory(room=0, a=NOON - 91 * DAY)
    assert full.see("a", NOON) is Verdict.NEW


def test_a_memory_with_more_than_is_allowed_now_has_no_room() -> None:
    assert memory(room=-5).see("a", NOON) is Verdict.OVERFLOW


def test_the_learning_time_ends_so_long_after_its_beginning() -> None:
    assert learned_at(FirstSeen(fields=(), learn=7 * DAY), began_at=NOON) == NOON + 7 * DAY
    assert learned_at(FirstSeen(fields=(), learn=timedelta.max), began_at=NOON) == datetime.max.replace(tzinfo=UTC)


def test_without_a_learning_time_also_what_happened_before_the_beginning_alerts() -> None:
    assert learned_at(FirstSeen(fields=(), learn=timedelta(0)), began_at=NOON) == NEVER


def test_a_combination_is_kept_a_day_longer_than_it_counts() -> None:
    assert forgotten_before(NOON, forget=FORGET) == NOON - 91 * DAY
    assert forgotten_before(NOON, forget=timedelta.max) == NEVER


def test_a_rule_begins_anew_with_other_fields_and_with_another_id() -> None:
    keys = {rule_key("r", ("a", "b")), rule_key("r", ("b", "a")), rule_key("r", ("a",)), rule_key("s", ("a", "b"))}
    assert len(keys) == 4


def test_what_the_fields_hold_is_told_apart_also_where_it_runs_together() -> None:
    one, other = (("a", "1, 2"), ("b", "")), (("a", "1"), ("b", "2, "))
    assert combination_id(one) != combination_id(other)


SIGHTINGS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(min_value=0, max_value=400)), max_size=30)


@given(SIGHTINGS, st.data())
def test_in_any_order_and_with_copies_the_same_combinations_alert(
    sightings: list[tuple[str, int]], data: st.DataObject
) -> None:
    learned = {"a": NOON}
    shuffled = data.draw(st.permutations(sightings + data.draw(st.lists(st.sampled_from(sightings or [("b", 0)])))))
    lasting = FirstSeen(fields=(), forget=timedelta.max).forget
    told: list[set[str]] = []
    for order in (sightings, shuffled if sightings else []):
        remembered = Memory(learned_at=NOON, forget=lasting, room=100, known=learned)
        told.append({name for name, day in order if remembered.see(name, NOON + day * DAY) is Verdict.NEW})
    assert told[0] == told[1] == {name for name, _ in sightings} - {"a"}


@given(SIGHTINGS)
def test_in_any_order_alerts_of_one_combination_are_further_apart_than_it_is_remembered(
    sightings: list[tuple[str, int]],
) -> None:
    remembered = memory()
    alerted: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    for name, day in sightings:
        if remembered.see(name, NOON + day * DAY) is Verdict.NEW:
            alerted[name].append(day)
    for days in alerted.values():
        assert all(later - earlier > 90 for earlier, later in pairwise(days))


@given(SIGHTINGS)
def test_in_order_of_time_exactly_those_alert_that_were_not_seen_in_the_time_before(
    sightings: list[tuple[str, int]],
) -> None:
    remembered = memory()
    for index, (name, day) in enumerate(ordered := sorted(sightings, key=lambda sighting: sighting[1])):
        is_new = not any(other == name and day - then <= 90 for other, then in ordered[:index])
        assert (remembered.see(name, NOON + day * DAY) is Verdict.NEW) == is_new
