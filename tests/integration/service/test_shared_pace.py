"""Two destinations that are one channel for Slack take turns, since Slack counts the messages of both together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.model import SendOutcome, Sent
from daemon.ports import Parcel
from tests.doubles.daemons import event, make_place

CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations:
  - {{name: one, type: slack, token: xoxb-1, channel: C01, details: none}}
  - {{name: two, type: slack, details: none, {more}}}
notices: []
"""


class Taking:
    """A destination that takes everything."""

    def __init__(self, name: str, taken: list[str]) -> None:
        self.name = name
        self._taken = taken

    def send(self, parcel: Parcel) -> SendOutcome:
        self._taken.append(self.name)
        return Sent()


@pytest.mark.parametrize(
    ("second", "at_once", "a_second_later"),
    [
        pytest.param("token: xoxb-1, channel: C01", ["one"], ["one", "two"], id="the same token and channel"),
        pytest.param("token: xoxb-1, channel: C02", ["one", "two"], ["one", "two"], id="another channel"),
        pytest.param("token: xoxb-2, channel: C01", ["one", "two"], ["one", "two"], id="another token"),
    ],
)
def test_destinations_wait_for_each_other_where_they_share_token_and_channel(
    tmp_path: Path, second: str, at_once: list[str], a_second_later: list[str]
) -> None:
    place = make_place(tmp_path)
    place.put(event(1))
    taken: list[str] = []
    with place.daemon(config=CONFIG, more=second, notifier=lambda each: Taking(each.name, taken)) as daemon:
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
        daemon.dispatcher.run_once()
        assert taken == at_once
        place.clock.advance(timedelta(seconds=1))
        daemon.dispatcher.run_once()
        assert taken == a_second_later
