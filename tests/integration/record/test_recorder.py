from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daemon.errors import StoreError
from daemon.model import (
    AlertState,
    Level,
    Match,
    Mode,
    ObjectState,
    Plan,
    RuleFacts,
)
from daemon.ports import LedgerRow, Recorded
from daemon.record.store import Settings, Store, open_scratch_store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result, rule

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rows(store: Store, count: int = 1) -> list[LedgerRow]:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    objects = [log_object(f"{number:016d}") for number in range(count)]
    store.ledger.record_listing(SOURCE, listing(*objects), is_sweep=False, now=NOON)
    return store.ledger.pending(SOURCE, now=NOON, limit=count)


def record(store: Store, *matches: Match, now: datetime = NOON, plans: tuple[Plan, ...] = ()) -> Recorded:
    """A new object that held these matches."""
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    obj = log_object(f"{now:%d%H%M%S}{len(store.list_objects(states=list(ObjectState), limit=9999)):08d}")
    store.ledger.record_listing(SOURCE, listing(obj), is_sweep=False, now=NOON)
    (row,) = (row for row in store.ledger.pending(SOURCE, now=NOON, limit=999) if row.object == obj)
    done = result(*matches, row_id=row.row_id, obj=obj)
    return store.recorder.complete([done], plans=plans, ruleset_digest="sha256:rules", now=now)


def test_a_match_opens_an_alert_that_tells_everything(store: Store) -> None:
    recorded = record(store, match(record={"requestParameters": {"groupName": "testgroup", "n": [1, None, True]}}))
    (alert,) = recorded.opened
    assert store.list_alerts(now=NOON) == [alert]
    assert (alert.rule_id, alert.level, alert.title, alert.mode) == (
        "rule-1",
        Level.HIGH,
        "Title of rule-1",
        Mode.ALERT,
    )
    assert alert.group == (("recipientAccountId", "111122223333"), ("derived.principal", "alice"))
    assert (alert.first_at, alert.last_at, alert.opened_at, alert.grown_at) == (NOON, NOON, NOON, NOON)
    assert (alert.count, alert.state, alert.is_late, alert.is_notice) == (1, AlertState.OPEN, False, False)
    assert alert.ruleset_digest == "sha256:rules"
    assert alert.facts == RuleFacts(
        description="What it means.",
        tags=("attack.t1531",),
        false_positives=("Clean-up by an administrator",),
        runbook="https://example.com/runbook",
        path="rules/rule-1.yml",
    )
    (sample,) = alert.samples
    assert (sample.event_id, sample.name, sample.actor) == ("event-1", "DeleteGroup", "alice")
    assert sample.fields == (("requestParameters.groupName", "testgroup"),)
    assert sample.record == {"requestParameters": {"groupName": "testgroup", "n": [1, None, True]}}


def test_the_same_event_in_two_objects_counts_once(store: Store) -> None:
    assert record(store, match()).new_matches == 1
    again = record(store, match())
    assert (again.new_matches, again.opened, again.suppressed) == (0, (), {"duplicate": 1})
    assert [alert.count for alert in store.list_alerts(now=NOON)] == [1]


def test_the_same_event_in_two_objects_of_one_transaction_counts_once(store: Store) -> None:
    first, second = rows(store, 2)
    both = [result(match(), row_id=row.row_id, obj=row.object) for row in (first, second)]
    assert store.recorder.complete(both, plans=[], ruleset_digest="", now=NOON).new_matches == 1


def test_an_event_that_two_rules_match_opens_two_alerts(store: Store) -> None:
    assert len(record(store, match(of=rule("a")), match(of=rule("b"))).opened) == 2


def test_matches_of_one_group_join_one_alert(store: Store) -> None:
    recorded = record(store, *(match(f"event-{number}", at=NOON - number * MINUTE) for number in range(3)))
    (alert,) = recorded.opened
    assert (alert.count, alert.first_at, alert.last_at) == (3, NOON - 2 * MINUTE, NOON)


def test_a_recording_tells_its_new_matches_by_rule(store: Store) -> None:
    record(store, match("known"))
    recorded = record(store, match("known"), match("a"), match("b"), match("a", of=rule("rule-2")))
    assert recorded.matches_by_rule == {"rule-1": 2, "rule-2": 1}


