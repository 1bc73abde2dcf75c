"""What a match of a first-seen rule carries: what its fields hold, whatever stands there, and never lost to decoys."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from daemon.model import Match, ObjectResult
from daemon.pipeline import GROUPS_A_RULE, MATCHES_A_RULE, BareMatches, Found, process
from tests.doubles.daemons import event
from tests.doubles.rule_text import rule_text
from tests.doubles.state_values import log_object

PRINCIPAL = "arn:aws:iam::111122223333:user/alice"


def rules(fields: str = "derived.principal, awsRegion", more: str = "") -> RuleSet:
    text = rule_text(more=f"trailwarden: {{first_seen: {{fields: [{fields}]}}{more}}}")
    return RuleSet(load_file("r.yml", text, variables={}).rules)


def run(*events: dict[str, Any], ruleset: RuleSet) -> ObjectResult:
    data = gzip.compress(json.dumps({"Records": events}).encode())
    return process(log_object(), data, ruleset=ruleset, max_bytes=2**26).result


def combination(fields: str, **changes: Any) -> dict[str, str]:
    (match,) = run(event(1, **changes), ruleset=rules(fields)).matches
    return dict(match.combination)


def test_a_match_says_what_its_rules_fields_hold_and_groups_by_them() -> None:
    (match,) = run(event(1), ruleset=rules()).matches
    assert match.combination == (("derived.principal", PRINCIPAL), ("awsRegion", "us-east-1"))
    assert match.group == match.combination


def test_a_group_of_its_own_leaves_the_combination_as_it_is() -> None:
    (match,) = run(event(1), ruleset=rules(more=", group_by: [eventSource]")).matches
    assert match.group == (("eventSource", "iam.amazonaws.com"),)
    assert match.combination == (("derived.principal", PRINCIPAL), ("awsRegion", "us-east-1"))


def test_a_rule_without_the_key_has_no_combination() -> None:
    ruleset = RuleSet(load_file("r.yml", rule_text(), variables={}).rules)
    assert [match.combination for match in run(event(1), ruleset=ruleset).matches] == [()]


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        pytest.param({}, "", id="missing"),
        pytest.param({"tags": None}, "", id="null"),
        pytest.param({"tags": ["b", "a", "b"]}, "a, b", id="an array in whatever order"),
        pytest.param({"tags": [["b"], [], None]}, "b", id="arrays in an array"),
        pytest.param({"tags": {"a": 1}}, "", id="an object, which may hold secrets"),
        pytest.param({"tags": True}, "true", id="a boolean"),
        pytest.param({"tags": 22}, "22", id="a number"),
    ],
)
def test_any_value_makes_one_text(parameters: dict[str, Any], told: str) -> None:
    assert combination("requestParameters.tags", requestParameters=parameters) == {"requestParameters.tags": told}


def test_long_values_that_differ_only_at_their_ends_are_told_apart() -> None:
    one, other = (combination("userAgent", userAgent="x" * 5_000 + end)["userAgent"] for end in "ab")
    assert one != other
    assert len(one) == len(other) == 1_000


def test_a_session_name_makes_nobody_new() -> None:
    def role(session: str) -> dict[str, Any]:
        issuer = {"arn": "arn:aws:iam::111122223333:role/ci"}
        arn = f"arn:aws:sts::111122223333:assumed-role/ci/{session}"
        return {"type": "AssumedRole", "arn": arn, "sessionContext": {"sessionIssuer": issuer}}

    one, other = (combination("derived.principal", userIdentity=role(name)) for name in ("run-1", "run-2"))
    assert one == other == {"derived.principal": "arn:aws:iam::111122223333:role/ci"}


def test_a_new_combination_is_kept_however_many_known_ones_come_before_it() -> None:
    decoys = [event(1)] * (MATCHES_A_RULE + 10)
    result = run(*decoys, event(2, awsRegion="sa-east-1"), ruleset=rules(more=", group_by: []"))
    assert (result.matches[-1].combination[1], result.left_out) == (("awsRegion", "sa-east-1"), 10)


def test_combinations_without_end_are_bounded() -> None:
    many = (event(number, awsRegion=f"r-{number}") for number in range(MATCHES_A_RULE + GROUPS_A_RULE))
    result = run(*many, ruleset=rules(more=", group_by: []"))
    assert (len(result.matches), result.left_out) == (GROUPS_A_RULE, MATCHES_A_RULE)


def test_a_backtest_is_told_the_combination_too() -> None:
    taken: list[Found] = []
    findings = BareMatches(log_object(), take=taken.append)
    rules().evaluate(json.dumps({"Records": [event(1)]}).encode(), findings=findings)
    assert [dict(match.combination)["awsRegion"] for match in taken if isinstance(match, Match)] == ["us-east-1"]


@pytest.mark.parametrize(
    "selection",
    [
        pytest.param(f"derived.principal: {PRINCIPAL}", id="a value"),
        pytest.param("derived.principal|endswith: /alice", id="a part"),
        pytest.param("derived.principal|exists: true", id="existence"),
        pytest.param("derived.principal|re: user/a.*e$", id="an expression"),
        pytest.param("userIdentity.arn|fieldref: derived.principal", id="another field refers to it"),
        pytest.param("derived.principal|fieldref: userIdentity.arn", id="it refers to another field"),
        pytest.param("derived.principal|fieldref|endswith: userIdentity.userName", id="it ends with another field"),
    ],
)
def test_who_really_acts_may_be_asked_for_as_any_field(selection: str) -> None:
    text = rule_text(
        f"selection:\n  {selection}\ncondition: selection",
        more='trailwarden: {summary: "{actor} is {derived.principal}", group_by: [derived.principal]}',
    )
    ruleset = RuleSet(load_file("r.yml", text, variables={}).rules)
    bob = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "alina"}
    (match,) = run(event(1), ruleset=ruleset).matches
    assert match.summary == f"alice is {PRINCIPAL}"
    assert match.group == (("derived.principal", PRINCIPAL),)
    others = run(event(2, userIdentity=bob), ruleset=ruleset).matches
    assert len(others) == ("exists" in selection or selection.endswith(("arn", ": derived.principal")))
