"""Somebody hears of it, through the whole daemon: fallbacks, escalations, and incidents that follow their alerts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from daemon.config import load_config
from daemon.model import Answer, AnswerKind, Person
from daemon.service.compose import compose
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from daemon.service.makers import Makers
from tests.doubles.daemons import Place, event
from tests.doubles.slack import TOKEN, SlackServer, error
from tests.doubles.slack import Answer as Reply
from tests.doubles.web import WebServer

CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations:
  - {{name: mail, type: webhook, url: "{web}", min_level: critical}}
  - name: security
    type: slack
    token: "{token}"
    channel: C0SECURITY
    api_url: "{slack}"
    details: none
    fallback: mail
  - {{name: pager, type: pagerduty, routing_key: "{key}", api_url: "{web}", min_level: low}}
routes:
{routes}
notices: []
"""
TO_SECURITY = "  - {to: security}"
ESCALATE = "  - {to: security, escalate_unacked_after: 30m, escalate_to: [mail]}"
ALICE = Person(id="command:alice", name="alice")
MINUTE = timedelta(minutes=1)


@contextmanager
def running(place: Place, slack: SlackServer, web: WebServer, *, routes: str) -> Iterator[Daemon]:
    path = place.folder / "config.yaml"
    text = CONFIG.format(token=TOKEN, slack=slack.api_url, web=web.url, key="a" * 32, routes=routes)
    path.write_text(text)
    with compose(load_config(path, {}), makers=Makers(clock=place.clock, jitter=lambda: 0.0)) as daemon:
        yield daemon


def remarks(web: WebServer) -> list[list[str]]:
    return [request.json["remarks"] for request in web.requests if "remarks" in request.json]


def test_what_a_paused_channel_is_owed_is_told_elsewhere_in_the_same_cycle_and_not_again(place: Place) -> None:
    with SlackServer() as slack, WebServer() as web:
        slack.always("chat.postMessage", error("not_in_channel"))
        place.put(event(1))
        with running(place, slack, web, routes=TO_SECURITY) as daemon:
            assert run_cycle(daemon) == 1
            (remark,) = remarks(web)
            assert remark == ["Meant for security, which was paused: so it comes here too."]
            assert b'trailwarden_fallbacks_total{destination="security"} 1.0' in daemon.shared.metrics.render()
        slack.always("chat.postMessage", None)
        place.clock.now += MINUTE
        with running(place, slack, web, routes=TO_SECURITY) as daemon:
            assert run_cycle(daemon) == 0
        assert (len(slack.opens()), len(web.requests)) == (1, 1)
        assert "Meant for" not in slack.opens()[0].text


def test_what_nobody_acknowledges_is_told_further_up(place: Place) -> None:
    with SlackServer() as slack, WebServer() as web:
        place.put(event(1))
        with running(place, slack, web, routes=ESCALATE) as daemon:
            assert run_cycle(daemon) == 0
        assert web.requests == []
        place.clock.now += 30 * MINUTE
        with running(place, slack, web, routes=ESCALATE) as daemon:
            assert run_cycle(daemon) == 0
            assert run_cycle(daemon) == 0
            assert b'trailwarden_escalations_total{destination="mail"} 1.0' in daemon.shared.metrics.render()
        assert remarks(web) == [["Nobody has acknowledged this for 30 min."]]


def test_an_incident_is_acknowledged_with_its_alert_and_resolved_when_that_closes(place: Place) -> None:
    accepted = Reply(status=202, body='{"status":"success"}')
    with SlackServer() as slack, WebServer(usual=accepted) as web:
        place.put(event(1))
        with running(place, slack, web, routes="  - {to: pager}") as daemon:
            assert run_cycle(daemon) == 0
            (alert,) = daemon.shared.store.list_alerts(now=place.clock())
            answer = Answer(kind=AnswerKind.ACKNOWLEDGE, by=ALICE, alert_id=alert.id)
            daemon.shared.store.answers.give(answer, plans=daemon.shared.plans, now=place.clock())
            assert run_cycle(daemon) == 0
            place.clock.now += 61 * MINUTE
            assert run_cycle(daemon) == 0
        told = [(request.json["event_action"], request.json["dedup_key"]) for request in web.requests]
        assert told == [("trigger", alert.id), ("acknowledge", alert.id), ("resolve", alert.id)]
