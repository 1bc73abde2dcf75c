"""The daemon's own log."""

from __future__ import annotations

import io
import json
import logging

import structlog

from daemon.config import LogConfig
from daemon.ops.logs import set_up_logging


def test_off_a_terminal_each_line_is_json_also_those_of_libraries() -> None:
    out = io.StringIO()
    set_up_logging(LogConfig(), stream=out)

    structlog.get_logger("trailwarden").info("object recorded", key="a\x1b[2J", alerts=2)
    structlog.get_logger("trailwarden").debug("not shown")
    logging.getLogger("apscheduler").info("not shown")
    logging.getLogger("apscheduler").error("broken")
    lines = [json.loads(line) for line in out.getvalue().splitlines()]

    assert [(line["event"], line["level"]) for line in lines] == [("object recorded", "info"), ("broken", "error")]
    assert lines[0]["alerts"] == 2
    assert lines[0]["timestamp"].endswith("Z")


def test_text_carries_no_control_characters_to_a_terminal() -> None:
    out = io.StringIO()
    set_up_logging(LogConfig(format="text"), stream=out)

    structlog.get_logger("trailwarden").info("object recorded", key="a\x1b[2J\r")

    assert "\\x1b[2J\\x0d" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


def test_a_traceback_on_a_terminal_tells_no_local_value_and_keeps_its_lines() -> None:
    out = io.StringIO()
    set_up_logging(LogConfig(format="text"), stream=out)

    def send(token: str) -> None:
        raise OSError("no route \x1b[2J to Slack")

    try:
        send("xoxb-secret")
    except OSError:
        structlog.get_logger("trailwarden").exception("sending broke")
        logging.getLogger("apscheduler").exception("job broke")

    told = out.getvalue()
    assert told.count('raise OSError("no route') == 2
    assert "xoxb-secret" not in told.replace('send("xoxb-secret")', "")
    assert "\x1b[2J" not in told
    assert len(told.splitlines()) > 8


def test_a_log_that_cannot_be_written_never_stops_the_daemon() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    for form in ("json", "text"):
        set_up_logging(LogConfig(format=form), stream=Full())
        structlog.get_logger("trailwarden").info("object recorded")


def test_a_log_whose_reader_is_gone_never_stops_the_daemon() -> None:
    out = io.StringIO()
    set_up_logging(LogConfig(), stream=out)
    out.close()

    structlog.get_logger("trailwarden").info("object recorded")
