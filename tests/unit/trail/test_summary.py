from __future__ import annotations

from typing import Any

import pytest

from daemon.model import Actor
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import clip, printable
from daemon.trail.summary import default_summary, render_summary

ALICE = Actor(label="alice", principal="arn:aws:iam::111122223333:user/alice", kind="user")
RECORD: dict[str, Any] = {
    "eventSource": "iam.amazonaws.com",
    "eventName": "DeleteGroup",
    "awsRegion": "us-east-1",
    "recipientAccountId": "111122223333",
    "requestParameters": {
        "groupName": "testgroup",
        "password": "geheim",
        "items": [{"ip": "203.0.113.7"}, {"ip": "203.0.113.8"}, {"ip": "203.0.113.7"}],
        "many": list(range(30)),
        "flag": True,
        "nested": {"a": [1]},
        "a.b": "dotted",
        "empty": "",
        "null": None,
    },
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{actor} deleted {requestParameters.groupName}", "alice deleted testgroup"),
        ("{derived.principal}", "arn:aws:iam::111122223333:user/alice"),
        ("{requestParameters.missing}", "–"),
        ("{requestParameters.null}", "–"),
        ("{requestParameters.empty}", "–"),
        ("{requestParameters.groupName.deeper}", "–"),
        ("{requestParameters.items.ip}", "203.0.113.7, 203.0.113.8"),
        ("{requestParameters.many}", "0, 1, 2, 3, 4, 25 more"),
        ("{requestParameters.flag}", "true"),
        ("{requestParameters.nested}", '{"a":[1]}'),
        ("{requestParameters.a.b}", "dotted"),
        ("{requestParameters.password}", "[masked]"),
        ("{{literal}} {actor}", "{literal} alice"),
        ("{actor.__class__.__init__}", "–"),
        ("{actor!r:>1000000}", "–"),
        ("{requestParameters.missing|requestParameters.groupName}", "testgroup"),
        ("{requestParameters.groupName | requestParameters.flag}", "testgroup"),
        ("{requestParameters.missing|requestParameters.null}", "–"),
        ("{requestParameters.missing|'a group'}", "a group"),
        ("{requestParameters.missing|''}", ""),
        ("{requestParameters.groupName|'a group'}", "testgroup"),
        ("deleted[ {requestParameters.groupName}][ on {requestParameters.missing}]", "deleted testgroup"),
        ("[{requestParameters.groupName} by {requestParameters.missing}]", ""),
        ("[{requestParameters.missing|'a'}{requestParameters.null|''}{{b}}]", "a{b}"),
        ("[[{actor}]] [no field]", "[alice] no field"),
        ("[ {actor}", "[ alice"),
        ("a { b } {actor}", "a – alice"),
        ("no placeholders", "no placeholders"),
    ],
)
def test_placeholders_are_filled_in_from_the_record_and_nothing_else(template: str, expected: str) -> None:
    assert render_summary(template, RECORD, ALICE).replace("  ", " ") == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({}, "called, succeeded"),
        ({"errorCode": "AccessDenied"}, "was denied, denied (AccessDenied)"),
        ({"errorCode": "NoSuchEntity", "errorMessage": "long"}, "failed to call, failed (NoSuchEntity)"),
        ({"errorMessage": "Failed authentication"}, "failed to call, failed (Failed authentication)"),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, "failed to call, failed"),
        ({"errorCode": "a\n\x1b[31m" + "x" * 1_000}, "failed to call, failed (a [31m" + "x" * 153 + "…)"),
    ],
    ids=["success", "denial", "failure", "sign-in", "sign-in without a message", "hostile"],
)
def test_two_words_tell_how_the_call_ended(fault: dict[str, Any], expected: str) -> None:
    assert render_summary("{called}, {outcome}", RECORD | fault, ALICE) == expected


def test_hostile_values_come_out_short_and_on_one_line() -> None:
    record = {"requestParameters": {"groupName": "a\n\x1b[31m\u202e\u200b" + "x" * 100_000}}
    summary = render_summary("{requestParameters.groupName} {requestParameters.groupName}", record, ALICE)
    assert summary.isprintable()
    assert len(summary) == 321


def test_a_summary_as_a_whole_is_capped() -> None:
    assert len(render_summary("{derived.principal} " * 40, RECORD, ALICE)) == 500


def test_a_huge_list_is_read_only_as_far_as_it_is_shown() -> None:
    record = {"requestParameters": {"ids": [f"i-{number}" for number in range(100_000)]}}
    assert render_summary("{requestParameters.ids}", record, ALICE) == "i-0, i-1, i-2, i-3, i-4, many more"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "alice called iam:DeleteGroup in 111122223333, us-east-1"),
        ({"errorCode": "AccessDenied"}, "alice was denied iam:DeleteGroup in 111122223333, us-east-1"),
        (
            {"errorCode": "NoSuchEntity"},
            "alice failed to call iam:DeleteGroup in 111122223333, us-east-1 (NoSuchEntity)",
        ),
        ({"errorMessage": "Failed authentication"}, "alice failed to call iam:DeleteGroup in 111122223333, us-east-1"),
        ({"recipientAccountId": None, "awsRegion": None}, "alice called iam:DeleteGroup"),
    ],
)
def test_the_default_sentence_says_who_did_what_where_and_how_it_ended(changes: dict[str, Any], expected: str) -> None:
    assert default_summary(RECORD | changes, ALICE) == expected


def test_the_default_sentence_stands_an_empty_record() -> None:
    assert default_summary({}, ALICE) == "alice called –:–"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, Outcome.SUCCEEDED),
        ({"errorCode": ""}, Outcome.SUCCEEDED),
        ({"errorCode": 5}, Outcome.SUCCEEDED),
        ({"errorCode": "AccessDeniedException"}, Outcome.DENIED),
        ({"errorCode": "Client.UnauthorizedOperation"}, Outcome.DENIED),
        ({"errorCode": "VpceAccessDenied"}, Outcome.DENIED),
        ({"errorCode": "AuthorizationErrorException"}, Outcome.DENIED),
        ({"errorCode": "ForbiddenException"}, Outcome.DENIED),
        ({"errorCode": "ThrottlingException"}, Outcome.FAILED),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, Outcome.FAILED),
        ({"responseElements": {"ConsoleLogin": "Success"}}, Outcome.SUCCEEDED),
        ({"responseElements": "odd"}, Outcome.SUCCEEDED),
    ],
)
def test_the_end_of_a_call_is_told_by_every_sign_of_it(record: dict[str, Any], expected: Outcome) -> None:
    assert outcome_of(record) is expected


def test_printable_text_drops_what_is_unseen_and_keeps_the_rest() -> None:
    assert printable("a\u202eb\x00c\u200dd\ne\u00a0f é 名", limit=50) == "abcd e f é 名"
    assert printable("x" * 10, limit=5) == "xxxx…"
    assert printable("\x00" * 1_000, limit=5) == "…"
    assert clip("ab", limit=2) == "ab"
