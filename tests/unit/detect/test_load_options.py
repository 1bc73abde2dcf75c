from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.detect.load import load_file
from daemon.model import Escalation, FirstSeen, Level, Mode, RuleOptions
from tests.doubles.rule_text import RULE_ID, rule_text


def told(options: str) -> list[str]:
    text = f"trailwarden:\n  {options}\n"
    return [str(problem) for problem in load_file("x.yml", rule_text(more=text), variables={}).problems]


def test_what_stands_under_our_key_becomes_the_rules_options_and_tests() -> None:
    more = """
    trailwarden:
      summary: "{actor} deleted {requestParameters.groupName}"
      group_by: [recipientAccountId, requestParameters.groupName]
      close_after: 2h
      mode: shadow
      runbook: https://example.com/runbooks/groups
      tests:
        - {name: a group, match: true, event: {eventName: DeleteGroup}}
        - name: another call
          match: false
          event: {eventName: ListGroups}
    """
    loaded = load_file("x.yml", rule_text(more=more), variables={})
    assert loaded.problems == ()
    assert loaded.rules[0].options == RuleOptions(
        summary="{actor} deleted {requestParameters.groupName}",
        group_by=("recipientAccountId", "requestParameters.groupName"),
        close_after=timedelta(hours=2),
        mode=Mode.SHADOW,
        runbook="https://example.com/runbooks/groups",
    )
    tests = loaded.tests[RULE_ID]
    assert [(test.name, test.match, test.event, test.line) for test in tests] == [
        ("a group", True, {"eventName": "DeleteGroup"}, 17),
        ("another call", False, {"eventName": "ListGroups"}, 18),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{count: 10, to: critical}", (Escalation(count=10, to=Level.CRITICAL),)),
        (
            "[{count: 3, to: high}, {count: 9, to: critical}]",
            (Escalation(count=3, to=Level.HIGH), Escalation(count=9, to=Level.CRITICAL)),
        ),
    ],
)
def test_an_alert_may_rise(text: str, expected: tuple[Escalation, ...]) -> None:
    loaded = load_file("x.yml", rule_text(more=f"trailwarden: {{escalate: {text}}}", level="medium"), variables={})
    assert loaded.problems == ()
    assert loaded.rules[0].options.escalate == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{count: 10, to: medium}", "escalate leads to medium, and the rule is medium from the first event on"),
        ("{count: 1, to: high}", "trailwarden.escalate.0.count"),
        ("{count: 5, to: hihg}", "trailwarden.escalate.0.to"),
        ("{count: 5}", "trailwarden.escalate.0.to is missing"),
        ("{count: 5, too: high, to: high}", "unknown key trailwarden.escalate.0.too"),
        ("[{count: 9, to: high}, {count: 5, to: critical}]", "each step must ask for more events and lead higher"),
        ("high", "trailwarden.escalate"),
    ],
)
def test_a_rise_that_leads_nowhere_is_refused(text: str, what: str) -> None:
    loaded = load_file("x.yml", rule_text(more=f"trailwarden: {{escalate: {text}}}", level="medium"), variables={})
    assert loaded.is_broken
    assert what in str(loaded.problems[0])
    assert loaded.problems[0].where.startswith("x.yml:")


def test_without_our_key_the_defaults_hold() -> None:
    loaded = load_file("x.yml", rule_text(), variables={})
    assert loaded.rules[0].options == RuleOptions()
    assert loaded.tests == {RULE_ID: ()}


def test_no_grouping_at_all_can_be_asked_for() -> None:
    loaded = load_file("x.yml", rule_text(more="trailwarden: {group_by: []}"), variables={})
    assert loaded.rules[0].options.group_by == ()


def first_seen_options(text: str) -> RuleOptions:
    loaded = load_file("x.yml", rule_text(more=f"trailwarden: {{{text}}}"), variables={})
    assert loaded.problems == ()
    return loaded.rules[0].options


def test_what_is_new_is_asked_by_fields_and_alerts_are_grouped_by_the_same() -> None:
    text = "first_seen: {fields: [derived.principal, awsRegion], learn: 1d, forget: 30d, max_combinations: 5}"
    options = first_seen_options(text)
    assert options.first_seen == FirstSeen(
        fields=("derived.principal", "awsRegion"),
        learn=timedelta(days=1),
        forget=timedelta(days=30),
        max_combinations=5,
    )
    assert options.group_by == ("derived.principal", "awsRegion")


