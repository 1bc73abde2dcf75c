"""Every fault that a person can make in a rule, with the line it is told on."""

from __future__ import annotations

import pytest

from daemon.detect.load import load_file
from tests.doubles.rule_text import rule_text


def told(content: bytes, **variables: list[str]) -> list[str]:
    return [str(problem) for problem in load_file("x.yml", content, variables=variables).problems]


def in_selection(line: str) -> bytes:
    return rule_text(f"selection:\n  {line}\ncondition: selection")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("eventName|startwith: A", "unknown modifier 'startwith'; did you mean 'startswith'?"),
        ("eventName|contains |all: A", "'eventName|contains |all' has blanks around its names; write"),
        ("eventName|re: '(?=a)b'", "bad regular expression '(?=a)b': invalid perl operator: (?=; RE2 is the dialect"),
        ("eventName|re: 5", "a regular expression is a text, not 5; quote it"),
        ("sourceIPAddress|cidr: 10.0.0.1/8", "'10.0.0.1/8' has bits set beyond its prefix; write 10.0.0.0/8"),
        ("sourceIPAddress|cidr: ten", "'ten' is no network; write one such as"),
        ("sourceIPAddress|cidr: 5", "'cidr' does not take 5; quote it to make it a text: '5'"),
        ("errorCode|exists: 'true'", "exists takes true or false, not 'true'; write it without quotes"),
        ("eventName|contains: 5", "'contains' does not take 5; quote it to make it a text: '5'"),
        ("eventName|contains: true", "'contains' does not take true; quote it"),
        ("eventName|contains: null", "'contains' does not take null; quote it"),
        ("requestParameters.n|gt: '5'", "'gt' does not take the text '5'; give a number without quotes"),
        ("requestParameters.n|gt: many", "'gt' does not take the text 'many'; see docs/rules.md"),
        ("eventTime|hour: 24", "hour can never be 24; give a number from 0 to 23"),
        ("eventTime|month|gte: 13", "month can never be 13; give a number from 1 to 12"),
        ("requestParameters: {a: b}", "a mapping stands where a value should; write the path with dots"),
        ("eventName: [[A]]", "a list stands inside a list; write one flat list"),
        ("eventName|base64: 'a*'", "a value with wildcards cannot be encoded"),
        ("eventName|base64offset|contains: a", "base64offset needs two bytes or more; give a longer text"),
        ("eventTime|hour: 5.5", "a part of a time is a whole number, not 5.5; write 5"),
        ("eventName|fieldref: ''", "fieldref names no field"),
        ("derived.principle: a", "there is no 'derived.principle'; did you mean 'derived.principal'?"),
        ("eventName|windash: '-a -b -c -d'", "has more than 3 dashes before words"),
        ("eventName|fieldref: 'requestParameters.a*'", "Field references must not contain wildcards"),
        ("eventName|re|cased: a", "'re' and 'cased' do not go together; regular expressions are case-sensitive"),
        ("eventName|cased: 5", "the cased modifier is for texts"),
        ("eventName|contains: []", "an empty list stands for null, which takes no modifier"),
        ("eventName|expand: '%who%'", "the placeholder %who% has no value; give it one in the configuration"),
        ("eventName|expand: 5", "the expand modifier needs a text"),
        ("'|exists': true", "'exists' needs a field"),
        (".".join(["requestParameters", *"abcdefghijkl"]) + ": x", "…' has more than 12 parts; name a field higher up"),
        ("'|contains': '*'", "a search for nothing finds every event"),
    ],
)
def test_a_fault_in_a_selection_is_told_on_its_line(line: str, expected: str) -> None:
    (message,) = told(in_selection(line))
    assert message.startswith("x.yml:7: ")
    assert expected in message


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("selection and filter", "names 'filter', which is no selection here; known here: selection"),
        ("selectoin", "names 'selectoin', which is no selection here; did you mean 'selection'?"),
        ("1 of filter_*", "'1 of filter_*' finds no selection; selections here: selection"),
        ("all of _*", "'all of _*' finds no selection"),
        ("selection AND selection", "has 'AND'; operators are written small: 'and'"),
        ("selection and", "the condition breaks off at its end"),
        ("selection )", "the condition breaks off before ')'"),
        ("selection | count() > 5", "counts events with '|'; end it before the '|': single events are matched"),
        ("5", "the condition is not a text"),
        ("[]", "the detection has no condition"),
        ("'" + "not " * 6_000 + "selection'", "longer than 20000 characters"),
        ("'" + "not " * 4_000 + "selection'", "nested too deeply"),
    ],
    ids=lambda value: value[:30],
)
def test_a_fault_in_the_condition_is_told(condition: str, expected: str) -> None:
    messages = told(rule_text(f"selection: {{eventName: A}}\ncondition: {condition}"))
    assert expected in messages[0]
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("condition: selection", "x.yml:5: the detection has no selection"),
        ("selection: {eventName: A}", "x.yml:5: the detection has no condition"),
        ("selection: {}\ncondition: selection", "x.yml:6: the selection is empty"),
        ("selection: []\ncondition: selection", "x.yml:6: the selection is empty"),
        ("selection: null\ncondition: selection", "x.yml:6: a search without a field takes texts"),
        (
            "selection: {eventName: A}\ntimeframe: 5m\ncondition: selection",
            "x.yml:7: timeframe has no meaning in a single rule",
        ),
    ],
)
def test_a_fault_in_the_shape_of_a_detection_is_told(detection: str, expected: str) -> None:
    assert told(rule_text(detection))[0].startswith(expected)


