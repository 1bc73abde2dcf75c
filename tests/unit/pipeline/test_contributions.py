"""What a log file gives to correlations: bounded, masked, and enough to tell an event among others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from daemon.detect.ruleset import RuleSet
from daemon.model import Feed, RuleOptions
from daemon.pipeline import process
from daemon.pipeline.contributions import MOST
from tests.doubles.conditions import field, rule
from tests.doubles.correlating import correlation
from tests.doubles.daemons import event
from tests.doubles.state_values import log_object

OF = correlation(group_by=("userIdentity.arn",))
DENIED = replace(rule(field("errorCode", "AccessDenied"), "denied"), feeds=(Feed(correlation=OF, base=0),))


def counted(*events: dict[str, Any], rules: RuleSet | None = None) -> Any:
    content = json.dumps({"Records": events}).encode()
    return process(log_object(), content, ruleset=rules or RuleSet([DENIED]), max_bytes=2**28)


def denied(number: int, **changes: Any) -> dict[str, Any]:
    return event(number, errorCode="AccessDenied", sourceIPAddress="203.0.113.7", **changes)


def test_a_match_of_a_base_counts_and_alerts_only_if_it_is_not_silent() -> None:
    loud, silent = (
        counted(denied(1)).result,
        counted(denied(1), rules=RuleSet([replace(DENIED, is_silent=True)])).result,
    )
    assert (len(loud.matches), len(loud.contributions)) == (1, 1)
    assert (len(silent.matches), len(silent.contributions)) == (0, 1)
    (contribution,) = loud.contributions
    assert contribution.group == (("userIdentity.arn", "arn:aws:iam::111122223333:user/alice"),)
    assert contribution.event.id == "event-0001"


def test_of_an_event_a_few_masked_values_are_kept() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    role = {
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy"}},
        "type": "AssumedRole",
    }
    identity = role | {"arn": "arn:aws:sts::111122223333:assumed-role/deploy/x"}
    told = counted(
        denied(1, userIdentity=identity, errorMessage=f"no {secret}", requestParameters={"password": "hunter22"})
    ).result.contributions[0]
    assert told.record["userIdentity"] == identity
    assert told.record["sourceIPAddress"] == "203.0.113.7"
    assert "requestParameters" not in told.record
    assert "wJalrXUtnFEMI" not in str(told.record)


def test_what_the_summary_asks_for_is_kept_too() -> None:
    of = replace(
        OF, options=RuleOptions(summary="{actor} on {requestParameters.groupName}[ with {requestParameters.n}]")
    )
    rules = RuleSet([replace(DENIED, feeds=(Feed(correlation=of, base=0),))])
    (told,) = counted(denied(1, requestParameters={"groupName": "a", "n": [1, 2]}), rules=rules).result.contributions
    assert (told.record["requestParameters.groupName"], told.record["requestParameters.n"]) == ("a", [1, 2])


@pytest.mark.no_cover  # slow enough without it
def test_past_a_bound_contributions_of_one_file_are_counted_and_left_out() -> None:
    small = {"eventID": "e", "errorCode": "AccessDenied", "userIdentity": {"arn": "a"}}
    rules = RuleSet([replace(DENIED, is_silent=True)])
    processed = counted(*({**small, "eventID": f"{n}"} for n in range(MOST + 5)), rules=rules)
    assert (len(processed.result.contributions), processed.result.left_out) == (MOST, 5)
    assert processed.held_bytes > MOST
    assert processed.result.contributions[-1].record == {}
