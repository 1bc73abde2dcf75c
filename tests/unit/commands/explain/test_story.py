from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from daemon.commands.explain.given import given_event
from daemon.commands.explain.story import Story, compile_rule, rules_of, tell
from daemon.model import Feed, FirstSeen, Mode, RuleHead, RuleOptions
from tests.doubles.conditions import field, rule
from tests.doubles.correlations import correlation

EVENT = {
    "eventTime": "2026-03-02T08:00:00Z",
    "eventName": "ConsoleLogin",
    "sourceIPAddress": "203.0.113.9",
    "userIdentity": {"arn": "arn:aws:iam::111122223333:user/alice"},
}
LOGIN = rule(field("eventName", "ConsoleLogin"), "login")
CREATE = rule(field("eventName", "CreateUser"), "create")


def story(asked: RuleHead, *others: RuleHead, event: Mapping[str, Any] | bytes = EVENT) -> Story:
    raw = event if isinstance(event, bytes) else json.dumps(event).encode()
    return tell(asked, rules_of((asked, *others)), given_event(raw), show=lambda _, value: value)


def test_a_rule_has_one_part_and_needs_no_notes() -> None:
    told = story(LOGIN)
    assert (told.holds, [part.rule for part in told.parts], told.notes) == (True, [LOGIN], ())


def test_what_cannot_be_decoded_holds_for_no_rule() -> None:
    told = story(LOGIN, event=b'{"eventName": "ConsoleLogin')
    assert (told.holds, told.parts, told.event.fault) == (False, (), "not_json")


def test_a_first_seen_rule_leaves_the_last_word_to_the_store() -> None:
    first = FirstSeen(fields=("awsRegion", "sourceIPAddress"), forget=timedelta(days=30))
    told = story(replace(LOGIN, options=RuleOptions(first_seen=first)))
    (note,) = told.notes
    assert note.startswith("whether it alerts is for the state store to say: only where this was not seen for 30d: ")
    assert note.endswith(": awsRegion = nothing, sourceIPAddress = 203.0.113.9")
    assert story(replace(CREATE, options=RuleOptions(first_seen=first))).notes == ()


def test_a_rule_that_counts_for_others_says_so() -> None:
    feed = Feed(correlation=correlation(LOGIN, name="Many sign-ins"), base=0)
    assert story(replace(LOGIN, feeds=(feed,))).notes == ("it counts for 'Many sign-ins' too",)
    silent = replace(LOGIN, feeds=(feed,), is_silent=True)
    assert story(silent).notes == ("it alerts nobody by itself, and counts for 'Many sign-ins'",)


def test_a_rule_in_shadow_mode_says_so() -> None:
    told = story(replace(LOGIN, options=RuleOptions(mode=Mode.SHADOW)))
    assert told.notes == ("in shadow mode: recorded, counted and shown, never sent",)


def test_a_correlation_is_told_by_its_rules_with_the_group_that_the_event_counts_in() -> None:
    asked = correlation(LOGIN, CREATE, group_by=("who",), keys=(("userIdentity.arn",), ("requestParameters.userName",)))
    told = story(asked, LOGIN, CREATE)
    assert told.holds
    assert [(part.rule, part.explained.holds, part.group) for part in told.parts] == [
        (LOGIN, True, (("who", "arn:aws:iam::111122223333:user/alice"),)),
        (CREATE, False, (("who", None),)),
    ]
    assert told.notes == ("whether it fires is for the state store to say: the other events within 10m decide",)


def test_the_groups_of_a_chained_correlation_are_those_of_the_rules_below() -> None:
    below = correlation(LOGIN, name="below", group_by=("who", "where"), keys=(("userIdentity.arn", "sourceIPAddress"),))
    above = correlation(below, name="above", group_by=("address",), keys=(("where",),))
    (part,) = story(above, below, LOGIN).parts
    assert (part.rule, part.group) == (LOGIN, (("address", "203.0.113.9"),))


def test_an_event_that_no_rule_of_a_correlation_holds_for_does_not_count() -> None:
    told = story(correlation(CREATE), CREATE)
    assert (told.holds, told.notes) == (False, ())


def test_an_event_without_a_time_counts_in_no_window() -> None:
    told = story(correlation(LOGIN), LOGIN, event={"eventName": "ConsoleLogin"})
    assert told.notes == ("its eventTime cannot be read, and so it counts in no window of time",)


def test_whether_many_events_hold_is_asked_by_one_function() -> None:
    asked = correlation(CREATE, LOGIN)
    holds = compile_rule(asked, rules_of((LOGIN, CREATE)))
    assert [holds(event) for event in (EVENT, {"eventName": "CreateUser"}, {})] == [True, True, False]
