"""An alert that goes on, in Slack: its message changed, its thread and the channel told, through the real client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from daemon.model import Dead, DeliveryKind, Edition, Pause, Previous, Retry, Sent, Trait, TraitKind
from daemon.notify.answers import RetryReason
from daemon.notify.dispatch import Dispatcher
from daemon.notify.pacing import FIFTY_A_MINUTE, ONE_A_SECOND, Pacer
from daemon.notify.slack import SlackNotifier
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_delivery, a_parcel, a_sample, an_alert
from tests.doubles.clock import MovableClock
from tests.doubles.outbox import MemoryOutbox
from tests.doubles.slack import TOKEN, SlackServer, error, rate_limited

GROWN = an_alert(
    count=3,
    version=3,
    samples=(a_sample(), a_sample(summary="later")),
    traits=(Trait(kind=TraitKind.REGION, value="eu-west-1", since=3),),
)
FIRST = Edition(version=1, count=1)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def a_notifier(slack: SlackServer, *, channel: str = "#security-alerts") -> SlackNotifier:
    return SlackNotifier(name="security", token=lambda: TOKEN, channel=channel, api_url=slack.api_url, timeout_s=2)


def opened(slack: SlackServer) -> str:
    outcome = a_notifier(slack).send(a_parcel())
    assert isinstance(outcome, Sent)
    assert outcome.remote_ref is not None
    return outcome.remote_ref


def talk(kind: DeliveryKind, ref: str | None, **changes: Any) -> Parcel:
    return a_parcel(GROWN, kind=kind, parent_ref=ref, since=FIRST, **changes)


def test_an_update_changes_the_message_in_its_place(slack: SlackServer) -> None:
    ref = opened(slack)
    assert a_notifier(slack).send(talk(DeliveryKind.UPDATE, ref)) == Sent(remote_ref=ref)
    (change,) = slack.changes
    assert f"{change.channel}/{change.ts}" == ref
    assert "3 events" in str(slack.shown(change.ts))
    assert len(slack.posts) == 1


def test_a_reply_goes_into_the_thread_and_a_broadcast_to_the_channel_too(slack: SlackServer) -> None:
    ref = opened(slack)
    for kind in (DeliveryKind.REPLY, DeliveryKind.BROADCAST):
        assert isinstance(a_notifier(slack).send(talk(kind, ref)), Sent)
    reply, broadcast = slack.replies()
    assert [broadcast] == slack.broadcasts()
    assert reply.text == "2 more events, 3 in all: new region: eu-west-1"
    assert broadcast.text == "HIGH: IAM group deleted: new region: eu-west-1"


def test_a_reply_with_nothing_new_is_done_without_a_call(slack: SlackServer) -> None:
    parcel = a_parcel(GROWN, kind=DeliveryKind.REPLY, parent_ref="C0SECURITY/1.0", since=Edition(version=3, count=3))
    assert a_notifier(slack).send(parcel) == Sent()
    assert slack.calls == []


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_message_that_cannot_be_changed_any_more_is_settled_after_one_try(slack: SlackServer, code: str) -> None:
    ref = opened(slack)
    slack.script("chat.update", error(code))
    assert a_notifier(slack).send(talk(DeliveryKind.UPDATE, ref)) == Dead(reason=code)
    assert [method for method, _ in slack.calls] == ["chat.postMessage", "chat.update"]


def test_a_message_that_was_deleted_in_slack_is_one_that_is_gone(slack: SlackServer) -> None:
    ref = opened(slack)
    slack.deleted.add(ref.partition("/")[2])
    assert a_notifier(slack).send(talk(DeliveryKind.UPDATE, ref)) == Dead(reason="message_not_found")
    assert a_notifier(slack).send(talk(DeliveryKind.REPLY, ref)) == Dead(reason="thread_not_found")


@pytest.mark.parametrize("ref", [None, "C0ELSEWHERE/1.0"], ids=["never known", "another channel"])
def test_a_broadcast_without_a_thread_goes_to_the_channel(slack: SlackServer, ref: str | None) -> None:
    assert isinstance(a_notifier(slack).send(talk(DeliveryKind.BROADCAST, ref)), Sent)
    (post,) = slack.posts
    assert (post.channel, post.thread_ts) == ("C0SECURITY", None)


def test_a_broadcast_below_a_deleted_message_goes_to_the_channel(slack: SlackServer) -> None:
    ref = opened(slack)
    slack.deleted.add(ref.partition("/")[2])
    assert isinstance(a_notifier(slack).send(talk(DeliveryKind.BROADCAST, ref)), Sent)
    assert len(slack.opens()) == 2


@pytest.mark.parametrize(("kind", "reason"), [(DeliveryKind.UPDATE, "no_message"), (DeliveryKind.REPLY, "no_thread")])
def test_what_has_no_message_to_belong_to_is_not_strewn_into_the_channel(
    slack: SlackServer, kind: DeliveryKind, reason: str
) -> None:
    assert a_notifier(slack).send(talk(kind, None)) == Dead(reason=reason)
    assert slack.calls == []


def test_an_update_whose_form_is_refused_is_plain_text_that_takes_the_blocks_away(slack: SlackServer) -> None:
    ref = opened(slack)
    slack.script("chat.update", error("invalid_blocks"))
    assert isinstance(a_notifier(slack).send(talk(DeliveryKind.UPDATE, ref)), Sent)
    (change,) = slack.changes
    assert (change.payload["blocks"], change.payload["attachments"]) == ([], [])


def test_an_update_in_a_channel_that_is_gone_holds_up_nothing_else(slack: SlackServer) -> None:
    parcel = talk(DeliveryKind.UPDATE, "C0ELSEWHERE/1.0", attempts=3)
    assert a_notifier(slack).send(parcel) == Retry(reason="channel_not_found")


def test_a_bad_token_pauses_the_destination_for_updates_too(slack: SlackServer) -> None:
    ref = opened(slack)
    slack.script("chat.update", error("token_revoked"))
    outcome = a_notifier(slack).send(talk(DeliveryKind.UPDATE, ref))
    assert isinstance(outcome, Pause)


def test_the_next_alert_links_the_message_of_the_one_before(slack: SlackServer) -> None:
    ref = opened(slack)
    previous = Previous(id="alert-0", opened_at=NOW, last_at=NOW, count=4, remote_ref=ref)
    again = Parcel(delivery=a_delivery(id=2), alerts=(an_alert(previous_id="alert-0"),), previous=previous)
    notifier = a_notifier(slack)
    assert isinstance(notifier.send(again), Sent)
    assert isinstance(notifier.send(again), Sent)
    link = f"https://example.slack.com/archives/C0SECURITY/p{ref.partition('/')[2].replace('.', '')}"
    assert link in str(slack.posts[1].payload)
    assert [method for method, _ in slack.calls].count("chat.getPermalink") == 1


def test_without_a_permalink_the_alert_before_is_named(slack: SlackServer) -> None:
    previous = Previous(id="alert-0", opened_at=NOW, last_at=NOW, count=4, remote_ref="C0SECURITY/9.9")
    again = Parcel(delivery=a_delivery(), alerts=(an_alert(),), previous=previous)
    assert isinstance(a_notifier(slack).send(again), Sent)
    assert "the last one was alert alert-0" in str(slack.posts[0].payload)


def a_dispatcher(slack: SlackServer, outbox: MemoryOutbox, clock: MovableClock) -> Dispatcher:
    return Dispatcher(
        outbox,
        [a_notifier(slack)],
        clock=clock,
        jitter=lambda: 0.0,
        pacers={"security": Pacer(ONE_A_SECOND)},
        update_pacers={"security": Pacer(FIFTY_A_MINUTE)},
    )


def test_when_slack_has_enough_of_updates_alerts_still_go(slack: SlackServer) -> None:
    clock, ref = MovableClock(NOW), opened(slack)
    slack.script("chat.update", rate_limited("60"))
    outbox = MemoryOutbox(talk(DeliveryKind.UPDATE, ref, id=7))
    dispatcher = a_dispatcher(slack, outbox, clock)
    dispatcher.run_once()
    assert outbox.settled == [(7, Retry(reason=RetryReason.RATE_LIMITED, after=timedelta(seconds=60)))]
    outbox.add(a_parcel(an_alert(id="a8"), id=8))
    outbox.add(talk(DeliveryKind.UPDATE, ref, id=9))
    clock.now += timedelta(seconds=2)
    report = dispatcher.run_once()
    assert [number for number, _ in outbox.settled] == [7, 8]
    assert report.next_at == NOW + timedelta(seconds=60)
    clock.now = NOW + timedelta(seconds=60)
    dispatcher.run_once()
    clock.now += timedelta(seconds=2)
    dispatcher.run_once()
    assert sorted(number for number, _ in outbox.settled) == [7, 7, 8, 9]