@pytest.mark.parametrize("text", ["detection: []\n", ""])
def test_a_rule_needs_a_detection(text: str) -> None:
    head = rule_text().partition(b"detection")[0]
    assert "detection" in told(head + text.encode())[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"title: A group was deleted", b"title: 5", "x.yml:1: the rule has no title that is a text"),
        (b"id: 1111", b"name: 1111", "x.yml:1: the rule has no id; give it one of its own, for example "),
        (b"id: 1111", b"id: x1111", "x.yml:2: the id 'x1111"),
        (b"level: high", b"level: hihg", "x.yml:3: unknown level 'hihg'; did you mean 'high'?"),
        (b"level: high", b"status: testing", "x.yml:3: unknown status 'testing'; did you mean 'test'?"),
        (b"level: high", b"taxonomy: ecs", "x.yml:3: the field names are of the taxonomy 'ecs'"),
        (b"logsource: {product: aws, service: cloudtrail}", b"author: a", "does not say which logs it is for"),
    ],
)
def test_a_fault_in_the_header_is_told(old: bytes, new: bytes, expected: str) -> None:
    (message,) = told(rule_text().replace(old, new))
    assert expected in message


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tags: [attack.defence-evasion]", "'attack.defence-evasion' is no ATT&CK tag; did you mean 'defense-evasion'"),
        ("tags: [attack.t99]", "'attack.t99' is no ATT&CK tag; write a technique"),
        ("tags: [loose]", "Sigma tag must start with namespace"),
        ("tags: attack.impact", "Sigma tags fields must be a list"),
        ("date: yesterday", "is invalid, use yyyy-mm-dd"),
        ("author: [a]", "Sigma rule author must be a string"),
        ("related: [{id: 5, type: x}]", "Sigma related identifier must be a string UUID"),
    ],
)
def test_what_does_not_touch_detection_is_a_warning(line: str, expected: str) -> None:
    loaded = load_file("x.yml", rule_text(more=line), variables={})
    (problem,) = loaded.problems
    assert problem.is_warning
    assert str(problem).startswith("x.yml:9: warning: ")
    assert expected in str(problem)
    assert len(loaded.rules) == 1


@pytest.mark.parametrize("tag", ["attack.t1078", "attack.T1078.004", "attack.privilege_escalation", "cve.2021-44228"])
def test_good_tags_are_not_doubted(tag: str) -> None:
    assert told(rule_text(more=f"tags: [{tag}]")) == []


@pytest.mark.parametrize(
    ("detection", "line", "expected"),
    [
        ("selection: {eventname: A}\ncondition: selection", 6, "'eventname' is no field of a CloudTrail record; did"),
        ("selection: {eventName: '%a%'}\ncondition: selection", 6, "'%a%' is compared as it stands"),
        ("selection: {eventName|fieldref: x.y}\ncondition: selection", 6, "'x.y' is no field of a CloudTrail record"),
        ("selection:\n  errorCode:\ncondition: selection", 7, "no value stands here, which means null"),
        ("a: {eventName: A}\nb: {eventName: B}\ncondition: a", 7, "the condition does not use 'b'"),
        ("a: {eventName: A}\ncondition: not a", 7, "the rule matches every event that lacks its fields"),
        ("a:\n  eventName: []\ncondition: a", 7, "the list of values is empty, which means null"),
        ("a: {errorCode: null}\ncondition: a", 7, "the rule matches every event that lacks its fields"),
    ],
)
def test_what_is_doubtful_is_a_warning_and_the_rule_is_loaded(detection: str, line: int, expected: str) -> None:
    loaded = load_file("x.yml", rule_text(detection), variables={})
    assert len(loaded.rules) == 1
    assert f"x.yml:{line}: warning: {expected}" in str(loaded.problems[0])


def test_every_fault_of_a_file_is_told_at_once_and_in_order() -> None:
    lines = [message.split(":")[1] for message in told(rule_text("a:\n  eventName|x: 1\n  eventID|y: 2\ncondition: c"))]
    assert lines == ["7", "8", "9"]


def test_a_key_that_stands_twice_hides_no_other_fault() -> None:
    text = "a:\n  eventName: x\n  eventName: y\n  MFAUsed: No\n  eventID|startwith: z\ncondition: c"
    lines = [message.split(":")[1] for message in told(rule_text(text))]
    assert lines == ["8", "9", "10", "11"]


def test_a_pattern_that_is_too_large_to_evaluate_is_refused() -> None:
    (message,) = told(in_selection(f"userAgent: '{'?x' * 200_000}'"))
    assert "x.yml:5: the detection cannot be evaluated: pattern too large" in message


def test_a_placeholder_near_a_known_variable_is_asked_about() -> None:
    (message,) = told(in_selection("eventName|expand: '%admin%'"), admins=["alice"])
    assert "did you mean 'admins'?" in message


def test_a_placeholder_with_too_many_values_is_refused() -> None:
    many = [str(number) for number in range(101)]
    (message,) = told(in_selection("eventName|expand: '%a%%a%%a%'"), a=many)
    assert "stands for 1030301 values" in message