def test_matches_of_two_groups_open_two_alerts(store: Store) -> None:
    assert len(record(store, match("a", group="alice"), match("b", group="bob")).opened) == 2


def test_a_later_match_joins_the_open_alert_whatever_its_event_time(store: Store) -> None:
    record(store, match("a"))
    grown = record(store, match("b", at=NOON - 3 * DAY), now=NOON + 59 * MINUTE)
    assert (grown.opened, grown.new_matches) == ((), 1)
    (alert,) = store.list_alerts(now=NOON)
    assert (alert.count, alert.first_at, alert.last_at) == (2, NOON - 3 * DAY, NOON)
    assert (alert.opened_at, alert.grown_at) == (NOON, NOON + 59 * MINUTE)


def test_quiet_closes_an_alert_and_the_next_match_opens_a_new_one(store: Store) -> None:
    record(store, match("a"))
    record(store, match("b"), now=NOON + 59 * MINUTE)
    assert store.list_alerts(now=NOON + 118 * MINUTE)[0].state is AlertState.OPEN
    late = NOON + 119 * MINUTE
    assert store.list_alerts(now=late)[0].state is AlertState.CLOSED
    assert len(record(store, match("c"), now=late).opened) == 1
    assert [alert.count for alert in store.list_alerts(now=late)] == [1, 2]


def test_a_clock_that_steps_back_a_little_keeps_the_alert_open(store: Store) -> None:
    record(store, match("a"))
    assert record(store, match("b"), now=NOON - 10 * MINUTE).opened == ()


def test_an_alert_from_a_clock_that_was_far_ahead_does_not_swallow_matches_for_as_long(store: Store) -> None:
    record(store, match("a"), now=NOON + 365 * DAY)
    assert len(record(store, match("b")).opened) == 1
    assert record(store, match("c"), now=NOON + MINUTE).opened == ()


@pytest.mark.parametrize("changed", [{"level": Level.CRITICAL}, {"mode": Mode.SHADOW}], ids=str)
def test_a_rule_whose_level_or_mode_changed_opens_a_new_alert(store: Store, changed: dict[str, object]) -> None:
    record(store, match("a"))
    assert len(record(store, match("b", of=rule(**changed))).opened) == 1  # type: ignore[arg-type]  # one of two options


def test_an_alert_shows_its_first_event_and_the_latest_three(store: Store) -> None:
    for number in range(6):
        record(store, match(f"event-{number}", at=NOON + number * MINUTE), now=NOON + number * MINUTE)
    (alert,) = store.list_alerts(now=NOON)
    assert [sample.event_id for sample in alert.samples] == ["event-0", "event-3", "event-4", "event-5"]


@pytest.mark.parametrize(
    ("event_times", "is_late"),
    [([NOON - DAY], False), ([NOON - DAY - MINUTE], True), ([NOON - 2 * DAY, NOON], False)],
    ids=["a day", "more than a day", "one of them fresh"],
)
def test_an_alert_is_late_when_all_its_events_are_older_than_a_day(
    store: Store, event_times: list[datetime], is_late: bool
) -> None:
    found = [match(f"event-{number}", at=at) for number, at in enumerate(event_times)]
    (alert,) = record(store, *found).opened
    assert alert.is_late is is_late
    assert store.list_alerts(now=NOON)[0].is_late is is_late


def test_an_event_without_a_readable_time_counts_as_of_its_file(store: Store) -> None:
    (alert,) = record(store, match(at=None)).opened
    assert alert.first_at == NOON
    (stored,) = store.iter_matches()
    assert (stored.event_at, stored.event_time) == (None, "garbled")


@pytest.mark.parametrize("state", [ObjectState.DONE, ObjectState.QUARANTINED, ObjectState.GONE])
def test_a_completed_object_is_no_longer_pending(store: Store, state: ObjectState) -> None:
    (row,) = rows(store)
    reason = "gzip" if state is ObjectState.QUARANTINED else None
    done = result(match(), row_id=row.row_id, obj=row.object, state=state, reason=reason)
    assert store.recorder.complete([done], plans=[], ruleset_digest="", now=NOON).new_matches == 1
    assert store.ledger.pending(SOURCE, now=NOON, limit=10) == []
    (kept,) = store.list_objects(states=[state])
    assert (kept.row_id, kept.reason) == (row.row_id, reason)


