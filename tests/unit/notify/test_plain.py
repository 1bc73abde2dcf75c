"""Plain text for mail and the like."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import DeliveryKind, Gathering, Level, RuleFacts, Trait, TraitKind
from daemon.notify.pagerduty_event import bare_event_of, event_of
from daemon.notify.plain import defused, plain_text
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_delivery, a_parcel, a_record, a_sample, an_alert

NOTHING = Parcel(delivery=a_delivery(), alerts=())


@pytest.mark.parametrize(
    "parcel", [NOTHING, a_parcel(kind=DeliveryKind.DETAILS), a_parcel(kind=DeliveryKind.REPLY)], ids=["none", "d", "r"]
)
def test_what_says_nothing_new_has_no_text_and_no_event(parcel: Parcel) -> None:
    assert plain_text(parcel) is None
    assert (event_of(parcel), bare_event_of(parcel)) == (None, None)


def test_a_follow_up_is_the_same_in_every_form() -> None:
    parcel = a_parcel(kind=DeliveryKind.ACKNOWLEDGE)
    assert event_of(parcel) == bare_event_of(parcel) == {"event_action": "acknowledge", "dedup_key": "alert-1"}


def test_an_alert_without_events_and_facts_is_told_all_the_same() -> None:
    alert = an_alert(samples=(), facts=RuleFacts(), count=3, is_late=True, first_at=NOW - timedelta(days=3))
    text, event = plain_text(a_parcel(alert)), event_of(a_parcel(alert))
    assert text is not None
    assert "HIGH: IAM group deleted (late: 3 days old)" in text.body
    assert "How often: 3 events" in text.body
    assert event is not None
    assert (event["payload"]["summary"], event["payload"]["source"]) == (
        "LATE (3 days old): IAM group deleted",
        "trailwarden",
    )
    assert text.subject == "LATE (3 days old): [HIGH] IAM group deleted"
    assert event["payload"]["custom_details"]["when"].endswith(" UTC · seen 3 days later")


def test_what_came_of_it_since_is_told_below_the_sentence_and_in_the_incident() -> None:
    alert = an_alert(level=Level.CRITICAL, opened_level=Level.HIGH)
    text, event = plain_text(a_parcel(alert)), event_of(a_parcel(alert))
    assert text is not None
    assert text.body.splitlines()[2] == "Since then: risen to CRITICAL"
    assert event is not None
    assert event["payload"]["summary"].endswith(" · since then: risen to CRITICAL")


@pytest.mark.parametrize(
    ("gathers", "heading"),
    [
        (Gathering.BACKLOG, "1 late alert: 1 high"),
        (Gathering.QUIET, "1 alert in quiet hours: 1 high"),
        (None, "1 more alert: 1 high"),
    ],
)
def test_a_summary_says_why_its_alerts_come_together(gathers: Gathering | None, heading: str) -> None:
    parcel = a_parcel(kind=DeliveryKind.SUMMARY, gathers=gathers)
    text, event = plain_text(parcel), event_of(parcel)
    assert text is not None
    assert event is not None
    assert (text.subject, event["payload"]["summary"]) == (heading, heading)
    assert ("2026-03-01 11:53 UTC" in text.body) is (gathers is not None)
    assert " UTC " in text.body


def test_an_event_without_a_page_in_the_console_has_no_link() -> None:
    alert = an_alert(samples=(a_sample(a_record(awsRegion="nowhere"), object_url="file:a/b"),))
    text, event = plain_text(a_parcel(alert)), event_of(a_parcel(alert))
    assert text is not None
    assert "In the console" not in text.body
    assert "Log file: file:a/b" in text.body
    assert event is not None
    assert [link["text"] for link in event["links"]] == ["Runbook"]


def test_a_notice_has_its_reason_as_subject() -> None:
    parcel = a_parcel(an_alert(rule_id="notice:state_new", title="New", samples=(), facts=RuleFacts(description="why")))
    text, event = plain_text(parcel), event_of(parcel)
    assert text is not None
    assert (text.subject, text.body.splitlines()[:2]) == ("Trailwarden: state new", ["New", "why"])
    assert event is not None
    assert event["payload"]["custom_details"] == {"text": "why", "alert": "alert-1"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("see https://evil.example.com", "see https[:]//evil.example.com"),
        ("WWW.evil.example.com", "www[.]evil.example.com"),
        ("a\nb", "a b"),
        ("://" * 10, "[:]//" * 5 + "[:]/…"),
    ],
)
def test_addresses_are_broken_within_the_limit(value: str, shown: str) -> None:
    assert defused(value, limit=30) == shown


def test_what_rings_again_says_why_first_and_keeps_events_out_of_the_subject() -> None:
    joined = an_alert(version=2, traits=(Trait(kind=TraitKind.REGION, value="https://example.com", since=2),))
    text = plain_text(a_parcel(joined, kind=DeliveryKind.BROADCAST))
    assert text is not None
    assert text.subject == "[HIGH] again: IAM group deleted"
    assert text.body.splitlines()[0] == "New region: https[:]//example.com"