def test_a_grouping_that_is_given_stays_beside_first_seen() -> None:
    options = first_seen_options("group_by: [awsRegion], first_seen: {fields: [derived.principal]}")
    assert options.group_by == ("awsRegion",)
    assert options.first_seen == FirstSeen(fields=("derived.principal",))


@pytest.mark.parametrize("learn", ["0", "0d", "0 h"])
def test_nothing_need_be_learnt(learn: str) -> None:
    options = first_seen_options(f"first_seen: {{fields: [awsRegion], learn: {learn}}}")
    assert options.first_seen == FirstSeen(fields=("awsRegion",), learn=timedelta(0))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("sumary: a", "unknown key trailwarden.sumary; did you mean 'summary'?"),
        ("first_seen: {}", "trailwarden.first_seen.fields is missing; add it"),
        ("first_seen: [awsRegion]", "trailwarden.first_seen: input should be a valid dictionary"),
        ("first_seen: {fields: []}", "trailwarden.first_seen.fields: list should have at least 1 item"),
        ("first_seen: {fields: [nobody]}", "'nobody' is no field of a CloudTrail record"),
        ("first_seen: {fields: [awsRegion, awsRegion]}", "a field stands twice"),
        (f"first_seen: {{fields: [{', '.join(f'resources.{n}' for n in 'abcdefghi')}]}}", "at most 8 items"),
        ("first_seen: {fields: [awsRegion], forget: 0d}", "a duration must be longer than nothing"),
        ("first_seen: {fields: [awsRegion], learn: soon}", "trailwarden.first_seen.learn: a duration is a number"),
        ("first_seen: {fields: [awsRegion], learn: -1d}", "trailwarden.first_seen.learn: a duration is a number"),
        ("first_seen: {fields: [awsRegion], max_combinations: 0}", "should be greater than or equal to 1"),
        (
            "first_seen: {fields: [awsRegion], lern: 1d}",
            "unknown key trailwarden.first_seen.lern; did you mean 'learn'?",
        ),
        ("summary: 5", "trailwarden.summary: input should be a valid string; quote it"),
        ("summary: '{actor'", "'{' at character 1 has no partner"),
        ("summary: '{requestParameter.x}'", "{requestParameter.x} is no field of a CloudTrail record; did you mean"),
        ("group_by: [nobody]", "trailwarden.group_by: 'nobody' is no field of a CloudTrail record"),
        ("group_by: [derived.who]", "'derived.who' is no field of a CloudTrail record"),
        ("group_by: [awsRegion, awsRegion]", "a field stands twice"),
        (f"group_by: [requestParameters{'.a' * 12}]", "has more than 12 parts"),
        ("group_by: awsRegion", "trailwarden.group_by: input should be a valid list; write a list: [...]"),
        ("close_after: soon", "trailwarden.close_after: a duration is a number and a unit"),
        ("close_after: 0h", "a duration must be longer than nothing"),
        ("mode: quiet", "trailwarden.mode: input should be 'alert' or 'shadow'"),
        ("runbook: wiki", "give a URL such as https://example.com/runbooks/root"),
        ("tests: {}", "trailwarden.tests: input should be a valid list"),
        ("tests: [{name: a, match: true}]", "trailwarden.tests.0.event is missing; add it"),
        ("tests: [{name: a, match: true, event: {}}]", "trailwarden.tests.0.event: dictionary should have at least 1"),
        ("tests: [{name: a, match: 'yes', event: {a: b}}]", "write true or false, without quotes"),
        ("tests: [{name: a, match: true, event: {a: b}, note: x}]", "unknown key trailwarden.tests.0.note"),
        ("tests: [a]", "trailwarden.tests.0: input should be a valid dictionary"),
    ],
)
def test_a_fault_under_our_key_is_told_with_its_line(options: str, expected: str) -> None:
    (message,) = told(options)
    assert message.startswith("x.yml:10: ")
    assert expected in message


def test_our_key_must_be_a_mapping() -> None:
    (problem,) = load_file("x.yml", rule_text(more="trailwarden: [a]"), variables={}).problems
    assert "trailwarden is not a mapping" in str(problem)