def test_an_object_that_another_worker_completed_first_changes_nothing(store: Store) -> None:
    (row,) = rows(store)
    done = result(match("a"), row_id=row.row_id, obj=row.object)
    other = result(match("b"), row_id=row.row_id, obj=row.object, state=ObjectState.QUARANTINED, reason="gzip")
    assert store.recorder.complete([done, done], plans=[], ruleset_digest="", now=NOON).new_matches == 1
    assert store.recorder.complete([other], plans=[], ruleset_digest="", now=NOON).new_matches == 0
    assert len(store.list_objects(states=[ObjectState.DONE])) == 1


def test_a_fault_in_one_object_leaves_nothing_of_the_others(store: Store) -> None:
    first, second = rows(store, 2)
    good = result(match("a"), row_id=first.row_id, obj=first.object)
    naive = match("b", at=NOON.replace(tzinfo=None))
    with pytest.raises(StoreError):
        store.recorder.complete(
            [good, result(naive, row_id=second.row_id)], plans=[plan()], ruleset_digest="", now=NOON
        )
    assert store.list_alerts(now=NOON) == []
    assert list(store.iter_matches()) == []
    assert len(store.ledger.pending(SOURCE, now=NOON, limit=10)) == 2


def test_stored_matches_are_capped_per_rule_and_object_and_the_rest_is_counted(state_url: str) -> None:
    with open_store(state_url, now=NOON, settings=Settings(match_cap=3)) as store:
        many = [match(f"event-{number}", of=rule(name)) for number in range(5) for name in ("a", "b")]
        recorded = record(store, *many)
        assert (recorded.new_matches, recorded.suppressed) == (6, {"match_cap": 4})
        assert [alert.count for alert in store.list_alerts(now=NOON)] == [3, 3]


def test_a_thousand_matches_of_one_group_hide_no_other_group(state_url: str) -> None:
    with open_store(state_url, now=NOON, settings=Settings(match_cap=3)) as store:
        decoys = [match(f"event-{number}", at=NOON - HOUR) for number in range(5)]
        recorded = record(store, *decoys, match("real", group="mallory"), match("more", group="mallory"))
        assert {(alert.group[1][1], alert.count) for alert in recorded.opened} == {("alice", 3), ("mallory", 1)}
        assert recorded.suppressed == {"match_cap": 3}


def test_a_capped_object_that_comes_again_adds_nothing(state_url: str) -> None:
    with open_store(state_url, now=NOON, settings=Settings(match_cap=3)) as store:
        many = [match(f"event-{number}") for number in range(5)]
        record(store, *many)
        assert record(store, *reversed(many)).new_matches == 0


HOSTILE = ["lone \ud800 surrogate", "nul \0 byte", "x" * 100_000, "", "‮ right to left", "'; DROP TABLE alerts; --"]


@pytest.mark.parametrize("text", HOSTILE, ids=["surrogate", "nul", "long", "empty", "bidi", "quote"])
def test_hostile_text_is_stored_and_counts_once(store: Store, text: str) -> None:
    hostile = match(text, group=text, record={text: [text]})
    assert record(store, hostile).new_matches == 1
    assert record(store, hostile).new_matches == 0
    (alert,) = store.list_alerts(now=NOON)
    assert alert.samples[0].record == {text: [text]}


def test_a_secret_that_a_rule_groups_by_is_not_stored(store: Store) -> None:
    found = replace(match(), group=(("requestParameters.password", "Sup3r-geheim"), ("userAgent", "curl")))
    other = replace(match("b"), group=(("requestParameters.password", "another"), ("userAgent", "curl")))
    recorded = record(store, found, other)
    assert len(recorded.opened) == 2
    assert {alert.group for alert in store.list_alerts(now=NOON)} == {
        (("requestParameters.password", "[masked]"), ("userAgent", "curl"))
    }


def test_two_event_ids_that_differ_only_at_their_end_are_two_events(store: Store) -> None:
    assert record(store, match("x" * 5000 + "a"), match("x" * 5000 + "b")).new_matches == 2


def nested(depth: int) -> dict[str, object]:
    record: dict[str, object] = {}
    for _ in range(depth):
        record = {"deeper": record}
    return record


@pytest.mark.parametrize("odd", [nested(5000), {"n": 10**5000}], ids=["nested", "number"])
def test_a_record_that_no_database_could_keep_still_alerts(store: Store, odd: dict[str, object]) -> None:
    record(store, match(record=odd))
    (alert,) = store.list_alerts(now=NOON)
    assert "too" in alert.samples[0].record["trailwarden"]


