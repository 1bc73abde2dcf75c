from __future__ import annotations

import io
from datetime import timedelta

import pytest

from daemon.model import DeliveryKind, Level, Retry, RuleFacts, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.console import ConsoleNotifier
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_delivery, a_parcel, a_sample, an_alert


def written(parcel: Parcel, *, is_terminal: bool | None = None) -> str:
    stream = io.StringIO()
    assert ConsoleNotifier(name="terminal", stream=stream, is_terminal=is_terminal).send(parcel) == Sent()
    return stream.getvalue()


def test_an_alert_reads_top_down_with_an_empty_line_behind_it() -> None:
    lines = written(a_parcel()).split("\n")
    assert lines[0] == " HIGH  IAM group deleted"
    assert lines[1] == "  alice called iam:DeleteGroup in 111122223333, us-east-1"
    assert "  who         alice · certain: an IAM user · arn:aws:iam::111122223333:user/alice" in lines
    assert "  when        2026-03-01 11:53:00 UTC · seen 7 min later" in lines
    assert "  matched     eventName = DeleteGroup" in lines
    assert "  techniques  T1531" in lines
    assert "  runbook     https://runbooks.example.com/iam" in lines
    assert lines[-2:] == ["", ""]


def test_long_lines_are_not_folded_since_a_terminal_does_that() -> None:
    assert "x" * 290 in written(a_parcel(an_alert(samples=(a_sample(summary="x" * 290),))))


def test_an_alert_with_nothing_known_of_it_is_told_all_the_same() -> None:
    shown = written(a_parcel(an_alert(samples=(), facts=RuleFacts())))
    assert "IAM group deleted" in shown
    assert "runbook" not in shown


def test_an_event_without_name_and_time_is_given_none() -> None:
    shown = written(a_parcel(an_alert(samples=(a_sample(name="", source="", time="", record={}),))))
    assert "  what        an unnamed call\n" in shown
    assert " UTC · its log file's time: the event's own cannot be read\n" in shown


def test_late_and_repeated_events_say_so() -> None:
    shown = written(a_parcel(an_alert(is_late=True, count=3, first_at=NOW - timedelta(days=2))))
    assert "late: 2 days old" in shown
    assert "how often   3 events" in shown


def test_a_notice_is_the_daemon_speaking() -> None:
    notice = an_alert(rule_id="notice:x", title="Bucket refused", facts=RuleFacts(description="Grant s3:GetObject."))
    assert written(a_parcel(notice)) == " HIGH  Trailwarden: Bucket refused\n  Grant s3:GetObject.\n\n"


def test_a_flood_is_one_list() -> None:
    shown = written(a_parcel(an_alert(), an_alert(level=Level.CRITICAL), kind=DeliveryKind.SUMMARY))
    assert shown.startswith(" CRITICAL  2 more alerts: 1 critical, 1 high\n")


def test_details_name_their_alert() -> None:
    assert "details     alert alert-1" in written(a_parcel(kind=DeliveryKind.DETAILS))


def test_a_parcel_without_alerts_writes_nothing() -> None:
    assert written(Parcel(delivery=a_delivery(), alerts=())) == ""


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b[" not in written(a_parcel())
    assert "\x1b[1;31m HIGH " in written(a_parcel(), is_terminal=True)


def test_an_ascii_stream_loses_letters_and_no_alerts() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert ConsoleNotifier(name="t", stream=stream).send(a_parcel()) == Sent()
    assert b"certain: an IAM user ? arn:aws:iam" in raw.getvalue()


class Broken(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [Broken(), io.StringIO()], ids=["broken pipe", "closed"])
def test_a_stream_that_takes_nothing_is_tried_again(stream: io.StringIO) -> None:
    notifier = ConsoleNotifier(name="terminal", stream=stream)
    if not isinstance(stream, Broken):
        stream.close()
    assert notifier.send(a_parcel()) == Retry(reason=RetryReason.UNWRITABLE)
    assert notifier.name == "terminal"
