"""Mutes as they are applied: what is muted is recorded, counted and listed, and owes nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from daemon.model import (
    INLINE_URL,
    Actor,
    Alert,
    Answer,
    AnswerKind,
    AnswerOutcome,
    DeliveryKind,
    Escalation,
    KeptAnswer,
    Level,
    Match,
    MuteRequest,
    MuteScope,
    MuteState,
    Notice,
    Person,
    Rule,
    Sent,
)
from daemon.ports import Recorded
from daemon.record.store import Access, Store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result, rule

ALICE = Person(id="slack:T1/U1", name="Alice")
BOB = Person(id="slack:T1/U2", name="Bob")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLAN = plan(kinds=(DeliveryKind.OPEN, DeliveryKind.ANSWER, DeliveryKind.AUDIT))
EVE = "arn:aws:iam::111122223333:user/eve"


def by(found: Match, principal: str, *, account: str = "111122223333") -> Match:
    """The same match of somebody else."""
    actor = Actor(label=principal.rpartition("/")[2], principal=principal, kind="user")
    group = (("recipientAccountId", account), ("derived.principal", principal))
    return replace(found, event=replace(found.event, actor=actor, account=account), group=group)


def told(store: Store, *matches: Match, now: datetime = NOON) -> Recorded:
    done = replace(result(*matches), is_of_now=True)
    return store.recorder.complete([done], plans=[PLAN], ruleset_digest="", now=now)


def opened(store: Store, of: Rule | None = None) -> Alert:
    (alert,) = told(store, match("first", of=of)).opened
    return alert


def mute(
    store: Store,
    alert: Alert,
    scope: MuteScope = MuteScope.IDENTITY,
    *,
    person: Person = ALICE,
    duration: timedelta = HOUR,
    now: datetime = NOON,
    with_critical: bool = False,
    key: str | None = None,
) -> KeptAnswer:
    request = MuteRequest(scope=scope, duration=duration, reason="deployment", with_critical=with_critical)
    answer = Answer(kind=AnswerKind.MUTE, by=person, alert_id=alert.id, mute=request, key=key)
    return store.answers.give(answer, plans=[PLAN], now=now)


def confirm(store: Store, mute_id: int, *, person: Person = BOB, now: datetime = NOON) -> KeptAnswer:
    answer = Answer(kind=AnswerKind.CONFIRM_MUTE, by=person, mute_id=mute_id)
    return store.answers.give(answer, plans=[PLAN], now=now)


def unmute(store: Store, mute_id: int, *, person: Person = BOB, now: datetime = NOON) -> KeptAnswer:
    answer = Answer(kind=AnswerKind.UNMUTE, by=person, mute_id=mute_id)
    return store.answers.give(answer, plans=[PLAN], now=now)


def opens(store: Store) -> list[str]:
    return [each.alert_id for each in store.list_deliveries(limit=None) if each.kind is DeliveryKind.OPEN]


def test_a_muted_match_is_recorded_counted_and_listed_and_owes_nobody(store: Store) -> None:
    alert = opened(store)
    kept = mute(store, alert)
    assert (kept.outcome, kept.mute and kept.mute.principal) == (
        AnswerOutcome.DONE,
        "arn:aws:iam::111122223333:user/alice",
    )
    recorded = told(store, match("second"), now=NOON + timedelta(minutes=5))
    assert (recorded.new_matches, recorded.suppressed) == (1, {"muted": 1})
    (muted,) = store.answers.muted_alerts(now=NOON, limit=9)
    assert (muted.count, muted.muted_by) == (1, kept.mute and kept.mute.id)
    assert opens(store) == [alert.id]
    (standing,) = store.answers.mutes(now=NOON)
    assert standing.matches == 1


def test_a_mute_of_an_identity_does_not_go_by_the_sessions_name(store: Store) -> None:
    role = "arn:aws:iam::111122223333:role/deployer"
    (alert,) = told(store, by(match("first"), role)).opened
    mute(store, alert)
    again = by(match("second"), role)
    renamed = replace(again, event=replace(again.event, actor=replace(again.event.actor, label="another session")))
    assert told(store, renamed).suppressed == {"muted": 1}


@pytest.mark.parametrize(
    ("scope", "principal", "account", "is_muted"),
    [
        (MuteScope.IDENTITY, EVE, "111122223333", False),
        (MuteScope.IDENTITY, "arn:aws:iam::111122223333:user/alice", "444455556666", False),
        (MuteScope.ACCOUNT, EVE, "111122223333", True),
        (MuteScope.ACCOUNT, EVE, "444455556666", False),
    ],
)
def test_a_mute_covers_its_scope_and_no_more(
    store: Store, scope: MuteScope, principal: str, account: str, is_muted: bool
) -> None:
    mute(store, opened(store), scope)
    recorded = told(store, by(match("second"), principal, account=account))
    assert ("muted" in recorded.suppressed) is is_muted
    assert (len(opens(store)) == 1) is is_muted


def test_what_others_do_in_the_same_group_is_told_all_the_same(store: Store) -> None:
    """A group may hold several people: muting one must neither hide the others nor open an alert for each turn."""
    mute(store, opened(store))
    group = (("recipientAccountId", "111122223333"),)
    events = [
        replace(by(match(f"e{n}"), EVE if n % 2 else "arn:aws:iam::111122223333:user/alice"), group=group)
        for n in range(6)
    ]
    for n, each in enumerate(events):
        told(store, each, now=NOON + timedelta(minutes=n))
    by_count = {alert.muted_by is None: alert.count for alert in store.list_alerts(now=NOON) if alert.group == group}
    assert by_count == {True: 3, False: 3}
    assert len(opens(store)) == 2


def test_a_rule_is_muted_and_no_other(store: Store) -> None:
    mute(store, opened(store))
    assert told(store, match("second", of=rule("rule-2"))).suppressed == {}


def test_a_mute_that_ends_mutes_nothing_more_and_its_alert_takes_nothing_in(store: Store) -> None:
    mute(store, opened(store))
    told(store, match("second"), now=NOON + timedelta(minutes=59))
    recorded = told(store, match("third"), now=NOON + timedelta(minutes=61))
    assert recorded.suppressed == {}
    assert {alert.count for alert in store.answers.muted_alerts(now=NOON, limit=9)} == {1}
    assert len(opens(store)) == 2


def test_a_mute_holds_over_a_restart(state_url: str) -> None:
    with open_store(state_url, now=NOON) as first:
        mute(first, opened(first))
    with open_store(state_url, now=NOON) as second:
        assert told(second, match("second")).suppressed == {"muted": 1}


def test_a_mute_made_beside_the_daemon_holds_at_once(state_url: str) -> None:
    with open_store(state_url, now=NOON) as daemon:
        alert = opened(daemon)
        with open_store(state_url, now=NOON, access=Access.SHARE) as command:
            kept = mute(command, alert)
        assert told(daemon, match("second")).suppressed == {"muted": 1}
        assert kept.mute is not None
        with open_store(state_url, now=NOON, access=Access.SHARE) as command:
            unmute(command, kept.mute.id)
        assert told(daemon, match("third")).suppressed == {}


def test_all_replicas_obey_a_mute_at_once(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as first, open_store(postgres_url, now=NOON) as second:
        mute(first, opened(first))
        assert told(second, match("second")).suppressed == {"muted": 1}


def test_a_mute_for_everybody_waits_for_a_second_person(store: Store) -> None:
    kept = mute(store, opened(store), MuteScope.ALL, duration=DAY)
    assert kept.mute is not None
    assert told(store, by(match("second"), EVE)).suppressed == {}
    assert confirm(store, kept.mute.id, person=ALICE).outcome is AnswerOutcome.SAME_PERSON
    assert told(store, by(match("third"), EVE, account="444455556666")).suppressed == {}
    later = NOON + timedelta(hours=20)
    confirmed = confirm(store, kept.mute.id, person=BOB, now=later)
    assert (confirmed.outcome, confirmed.mute and confirmed.mute.until_at) == (AnswerOutcome.DONE, later + DAY)
    assert told(store, by(match("fourth"), EVE), now=later).suppressed == {"muted": 1}
    assert confirm(store, kept.mute.id, person=ALICE, now=later).outcome is AnswerOutcome.AGAIN


def test_a_mute_for_everybody_that_nobody_confirms_is_over_after_a_day(store: Store) -> None:
    kept = mute(store, opened(store), MuteScope.ALL)
    assert kept.mute is not None
    late = NOON + timedelta(hours=25)
    assert confirm(store, kept.mute.id, now=late).outcome is AnswerOutcome.OVER
    assert store.answers.mutes(now=late) == []
    assert len(store.answers.mutes(now=late, with_over=True)) == 1


def test_a_longer_mute_for_everybody_needs_a_second_person_again(store: Store) -> None:
    alert = opened(store)
    kept = mute(store, alert, MuteScope.ALL)
    assert kept.mute is not None
    confirm(store, kept.mute.id)
    longer = mute(store, alert, MuteScope.ALL, duration=DAY)
    assert (longer.outcome, longer.mute and longer.mute.until_at) == (AnswerOutcome.DONE, None)
    assert mute(store, alert, MuteScope.ALL, duration=DAY).outcome is AnswerOutcome.AGAIN


def test_a_critical_alert_is_not_muted_unless_that_is_said(store: Store) -> None:
    critical = rule(level=Level.CRITICAL)
    alert = opened(store, critical)
    assert mute(store, alert).outcome is AnswerOutcome.CRITICAL
    assert told(store, match("second", of=critical)).suppressed == {}
    assert mute(store, alert, with_critical=True).outcome is AnswerOutcome.DONE
    assert told(store, match("third", of=critical)).suppressed == {"muted": 1}


def test_a_rule_that_becomes_critical_is_no_longer_muted(store: Store) -> None:
    mute(store, opened(store))
    assert told(store, match("second", of=rule(level=Level.CRITICAL))).suppressed == {}
    assert len(opens(store)) == 2


def test_the_same_mute_once_more_changes_nothing(store: Store) -> None:
    alert = opened(store)
    first = mute(store, alert)
    again = mute(store, alert, person=BOB, now=NOON + timedelta(seconds=20))
    assert (again.outcome, again.before) == (AnswerOutcome.AGAIN, "Alice")
    assert again.mute == first.mute
    assert len(store.answers.mutes(now=NOON)) == 1


def test_a_longer_mute_of_the_same_makes_it_longer_and_a_shorter_one_leaves_it(store: Store) -> None:
    alert = opened(store)
    mute(store, alert, duration=DAY)
    assert mute(store, alert).outcome is AnswerOutcome.AGAIN
    longer = mute(store, alert, duration=2 * DAY)
    assert (longer.outcome, longer.mute and longer.mute.until_at) == (AnswerOutcome.DONE, NOON + 2 * DAY)
    assert len(store.answers.mutes(now=NOON)) == 1


def test_the_same_press_that_comes_twice_counts_once(store: Store) -> None:
    alert = opened(store)
    assert mute(store, alert, key="envelope-1") == mute(store, alert, key="envelope-1")
    assert len(store.answers.log()) == 1


def test_a_mute_is_ended_once(store: Store) -> None:
    kept = mute(store, opened(store))
    assert kept.mute is not None
    assert unmute(store, kept.mute.id).outcome is AnswerOutcome.DONE
    again = unmute(store, kept.mute.id, person=ALICE)
    assert (again.outcome, again.before) == (AnswerOutcome.AGAIN, "Bob")
    assert unmute(store, 999).outcome is AnswerOutcome.UNKNOWN
    assert told(store, match("second")).suppressed == {}


def test_what_no_alert_says_cannot_be_muted(store: Store) -> None:
    (nobody,) = told(store, by(match("first"), "")).opened
    assert mute(store, nobody).outcome is AnswerOutcome.UNFIT
    assert mute(store, nobody, MuteScope.ACCOUNT).outcome is AnswerOutcome.DONE
    store.recorder.notify(Notice(reason="state_new", title="New", text="x"), plans=[], now=NOON)
    (notice,) = (alert for alert in store.list_alerts(now=NOON, with_notices=True) if alert.is_notice)
    assert mute(store, notice, MuteScope.ALL).outcome is AnswerOutcome.UNFIT
    assert mute(store, replace(notice, id="gone")).outcome is AnswerOutcome.UNKNOWN


def test_a_mute_is_owed_to_the_thread_and_to_the_audit_channel(store: Store) -> None:
    alert = opened(store)
    (parcel,) = store.outbox.due("security", now=NOON, limit=9)
    store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    kept = mute(store, alert)
    reply, audit = store.outbox.due("security", now=NOON, limit=9)
    assert (reply.delivery.kind, reply.delivery.parent_ref, reply.answer) == (DeliveryKind.ANSWER, "C1/1.0", kept)
    assert (audit.delivery.kind, audit.delivery.parent_ref, audit.answer) == (DeliveryKind.AUDIT, None, kept)
    mute(store, alert)
    assert len(store.outbox.due("security", now=NOON, limit=9)) == 2


def test_what_is_said_before_the_message_is_out_follows_it(store: Store) -> None:
    alert = opened(store)
    store.answers.give(Answer(kind=AnswerKind.ACKNOWLEDGE, by=ALICE, alert_id=alert.id), plans=[PLAN], now=NOON)
    (parcel,) = store.outbox.due("security", now=NOON, limit=9)
    assert parcel.delivery.kind is DeliveryKind.OPEN
    store.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
    (reply,) = store.outbox.due("security", now=NOON, limit=9)
    assert (reply.delivery.kind, reply.delivery.parent_ref) == (DeliveryKind.ANSWER, "C1/1.0")


def test_a_mute_and_what_it_muted_are_forgotten_together(store: Store) -> None:
    mute(store, opened(store), duration=30 * DAY)
    told(store, match("second"))

    def prune(now: datetime) -> int:
        return store.prune(keep_alerts=DAY, keep_objects=DAY, now=now).alerts

    store.set_removed_aside([], now=NOON)
    assert prune(NOON + 10 * DAY) == 1  # the one that the mute was made from is kept while it holds
    assert prune(NOON + 40 * DAY) == 1
    assert store.answers.mutes(now=NOON + 40 * DAY, with_over=True) == []
    assert store.answers.log() == []


def test_a_message_of_a_queue_cannot_hide_somebody_behind_a_mute_of_another(store: Store) -> None:
    """It says alice, who is muted; the log file then says eve, in the same group."""
    mute(store, opened(store))
    group = (("recipientAccountId", "111122223333"),)
    said = replace(match("second", obj=replace(log_object(), url=f"{INLINE_URL}calls", etag="")), group=group)
    assert told(store, said).suppressed == {"muted": 1}
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object("B")), is_sweep=False, now=NOON)
    (row,) = store.ledger.pending(SOURCE, now=NOON, limit=9)
    true = replace(by(match("second", obj=row.object), EVE), group=group)
    store.recorder.complete(
        [result(true, row_id=row.row_id, obj=row.object)], plans=[PLAN], ruleset_digest="", now=NOON
    )
    assert len(opens(store)) == 2


def rising(count: int = 3, to: Level = Level.CRITICAL) -> Rule:
    of = rule()
    return replace(of, options=replace(of.options, escalate=(Escalation(count=count, to=to),)))


def test_a_muted_alert_that_rises_above_its_mute_rings_like_a_new_one(store: Store) -> None:
    mute(store, opened(store))
    told(store, match("m1", of=rising()), match("m2", of=rising()))
    (muted,) = store.answers.muted_alerts(now=NOON, limit=9)
    assert len(opens(store)) == 1
    assert told(store, match("m3", of=rising())).suppressed == {}
    assert opens(store)[0] == muted.id
    (risen,) = (alert for alert in store.list_alerts(now=NOON) if alert.id == muted.id)
    assert (risen.level, risen.count, risen.muted_by) == (Level.CRITICAL, 3, None)


def test_what_follows_such_an_alert_joins_it_and_opens_no_other(store: Store) -> None:
    mute(store, opened(store))
    told(store, *(match(f"m{n}", of=rising()) for n in range(3)))
    for n in range(3, 9):
        assert told(store, match(f"m{n}", of=rising()), now=NOON + timedelta(minutes=n)).suppressed == {}
    assert sorted(alert.count for alert in store.list_alerts(now=NOON)) == [1, 9]
    assert len(opens(store)) == 2


def test_one_that_rises_to_what_its_mute_reaches_stays_quiet(store: Store) -> None:
    mute(store, opened(store), with_critical=True)
    told(store, *(match(f"m{n}", of=rising()) for n in range(3)))
    assert len(opens(store)) == 1
    (muted,) = store.answers.muted_alerts(now=NOON, limit=9)
    assert (muted.level, muted.count) == (Level.CRITICAL, 3)


def test_a_mute_that_is_made_to_reach_it_quiets_what_comes_after(store: Store) -> None:
    alert = opened(store)
    mute(store, alert)
    told(store, *(match(f"m{n}", of=rising()) for n in range(3)))
    mute(store, alert, with_critical=True)
    assert told(store, match("m9", of=rising())).suppressed == {"muted": 1}
    assert len(opens(store)) == 2


def test_a_short_mute_of_what_is_critical_is_not_made_longer_by_another(store: Store) -> None:
    critical = rule(level=Level.CRITICAL)
    long = mute(store, opened(store), duration=30 * DAY)
    (grave,) = told(store, match("second", of=critical)).opened
    short = mute(store, grave, with_critical=True)
    assert long.mute is not None
    assert short.mute is not None
    assert (short.mute.id != long.mute.id, short.mute.until_at) == (True, NOON + HOUR)
    assert told(store, match("third", of=critical)).suppressed == {"muted": 1}
    assert told(store, match("fourth", of=critical), now=NOON + 2 * HOUR).suppressed == {}
    assert told(store, match("fifth"), now=NOON + 20 * DAY).suppressed == {"muted": 1}


def test_what_two_mutes_keep_quiet_in_turn_in_one_group_is_one_alert_each(store: Store) -> None:
    group = (("recipientAccountId", "111122223333"),)

    def both(n: int) -> Match:
        return replace(by(match(f"e{n}"), EVE if n % 2 else f"{EVE}lyn"), group=group)

    for n in (0, 1):
        (alert,) = told(store, by(match(f"first{n}"), EVE if n % 2 else f"{EVE}lyn")).opened
        mute(store, alert)
    recorded = [told(store, both(n), now=NOON + timedelta(minutes=n)) for n in range(6)]
    assert [len(each.opened) for each in recorded] == [1, 1, 0, 0, 0, 0]
    assert sorted(alert.count for alert in store.answers.muted_alerts(now=NOON, limit=9)) == [3, 3]


def test_a_mute_that_nobody_confirmed_is_forgotten_and_so_is_its_alert(store: Store) -> None:
    mute(store, opened(store), MuteScope.ALL)
    while owed := store.outbox.due("security", now=NOON, limit=9):
        for parcel in owed:
            store.outbox.settle(parcel.delivery, Sent(), now=NOON, due_at=None)
    assert store.prune(keep_alerts=DAY, keep_objects=DAY, now=NOON + 40 * DAY).alerts == 1
    assert store.answers.mutes(now=NOON + 40 * DAY, with_over=True) == []


def test_live_mutes_are_counted_by_how_they_stand(store: Store) -> None:
    alert = opened(store)
    assert store.answers.mute_counts(now=NOON) == {MuteState.IN_FORCE: 0, MuteState.WAITING: 0}
    mute(store, alert)
    mute(store, alert, MuteScope.ACCOUNT, duration=DAY)
    mute(store, alert, MuteScope.ALL)
    assert store.answers.mute_counts(now=NOON) == {MuteState.IN_FORCE: 2, MuteState.WAITING: 1}
    assert store.answers.mute_counts(now=NOON + 2 * HOUR) == {MuteState.IN_FORCE: 1, MuteState.WAITING: 1}
    assert store.answers.mute_counts(now=NOON + 2 * DAY) == {MuteState.IN_FORCE: 0, MuteState.WAITING: 0}
