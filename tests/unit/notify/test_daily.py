"""A day in words, and what is left of it where there is little room."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from daemon.model import DeliveryKind, Level
from daemon.model.day import AlertCount, Day, DestinationHealth, Happened, LiveMute, RuleMatches, SourceHealth
from daemon.notify.blocks import size
from daemon.notify.compose import compose
from daemon.notify.daily import daily_message
from daemon.notify.daily_parts import laid_out
from daemon.notify.message import BUDGET
from daemon.notify.pagerduty_event import bare_event_of, event_of
from tests.doubles.alerts import NOW, a_parcel, an_alert
from tests.golden.daily import a_full_day, a_mute, a_quiet_day, a_wild_day, told


def lines(day: Day, heading: str) -> tuple[str, ...]:
    digest = laid_out(day, on=date(2026, 3, 1), names={}, now=NOW)
    return next((part.lines for part in digest.parts if part.heading == heading), ())


def headline(happened: Happened) -> str:
    return laid_out(replace(a_quiet_day(), happened=happened), on=date(2026, 3, 1), names={}, now=NOW).headline


def test_nothing_is_said_in_one_line() -> None:
    since = "since 2026-02-28 12:00 UTC"
    assert headline(Happened()) == f"Nothing happened {since}: no alert, and no event that matched a rule."
    matched = RuleMatches(rule_id="r", title="R", matches=1, muted=0, shadow=0)
    assert headline(Happened(matches=(matched,))) == f"No alert {since}."
    assert headline(Happened(shadow_alerts=1, muted_alerts=2)) == f"No alert {since}; 1 in shadow; 2 muted."
    one = AlertCount(title="R", level=Level.LOW, account="", alerts=1)
    assert headline(Happened(alerts=(one,))) == f"1 alert {since}: 1 low."


def test_what_is_past_the_rows_of_the_table_is_added_up() -> None:
    counts = tuple(AlertCount(title=f"R{n}", level=Level.LOW, account="", alerts=2) for n in range(25))
    assert lines(replace(a_quiet_day(), happened=Happened(alerts=counts)), "Alerts by rule and account")[-1] == (
        "10 in 5 more rows"
    )
    table = lines(replace(a_quiet_day(), happened=Happened(alerts=counts[:21])), "Alerts by rule and account")
    assert (len(table), table[-1]) == (22, "2 in 1 more row")


def test_each_mute_says_when_it_ends_what_waits_first_and_then_what_ends_first() -> None:
    shown = lines(a_full_day(), "Mutes")
    assert [line.split(":")[0] for line in shown] == [
        "Mute 4 waits for a second person until 2026-03-02 11",
        "Mute 3 ends 2026-03-02 08",
        "Mute 2 ends 2026-03-02 12",
    ]


def test_fifty_mutes_of_usual_length_are_each_in_slacks_message() -> None:
    mutes = tuple(LiveMute(mute=a_mute(n), matches=n) for n in range(1, 51))
    message = daily_message(told(replace(a_full_day(), mutes=mutes)))
    assert message is not None
    shown = json.dumps(message.body, ensure_ascii=False)
    assert [n for n in range(1, 51) if f"Mute {n} ends" not in shown] == []
    assert size(message.headline) + size(message.body) <= BUDGET


@pytest.mark.parametrize("value", ["x", '"' * 200, "漢" * 200], ids=["short", "quotes", "wide"])
def test_a_digest_is_never_longer_than_slack_takes(value: str) -> None:
    message = daily_message(told(a_wild_day(value)))
    assert message is not None
    assert size(message.headline) + size(message.body) <= BUDGET


def test_a_source_that_is_new_and_no_rules_are_told_as_they_are() -> None:
    new = replace(a_quiet_day(), sources=(SourceHealth(name="s3://new", shards=0),), rules={})
    assert lines(new, "Sources") == ("s3://new: 0 shards; nothing was read yet",)
    assert lines(new, "Rules") == ("none is in force: nothing can be detected",)
    assert lines(replace(new, rules=None), "Rules") == ()
    owed = DestinationHealth(name="security", pending=1)
    assert lines(replace(new, destinations=(owed,)), "Destinations") == ("security: 1 message waiting",)


def test_what_is_ahead_of_the_clock_is_just_now() -> None:
    ahead = SourceHealth(name="s3://new", shards=1, newest_event_at=NOW + timedelta(hours=1))
    assert "(0 s ago)" in lines(replace(a_quiet_day(), sources=(ahead,)), "Sources")[0]


def test_an_empty_digest_still_is_a_message() -> None:
    nothing = Day(since=NOW - timedelta(days=1), until=NOW, happened=Happened())
    message = daily_message(told(nothing))
    assert message is not None
    assert "Nothing happened" in message.text


def test_only_a_digest_is_laid_out_as_one_and_no_pager_is_told_of_it() -> None:
    assert daily_message(an_alert()) is None
    parcel = a_parcel(told(a_full_day()))
    assert (event_of(parcel), bare_event_of(parcel)) == (None, None)
    message = compose(parcel, details="full")
    assert message is not None
    assert message.metadata["event_payload"]["kind"] == "daily_digest"
    assert compose(a_parcel(told(a_full_day()), kind=DeliveryKind.DETAILS), details="full") is None
