"""Correlations in the real store: what fires, whatever the order of arrival, and what people are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.model import (
    AlertState,
    Contribution,
    Correlation,
    CorrelationType,
    DeliveryKind,
    Feed,
    NoneOf,
    ObjectResult,
    ObjectState,
    Occurs,
)
from daemon.record.store import Settings, Store, open_scratch_store
from daemon.windows import Occurrence
from tests.doubles.correlating import SECOND, bounds, contribution, correlation, naive_points
from tests.doubles.state_values import NOON, log_object, plan

LATER = NOON + timedelta(hours=1)


def told(*contributions: Contribution) -> ObjectResult:
    """An object of which only this came."""
    return ObjectResult(
        row_id=None, object=log_object(), state=ObjectState.DONE, contributions=contributions, events=len(contributions)
    )


def record(store: Store, *contributions: Contribution, of: Sequence[Correlation], now=LATER, plans=()):  # type: ignore[no-untyped-def]
    return store.recorder.complete(
        [told(*contributions)], plans=plans, ruleset_digest="", now=now, correlations=list(of)
    )


def fired(store: Store, of: Sequence[Correlation]) -> list[tuple[str, object, tuple[str, ...]]]:
    """What every burst comes to: rule, group, and the events that made it."""
    return sorted((f.completed.rule_id, f.group, f.events) for f in store.iter_firings(of))


def at(minutes: float):  # type: ignore[no-untyped-def]
    return NOON + timedelta(minutes=minutes)


def test_as_many_events_as_are_asked_for_open_one_alert(store: Store) -> None:
    of = correlation(condition=bounds(gte=3), minutes=10)
    few = record(store, contribution(of, "a", at=at(0)), contribution(of, "b", at=at(5)), of=[of])
    assert few.opened == ()
    (alert,) = record(store, contribution(of, "c", at=at(10)), of=[of]).opened
    assert (alert.count, alert.first_at, alert.last_at) == (3, at(0), at(10))
    assert [sample.event_id for sample in alert.samples] == ["c", "a", "b"]
    assert alert.samples[0].summary == (
        "3 events: 3 or more events of base_0 within 10 min by derived.principal (derived.principal = alice)"
    )


def test_groups_are_counted_apart(store: Store) -> None:
    of = correlation(condition=bounds(gte=2))
    seen = [contribution(of, "a", group="alice"), contribution(of, "b", group="bob")]
    assert record(store, *seen, of=[of]).opened == ()


def test_a_burst_grows_in_its_one_alert(store: Store) -> None:
    of = correlation(condition=bounds(gte=2), minutes=10)
    (alert,) = record(store, contribution(of, "a", at=at(0)), contribution(of, "b", at=at(1)), of=[of]).opened
    assert record(store, contribution(of, "c", at=at(9)), of=[of], now=LATER + timedelta(days=3)).opened == ()
    found = store.find_alert(alert.id, now=LATER + timedelta(days=3))
    assert found is not None
    assert (found[0].count, found[0].state) == (3, AlertState.OPEN)


def test_what_comes_late_completes_the_windows_after_it(store: Store) -> None:
    of = correlation(condition=bounds(gte=3), minutes=10)
    record(store, contribution(of, "a", at=at(0)), contribution(of, "c", at=at(8)), of=[of])
    (alert,) = record(store, contribution(of, "b", at=at(4)), of=[of]).opened
    assert [sample.event_id for sample in alert.samples] == ["c", "a", "b"]


def test_an_event_that_is_delivered_again_counts_once(store: Store) -> None:
    of = correlation(condition=bounds(gte=2))
    record(store, contribution(of, "a"), of=[of])
    assert record(store, contribution(of, "a"), contribution(of, "a"), of=[of]).opened == ()


def test_a_late_event_inside_a_burst_is_counted_in_its_alert(store: Store) -> None:
    of = correlation(condition=bounds(gte=2), minutes=10)
    (alert,) = record(store, contribution(of, "a", at=at(0)), contribution(of, "c", at=at(9)), of=[of]).opened
    record(store, contribution(of, "b", at=at(5)), of=[of])
    found = store.find_alert(alert.id, now=LATER)
    assert found is not None
    assert found[0].count == 3


def test_two_bursts_that_a_late_event_joins_become_one_and_the_other_alert_says_so(store: Store) -> None:
    of = correlation(condition=bounds(gte=2), minutes=10)
    (first,) = record(store, contribution(of, "a", at=at(0)), contribution(of, "b", at=at(1)), of=[of]).opened
    late = [contribution(of, "e", at=at(18)), contribution(of, "f", at=at(19))]
    (second,) = record(store, *late, of=[of], plans=[plan()]).opened
    record(store, contribution(of, "c", at=at(9)), of=[of], plans=[plan()])
    one, other = (store.find_alert(alert.id, now=LATER) for alert in (first, second))
    assert one is not None
    assert other is not None
    assert (one[0].count, one[0].revised) == (5, None)
    assert other[0].revised == f"joined with alert {first.id}"
    assert [delivery.kind for delivery in other[1]].count(DeliveryKind.REPLY) == 1


def test_what_more_events_could_make_untrue_waits_until_its_window_has_settled(store: Store) -> None:
    of = correlation(condition=bounds(lt=3), minutes=10, settle=timedelta(minutes=15))
    assert record(store, contribution(of, "a", at=at(0)), of=[of], now=at(14)).opened == ()
    assert store.recorder.next_look_at([of]) == at(15)
    (alert,) = record(store, of=[of], now=at(15)).opened
    assert alert.count == 1
    assert store.recorder.next_look_at([of]) is None


def test_an_alert_that_late_events_contradict_is_marked_and_says_so_in_its_thread(store: Store) -> None:
    of = correlation(condition=bounds(eq=1), minutes=10)
    (alert,) = record(store, contribution(of, "b", at=at(5)), of=[of], now=at(20), plans=[plan()]).opened
    record(store, contribution(of, "a", at=at(5)), of=[of], now=at(21), plans=[plan()])
    found = store.find_alert(alert.id, now=LATER)
    assert found is not None
    assert found[0].revised == "late events show that its condition did not hold"
    assert [delivery.kind for delivery in found[1]].count(DeliveryKind.REPLY) == 1


def test_a_burst_of_one_correlation_counts_for_another(store: Store) -> None:
    upper = correlation(
        CorrelationType.TEMPORAL, bounds(gte=2), bases=2, minutes=10, rule_id="upper", base_is_correlation=True
    )
    lower = [
        correlation(
            condition=bounds(gte=2),
            minutes=5,
            rule_id=f"lower-{n}",
            feeds=(Feed(correlation=upper, base=n),),
            is_silent=True,
        )
        for n in range(2)
    ]
    of = [*lower, upper]
    first = [contribution(lower[0], f"a{n}", at=at(n)) for n in range(2)]
    second = [contribution(lower[1], f"b{n}", at=at(8 + n)) for n in range(2)]
    assert record(store, *first, of=of).opened == ()
    (alert,) = record(store, *second, of=of).opened
    assert (alert.rule_id, alert.count) == ("upper", 2)
    assert fired(store, of) == [("upper", (("derived.principal", "alice"),), ("a0", "a1", "b0", "b1"))]


def test_groups_past_the_bound_are_one_alert_of_their_own(store: Store) -> None:
    of = correlation(condition=bounds(gte=2), max_groups=3)
    many = [contribution(of, f"e{n}", group=f"user-{n}") for n in range(5)]
    recorded = record(store, *many, of=[of])
    (alert,) = recorded.opened
    assert (alert.rule_id, alert.group, alert.count) == (of.id, (("overflow", "groups"),), 2)
    assert recorded.suppressed["group_cap"] == 2
    assert record(store, contribution(of, "again", group="user-9"), of=[of]).opened == ()


def test_an_event_without_a_readable_time_has_no_place_in_any_window(store: Store) -> None:
    of = correlation(condition=bounds(gte=1))
    recorded = record(store, contribution(of, "a", at=None), of=[of])
    assert recorded.opened == ()
    assert recorded.suppressed["no_time"] == 1


def test_what_comes_when_all_else_of_its_time_is_forgotten_is_no_sign_that_little_happened(store: Store) -> None:
    few, many = correlation(condition=bounds(lt=3), rule_id="few"), correlation(condition=bounds(gte=1), rule_id="many")
    record(store, contribution(few, "now", at=NOON), of=[few, many])
    old = NOON - timedelta(days=3)
    recorded = record(store, contribution(few, "a", at=old), contribution(many, "a", at=old), of=[few, many])
    assert [alert.rule_id for alert in recorded.opened] == ["many"]
    assert recorded.suppressed["too_late"] == 1


def test_a_restart_changes_nothing(state_url: str) -> None:
    from daemon.record.store import open_store

    of = correlation(condition=bounds(gte=2))
    with open_store(state_url, now=NOON) as store:
        record(store, contribution(of, "a"), of=[of])
    with open_store(state_url, now=NOON) as store:
        assert len(record(store, contribution(of, "b"), of=[of]).opened) == 1


KINDS = {
    "count": correlation(condition=bounds(gte=3), bases=2, minutes=10),
    "range": correlation(condition=bounds(gt=1, lte=3), bases=2, minutes=10),
    "absent": correlation(CorrelationType.TEMPORAL, NoneOf(item=Occurs(base=1)), bases=2, minutes=10),
    "both": correlation(CorrelationType.TEMPORAL, bounds(gte=2), bases=2, minutes=10),
    "ordered": correlation(CorrelationType.TEMPORAL_ORDERED, bounds(gte=2), bases=2, minutes=10),
    "sum": correlation(CorrelationType.VALUE_SUM, bounds(["n"], gte=5), bases=2, minutes=10),
    "median": correlation(CorrelationType.VALUE_MEDIAN, bounds(["n"], lt=2), bases=2, minutes=10),
}


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[str, int, int, str, int]]:
    """(event id, minute, base, group, value), each event once."""
    size = draw(st.integers(1, 10))
    return [
        (
            f"event-{n}",
            draw(st.integers(0, 60)),
            draw(st.integers(0, 1)),
            draw(st.sampled_from("xy")),
            draw(st.integers(-2, 4)),
        )
        for n in range(size)
    ]


def expected(
    of: Correlation, stream: Iterable[tuple[str, int, int, str, int]]
) -> list[tuple[str, object, tuple[str, ...]]]:
    found: list[tuple[str, object, tuple[str, ...]]] = []
    span = int(of.timespan.total_seconds() * SECOND)
    for group in "xy":
        mine = [Occurrence(m * 60 * SECOND, m * 60 * SECOND, b, key, (v,)) for key, m, b, g, v in stream if g == group]
        points = naive_points(of, mine)
        while points:
            last = 0
            while last + 1 < len(points) and points[last + 1] - points[last] <= span:
                last += 1
            inside = [one for one in mine if points[0] - span <= one.at <= points[last]]
            events = tuple(one.key for one in sorted(inside, key=lambda one: (one.at, one.key)))
            found.append((of.id, (("derived.principal", group),), events))
            points = points[last + 1 :]
    return sorted(found)


@given(data=st.data(), name=st.sampled_from(sorted(KINDS)), stream=streams())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_order_and_any_repetition_give_the_same_firings(name: str, stream, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    of = KINDS[name]
    arriving = data.draw(st.permutations(stream)) + data.draw(st.lists(st.sampled_from(stream), max_size=3))
    with open_scratch_store(now=NOON, settings=Settings(match_cap=None)) as store:
        waiting: list[Contribution] = []
        for number, (key, minute, base, group, value) in enumerate(arriving):
            waiting.append(contribution(of, key, at=at(minute), base=base, group=group, values=(value,)))
            if number + 1 == len(arriving) or data.draw(st.booleans()):
                now = at(70) + timedelta(minutes=number)
                record(store, *waiting, of=[of], now=now)
                waiting = []
        record(store, of=[of], now=at(60 * 24))
        assert fired(store, [of]) == expected(of, stream)
