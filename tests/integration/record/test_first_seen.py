"""First-seen rules in the recording transaction: what alerts, what stays silent, what survives a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from daemon.model import Plan
from daemon.record.schema import first_seen, matches
from daemon.record.store import Settings, Store, open_scratch_store, open_store
from tests.doubles.sightings import DAY, HOUR, novelty, record, regions, sighting
from tests.doubles.state_values import NOON, SOURCE, listing, match, plan, result, rule

LEARNER = novelty(learn=7 * DAY)


def homes(store: Store) -> dict[str, bool]:
    """Every match that is stored, and whether it went into an alert."""
    with store.database.reading() as connection:
        return {row.event_id: row.alert_id is not None for row in connection.execute(select(matches))}


def remembered(store: Store) -> int:
    with store.database.reading() as connection:
        return len(connection.execute(select(first_seen)).all())


def test_only_the_first_of_a_combination_alerts_and_every_match_is_recorded(store: Store) -> None:
    told = record(store, sighting("e1"), sighting("e2", at=NOON + HOUR), sighting("e3", "us-east-1"))
    assert (sorted(regions(told)), told.new_matches) == (["eu-west-1", "us-east-1"], 3)
    assert told.suppressed == {"seen": 1}
    again = record(store, sighting("e4", at=NOON + DAY), sighting("e5", "us-east-1", at=NOON + DAY), now=NOON + DAY)
    assert (again.opened, again.new_matches, again.suppressed) == ((), 2, {"seen": 2})
    assert homes(store) == {"e1": True, "e2": False, "e3": True, "e4": False, "e5": False}


def test_silent_matches_do_not_grow_the_alert_and_are_not_among_what_alerted(store: Store) -> None:
    record(store, sighting("e1"), sighting("e2", at=NOON + HOUR))
    assert [alert.count for alert in store.list_alerts(now=NOON)] == [1]
    assert [found.event_id for found in store.iter_matches()] == ["e1"]


def test_of_one_file_the_earliest_by_event_time_is_the_one_that_alerts(store: Store) -> None:
    told = record(store, sighting("a", at=NOON), sighting("b", at=NOON - HOUR))
    assert [sample.event_id for sample in told.opened[0].samples] == ["b"]


def test_other_rules_beside_it_alert_as_ever(store: Store) -> None:
    told = record(store, sighting("e1"), sighting("e2"), match("e1", of=rule("other")), match("e2", of=rule("other")))
    assert {alert.rule_id: alert.count for alert in told.opened} == {"novel": 1, "other": 2}


def test_silence_is_owed_to_nobody(store: Store) -> None:
    plans: tuple[Plan, ...] = (plan(),)
    record(store, sighting("e1", of=LEARNER), plans=plans)
    assert store.list_deliveries() == []


def test_what_was_seen_is_known_after_a_restart(state_url: str) -> None:
    with open_store(state_url, now=NOON) as store:
        record(store, sighting("e1"))
    with open_store(state_url, now=NOON) as store:
        assert record(store, sighting("e2", at=NOON + DAY), now=NOON + DAY).opened == ()
        assert regions(record(store, sighting("e3", "us-east-1"))) == ["us-east-1"]


def test_a_transaction_that_fails_leaves_nothing_remembered(state_url: str) -> None:
    def broken(_now: datetime) -> str:
        raise RuntimeError("no id to be had")

    with open_store(state_url, now=NOON, settings=Settings(make_id=broken)) as store:
        with pytest.raises(RuntimeError):
            record(store, sighting("e1"))
        assert (homes(store), remembered(store)) == ({}, 0)
    with open_store(state_url, now=NOON) as store:
        assert regions(record(store, sighting("e1"))) == ["eu-west-1"]


def test_the_same_event_again_changes_nothing(store: Store) -> None:
    record(store, sighting("e1"))
    again = record(store, sighting("e1"))
    assert (again.opened, again.suppressed) == ((), {"duplicate": 1})


def test_a_late_file_does_not_tell_what_was_told_of_a_later_event(store: Store) -> None:
    assert regions(record(store, sighting("e2", at=NOON))) == ["eu-west-1"]
    assert record(store, sighting("e1", at=NOON - HOUR)).suppressed == {"seen": 1}


def test_what_did_not_come_for_so_long_that_it_is_forgotten_alerts_again(store: Store) -> None:
    later = NOON + 91 * DAY
    record(store, sighting("e1"))
    assert regions(record(store, sighting("e2", at=later), now=later)) == ["eu-west-1"]


def test_what_comes_again_and_again_is_never_forgotten(store: Store) -> None:
    record(store, sighting("e0"))
    for number in range(1, 5):
        then = NOON + number * 60 * DAY
        assert record(store, sighting(f"e{number}", at=then), now=then).opened == ()


def test_an_event_without_a_readable_time_counts_as_of_its_log_file(store: Store) -> None:
    assert regions(record(store, sighting("e1", at=None))) == ["eu-west-1"]
    assert record(store, sighting("e2", at=NOON + 90 * DAY), now=NOON + 90 * DAY).opened == ()


def test_an_event_of_the_future_does_not_make_the_rule_blind_until_then(store: Store) -> None:
    record(store, sighting("e1", at=NOON + 9999 * DAY))
    later = NOON + 91 * DAY
    assert regions(record(store, sighting("e2", at=later), now=later)) == ["eu-west-1"]


def test_the_cap_of_one_file_hides_no_combination(state_url: str) -> None:
    grouped = novelty("grouped")
    found = [sighting(f"e{number}", f"r{number // 5}", of=grouped) for number in range(20)]
    with open_store(state_url, now=NOON, settings=Settings(match_cap=3)) as store:
        told = record(store, *(replace(one, group=()) for one in found))
        assert (told.new_matches, told.suppressed) == (5, {"match_cap": 15, "seen": 1})


def test_in_a_backtest_the_copy_with_the_smallest_url_says_what_was_seen() -> None:
    """Copies of one event that say different things: whichever comes first, the same holds."""
    copies = [
        replace(found, event=replace(found.event, object=replace(found.event.object, url=url)))
        for found, url in ((sighting("e1", "r1"), "file:b"), (sighting("e1", "r2"), "file:a"))
    ]
    for order in (copies, copies[::-1]):
        with open_scratch_store(now=NOON) as store:
            for found in (*order, sighting("e2", "r2", at=NOON + HOUR)):
                store.recorder.complete([result(found)], plans=(), ruleset_digest="", now=NOON)
            assert [found.last_at for found in store.iter_matches(with_last_seen=True)] == [None, NOON]


class TestLearning:
    def test_while_a_rule_learns_nothing_alerts_and_everything_is_remembered(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON)
        told = record(store, sighting("e1", of=LEARNER, at=NOON + DAY), now=NOON + DAY)
        assert (told.opened, told.suppressed) == ((), {"learning": 1})
        later = NOON + 8 * DAY
        assert record(store, sighting("e4", of=LEARNER, at=later), now=later).suppressed == {"seen": 1}
        told = record(store, sighting("e5", "sa-east-1", of=LEARNER, at=later), now=later)
        assert regions(told) == ["sa-east-1"]

    def test_learning_goes_by_the_time_of_the_event_so_that_an_outage_does_not_end_it(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON)
        after = NOON + 30 * DAY
        told = record(store, sighting("e1", of=LEARNER, at=NOON + 2 * DAY), now=after)
        assert told.suppressed == {"learning": 1}
        assert regions(record(store, sighting("e2", "us-east-1", of=LEARNER, at=after), now=after)) == ["us-east-1"]

    def test_an_event_of_the_future_does_not_end_it_either(self, store: Store) -> None:
        told = record(store, sighting("e1", of=LEARNER, at=NOON + 100 * DAY))
        assert told.suppressed == {"learning": 1}

    def test_a_rule_that_never_matched_has_learned_too(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON - 30 * DAY)
        assert regions(record(store, sighting("e1", of=LEARNER))) == ["eu-west-1"]

    def test_it_begins_once_whatever_restarts_and_however_often_the_rules_are_loaded(self, state_url: str) -> None:
        for days in (0, 3, 6):
            with open_store(state_url, now=NOON) as store:
                store.first_seen.begin([LEARNER], now=NOON + days * DAY)
        with open_store(state_url, now=NOON) as store:
            later = NOON + 7 * DAY
            assert regions(record(store, sighting("e1", of=LEARNER, at=later), now=later)) == ["eu-west-1"]

    def test_a_rule_that_nobody_announced_begins_with_its_first_match(self, store: Store) -> None:
        record(store, sighting("e1", of=LEARNER))
        assert [each.began_at for each in store.first_seen.remembered([LEARNER])] == [NOON]

    def test_other_fields_begin_anew_and_another_title_does_not(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON - 30 * DAY)
        record(store, sighting("e1", of=LEARNER))
        other = novelty(learn=7 * DAY, fields=("awsRegion",))
        assert record(store, sighting("e2", "us-east-1", of=other)).suppressed == {"learning": 1}
        longer = novelty(learn=10 * DAY)
        assert record(store, sighting("e3", of=longer)).suppressed == {"seen": 1}

    def test_without_a_learning_time_history_alerts_at_once(self, store: Store) -> None:
        store.first_seen.begin([novelty()], now=NOON)
        assert regions(record(store, sighting("e1", at=NOON - 300 * DAY))) == ["eu-west-1"]


class TestOverflow:
    def test_past_the_most_that_is_remembered_one_alert_says_so(self, store: Store) -> None:
        small = novelty(most=2)
        record(store, sighting("e1", "r1", of=small), sighting("e2", "r2", of=small))
        told = record(store, *(sighting(f"e{number}", f"r{number}", of=small) for number in range(3, 9)))
        (alert,) = told.opened
        assert (alert.group, alert.count) == ((("overflow", "combinations"),), 6)
        assert alert.title == "Title of novel: more than 2 combinations, and no room to remember another"
        assert (told.suppressed, remembered(store)) == ({"first_seen_overflow": 6}, 2)

    def test_it_grows_while_that_lasts_and_what_is_known_stays_silent(self, store: Store) -> None:
        small = novelty(most=1)
        record(store, sighting("e1", "r1", of=small), sighting("e2", "r2", of=small))
        told = record(store, sighting("e3", "r1", of=small), sighting("e4", "r3", of=small))
        assert (told.opened, told.suppressed) == ((), {"seen": 1, "first_seen_overflow": 1})
        assert sorted(alert.count for alert in store.list_alerts(now=NOON)) == [1, 2]

    def test_it_is_said_while_the_rule_learns_too(self, store: Store) -> None:
        small = novelty(most=1, learn=7 * DAY)
        told = record(store, sighting("e1", "r1", of=small), sighting("e2", "r2", of=small))
        assert [alert.group for alert in told.opened] == [(("overflow", "combinations"),)]

    def test_each_rule_has_room_of_its_own(self, store: Store) -> None:
        one, other = novelty("one", most=1), novelty("other", most=1)
        told = record(store, sighting("e1", "r1", of=one), sighting("e1", "r2", of=other))
        assert sorted(regions(told)) == ["r1", "r2"]

    def test_there_is_room_again_once_something_is_forgotten(self, store: Store) -> None:
        small = novelty(most=1)
        record(store, sighting("e1", "r1", of=small))
        later = NOON + 92 * DAY
        prune(store, now=later)
        assert regions(record(store, sighting("e2", "r2", at=later, of=small), now=later)) == ["r2"]


def prune(store: Store, *, now: datetime) -> int:
    return store.prune(keep_alerts=400 * DAY, keep_objects=3 * DAY, now=now).combinations


def forget_objects(store: Store) -> None:
    """A sweep much later lets go of what is done."""
    late = NOON + 30 * DAY
    store.ledger.record_listing(SOURCE, listing(listed_at=late), is_sweep=True, now=late, done_before=late)


class TestForgetting:
    def test_a_combination_goes_a_day_after_it_counts_as_new_again(self, store: Store) -> None:
        store.first_seen.begin([novelty()], now=NOON)
        record(store, sighting("e1"), sighting("e2", "us-east-1", at=NOON + HOUR), now=NOON + HOUR)
        assert prune(store, now=NOON + 91 * DAY) == 0
        assert prune(store, now=NOON + 91 * DAY + timedelta(seconds=1)) == 1
        assert remembered(store) == 1

    def test_a_match_that_alerted_nobody_goes_once_its_log_file_cannot_come_back(self, store: Store) -> None:
        record(store, sighting("e1"), sighting("e2"))
        forget_objects(store)
        assert store.prune(keep_alerts=400 * DAY, keep_objects=3 * DAY, now=NOON + 38 * DAY).matches == 0
        assert store.prune(keep_alerts=400 * DAY, keep_objects=3 * DAY, now=NOON + 39 * DAY).matches == 1
        assert homes(store) == {"e1": True}

    def test_more_than_one_batch_is_forgotten_at_once(self, store: Store) -> None:
        record(store, *(sighting(f"e{number}", f"r{number}") for number in range(2_500)))
        assert prune(store, now=NOON + 92 * DAY) == 2_500
        assert remembered(store) == 0

    def test_another_time_to_forget_holds_for_what_is_remembered_already(self, store: Store) -> None:
        store.first_seen.begin([novelty()], now=NOON)
        record(store, sighting("e1"))
        store.first_seen.begin([novelty(forget=DAY)], now=NOON + HOUR)
        assert prune(store, now=NOON + 3 * DAY) == 1

    def test_a_rule_in_force_that_never_matches_goes_on_having_learned(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON)
        later = NOON + 400 * DAY
        prune(store, now=later)
        assert regions(record(store, sighting("e1", of=LEARNER, at=later), now=later)) == ["eu-west-1"]

    def test_a_rule_that_comes_back_soon_knows_what_it_knew(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON - 30 * DAY)
        record(store, sighting("e1", of=LEARNER))
        store.first_seen.begin([], now=NOON)
        prune(store, now=NOON + 80 * DAY)
        store.first_seen.begin([LEARNER], now=NOON + 80 * DAY)
        prune(store, now=NOON + 90 * DAY)
        told = record(store, sighting("e2", of=LEARNER, at=NOON + 80 * DAY), now=NOON + 80 * DAY)
        assert told.suppressed == {"seen": 1}

    def test_a_rule_that_was_away_for_longer_than_it_remembers_learns_anew(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON - 30 * DAY)
        record(store, sighting("e1", of=LEARNER))
        store.first_seen.begin([], now=NOON)
        store.first_seen.begin([], now=NOON + 60 * DAY)  # it left once
        later = NOON + 92 * DAY
        prune(store, now=later)
        store.first_seen.begin([LEARNER], now=later)
        assert record(store, sighting("e2", of=LEARNER, at=later), now=later).suppressed == {"learning": 1}


class TestHistory:
    def test_what_is_learned_from_history_does_not_alert(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON)
        store.first_seen.learn([sighting("h1", of=LEARNER, at=NOON - DAY)], now=NOON)
        store.first_seen.move_beginning([LEARNER], since=NOON - 7 * DAY, now=NOON)
        told = record(store, sighting("e1", of=LEARNER), sighting("e2", "us-east-1", of=LEARNER))
        assert (regions(told), told.suppressed) == (["us-east-1"], {"seen": 1})

    def test_nothing_is_recorded_of_it(self, store: Store) -> None:
        store.first_seen.learn([sighting("h1"), match("h2")], now=NOON)
        assert (homes(store), store.list_alerts(now=NOON)) == ({}, [])

    def test_learning_twice_changes_nothing(self, store: Store) -> None:
        history = [sighting(f"h{number}", f"r{number % 3}", at=NOON - number * DAY) for number in range(9)]
        states = []
        for _ in range(2):
            store.first_seen.learn(history, now=NOON)
            store.first_seen.move_beginning([novelty()], since=NOON - 9 * DAY, now=NOON)
            with store.database.reading() as connection:
                states.append([tuple(row) for row in connection.execute(select(first_seen))])
        assert states[0] == states[1]
        assert len(states[0]) == 3
        (stands,) = store.first_seen.remembered([novelty()])
        assert (stands.began_at, stands.combinations) == (NOON - 9 * DAY, 3)

    def test_the_beginning_is_never_moved_forward(self, store: Store) -> None:
        store.first_seen.begin([LEARNER], now=NOON - 30 * DAY)
        store.first_seen.move_beginning([LEARNER], since=NOON - DAY, now=NOON)
        assert [each.began_at for each in store.first_seen.remembered([LEARNER])] == [NOON - 30 * DAY]

    def test_what_would_be_forgotten_by_now_is_not_learned(self, store: Store) -> None:
        store.first_seen.learn([sighting("h1", at=NOON - 92 * DAY)], now=NOON)
        assert remembered(store) == 0

    def test_it_is_bounded_and_what_has_no_room_is_counted(self, store: Store) -> None:
        small = novelty(most=2)
        left = store.first_seen.learn([sighting(f"h{n}", f"r{n}", of=small) for n in range(5)], now=NOON)
        assert (left["novel"], remembered(store)) == (3, 2)

    def test_how_it_stands_is_told_of_the_rules_that_were_asked_for(self, store: Store) -> None:
        store.first_seen.begin([novelty("b"), novelty("a"), novelty("c")], now=NOON)
        assert [each.rule_id for each in store.first_seen.remembered([novelty("b"), novelty("a")])] == ["a", "b"]
