"""What a `filter:` document says, and every fault that a person can make in one, with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.condition import FieldTest, Not, Text, Wildcard
from daemon.detect.filters import Filter
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.logsource import PassReason
from tests.doubles.rule_text import FILTER, FILTER_ID, filter_text

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def load(content: bytes, **variables: list[str]) -> LoadedFile:
    return load_file("x.yml", content, variables=variables)


def told(content: bytes) -> list[str]:
    return [str(problem) for problem in load(content).problems]


def read(section: str = FILTER, *, more: str = "", **variables: list[str]) -> Filter:
    loaded = load(filter_text(section, more=more), **variables)
    assert loaded.problems == ()
    (made,) = loaded.filters
    return made


def test_a_filter_is_a_condition_for_the_rules_it_names() -> None:
    made = read(FILTER.replace("rules: any", "rules: [group_deleted, other]"))
    assert (made.id, made.title, made.path) == (FILTER_ID, "The pipeline may", "x.yml")
    test = Text(parts=(Wildcard.ANY, "role/ci", Wildcard.ANY))
    assert made.condition == Not(item=FieldTest(field="userIdentity.arn", test=test))
    assert made.rules is not None
    assert [(name.text, name.line) for name in made.rules] == [("group_deleted", 5), ("other", 5)]


def test_one_rule_may_be_named_without_a_list() -> None:
    made = read(FILTER.replace("rules: any", "rules: group_deleted"))
    assert made.rules is not None
    assert [name.text for name in made.rules] == ["group_deleted"]


@pytest.mark.parametrize("written", ["any", "ANY", "[]"])
def test_a_filter_may_be_for_any_rule(written: str) -> None:
    assert read(FILTER.replace("rules: any", f"rules: {written}")).rules is None


def test_a_filter_takes_the_variables_of_the_configuration() -> None:
    section = "rules: any\noffice: {'sourceIPAddress|expand': '%office%'}\ncondition: not office"
    made = read(section, office=["192.0.2.1"])
    assert made.condition == Not(item=FieldTest(field="sourceIPAddress", test=Text(parts=("192.0.2.1",))))


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC)),
        ("'2026-12-31'", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12-31T18:00:00Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("'2026-12-31T18:00:00+02:00'", datetime(2026, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_a_filter_expires_after_a_day_or_at_a_time(written: str, end: datetime) -> None:
    made = read(more=f"trailwarden: {{expires: {written}, reason: a move, owner: alice}}")
    assert (made.expires_at, made.reason, made.owner) == (end, "a move", "alice")
    assert not made.is_expired(end - timedelta(seconds=1))
    assert made.is_expired(end)


def test_without_an_end_a_filter_never_expires() -> None:
    made = read()
    assert not made.is_expired(datetime.max.replace(tzinfo=UTC))
    assert list(made.doubts(NOW)) == []


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-02-14", []),
        ("2026-02-13", ["the filter expires at 2026-02-14 00:00 UTC"]),
        ("2026-01-30", ["the filter expired at 2026-01-31 00:00 UTC, and no longer applies"]),
    ],
)
def test_the_end_of_a_filter_is_told_a_fortnight_before(expires: str, expected: list[str]) -> None:
    doubts = list(read(more=f"trailwarden: {{expires: {expires}}}").doubts(NOW))
    assert [doubt.what for doubt in doubts] == expected
    assert all(doubt.where == "x.yml:9" and doubt.is_warning and doubt.fix for doubt in doubts)


def test_a_filter_for_other_logs_is_passed_over() -> None:
    loaded = load(filter_text(logs="{product: windows}"))
    assert (loaded.filters, loaded.problems) == ((), ())
    assert loaded.passed_over[0].reason is PassReason.OTHER_LOGS


def test_a_filter_needs_no_id() -> None:
    loaded = load(filter_text().replace(f"id: {FILTER_ID}\n".encode(), b""))
    assert str(loaded.problems[0]).startswith("x.yml:1: warning: the filter has no id, and goes by one that changes")
    assert loaded.filters[0].id in str(loaded.problems[0])


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("rules: any\n", "", 4, "the filter does not say which rules it is for; name rules by id or name, or write"),
        ("rules: any", "rules: 5", 5, "filter.rules takes names, and '5' is none"),
        ("rules: any", "rules: [a, a]", 5, "'a' stands twice; name it once"),
        ("rules: any", "rules: [a, any]", 5, "'any' stands among names of rules; write rules: any, alone"),
        ("condition: not selection\n", "", 4, "the filter has no condition; add one such as: condition: selection"),
        ("not selection", "not selecton", 8, "the condition names 'selecton', which is no selection here"),
        ("not selection", "[not selection]", 8, "a filter has one condition, and this is a list"),
        ("|contains", "|contians", 7, "unknown modifier 'contians'; did you mean 'contains'?"),
        ("userIdentity.arn|contains: role/ci", "eventName: '*'", 8, "the filter suppresses every event: its condition"),
        ("userIdentity.arn|contains: role/ci", "eventID|exists: true", 8, "the filter suppresses every event"),
        ("userIdentity.arn|contains: role/ci", "userIdentity|re: .*", 8, "the filter suppresses every event"),
        ("  userIdentity.arn|contains: role/ci", "  - eventName: A\n  - eventTime: '*'", 9, "the filter suppresses ev"),
    ],
)
def test_a_fault_in_a_filter_is_told_with_its_line(old: str, new: str, line: int, expected: str) -> None:
    assert old in FILTER
    (message,) = told(filter_text(FILTER.replace(old, new)))
    assert message.startswith(f"x.yml:{line}: {expected}")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("not selection", "selection", "the filter lets only those events through that have what it selects; an exc"),
        ("userIdentity.arn|contains: role/ci", "eventID: null", "the filter changes nothing: its condition holds on"),
    ],
)
def test_a_filter_that_hardly_can_be_meant_is_doubted(old: str, new: str, expected: str) -> None:
    loaded = load(filter_text(FILTER.replace(old, new)))
    (problem,) = loaded.problems
    assert str(problem).startswith(f"x.yml:8: warning: {expected}")
    assert len(loaded.filters) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("expires: soon", "trailwarden.expires: a date such as 2026-12-31 is needed, or a time with its zone"),
        ("expires: 2026-12-31T18:00:00", "trailwarden.expires: a date such as"),
        ("expires: '9999-12-31'", "trailwarden.expires: a date such as"),
        ("expires: 5", "trailwarden.expires: a date such as"),
        ("expire: 2026-12-31", "unknown key trailwarden.expire; did you mean 'expires'?"),
        ("reason: ''", "trailwarden.reason: string should have at least 1 character"),
        ("owner: [alice]", "trailwarden.owner: input should be a valid string; quote it"),
    ],
)
def test_a_fault_under_our_key_is_told_with_its_line(options: str, expected: str) -> None:
    (message,) = told(filter_text(more=f"trailwarden:\n  {options}\n"))
    assert message.startswith("x.yml:10: ")
    assert expected in message


def test_the_filter_must_be_a_mapping_and_say_which_logs_it_is_for() -> None:
    content = f"title: x\nid: {FILTER_ID}\nfilter: [a]\n".encode()
    assert told(content) == [
        "x.yml:1: the rule does not say which logs it is for; add logsource: {product: aws, service: cloudtrail}",
        "x.yml:3: filter is not a mapping; give it selections and a condition",
    ]


def test_a_filter_that_cannot_be_evaluated_is_refused() -> None:
    (message,) = told(filter_text(f"rules: any\na: {{userAgent: '{'?x' * 200_000}'}}\ncondition: not a"))
    assert message.startswith("x.yml:4: the filter cannot be evaluated: pattern too large")
