from __future__ import annotations

from dataclasses import replace

from daemon.model import DeliveryKind
from daemon.notify.compose import compose
from daemon.notify.correlated import event_lines, revision_message
from tests.doubles.alerts import a_parcel, a_sample, an_alert


def test_events_are_told_by_time_and_those_that_are_not_kept_are_counted() -> None:
    later = a_sample(fields=(("rule", "denied"), ("sourceIPAddress", "203.0.113.7")), time="2026-03-01T11:55:00Z")
    first = replace(later, time="2026-03-01T11:50:00Z", fields=())
    alert = an_alert(samples=(later, first), count=4)
    assert event_lines(alert, rows=9) == [
        "2026-03-01T11:50:00Z  DeleteGroup  alice",
        "2026-03-01T11:55:00Z  DeleteGroup  alice  203.0.113.7  (denied)",
        "2 more",
    ]
    assert event_lines(replace(alert, count=2), rows=9)[-1].endswith("(denied)")
    assert event_lines(alert, rows=1) == ["2026-03-01T11:50:00Z  DeleteGroup  alice", "3 more"]


def test_an_alert_that_holds_again_by_now_is_not_taken_back() -> None:
    assert revision_message(an_alert()) is None
    assert compose(a_parcel(an_alert(), kind=DeliveryKind.REPLY), details="matched") is None


def test_what_takes_an_alert_back_says_why_and_which() -> None:
    message = revision_message(an_alert(revised="joined with alert alert-2"))
    assert message is not None
    assert message.text == "Revised: joined with alert alert-2. IAM group deleted"
