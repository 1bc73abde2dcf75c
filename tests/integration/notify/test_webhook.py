"""The generic webhook over real sockets: signed, with an id that stays, and every answer told apart."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from daemon.model import DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.dispatch import Dispatcher
from daemon.notify.post import Poster
from daemon.notify.webhook import WebhookNotifier
from tests.doubles.alerts import NOW, a_parcel, a_sample, an_alert
from tests.doubles.clock import MovableClock
from tests.doubles.outbox import MemoryOutbox
from tests.doubles.slack import Answer
from tests.doubles.web import Request, WebServer

SECRET = "s3cret"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def a_notifier(web: WebServer, **changes: Any) -> WebhookNotifier:
    values: dict[str, Any] = {
        "name": "security",
        "url": lambda: f"{web.url}/hook",
        "secret": lambda: SECRET,
        "clock": lambda: NOW,
        "poster": Poster(timeout_s=2),
    }
    return WebhookNotifier(**(values | changes))


def is_genuine(request: Request, *, secret: str = SECRET) -> bool:
    signed = request.headers["x-trailwarden-timestamp"].encode() + b"." + request.body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(request.headers["x-trailwarden-signature"], f"v1={expected}")


def test_an_alert_arrives_signed_with_moment_and_id(web: WebServer) -> None:
    assert a_notifier(web).send(a_parcel()) == Sent()
    (request,) = web.requests
    assert is_genuine(request)
    assert not is_genuine(request, secret="another")
    assert request.headers["x-trailwarden-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["x-trailwarden-delivery"] == request.json["delivery"]["id"] == "alert-1.security.open.0"
    assert (request.json["kind"], request.json["alert"]["events"][0]["name"]) == ("alert", "DeleteGroup")


def test_without_a_secret_nothing_is_signed(web: WebServer) -> None:
    a_notifier(web, secret=lambda: "").send(a_parcel())
    assert "x-trailwarden-signature" not in web.requests[0].headers


def test_headers_of_the_configuration_are_sent_as_their_files_hold_them_now(web: WebServer) -> None:
    values = iter(["Bearer old", "Bearer new\n", "Bearer bad\r\nX-Evil: 1"])
    notifier = a_notifier(web, headers={"Authorization": lambda: next(values)})
    assert [notifier.send(a_parcel()), notifier.send(a_parcel())] == [Sent(), Sent()]
    assert [request.headers["authorization"] for request in web.requests] == ["Bearer old", "Bearer new"]
    outcome = notifier.send(a_parcel())
    assert isinstance(outcome, Pause)
    assert (outcome.reason, "bad" in outcome.hint) == ("bad_header", False)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(status=204), Sent()),
        (Answer(status=202), Sent()),
        (Answer(status=429, headers={"Retry-After": "7"}), Retry(reason="rate_limited", after=timedelta(seconds=7))),
        (Answer(status=503, headers={"Retry-After": "9"}), Retry(reason="server_error", after=timedelta(seconds=9))),
        (Answer(status=503), Retry(reason="server_error")),
        (Answer(status=500), Retry(reason="server_error")),
        (Answer(status=502, body="<html>"), Retry(reason="server_error")),
        (Answer(status=408), Retry(reason="server_error")),
        (Answer(hangs_up=True), Retry(reason="lost_answer")),
    ],
)
def test_what_may_pass_by_itself_is_tried_again_later(web: WebServer, answer: Answer, outcome: SendOutcome) -> None:
    web.script(answer)
    assert a_notifier(web).send(a_parcel()) == outcome
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "unauthorized"), (404, "not_found"), (405, "not_found"), (410, "gone"), (302, "redirected")],
)
def test_what_a_person_must_mend_pauses_the_destination(web: WebServer, status: int, reason: str) -> None:
    web.script(Answer(status=status, headers={"Location": web.url}))
    outcome = a_notifier(web).send(a_parcel())
    assert isinstance(outcome, Pause)
    assert (outcome.reason, len(web.requests)) == (reason, 1)
    assert outcome.hint


@pytest.mark.parametrize("status", [400, 403, 409, 413, 415, 422])
def test_what_is_refused_comes_without_a_word_of_its_event(web: WebServer, status: int) -> None:
    """An attacker who knows what a firewall blocks must not be able to keep an alert from people."""
    web.script(Answer(status=status))
    assert a_notifier(web).send(a_parcel()) == Sent()
    full, bare = web.requests
    assert (full.json["is_bare"], bare.json["is_bare"]) == (False, True)
    assert b"DeleteGroup" not in bare.body
    assert bare.json["alert"]["id"] == "alert-1"
    assert is_genuine(bare)


def test_where_not_even_that_is_taken_the_alert_is_kept(web: WebServer) -> None:
    web.usual = Answer(status=422)
    assert a_notifier(web).send(a_parcel()) == Retry(reason=RetryReason.REFUSED)
    web.usual = Answer(status=403)
    outcome = a_notifier(web).send(a_parcel())
    assert isinstance(outcome, Pause)
    assert outcome.reason == "forbidden"


def test_what_is_refused_alone_is_tried_without_its_event(web: WebServer) -> None:
    assert a_notifier(web).send(a_parcel(attempts=3, reason="refused_alone")) == Sent()
    assert [request.json["is_bare"] for request in web.requests] == [True]


def test_kinds_that_a_webhook_has_no_use_for_are_done_without_a_call(web: WebServer) -> None:
    assert a_notifier(web).send(a_parcel(kind=DeliveryKind.DETAILS)) == Sent()
    assert a_notifier(web).send(a_parcel(kind=DeliveryKind.REPLY)) == Sent()
    assert web.requests == []


def test_a_repeat_has_the_same_id(web: WebServer) -> None:
    notifier = a_notifier(web)
    web.script(Answer(hangs_up=True))
    notifier.send(a_parcel())
    notifier.send(a_parcel(attempts=1))
    first, second = (request.headers["x-trailwarden-delivery"] for request in web.requests)
    assert first == second


def test_an_outbox_is_worked_off_through_trouble_with_nothing_lost_and_one_refused_text_holding_up_nobody(
    web: WebServer,
) -> None:
    clock = MovableClock(NOW)
    blocked = an_alert(id="a3", samples=(a_sample(summary="../../etc/passwd"),))
    alerts = [an_alert(id=f"a{number}") if number != 3 else blocked for number in range(1, 6)]
    outbox = MemoryOutbox(*(a_parcel(alert, id=number) for number, alert in enumerate(alerts)))
    web.script(Answer(status=500), Answer(status=429, headers={"Retry-After": "60"}), Answer(status=401))
    firewall = _Firewall(web)
    dispatcher = Dispatcher(outbox, [a_notifier(web, poster=firewall)], clock=clock, jitter=lambda: 0.0)
    for _ in range(60):
        report = dispatcher.run_once()
        if report.next_at is None:
            break
        clock.now = max(report.next_at, clock.now)
    assert [delivery.state.value for delivery in map(outbox.delivery, range(5))] == ["sent"] * 5
    told = {request.json["alert"]["id"]: request.json["is_bare"] for request in web.requests[3:]}
    assert told == {"a1": False, "a2": False, "a3": True, "a4": False, "a5": False}


def test_a_destination_that_is_away_costs_another_nothing(web: WebServer) -> None:
    outbox = MemoryOutbox(*(a_parcel(id=number, destination=name) for number, name in enumerate(("away", "here"))))
    away = WebhookNotifier(name="away", url=lambda: "http://127.0.0.1:1/", clock=lambda: NOW)
    notifiers = [away, a_notifier(web, name="here")]
    report = Dispatcher(outbox, notifiers, clock=lambda: NOW, jitter=lambda: 0.0).run_once()
    assert (report.lanes["away"].is_paused, report.lanes["away"].sent) == (True, 0)
    assert (report.lanes["here"].is_paused, report.lanes["here"].sent) == (False, 1)
    assert [outbox.delivery(number).state.value for number in (0, 1)] == ["due", "sent"]


class _Firewall(Poster):
    """Blocks one text, as those before web servers do."""

    def __init__(self, web: WebServer) -> None:
        super().__init__(timeout_s=2)
        self._web = web

    def post(self, url: str, body: bytes, headers: Any) -> Any:
        if b"etc/passwd" in body:
            self._web.script(Answer(status=403))
        return super().post(url, body, headers)
