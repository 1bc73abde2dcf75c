"""Every modifier and value type of Sigma 2.1, from the YAML of a rule to the condition tree."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from daemon.condition import (
    Anchor,
    And,
    Boolean,
    Cidr,
    Compare,
    Comparison,
    Condition,
    Exists,
    FieldRef,
    FieldTest,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Regex,
    Test,
    Text,
    TimePart,
    TimeUnit,
    Wildcard,
)
from daemon.detect.compile import compile_condition
from daemon.detect.load import load_file
from tests.doubles.rule_text import rule_text

ANY, ONE = Wildcard.ANY, Wildcard.ONE


def condition_of(detection: str, **variables: list[str]) -> Condition:
    loaded = load_file("x.yml", rule_text(detection), variables=variables)
    assert [problem for problem in loaded.problems if not problem.is_warning] == []
    return loaded.rules[0].condition


def of_item(item: str, **variables: list[str]) -> Condition:
    return condition_of(f"selection:\n  {item}\ncondition: selection", **variables)


def text(*parts: str | Wildcard, is_cased: bool = False) -> Text:
    return Text(parts=parts, is_cased=is_cased)


def field(*tests: Test, name: str = "eventName") -> Condition:
    items = tuple(FieldTest(field=name, test=test) for test in tests)
    return items[0] if len(items) == 1 else Or(items=items)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("eventName: DeleteGroup", field(text("DeleteGroup"))),
        ("eventName: ''", field(text())),
        ("eventName: null", field(Null())),
        ("eventName: []", field(Null())),
        ("eventName: 5", field(Number(value=5))),
        ("eventName: 0.5", field(Number(value=0.5))),
        ("eventName: true", field(Boolean(value=True))),
        ("eventName: [A, 5, null, false]", field(text("A"), Number(value=5), Null(), Boolean(value=False))),
        ("eventName: 'Get*User?'", field(text("Get", ANY, "User", ONE))),
        ("eventName: 'a***b'", field(text("a", ANY, "b"))),
        (r"eventName: 'a\*b\?c\\*d\e'", field(text("a*b?c\\", ANY, "d\\e"))),
        (r"eventName: 'a\\\*b\\\\'", field(text("a\\*b\\\\"))),
        (r"eventName|contains: '\*'", field(text(ANY, "*", ANY))),
        (r"eventName|endswith: '*\?'", field(text(ANY, "?"))),
        ("eventName|contains: A", field(text(ANY, "A", ANY))),
        ("eventName|startswith: A", field(text("A", ANY))),
        ("eventName|endswith: A", field(text(ANY, "A"))),
        ("eventName|contains: '*A*'", field(text(ANY, "A", ANY))),
        ("eventName|cased: A", field(text("A", is_cased=True))),
        ("eventName|contains|cased: A", field(text(ANY, "A", ANY, is_cased=True))),
        ("eventName|cased|contains: A", field(text(ANY, "A", ANY, is_cased=True))),
        ("eventName|exists: true", field(Exists(expected=True))),
        ("eventName|exists: false", field(Exists(expected=False))),
        ("eventName|neq: A", Not(item=field(text("A")))),
        ("eventName|neq: [A, B]", Not(item=field(text("A"), text("B")))),
        ("eventName|neq: []", Not(item=field(Null()))),
        ("eventName|contains|neq: A", Not(item=field(text(ANY, "A", ANY)))),
        ("eventName|re: '^Get.*$'", field(Regex(pattern="^Get.*$"))),
        (r"eventName|re: 'a\*b\?c\\d+'", field(Regex(pattern=r"a\*b\?c\\d+"))),
        ("eventName|re|i: a", field(Regex(pattern="a", flags=frozenset("i")))),
        ("eventName|re|i|m|s: a", field(Regex(pattern="a", flags=frozenset("ims")))),
        ("eventName|re|contains: a|b", field(Regex(pattern="a|b"))),
        ("eventName|cidr: 203.0.113.0/24", field(Cidr(network="203.0.113.0/24"))),
        ("eventName|cidr: 2001:db8::/32", field(Cidr(network="2001:db8::/32"))),
        ("eventName|lt: 5", field(Compare(comparison=Comparison.LT, value=5))),
        ("eventName|lte: 5", field(Compare(comparison=Comparison.LTE, value=5))),
        ("eventName|gt: 0.5", field(Compare(comparison=Comparison.GT, value=0.5))),
        ("eventName|gte: -5", field(Compare(comparison=Comparison.GTE, value=-5))),
        ("eventName|base64: foo", field(text("Zm9v"))),
        ("eventName|base64: 'a?'".replace("?", r"\?"), field(text("YT8="))),
        ("eventName|base64offset: foobar", field(text("Zm9vYmFy"), text("Zvb2Jhc"), text("mb29iYX"))),
        ("eventName|base64offset|contains: foo", field(*(text(ANY, t, ANY) for t in ("Zm9v", "Zvb", "mb2")))),
        ("eventName|wide|base64: a", field(text("YQA="))),
        ("eventName|utf16le|base64: a", field(text("YQA="))),
        ("eventName|utf16be|base64: a", field(text("AGE="))),
        ("eventName|utf16|base64: a", field(text("//5hAA=="))),
        ("eventName|utf16le: ab", field(text("a\0b\0"))),
        ("eventName|fieldref: userAgent", field(FieldRef(field="userAgent"))),
        ("eventName|fieldref|neq: userAgent", Not(item=field(FieldRef(field="userAgent")))),
        (
            "eventName|fieldref|startswith: userAgent",
            field(FieldRef(field="userAgent", anchor=Anchor.STARTSWITH)),
        ),
        ("eventName|fieldref|endswith: userAgent", field(FieldRef(field="userAgent", anchor=Anchor.ENDSWITH))),
        (
            "eventName|fieldref|contains|cased: userAgent",
            field(FieldRef(field="userAgent", anchor=Anchor.CONTAINS, is_cased=True)),
        ),
        ("'eventName|fieldref': 'a.b-c'", field(FieldRef(field="a.b-c"))),
        (r"eventName|fieldref: 'a\b'", field(FieldRef(field=r"a\b"))),
        (r"eventName|fieldref: 'a\*\?\\\*'", field(FieldRef(field="a*?\\*"))),
        ("eventName|windash|contains: ' -a'", field(*(text(ANY, f" {dash}a", ANY) for dash in "-/–—―"))),
        ("eventName|re|expand: '^%who%$'", field(Regex(pattern="^alice$"), Regex(pattern="^b.*$"))),
    ],
)
def test_each_modifier_means_what_the_specification_says(item: str, expected: Condition) -> None:
    assert of_item(item, who=["alice", "b.*"]) == expected


@pytest.mark.parametrize("unit", list(TimeUnit))
def test_time_parts_are_compared_with_numbers(unit: TimeUnit) -> None:
    equal = TimePart(unit=unit, comparison=Comparison.EQ, value=5)
    assert of_item(f"eventTime|{unit}: 5") == field(equal, name="eventTime")
    later = TimePart(unit=unit, comparison=Comparison.GTE, value=5)
    assert of_item(f"eventTime|{unit}|gte: 5") == field(later, name="eventTime")


def test_all_joins_the_values_but_the_forms_of_one_value_stay_alternatives() -> None:
    condition = of_item("eventName|contains|all|windash: ['-a', b]")
    assert isinstance(condition, And)
    assert condition.items[0] == field(*(text(ANY, f"{dash}a", ANY) for dash in "-/–—―"))
    assert condition.items[1] == field(text(ANY, "b", ANY))


def test_placeholders_become_alternatives_also_under_all_and_may_hold_wildcards() -> None:
    condition = of_item("eventName|contains|all|expand: ['%who%-%where%', x]", who=["a", "b*"], where=["1"])
    assert isinstance(condition, And)
    assert condition.items[0] == field(text(ANY, "a-1", ANY), text(ANY, "b", ANY, "-1", ANY))


@pytest.mark.parametrize("item", ["eventName|expand|base64: '%who%'", "eventName|base64|expand: '%who%'"])
def test_a_placeholder_is_filled_in_before_its_value_is_encoded(item: str) -> None:
    assert of_item(item, who=["foo"]) == field(text("Zm9v"))


def test_a_backslash_makes_a_percent_sign_plain_under_expand() -> None:
    assert of_item(r"eventName|expand: '\%plain%who%'", who=["x"]) == field(text("%plainx"))


def test_a_percent_sign_without_a_partner_stays_as_it_is() -> None:
    assert of_item("eventName|expand: 100%") == field(text("100%"))


def test_a_mapping_means_all_of_its_fields_and_a_list_of_mappings_any() -> None:
    condition = condition_of(
        """
        selection:
          - eventName: A
            eventSource: b
          - errorCode: c
        condition: selection
        """
    )
    first = And(items=(field(text("A")), field(text("b"), name="eventSource")))
    assert condition == Or(items=(first, field(text("c"), name="errorCode")))


def test_a_dotted_path_is_kept_whole() -> None:
    assert of_item("requestParameters.a.b: x") == field(text("x"), name="requestParameters.a.b")


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("selection: evil", (text(ANY, "evil", ANY),)),
        (r"selection: '\*'", (text(ANY, "*", ANY),)),
        (r"selection: {'|endswith': '\?'}", (text(ANY, "?"),)),
        ("selection: ['*evil', b]", (text(ANY, "evil", ANY), text(ANY, "b", ANY))),
        ("selection: [4711]", (Number(value=4711), text(ANY, "4711", ANY))),
        ("selection: [true]", (Boolean(value=True),)),
        ("selection: {'|re': 'a+'}", (Regex(pattern="a+"),)),
        ("selection: {'|startswith': a}", (text("a", ANY),)),
        ("selection: {'|cased': a}", (text(ANY, "a", ANY, is_cased=True),)),
    ],
)
def test_a_value_without_a_field_is_searched_anywhere(selection: str, expected: tuple[Any, ...]) -> None:
    items = tuple(Keyword(test=test) for test in expected)
    assert condition_of(f"{selection}\ncondition: selection") == (items[0] if len(items) == 1 else Or(items=items))


def test_keywords_can_all_be_asked_for_and_be_mixed_with_mappings() -> None:
    both = condition_of("selection: {'|all': [a, b]}\ncondition: selection")
    assert both == And(items=(Keyword(test=text(ANY, "a", ANY)), Keyword(test=text(ANY, "b", ANY))))
    mixed = condition_of("selection: [a, {eventName: B}]\ncondition: selection")
    assert mixed == Or(items=(Keyword(test=text(ANY, "a", ANY)), field(text("B"))))


A, B, C = (field(text(name)) for name in "ABC")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a", A),
        ("a and b", And(items=(A, B))),
        ("a or b and c", Or(items=(A, And(items=(B, C))))),
        ("not a and b", And(items=(Not(item=A), B))),
        ("not (a or b)", Not(item=Or(items=(A, B)))),
        ("not not a", Not(item=Not(item=A))),
        ("1 of a*", A),
        ("1 of them", Or(items=(A, B, C))),
        ("any of them", Or(items=(A, B, C))),
        ("all of them", And(items=(A, B, C))),
        ("not 1 of them", Not(item=Or(items=(A, B, C)))),
        ("a and not all of _*", And(items=(A, Not(item=field(text("H")))))),
    ],
)
def test_the_condition_line_binds_as_sigma_says(condition: str, expected: Condition) -> None:
    names = "a: {eventName: A}\nb: {eventName: B}\nc: {eventName: C}\n_hidden: {eventName: H}"
    assert condition_of(f"{names}\ncondition: {condition}") == expected


def test_selections_may_begin_with_the_names_of_operators() -> None:
    names = "notable: {eventName: A}\nandrew: {eventName: B}\nall-of: {eventName: C}"
    assert condition_of(f"{names}\ncondition: notable and andrew and not all-of") == And(items=(A, B, Not(item=C)))


def test_a_condition_can_be_sent_to_another_process() -> None:
    condition = of_item("eventName|re|i: a")
    assert pickle.loads(pickle.dumps(condition)) == condition


@pytest.mark.parametrize(
    ("item", "event", "expected"),
    [
        ("additionalEventData.MFAUsed: 'No'", {"additionalEventData": {"MFAUsed": "NO"}}, True),
        ("eventName|utf16le|base64offset|contains: root", {"eventName": "cgBvAG8AdAA="}, True),
        ("eventName|neq: A", {}, True),
        ("eventName|contains: ''", {"eventName": "x"}, True),
        ("recipientAccountId: 111122223333", {"recipientAccountId": "111122223333"}, True),
        ("eventTime|hour|gte: 22", {"eventTime": "2026-01-31T23:00:00Z"}, True),
    ],
)
def test_what_is_translated_can_be_evaluated(item: str, event: dict[str, Any], expected: bool) -> None:
    assert compile_condition(of_item(item))(event) is expected
