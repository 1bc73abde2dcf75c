"""What a daily digest counts, and that a day has one, on each database."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

from daemon.model import (
    Answer,
    AnswerKind,
    Dead,
    DeliveryKind,
    Level,
    Match,
    Mode,
    MuteRequest,
    MuteScope,
    Notice,
    Person,
    Sent,
)
from daemon.model.daily import DAILY_RULE_ID, DailyDigest, Part
from daemon.model.day import AlertCount, Happened, RuleMatches, RuleVerdicts
from daemon.ports import Parcel
from daemon.record.daily import SqlDaily
from daemon.record.store import Store
from tests.doubles.owing import record
from tests.doubles.state_values import NOON, match, plan, rule

ALICE = Person(id="slack:T1/U1", name="Alice")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = date(2026, 5, 4)
QUIET = rule("quiet", mode=Mode.SHADOW)
GRAVE, MILD = rule("grave", level=Level.CRITICAL), rule("mild", level=Level.LOW)
PLANS = [plan(), plan("terminal")]
DIGEST = DailyDigest(
    day=TODAY,
    since=NOON - DAY,
    until=NOON,
    headline="Nothing happened.",
    parts=(Part(heading="Sources", lines=("s",)),),
)


def daily(store: Store) -> SqlDaily:
    return SqlDaily(store.database)


def happened(store: Store, since: timedelta = -HOUR, until: timedelta = DAY) -> Happened:
    return daily(store).happened(since=NOON + since, until=NOON + until, destinations=["security"])


def in_account(found: Match, account: str, *, is_grouped: bool) -> Match:
    group = (("recipientAccountId", account), ("who", "x")) if is_grouped else (("who", "x"),)
    return replace(found, event=replace(found.event, account=account), group=group)


def test_alerts_are_counted_by_rule_and_account_the_gravest_first(store: Store) -> None:
    record(
        store,
        in_account(match("1", of=MILD), "111122223333", is_grouped=True),
        in_account(match("2", of=GRAVE), "444455556666", is_grouped=False),
        in_account(match("3", of=MILD, group="bob"), "111122223333", is_grouped=True),
        match("4", of=MILD, group="carol"),
        match("5", of=QUIET),
    )
    record(
        store, in_account(match("6", of=GRAVE), "777788889999", is_grouped=False), now=NOON + timedelta(minutes=1)
    )  # joins
    counted = happened(store)
    assert counted.alerts == (
        AlertCount(title="Title of grave", level=Level.CRITICAL, account="several", alerts=1),
        AlertCount(title="Title of mild", level=Level.LOW, account="111122223333", alerts=2),
    )
    assert (counted.shadow_alerts, counted.muted_alerts) == (1, 0)
    assert counted.matches == (
        RuleMatches(rule_id="mild", title="Title of mild", matches=3, muted=0, shadow=0),
        RuleMatches(rule_id="grave", title="Title of grave", matches=2, muted=0, shadow=0),
        RuleMatches(rule_id="quiet", title="Title of quiet", matches=1, muted=0, shadow=1),
    )


def test_an_alert_whose_group_names_no_account_is_counted_by_its_events(store: Store) -> None:
    record(store, in_account(match("1"), "444455556666", is_grouped=False))
    record(store, replace(in_account(match("2", of=MILD), "", is_grouped=False)), now=NOON + HOUR)
    assert [(each.title, each.account) for each in happened(store).alerts] == [
        ("Title of rule-1", "444455556666"),
        ("Title of mild", ""),
    ]


def test_a_period_has_its_beginning_and_not_its_end(store: Store) -> None:
    record(store, match("1"))
    assert len(happened(store, timedelta(0), HOUR).alerts) == 1
    assert happened(store, timedelta(microseconds=1), HOUR) == Happened()
    assert happened(store, -HOUR, timedelta(0)) == Happened()


def test_what_is_muted_is_counted_apart_and_verdicts_by_rule(store: Store) -> None:
    (alert,) = record(store, match("1")).opened
    request = MuteRequest(scope=MuteScope.ACCOUNT, duration=DAY, reason="deployment")
    for number, kind in enumerate((AnswerKind.MUTE, AnswerKind.NOT_EXPECTED)):
        mute = request if kind is AnswerKind.MUTE else None
        answer = Answer(kind=kind, by=ALICE, alert_id=alert.id, mute=mute, key=str(number))
        store.answers.give(answer, plans=PLANS, now=NOON)
    record(store, match("2"), match("3"), now=NOON + HOUR)
    counted = happened(store)
    assert (counted.muted_alerts, len(counted.alerts)) == (1, 1)
    assert counted.matches[0] == RuleMatches(rule_id="rule-1", title="Title of rule-1", matches=3, muted=2, shadow=0)
    assert counted.verdicts == (RuleVerdicts(title="Title of rule-1", expected=0, not_expected=1),)


def test_notices_and_what_was_given_up_are_counted_and_a_digest_is_neither(store: Store) -> None:
    plans = [plan(takes_notices=True)]
    for about in ("a", "b"):
        store.recorder.notify(
            Notice(reason="broken", title="A rule broke", text="x", about=about), plans=plans, now=NOON
        )
    assert daily(store).keep(DIGEST, plans=plans, now=NOON)
    first, *others = store.outbox.due("security", now=NOON, limit=10)
    store.outbox.settle(first.delivery, Dead(reason="refused"), now=NOON, due_at=None)
    for parcel in others:
        store.outbox.settle(parcel.delivery, Sent(), now=NOON, due_at=None)
    counted = happened(store)
    assert counted.notices == (("A rule broke", 2),)
    assert counted.given_up == {"security": 1}
    assert (counted.alerts, counted.matches) == ((), ())


def test_a_day_has_one_digest_owed_once_to_each_destination(store: Store) -> None:
    plans = [plan(takes_notices=True), plan("terminal", takes_notices=True)]
    assert (daily(store).is_kept(TODAY), daily(store).last_until()) == (False, None)
    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda _: daily(store).keep(DIGEST, plans=plans, now=NOON), range(8)))
    assert sorted(kept) == [False] * 7 + [True]
    assert (daily(store).is_kept(TODAY), daily(store).last_until()) == (True, NOON)
    assert not daily(store).is_kept(TODAY + DAY)
    told = [(each.destination, each.kind) for each in store.list_deliveries(limit=10)]
    assert sorted(told) == [("security", DeliveryKind.OPEN), ("terminal", DeliveryKind.OPEN)]
    assert _rules(store.outbox.due("security", now=NOON, limit=10)) == [DAILY_RULE_ID]


def test_the_latest_digest_says_where_the_next_begins(store: Store) -> None:
    for days in (0, 1):
        digest = replace(DIGEST, day=TODAY + days * DAY, until=NOON + days * DAY)
        assert daily(store).keep(digest, plans=(), now=NOON + days * DAY)
    assert daily(store).last_until() == NOON + DAY


def _rules(parcels: Sequence[Parcel]) -> list[str]:
    return [alert.rule_id for parcel in parcels for alert in parcel.alerts]
