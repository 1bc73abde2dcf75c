"""A first start on an old trail, and log files that are tried again after days: few messages, and one summary."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from daemon.commands.objects import retry_objects
from daemon.model import DeliveryKind
from daemon.service.daemon import Daemon
from tests.doubles.daemons import NOON, Place, event
from tests.doubles.rule_text import rule_text
from tests.doubles.slack import TOKEN, SlackServer

DAY = timedelta(days=1)
CONFIG = """
sources: [{{url: "file:bucket", start: -30d}}]
rules: {{paths: [rules]}}
destinations:
  - {{name: security, type: slack, details: none, channel: C0SECURITY, {more}}}
notices: []
backlog: {{late_after: 1d, messages: 5}}
"""


def many(count: int, *, prefix: str, when: str = "2026-05-04") -> list[dict[str, Any]]:
    return [
        event(
            number,
            eventID=f"{prefix}-{number}",
            eventTime=f"{when}T11:{number:02}:00Z",
            requestParameters={"groupName": f"{prefix}-{number}"},
        )
        for number in range(count)
    ]


def work(place: Place, daemon: Daemon) -> None:
    daemon.polling.poll(daemon.watched[0])
    daemon.worker.work_off()


def send_all(place: Place, daemon: Daemon) -> None:
    for _ in range(1_000):
        next_at = daemon.dispatcher.run_once().next_at
        if next_at is None:
            return
        place.clock.now = max(place.clock.now, next_at)
    raise AssertionError("it comes to no end")


@pytest.fixture
def busy(place: Place) -> Place:
    place.write_rule(rule_text(more="trailwarden: {group_by: [requestParameters.groupName]}"))
    return place


def test_a_first_start_on_an_old_trail_is_a_few_messages_and_a_summary(busy: Place) -> None:
    with SlackServer() as slack, busy.daemon(config=CONFIG, more=f'token: {TOKEN}, api_url: "{slack.api_url}"') as one:
        busy.put(*many(40, prefix="old"))
        busy.clock.now = NOON + 3 * DAY
        work(busy, one)
        busy.put(*many(4, prefix="new", when="2026-05-07"), stamp=NOON + 3 * DAY, unique="NEWNEWNEWNEWNEW0")
        work(busy, one)
        send_all(busy, one)
        *single, summary = slack.opens()
        assert len(single) == 5 + 4
        assert sum("late: the event is" in str(post.payload) for post in single) == 5
        assert "35" in summary.text
        kinds = Counter(each.kind for each in one.shared.store.list_deliveries(limit=None))
        assert kinds == {DeliveryKind.OPEN: 44, DeliveryKind.SUMMARY: 1}


def test_log_files_tried_again_after_days_come_likewise(busy: Place) -> None:
    with SlackServer() as slack, busy.daemon(config=CONFIG, more=f'token: {TOKEN}, api_url: "{slack.api_url}"') as one:
        busy.put_bytes(b"no gzip at all")
        work(busy, one)
        assert slack.opens() == []
        busy.put(*many(12, prefix="mended"))
        busy.clock.now = NOON + 3 * DAY
        assert retry_objects(one.shared.store, [], all_quarantined=True, now=busy.clock()) == 0
        work(busy, one)
        send_all(busy, one)
        assert len(slack.opens()) == 5 + 1
        assert "7" in slack.opens()[-1].text
