"""A Slack incoming webhook over real sockets: alerts without threads, and Slack's words for what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from daemon.model import DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.post import Poster
from daemon.notify.slack_webhook import SlackWebhookNotifier
from tests.doubles.alerts import a_parcel, an_alert
from tests.doubles.slack import Answer
from tests.doubles.slack_limits import refusal
from tests.doubles.web import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def send(web: WebServer, *, kind: DeliveryKind = DeliveryKind.OPEN, **changes: object) -> SendOutcome:
    notifier = SlackWebhookNotifier(
        name="security", url=lambda: f"{web.url}/services/T0/B0/x", poster=Poster(timeout_s=2)
    )
    return notifier.send(a_parcel(kind=kind, **changes))


def test_an_alert_is_posted_with_blocks_and_colour(web: WebServer) -> None:
    assert send(web) == Sent()
    (request,) = web.requests
    assert request.json["text"] == "HIGH: alice called iam:DeleteGroup in 111122223333, us-east-1"
    assert request.json["attachments"][0]["color"] == "#e8590c"
    assert (request.path, "metadata" in request.json) == ("/services/T0/B0/x", False)
    assert refusal({"channel": "C0", **request.json}) is None


@pytest.mark.parametrize("kind", [DeliveryKind.DETAILS, DeliveryKind.UPDATE, DeliveryKind.REPLY, DeliveryKind.RESOLVE])
def test_what_needs_a_thread_is_left_out(web: WebServer, kind: DeliveryKind) -> None:
    assert send(web, kind=kind) == Sent()
    assert web.requests == []


def test_what_rings_again_is_a_message_of_its_own(web: WebServer) -> None:
    assert send(web, kind=DeliveryKind.BROADCAST) == Sent()
    assert web.requests[0].json["text"].startswith("HIGH: IAM group deleted: ")
    assert refusal({"channel": "C0", **web.requests[0].json}) is None


def test_what_takes_an_alert_back_is_a_message_of_its_own(web: WebServer) -> None:
    notifier = SlackWebhookNotifier(name="security", url=lambda: web.url)
    notifier.send(a_parcel(an_alert(revised="late events show that it did not hold"), kind=DeliveryKind.REPLY))
    assert web.requests[0].json["text"].startswith("Revised: late events show")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=403, body="invalid_token"), "invalid_token"),
        (Answer(status=404, body="no_service"), "no_service"),
        (Answer(status=410, body="channel_is_archived"), "channel_is_archived"),
        (Answer(status=404, body="channel_not_found"), "channel_not_found"),
        (Answer(status=404, body="<html>"), "not_found"),
        (Answer(status=302, headers={"Location": "https://example.com/"}), "redirected"),
    ],
)
def test_what_a_person_must_mend_pauses_with_a_hint(web: WebServer, answer: Answer, reason: str) -> None:
    web.script(answer)
    outcome = send(web)
    assert isinstance(outcome, Pause)
    assert (outcome.reason, len(web.requests)) == (reason, 1)
    assert outcome.hint


def test_refused_blocks_come_as_text_and_refused_text_without_its_event(web: WebServer) -> None:
    web.script(Answer(status=400, body="invalid_blocks"), Answer(status=400, body="invalid_payload"))
    assert send(web) == Sent()
    rich, plain, bare = (request.json for request in web.requests)
    assert ["blocks" in form for form in (rich, plain, bare)] == [True, False, False]
    assert ["DeleteGroup" in form["text"] for form in (plain, bare)] == [True, False]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(status=429, headers={"Retry-After": "30"}), Retry(reason="rate_limited", after=timedelta(seconds=30))),
        (Answer(status=500, body="rollup_error"), Retry(reason="server_error")),
        (Answer(body="<html>Log in to the network</html>"), Retry(reason="unknown_answer")),
        (Answer(hangs_up=True), Retry(reason="lost_answer")),
    ],
)
def test_the_rest_is_tried_again(web: WebServer, answer: Answer, outcome: SendOutcome) -> None:
    web.script(answer)
    assert send(web) == outcome


def test_a_url_that_is_none_is_not_shown() -> None:
    outcome = SlackWebhookNotifier(name="s", url=lambda: "hooks.example.com/services/secret").send(a_parcel())
    assert isinstance(outcome, Pause)
    assert "secret" not in outcome.hint
