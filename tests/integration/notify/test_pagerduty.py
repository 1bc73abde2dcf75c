"""PagerDuty's Events API v2 over real sockets: one incident an alert, whatever else is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from daemon.model import DeliveryKind, Level, Pause, Retry, SendOutcome, Sent
from daemon.notify.pagerduty import PagerDutyNotifier
from daemon.notify.post import Poster
from daemon.ports import Parcel
from tests.doubles.alerts import a_parcel, an_alert
from tests.doubles.slack import Answer
from tests.doubles.web import WebServer

KEY = "0123456789abcdef0123456789ABCDEF"
ACCEPTED = Answer(status=202, body='{"status":"success","message":"Event processed","dedup_key":"alert-1"}')
BAD_KEY = '{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}'


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer(usual=ACCEPTED) as server:
        yield server


def send(web: WebServer, parcel: Parcel | None = None, *, key: str = KEY) -> SendOutcome:
    poster = Poster(timeout_s=2)
    return PagerDutyNotifier(name="pager", routing_key=lambda: key, api_url=web.url, poster=poster).send(
        parcel or a_parcel()
    )


def test_an_alert_triggers_an_incident_of_its_own_id(web: WebServer) -> None:
    assert send(web) == Sent(remote_ref="alert-1")
    (request,) = web.requests
    assert request.path == "/v2/enqueue"
    event = request.json
    assert (event["routing_key"], event["event_action"], event["dedup_key"]) == (KEY, "trigger", "alert-1")
    assert (event["payload"]["severity"], event["payload"]["class"]) == ("error", an_alert().rule_id)
    assert event["payload"]["summary"].startswith("IAM group deleted: alice called iam:DeleteGroup")
    assert [link["text"] for link in event["links"]] == ["Open in CloudTrail", "Runbook"]


@pytest.mark.parametrize(
    ("level", "severity"), list(zip(Level, ("info", "info", "warning", "error", "critical"), strict=True))
)
def test_levels_are_severities(web: WebServer, level: Level, severity: str) -> None:
    send(web, a_parcel(an_alert(level=level)))
    assert web.requests[0].json["payload"]["severity"] == severity


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (DeliveryKind.ACKNOWLEDGE, "acknowledge"),
        (DeliveryKind.RESOLVE, "resolve"),
        (DeliveryKind.UPDATE, "trigger"),
        (DeliveryKind.BROADCAST, "trigger"),
    ],
)
def test_what_follows_an_alert_concerns_the_same_incident(web: WebServer, kind: DeliveryKind, action: str) -> None:
    assert send(web, a_parcel(kind=kind)) == Sent(remote_ref="alert-1")
    assert (web.requests[0].json["event_action"], web.requests[0].json["dedup_key"]) == (action, "alert-1")


def test_an_alert_that_is_taken_back_says_so_in_its_incident(web: WebServer) -> None:
    send(web, a_parcel(an_alert(revised="late events"), kind=DeliveryKind.REPLY))
    assert web.requests[0].json["payload"]["summary"].startswith("Revised: late events")
    assert web.requests[0].json["event_action"] == "trigger"  # a person resolves it, having looked


@pytest.mark.parametrize("kind", [DeliveryKind.DETAILS, DeliveryKind.REPLY])
def test_what_it_has_no_use_for_is_done_without_a_call(web: WebServer, kind: DeliveryKind) -> None:
    assert send(web, a_parcel(kind=kind)) == Sent()
    assert web.requests == []


def test_a_flood_is_an_incident_of_its_own_and_no_alerts(web: WebServer) -> None:
    alerts = [an_alert(id="a1"), an_alert(id="a2", level=Level.CRITICAL)]
    send(web, a_parcel(*alerts, kind=DeliveryKind.SUMMARY, seq=7))
    event = web.requests[0].json
    assert (event["dedup_key"], event["payload"]["severity"]) == ("a1.security.summary.7", "critical")
    assert event["links"] == []


@pytest.mark.parametrize("key", ["", "short", "0123456789abcdef0123456789abcde!"])
def test_a_key_that_can_be_none_pauses_without_a_call(web: WebServer, key: str) -> None:
    outcome = send(web, key=key)
    assert isinstance(outcome, Pause)
    assert outcome.reason == "invalid_routing_key"
    assert web.requests == []


def test_a_key_that_is_refused_pauses(web: WebServer) -> None:
    web.script(Answer(status=400, body=BAD_KEY))
    outcome = send(web)
    assert isinstance(outcome, Pause)
    assert (outcome.reason, KEY in outcome.hint) == ("invalid_routing_key", False)


def test_an_event_that_is_refused_comes_in_the_barest_form(web: WebServer) -> None:
    web.script(Answer(status=400, body='{"status":"invalid event","errors":["Length of \'summary\' is too long"]}'))
    assert send(web) == Sent(remote_ref="alert-1")
    full, bare = (request.json for request in web.requests)
    assert full["dedup_key"] == bare["dedup_key"]
    assert "DeleteGroup" not in web.requests[1].body.decode()
    assert "alerts show alert-1" in bare["payload"]["summary"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(status=429, headers={"Retry-After": "60"}), Retry(reason="rate_limited", after=timedelta(seconds=60))),
        (Answer(status=500), Retry(reason="server_error")),
        (Answer(hangs_up=True), Retry(reason="lost_answer")),
    ],
)
def test_the_rest_is_tried_again(web: WebServer, answer: Answer, outcome: SendOutcome) -> None:
    web.script(answer)
    assert send(web) == outcome


def test_an_alert_whose_level_rises_triggers_its_incident_with_the_new_severity(web: WebServer) -> None:
    send(web)
    send(web, a_parcel(an_alert(level=Level.CRITICAL), kind=DeliveryKind.BROADCAST))
    first, again = (request.json for request in web.requests)
    assert (first["dedup_key"], again["dedup_key"]) == ("alert-1", "alert-1")
    assert (first["payload"]["severity"], again["payload"]["severity"]) == ("error", "critical")
    assert again["payload"]["summary"].startswith("CRITICAL: IAM group deleted: ")
