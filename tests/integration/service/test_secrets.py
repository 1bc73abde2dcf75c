"""Every kind of event that carries a secret, through the whole daemon: it is nowhere on disk, in the log, or sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Alert, DeliveryKind, Sent
from daemon.notify.by_apprise import apprise_forms
from daemon.notify.pagerduty_event import event_of
from daemon.notify.payload import payload
from daemon.notify.plain import plain_text
from daemon.notify.slack import SlackNotifier
from daemon.notify.slack_webhook import webhook_message, webhook_payloads
from daemon.notify.sns import sns_requests
from daemon.service.life import run_cycle
from tests.doubles.alerts import a_parcel
from tests.doubles.daemons import make_place
from tests.doubles.secret_events import SECRET, SECRET_EVENTS
from tests.doubles.slack import TOKEN, SlackServer

# One alert a kind of event, whose sentence and matched fields ask for all that an event holds.
RULE = b"""
title: Anything at all
id: 6d1b6f0e-0000-4000-8000-00000000000a
status: experimental
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName|exists: true}
  request: {requestParameters|exists: true}
  response: {responseElements|exists: true}
  condition: selection and (request or response)
level: high
trailwarden:
  summary: "{actor}: {eventName} {requestParameters} {responseElements}"
  group_by: [eventSource, eventName]
"""


def test_no_secret_is_stored_logged_or_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = make_place(tmp_path)
    place.write_rule(RULE)
    place.put(*(each.record | {"eventTime": "2026-05-04T11:30:00Z"} for each in SECRET_EVENTS.values()))
    with place.daemon(more="log: {level: debug, format: json}") as daemon:
        run_cycle(daemon)
        opened = daemon.shared.store.list_alerts(now=place.clock(), limit=500, with_notices=False)
    told = {
        "terminal": place.terminal.getvalue(),
        "log": "".join(capsys.readouterr()),
        "alerts": repr(opened),
        "slack": json.dumps(list(posted(opened))),
        **elsewhere(opened),
        **{path.name: path.read_bytes().decode("latin-1") for path in (tmp_path / "data").iterdir()},
    }
    assert len(opened) >= len(SECRET_EVENTS)
    assert [
        name
        for name in ("terminal", "slack", "alerts", "trailwarden.db", *elsewhere([]))
        if "[masked]" not in told[name]
    ] == []
    assert [name for name, text in told.items() if SECRET in text] == []


def posted(alerts: Iterable[Alert]) -> Iterator[Mapping[str, Any]]:
    """What Slack gets of these, in full, without waiting a second after each."""
    with SlackServer() as slack:
        notifier = SlackNotifier(
            name="security", token=lambda: TOKEN, channel="#security-alerts", details="full", api_url=slack.api_url
        )
        for alert in alerts:
            notifier.send(a_parcel(alert))
            channel, ts = slack.posts[-1].channel, slack.posts[-1].ts
            details = a_parcel(alert, kind=DeliveryKind.DETAILS, parent_ref=f"{channel}/{ts}")
            assert notifier.send(details) == Sent(remote_ref=f"{channel}/{slack.posts[-1].ts}")
        assert len(slack.replies()) == len(slack.opens()) > 100
        yield from (post.payload for post in slack.posts)


def elsewhere(alerts: Iterable[Alert]) -> Mapping[str, str]:
    """What every other destination gets of them, alone and summed up, in full."""
    some = list(alerts)
    parcels = [a_parcel(alert) for alert in some]
    parcels += [a_parcel(*some, kind=DeliveryKind.SUMMARY)] if some else []
    return {
        "webhook": json.dumps([payload(each, details="full") for each in parcels]),
        "pagerduty": json.dumps([event_of(each) for each in parcels]),
        "sns": json.dumps([sns_requests(each, topic_arn="arn", is_json=False) for each in parcels]),
        "apprise": repr([apprise_forms(text) for each in parcels if (text := plain_text(each))]),
        "slack_webhook": json.dumps([webhook_payloads(said) for each in parcels if (said := webhook_message(each))]),
    }
