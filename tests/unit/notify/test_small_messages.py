"""Details, floods, notices, tests, and the pieces that messages are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.model import DeliveryKind, Level, RuleFacts, Trait, TraitKind
from daemon.notify.attack import techniques
from daemon.notify.blocks import link, safe_url, size
from daemon.notify.compose import compose
from daemon.notify.details import details_message
from daemon.notify.escape import entities, escape
from daemon.notify.facts import duration_text
from daemon.notify.flood import account_of, flood_lines, flood_message, flood_table
from daemon.notify.message import BUDGET, fitted
from daemon.notify.notice import notice_message
from daemon.notify.trial import make_test_parcel
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_delivery, a_parcel, a_record, a_sample, an_alert
from tests.doubles.slack_text import refusal_of, shown_text


def test_details_hold_the_matched_fields_of_up_to_three_events() -> None:
    samples = tuple(a_sample(fields=(("requestParameters.groupName", f"g{number}"),)) for number in range(5))
    message = details_message(an_alert(samples=samples), is_full=False)
    assert message is not None
    assert "requestParameters.groupName = g2" in shown_text(message)
    assert "g3" not in shown_text(message)
    assert "Log file s3://trail/" in shown_text(message)
    assert "requestParameters.groupName = g0" in message.plain


def test_full_details_hold_the_whole_masked_record() -> None:
    record = a_record(requestParameters={"userName": "bob", "password": "geheim"})
    message = details_message(an_alert(samples=(a_sample(record),), count=3), is_full=True)
    assert message is not None
    shown = shown_text(message)
    assert '"userName": "bob"' in shown
    assert "and 2 more" in shown
    assert "geheim" not in shown


@pytest.mark.parametrize("count", [50, 5_000])
def test_a_record_that_is_too_long_ends_with_where_to_read_on(count: int) -> None:
    record = a_record(requestParameters={"ids": [f"i-{number:040d}é" for number in range(count)]})
    message = details_message(an_alert(samples=(a_sample(record, record=record),)), is_full=True)
    assert message is not None
    assert size(message.headline) <= BUDGET
    assert refusal_of(message) is None
    assert ("more lines: see the log file" in shown_text(message)) is (count == 5_000)


def test_one_endless_line_is_cut_too() -> None:
    record = a_record(requestParameters={"text": "x" * 100_000})
    message = details_message(an_alert(samples=(a_sample(record, record=record),)), is_full=True)
    assert message is not None
    assert size(message.headline) <= BUDGET


def test_many_matched_fields_are_cut_with_their_number() -> None:
    message = details_message(an_alert(samples=(a_sample(fields=(("f", "v"),) * 60),)), is_full=False)
    assert message is not None
    assert "12 more" in shown_text(message)


@pytest.mark.parametrize("is_full", [True, False])
def test_without_anything_to_tell_there_are_no_details(is_full: bool) -> None:
    assert details_message(an_alert(samples=(a_sample(record={}, fields=()),)), is_full=is_full) is None


def test_a_flood_is_told_gravest_first_with_counts() -> None:
    alerts = [an_alert(id=f"a{number}", level=Level.LOW) for number in range(70)]
    alerts.append(an_alert(id="worst", level=Level.CRITICAL, title="Trail stopped"))
    message = flood_message(alerts)
    shown = shown_text(message)
    assert shown.startswith("🔴 71 more alerts: 1 critical, 70 low")
    assert "alerts  level     account       rule" in shown
    assert "70  low       111122223333  IAM group deleted" in shown
    assert " 1  critical  111122223333  Trail stopped" in shown
    assert "and 47 more" in shown
    assert "trailwarden alerts list" in shown
    assert refusal_of(message) is None
    assert message.metadata["event_payload"] == {"alert_id": "worst", "kind": "summary"}


def test_the_table_of_a_flood_adds_up_what_it_does_not_show() -> None:
    alerts = [an_alert(title=f"Rule {number:02}") for number in range(20)] + [an_alert(title="Rule 00")]
    table = flood_table(alerts)
    assert table[1].endswith("2  high   111122223333  Rule 00")
    assert (len(table), table[-1]) == (17, "5 in 5 more rows")


def test_the_table_of_a_flood_names_the_account_where_there_is_one() -> None:
    alert = an_alert(samples=(), group=())
    accounts = tuple(Trait(kind=TraitKind.ACCOUNT, value=value, since=1) for value in ("1", "2"))
    assert account_of(alert) == "-"
    assert account_of(replace(alert, traits=accounts[:1])) == "1"
    assert account_of(replace(alert, traits=accounts)) == "several"


def test_a_small_flood_lists_all() -> None:
    assert "more" not in shown_text(flood_message([an_alert(), an_alert()])).split("alerts:")[1].split("Many")[0]


def test_a_notice_says_what_happened_and_what_to_do() -> None:
    notice = an_alert(
        rule_id="notice:access_denied",
        title="The bucket refuses us",
        facts=RuleFacts(description="Grant s3:GetObject to the role."),
    )
    message = notice_message(notice)
    assert "The bucket refuses us" in shown_text(message)
    assert "Grant s3:GetObject to the role." in shown_text(message)
    assert "access_denied" in shown_text(message)
    assert message.text == "Trailwarden: The bucket refuses us"
    assert refusal_of(message) is None


@pytest.mark.parametrize("kind", [DeliveryKind.OPEN, DeliveryKind.DETAILS, DeliveryKind.SUMMARY])
def test_the_barest_form_says_which_alert_and_not_a_word_of_the_event(kind: DeliveryKind) -> None:
    sample = a_sample(
        a_record(userAgent="../../etc/passwd"), summary="../../etc/passwd", fields=(("userAgent", "../../etc/passwd"),)
    )
    message = compose(a_parcel(an_alert(samples=(sample,)), kind=kind), details="matched")
    assert message is not None
    assert "etc/passwd" in message.plain
    assert "etc/passwd" not in message.bare
    assert "trailwarden alerts" in message.bare


def test_a_notice_in_its_barest_form_says_what_it_is_about() -> None:
    message = notice_message(an_alert(rule_id="notice:quarantine", title="x", samples=(a_sample(summary="key"),)))
    assert message.bare.startswith("Trailwarden: quarantine\n")
    assert message.bare.endswith("trailwarden alerts show alert-1")


def test_a_notice_without_a_text_is_its_title() -> None:
    message = notice_message(an_alert(rule_id="notice:x", samples=(), facts=RuleFacts()))
    assert refusal_of(message) is None
    assert "IAM group deleted" in shown_text(message).splitlines()[1]


def test_a_test_alert_cannot_be_taken_for_a_real_one() -> None:
    message = compose(make_test_parcel("security", alert_id="t-1", now=NOW), details="matched")
    assert message is not None
    assert "TEST: please ignore" in shown_text(message)
    assert "nothing happened" in message.text
    assert refusal_of(message) is None


@pytest.mark.parametrize(
    ("parcel", "details", "is_told"),
    [
        (a_parcel(), "none", True),
        (a_parcel(kind=DeliveryKind.DETAILS), "none", False),
        (a_parcel(kind=DeliveryKind.DETAILS), "full", True),
        (a_parcel(an_alert(rule_id="notice:x"), kind=DeliveryKind.DETAILS), "full", False),
        (Parcel(delivery=a_delivery(), alerts=()), "full", False),
    ],
    ids=["open", "no details wanted", "full details", "a notice has no details", "nothing to tell"],
)
def test_a_delivery_becomes_the_message_it_asks_for(parcel: Parcel, details: str, is_told: bool) -> None:
    assert (compose(parcel, details=details) is not None) is is_told  # type: ignore[arg-type]


def test_techniques_are_told_once_and_tactics_passed_over() -> None:
    found = techniques(("attack.persistence", "attack.t1098.003", "attack.T1098.003", "attack.t1531", "cve.2021.1"))
    assert [technique.id for technique in found] == ["T1098.003", "T1531"]
    assert found[0].url == "https://attack.mitre.org/techniques/T1098/003/"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("https://example.com/<x>|y z", "https://example.com/%3Cx%3E%7Cy%20z"),
        ("javascript:alert(1)", None),
        ("https://example.com/" + "x" * 3_000, None),
        ("", None),
    ],
)
def test_only_a_web_address_is_linked_with_nothing_left_that_ends_it(url: str, expected: str | None) -> None:
    assert safe_url(url) == expected
    assert (link(url, "label")["type"] == "link") is (expected is not None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-5, "0 s"), (45, "45 s"), (119, "119 s"), (420, "7 min"), (7_200, "2 h"), (200_000, "2 days")],
)
def test_durations_are_told_in_one_unit(seconds: int, expected: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == expected


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(st.text(alphabet="<&>a:/ \n\u202e"), st.integers(min_value=1, max_value=40))
def test_escaped_text_is_never_longer_than_asked_and_ends_between_entities(value: str, limit: int) -> None:
    escaped = escape(value, limit=limit)
    assert len(escaped) <= limit
    assert "<" not in escaped
    assert "://" not in escaped
    plain = escaped.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")
    assert "&" not in plain


def test_what_never_fits_is_laid_out_as_small_as_it_can_be() -> None:
    (block,) = fitted(lambda room: ({"type": "x" * BUDGET, "value": room.value},))
    assert block["value"] == 40


def test_slacks_control_characters_become_entities() -> None:
    assert entities("<a & b>") == "&lt;a &amp; b&gt;"


def test_a_flood_of_one_is_told_in_good_english() -> None:
    assert flood_lines([an_alert()], rows=9)[0] == "1 more alert: 1 high"
