from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from daemon.commands.explain.given import given_event
from daemon.commands.explain.output import print_json_stories, print_stories
from daemon.commands.explain.picked import Picked
from daemon.commands.explain.story import rules_of, tell
from daemon.condition import Keyword
from daemon.model import RuleHead
from tests.doubles.conditions import all_of, any_of, field, none_of, rule, text
from tests.doubles.correlations import correlation

EVENT = {"eventTime": "2026-03-02T08:00:00Z", "eventName": "ConsoleLogin", "sourceIPAddress": "203.0.113.9"}
LOGIN = rule(field("eventName", "ConsoleLogin"), "login")
CREATE = rule(field("eventName", "CreateUser"), "create")
Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, asked: RuleHead, *others: RuleHead, event: Mapping[str, Any] = EVENT) -> list[str]:
    """All below the heading and the event."""
    given = given_event(json.dumps(event).encode())
    picked = Picked(events=[given], origin="x.json", show=lambda _, value: value)
    story = tell(asked, rules_of((asked, *others)), given, show=picked.show)
    print_stories(asked, [story], picked)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        asked.title,
        f"high, {asked.id}, {asked.path}",
        "",
        "event of x.json, 2026-03-02T08:00:00Z, " + str(event["eventName"]),
    ]
    return lines[5:]


def test_a_correlation_shows_each_of_its_rules_and_the_group(capsys: Captured) -> None:
    asked = correlation(LOGIN, CREATE, group_by=("from",), keys=(("sourceIPAddress",), ("userAgent",)))
    assert printed(capsys, asked, LOGIN, CREATE) == [
        "login, in the group from = 203.0.113.9",
        "yes  eventName = 'ConsoleLogin'    (there: \"ConsoleLogin\")",
        "The rule holds.",
        "Index: would not pass the rule over (indexed under eventName: ConsoleLogin).",
        "",
        "create, in the group from = nothing",
        "no   eventName = 'CreateUser'    (there: \"ConsoleLogin\")",
        "The rule does not hold.",
        'Index: would have passed the rule over: eventName holds "ConsoleLogin" (indexed under eventName: CreateUser).',
        "",
        "The event counts for this correlation.",
        "Whether it fires is for the state store to say: the other events within 10m decide.",
    ]


def test_a_correlation_that_the_event_does_not_count_for_says_so(capsys: Captured) -> None:
    lines = printed(capsys, correlation(CREATE), CREATE)
    assert lines[0] == "create, in the one group of all"
    assert lines[-1] == "The event does not count for this correlation."


def test_what_decided_is_told_below_the_tree_but_not_at_any_length(capsys: Captured) -> None:
    asked = rule(all_of(*(field(f"requestParameters.a{number}", "x") for number in range(9)), LOGIN.condition))
    lines = printed(capsys, asked)
    begin = lines.index("The rule does not hold. What decided it:")
    assert lines[begin + 1 : -1] == [
        *(f"  no   requestParameters.a{number} = 'x'    (there: nothing)" for number in range(5)),
        "  and 4 more",
    ]


@pytest.mark.parametrize(
    ("condition", "event", "told"),
    [
        (
            none_of(field("userAgent", "x")),
            EVENT,
            "would not pass the rule over (evaluated on every event: it asks for what is not there).",
        ),
        (
            Keyword(test=text("*mimikatz*")),
            EVENT,
            (
                "would have passed the rule over: no text that the rule needs stands in the event "
                "(indexed under any text: mimikatz)."
            ),
        ),
        (
            any_of(field("eventName", "CreateUser"), field("errorCode", "AccessDenied")),
            EVENT,
            (
                'would have passed the rule over: eventName holds "ConsoleLogin" and errorCode is missing '
                "(indexed under eventName: CreateUser; errorCode: AccessDenied)."
            ),
        ),
        (
            field("errorCode", "AccessDenied"),
            EVENT | {"errorCode": 7},
            (
                "every rule looks at this event, since a field that is read ahead holds something else than text "
                "(indexed under errorCode: AccessDenied)."
            ),
        ),
    ],
    ids=["every event", "a text", "two fields", "read in full"],
)
def test_what_the_index_does_is_told_in_words(
    capsys: Captured, condition: Any, event: dict[str, Any], told: str
) -> None:
    assert printed(capsys, rule(condition), event=event)[-1] == f"Index: {told}"


def test_json_has_the_whole_tree_and_the_group(capsys: Captured) -> None:
    asked = correlation(LOGIN, group_by=("from",), keys=(("sourceIPAddress",),))
    given = given_event(json.dumps(EVENT).encode(), number=3)
    picked = Picked(events=[given], origin="x.json", show=lambda _, value: value)
    print_json_stories(asked, [tell(asked, rules_of((asked, LOGIN)), given, show=picked.show)], picked)
    found = json.loads(capsys.readouterr().out)
    (event,) = found["events"]
    assert (found["origin"], event["number"], event["holds"], event["undecodable"]) == ("x.json", 3, True, None)
    (part,) = event["rules"]
    assert part["group"] == {"from": "203.0.113.9"}
    assert part["tree"] == {
        "kind": "test",
        "holds": True,
        "field": "eventName",
        "asks": "= 'ConsoleLogin'",
        "saw": '"ConsoleLogin"',
    }
    assert part["index"] == {
        "outcome": "in_play",
        "dismissed_by": [],
        "indexed_under": {"eventName": ["ConsoleLogin"]},
        "on_every_event": None,
    }
