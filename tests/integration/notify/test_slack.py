"""The Slack destination through the real client and real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from daemon.model import Dead, DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.compose import Details
from daemon.notify.dispatch import Dispatcher
from daemon.notify.pacing import ONE_A_SECOND, Pacer
from daemon.notify.slack import SlackNotifier
from tests.doubles.alerts import NOW, a_parcel, a_sample, an_alert
from tests.doubles.clock import MovableClock
from tests.doubles.outbox import MemoryOutbox
from tests.doubles.slack import TOKEN, Answer, SlackServer, error, hang_up, rate_limited


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def a_notifier(
    slack: SlackServer, *, token: str = TOKEN, channel: str = "#security-alerts", details: Details = "matched"
) -> SlackNotifier:
    return SlackNotifier(
        name="security", token=lambda: token, channel=channel, details=details, api_url=slack.api_url, timeout_s=2
    )


def test_an_alert_is_posted_with_blocks_colour_and_its_id(slack: SlackServer) -> None:
    outcome = a_notifier(slack).send(a_parcel())
    (post,) = slack.posts
    assert outcome == Sent(remote_ref=f"C0SECURITY/{post.ts}")
    assert post.text == "HIGH: alice called iam:DeleteGroup in 111122223333, us-east-1"
    assert post.alert_id == "alert-1"
    assert post.payload["attachments"][0]["color"] == "#e8590c"
    assert post.payload["unfurl_links"] is False


@pytest.mark.parametrize("details", ["matched", "full"])
def test_details_go_into_the_thread_by_the_channels_id(slack: SlackServer, details: Details) -> None:
    notifier = a_notifier(slack, details=details)
    opened = notifier.send(a_parcel())
    assert isinstance(opened, Sent)
    outcome = notifier.send(a_parcel(kind=DeliveryKind.DETAILS, parent_ref=opened.remote_ref))
    assert isinstance(outcome, Sent)
    (reply,) = slack.replies()
    assert (reply.channel, reply.thread_ts) == ("C0SECURITY", slack.opens()[0].ts)
    assert reply.payload["channel"] == "C0SECURITY"


def test_details_that_nobody_wants_are_done_without_a_call(slack: SlackServer) -> None:
    outcome = a_notifier(slack, details="none").send(a_parcel(kind=DeliveryKind.DETAILS, parent_ref="C0SECURITY/1"))
    assert outcome == Sent()
    assert slack.calls == []


@pytest.mark.parametrize("parent_ref", [None, "", "C0SECURITY/", "C0SECURITY"])
def test_details_without_a_thread_to_go_into_are_not_strewn_into_the_channel(
    slack: SlackServer, parent_ref: str | None
) -> None:
    parcel = a_parcel(kind=DeliveryKind.DETAILS, parent_ref=parent_ref)
    assert a_notifier(slack).send(parcel) == Dead(reason="no_thread")
    assert slack.calls == []


def test_too_many_messages_wait_as_slack_says_and_are_not_tried_inside(slack: SlackServer) -> None:
    slack.script("chat.postMessage", rate_limited("7"))
    outcome = a_notifier(slack).send(a_parcel())
    assert outcome == Retry(reason=RetryReason.RATE_LIMITED, after=timedelta(seconds=7))
    assert len(slack.calls) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (hang_up(is_accepted=True), RetryReason.LOST_ANSWER),
        (hang_up(is_accepted=False), RetryReason.LOST_ANSWER),
        (Answer(delay_s=3), RetryReason.LOST_ANSWER),
        (error("fatal_error", status=500), RetryReason.SERVER_ERROR),
        (error("internal_error"), RetryReason.SERVER_ERROR),
        (Answer(status=502, body="<html>Bad gateway</html>"), RetryReason.SERVER_ERROR),
        (Answer(status=200, body="<html>Log in to the network</html>"), RetryReason.SERVER_ERROR),
        (Answer(status=500, body="[]"), RetryReason.SERVER_ERROR),
        (Answer(status=200, body="[1]"), RetryReason.LOST_ANSWER),
        (Answer(status=200, body="null"), RetryReason.SERVER_ERROR),
    ],
    ids=["lost", "broken", "slow", "500", "internal", "gateway", "portal", "500 list", "list", "null"],
)
def test_a_failing_server_and_a_lost_answer_are_tried_again_later_by_the_outbox(
    slack: SlackServer, answer: Answer, reason: RetryReason
) -> None:
    slack.script("chat.postMessage", answer)
    assert a_notifier(slack).send(a_parcel()) == Retry(reason=reason)
    assert len(slack.calls) == 1


@pytest.mark.parametrize("kind", [DeliveryKind.OPEN, DeliveryKind.DETAILS])
def test_what_is_refused_alone_is_posted_as_plain_text_and_without_its_event_by_turns(
    slack: SlackServer, kind: DeliveryKind
) -> None:
    slack.always("chat.postMessage", Answer(status=403, body="<html>Blocked</html>"))
    for attempts in range(2, 5):
        parcel = a_parcel(kind=kind, parent_ref="C0SECURITY/1.0", attempts=attempts, reason="refused_alone")
        assert a_notifier(slack).send(parcel) == Retry(reason=RetryReason.SERVER_ERROR)
    rich, plain, bare = (payload for _, payload in slack.calls)
    assert len(slack.calls) == 3
    assert ["blocks" in payload for payload in (rich, plain, bare)] == [True, False, False]
    assert "DeleteGroup" in plain["text"]
    assert "DeleteGroup" not in bare["text"]
    assert "trailwarden alerts show alert-1" in bare["text"]
    assert {payload.get("thread_ts") for payload in (rich, plain, bare)} == {"1.0"}


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("no_text", Dead(reason="no_text")), ("odd_word", Retry(reason=RetryReason.UNKNOWN_ANSWER))],
)
def test_a_plainer_form_that_is_refused_for_its_content_is_tried_once(
    slack: SlackServer, code: str, outcome: SendOutcome
) -> None:
    slack.script("chat.postMessage", error(code))
    assert a_notifier(slack).send(a_parcel(attempts=3, reason="refused_alone")) == outcome
    assert len(slack.calls) == 1


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
def test_a_thread_in_a_channel_that_is_gone_does_not_hold_up_the_alerts(slack: SlackServer, code: str) -> None:
    """Details go where their alert went, which after a change of the configuration may be elsewhere."""
    details = a_parcel(kind=DeliveryKind.DETAILS, parent_ref="C0ELSEWHERE/1.0", attempts=3)
    slack.script("chat.postMessage", error(code))
    assert a_notifier(slack).send(details) == Retry(reason=code)
    given_up = a_parcel(kind=DeliveryKind.DETAILS, parent_ref="C0ELSEWHERE/1.0", attempts=30)
    slack.script("chat.postMessage", error(code))
    assert a_notifier(slack).send(given_up) == Dead(reason=code)


def test_a_token_that_is_refused_pauses_whatever_it_was_used_for(slack: SlackServer) -> None:
    slack.script("chat.postMessage", error("invalid_auth"))
    details = a_parcel(kind=DeliveryKind.DETAILS, parent_ref="C0SECURITY/1.0", attempts=30)
    assert isinstance(a_notifier(slack).send(details), Pause)


@pytest.mark.parametrize("code", ["thread_not_found", "invalid_thread_ts", "restricted_action_thread_locked"])
def test_details_of_a_message_that_was_deleted_are_given_up(slack: SlackServer, code: str) -> None:
    slack.script("chat.postMessage", error(code), error(code))
    assert a_notifier(slack).send(a_parcel(kind=DeliveryKind.DETAILS, parent_ref="C0SECURITY/1.0")) == Dead(reason=code)


@pytest.mark.parametrize("code", ["not_in_channel", "invalid_auth", "channel_not_found", "missing_scope"])
def test_a_destination_that_cannot_take_anything_pauses(slack: SlackServer, code: str) -> None:
    slack.script("chat.postMessage", error(code))
    outcome = a_notifier(slack).send(a_parcel())
    assert isinstance(outcome, Pause)
    assert (outcome.reason, len(slack.calls)) == (code, 1)


@pytest.mark.parametrize(
    ("token", "reason", "calls"),
    [
        ("", "not_authed", 0),
        ("xoxb-wrong", "invalid_auth", 1),
        ("xoxb-ü", "invalid_auth", 0),
        ("a b", "invalid_auth", 0),
    ],
)
def test_a_token_that_is_none_pauses_with_a_hint(slack: SlackServer, token: str, reason: str, calls: int) -> None:
    outcome = a_notifier(slack, token=token).send(a_parcel())
    assert isinstance(outcome, Pause)
    assert (outcome.reason, len(slack.calls)) == (reason, calls)
    assert outcome.hint


def test_a_token_that_was_changed_in_its_file_is_used_at_once(slack: SlackServer) -> None:
    tokens = iter(["xoxb-old", f"{TOKEN}\n"])
    notifier = SlackNotifier(
        name="security", token=lambda: next(tokens), channel="#security-alerts", api_url=slack.api_url.rstrip("/")
    )
    assert isinstance(notifier.send(a_parcel()), Pause)
    assert isinstance(notifier.send(a_parcel()), Sent)


def test_slack_away_pauses_and_back_again_takes_messages(slack: SlackServer) -> None:
    notifier = a_notifier(slack)
    slack.stop()
    outcome = notifier.send(a_parcel())
    assert isinstance(outcome, Pause)
    assert outcome.reason == "unreachable"
    slack.start()
    assert isinstance(notifier.send(a_parcel()), Sent)


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        notifier = SlackNotifier(
            name="s",
            token=lambda: TOKEN,
            channel="#c",
            api_url=f"http://127.0.0.1:{listener.getsockname()[1]}/",
            timeout_s=1,
        )
        assert notifier.send(a_parcel()) == Retry(reason=RetryReason.LOST_ANSWER)


def test_refused_blocks_are_sent_once_more_as_plain_text(slack: SlackServer) -> None:
    slack.script("chat.postMessage", error("invalid_blocks"))
    assert isinstance(a_notifier(slack).send(a_parcel()), Sent)
    (post,) = slack.posts
    assert "blocks" not in post.payload
    assert post.payload["mrkdwn"] is False
    assert "Who: alice" in post.text


def test_what_is_refused_also_as_plain_text_is_dead(slack: SlackServer) -> None:
    slack.script("chat.postMessage", error("invalid_blocks"), error("msg_too_long"))
    assert a_notifier(slack).send(a_parcel()) == Dead(reason="msg_too_long")


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (error("a_code_of_next_year"), Retry(reason=RetryReason.UNKNOWN_ANSWER)),
        (rate_limited("3"), Retry(reason=RetryReason.RATE_LIMITED, after=timedelta(seconds=3))),
    ],
)
def test_an_unknown_refusal_never_kills_an_alert(slack: SlackServer, second: Answer, expected: SendOutcome) -> None:
    slack.script("chat.postMessage", error("a_code_of_next_year"), second)
    assert a_notifier(slack).send(a_parcel()) == expected


def test_an_answer_without_a_timestamp_still_counts_as_sent(slack: SlackServer) -> None:
    slack.script("chat.postMessage", Answer(body='{"ok": true}'))
    assert a_notifier(slack).send(a_parcel()) == Sent(remote_ref=None)


def test_hostile_text_arrives_as_text(slack: SlackServer) -> None:
    alert = an_alert(samples=(a_sample(summary="<!channel> <https://evil.example.com|x> ``` \u202e\x1b[2J"),))
    a_notifier(slack).send(a_parcel(alert))
    (post,) = slack.posts
    assert (
        post.text == "HIGH: &lt;!channel&gt; &lt;https[:]//evil.example.com|x&gt; ``` [2J · in 111122223333, us-east-1"
    )


def test_an_outbox_is_worked_off_through_every_kind_of_trouble_with_each_alert_told_once(slack: SlackServer) -> None:
    clock = MovableClock(NOW)
    parcels = [a_parcel(an_alert(id=f"a{number}"), id=number) for number in range(1, 6)]
    replies = [a_parcel(an_alert(id=f"a{number}"), id=number + 10, kind=DeliveryKind.DETAILS) for number in range(1, 6)]
    outbox = MemoryOutbox(*parcels, *replies)
    dispatcher = Dispatcher(
        outbox, [a_notifier(slack)], clock=clock, jitter=lambda: 0.0, pacers={"security": Pacer(ONE_A_SECOND)}
    )
    slack.script(
        "chat.postMessage",
        rate_limited("5"),
        error("not_in_channel"),
        error("not_in_channel"),
        hang_up(is_accepted=False),
        error("fatal_error", status=503),
        error("invalid_blocks"),
    )
    for turn in range(60):
        report = dispatcher.run_once()
        if report.next_at is None:
            break
        clock.now = max(report.next_at, clock.now)
        if turn == 3:
            slack.stop()
        elif turn == 6:
            slack.start()
    assert sorted(str(post.alert_id) for post in slack.opens()) == ["None", "a2", "a3", "a4", "a5"]  # a1 came as text
    threads = {post.ts for post in slack.opens()}
    assert sorted(str(reply.thread_ts) for reply in slack.replies()) == sorted(threads)


def test_a_slow_destination_is_not_waited_for_by_others(slack: SlackServer) -> None:
    slack.script("chat.postMessage", Answer(delay_s=1.5))
    outbox = MemoryOutbox(a_parcel(id=1), a_parcel(id=2, destination="other"))
    other = SlackNotifier(name="other", token=lambda: TOKEN, channel="#other", api_url=slack.api_url)
    dispatcher = Dispatcher(outbox, [a_notifier(slack), other], clock=lambda: NOW, jitter=lambda: 0.0)
    slow = threading.Thread(target=dispatcher.lane("security").run_once)
    slow.start()
    assert slack.called.wait(timeout=5)
    assert dispatcher.lane("other").run_once().sent == 1
    assert slow.is_alive()
    slow.join()