def test_an_alert_id_sorts_by_time_and_is_short(store: Store) -> None:
    first = record(store, match("a")).opened[0].id
    second = record(store, match("b", group="bob"), now=NOON + timedelta(seconds=1)).opened[0].id
    assert first < second
    assert len(first) == 20


def test_ids_can_be_handed_in(state_url: str) -> None:
    with open_store(state_url, now=NOON, settings=Settings(make_id=lambda now: f"{now:%H%M}")) as store:
        assert record(store, match()).opened[0].id == "1200"


def test_a_quarantined_object_that_is_tried_again_alerts_nobody_twice(store: Store) -> None:
    (row,) = rows(store)
    done = result(match("a"), row_id=row.row_id, state=ObjectState.QUARANTINED, reason="gzip")
    store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)
    store.retry_objects([], all_quarantined=True, now=NOON)
    both = result(match("a"), match("b"), row_id=row.row_id)
    again = store.recorder.complete([both], plans=[plan()], ruleset_digest="", now=NOON)
    assert (again.new_matches, again.opened) == (1, ())


class TestReplay:
    """Rows without a number: no ledger, no cap, event time as the recording clock."""

    def scratch(self, tmp_path: Path) -> Store:
        return open_scratch_store(now=NOON, folder=tmp_path)

    def test_matches_come_by_event_time_then_event_then_rule(self, tmp_path: Path) -> None:
        with self.scratch(tmp_path) as store:
            found = [
                match("c", at=NOON, of=rule("r2")),
                match("c", at=NOON, of=rule("r1")),
                match("b", at=NOON),
                match("z", at=NOON - DAY),
                match("a", at=None),
            ]
            store.recorder.complete([result(*found)], plans=[], ruleset_digest="", now=NOON)
            got = [(stored.event_id, stored.rule_id) for stored in store.iter_matches()]
        assert got == [("z", "rule-1"), ("b", "rule-1"), ("c", "r1"), ("c", "r2"), ("a", "rule-1")]

    @pytest.mark.parametrize("order", [("A", "B", "C"), ("C", "B", "A"), ("B", "C", "A")], ids="".join)
    @pytest.mark.parametrize("batch", [1, 3])
    def test_the_smallest_url_names_the_event_whatever_comes_first(
        self, tmp_path: Path, order: tuple[str, ...], batch: int
    ) -> None:
        results = [result(match(obj=log_object(name)), obj=log_object(name)) for name in order]
        with self.scratch(tmp_path) as store:
            for start in range(0, 3, batch):
                store.recorder.complete(results[start : start + batch], plans=[], ruleset_digest="", now=NOON)
            (stored,) = store.iter_matches()
        assert stored.object_url == log_object("A").url

    def test_alerts_group_by_event_time(self, tmp_path: Path) -> None:
        hours = [match(f"event-{hour}", at=NOON + hour * HOUR) for hour in (0, 0.5, 3)]
        with self.scratch(tmp_path) as store:
            recorded = store.recorder.complete([result(*hours)], plans=[], ruleset_digest="", now=NOON + DAY)
        assert [alert.count for alert in recorded.opened] == [2, 1]

    def test_nothing_is_capped(self, tmp_path: Path) -> None:
        with self.scratch(tmp_path) as store:
            many = result(*(match(f"event-{number}") for number in range(3000)))
            assert store.recorder.complete([many], plans=[], ruleset_digest="", now=NOON).new_matches == 3000
            assert len(list(store.iter_matches())) == 3000

    def test_times_at_the_ends_of_the_calendar_are_survived(self, tmp_path: Path) -> None:
        ends = [match("a", at=NOON.replace(year=9999, month=12, day=31)), match("b", at=NOON.replace(year=1))]
        with self.scratch(tmp_path) as store:
            assert store.recorder.complete([result(*ends)], plans=[], ruleset_digest="", now=NOON).new_matches == 2
            assert [stored.event_id for stored in store.iter_matches()] == ["b", "a"]

    def test_the_file_goes_with_the_store(self, tmp_path: Path) -> None:
        with self.scratch(tmp_path):
            assert list(tmp_path.iterdir())
        assert not list(tmp_path.iterdir())
