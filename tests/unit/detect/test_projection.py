from __future__ import annotations

import pytest

from daemon.condition import And, Condition, Exists, FieldRef, Keyword, Null, Number, Or
from daemon.detect.projection import choose_reading, plan
from tests.doubles.conditions import all_of, any_of, field, none_of, text

NAME, TYPE, AGENT = field("eventName", "DeleteGroup"), field("userIdentity.type", "Root"), field("userAgent", "*kali*")


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        (NAME, {"eventName"}),
        (field("eventName", "Delete*"), {"eventName"}),
        (field("eventName", Number(value=7)), {"eventName"}),
        (all_of(field("errorCode", "Denied"), field("eventSource", "iam.amazonaws.com")), {"errorCode"}),
        (all_of(field("eventSource", "iam.amazonaws.com"), NAME, TYPE), {"eventName"}),
        (all_of(field("eventSource", "iam.amazonaws.com"), any_of(*[NAME] * 60)), {"eventName"}),
        (all_of(field("userIdentity.type", "AssumedRole"), field("readOnly", "false")), {"readOnly"}),
        (all_of(field("userIdentity.type", "IAMUser"), AGENT), {"userAgent"}),
        (all_of(field("eventName", "Get*"), field("userIdentity.type", "IAMUser")), {"eventName", "userIdentity.type"}),
        (all_of(none_of(TYPE), AGENT), {"userAgent"}),
        (any_of(NAME, TYPE), {"eventName", "userIdentity.type"}),
        (any_of(NAME, Keyword(test=text("x"))), None),
        (none_of(none_of(NAME)), {"eventName"}),
        (none_of(NAME), None),
        (none_of(any_of(NAME, none_of(TYPE))), {"userIdentity.type"}),
        (none_of(all_of(none_of(NAME), none_of(TYPE))), {"eventName", "userIdentity.type"}),
        (Keyword(test=text("x")), None),
        (And(items=()), None),
        (Or(items=()), set()),
        (field("errorCode", Null()), None),
        (field("errorCode", Exists(expected=False)), None),
        (field("errorCode", Exists(expected=True)), {"errorCode"}),
        (field("errorCode", FieldRef(field="eventName")), None),
        (field("derived.principal", "x"), None),
        (field("resources.ARN", "x"), None),
        (field("eventTime.date", "x"), None),
        (field('requestParameters.a"b', "x"), None),
        (field("requestParameters.a\\b", "x"), None),
        (field("requestParameters.a\x1f", "x"), None),
        (field("requestParameters.a\ufffd", "x"), None),
        (all_of(field("eventTime.date", "x"), AGENT), {"userAgent"}),
        (field("requestParameters.", "x"), {"requestParameters."}),
        (field("requestParameters.a\x7f", "x"), {"requestParameters.a\x7f"}),
        (field("requestParameters", "*x*"), None),
        (field("requestParameters.a.b.c.d", "x"), None),
        (field("requestParameters.port", Number(value=22)), {"requestParameters.port"}),
        (field("requestParameters.name", "*"), {"requestParameters.name"}),
    ],
)  # fmt: skip
def test_a_rule_is_dismissed_by_the_cheapest_fields_that_leave_few_events(
    condition: Condition, fields: set[str] | None
) -> None:
    found = plan(condition)
    assert (set(found.fields) if found else None) == fields


def test_the_most_telling_fields_come_first_and_none_holds_another() -> None:
    rules: list[Condition] = [AGENT, TYPE, NAME, field("tls", "x"), field("tls.version", "1"), Keyword(test=text("x"))]
    assert choose_reading(rules).fields == ("eventName", "userIdentity.type", "tls.version", "userAgent")


def test_no_rules_need_no_fields() -> None:
    assert choose_reading([]).fields == ()


def test_a_rule_that_no_field_dismisses_is_searched_for_by_a_piece_of_its_text() -> None:
    rules: list[Condition] = [NAME, Keyword(test=text("*mimikatz*")), Keyword(test=text("*x*"))]
    assert choose_reading(rules).searched == {1: {"mimikatz"}}


def test_where_the_rules_ask_for_very_many_fields_the_rare_ones_are_searched_for_too() -> None:
    rare: list[Condition] = [field(f"requestParameters.name{number}", "secret-thing") for number in range(30)]
    few, many = choose_reading([NAME, *rare[:10]]), choose_reading([NAME, *rare, field("requestParameters.x", "7")])
    assert (len(few.fields), few.searched) == (11, {})
    assert many.fields == ("eventName", "requestParameters.x")
    assert set(many.searched) == set(range(1, 31))


def test_a_call_that_comes_all_day_is_dismissed_by_something_else() -> None:
    common = field("eventName", "AssumeRole")
    assert plan(all_of(common, AGENT)) == plan(AGENT)
