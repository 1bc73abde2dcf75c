"""The rules we ship and show: valid Sigma for any tool, without fault for us, each with tests that try all of it."""

from __future__ import annotations

import copy
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection

from daemon.detect.compile import compile_condition
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.selftest import run_tests
from daemon.model import Actor, Level
from daemon.trail.identity import resolve_actor
from daemon.trail.printable import MISSING
from daemon.trail.summary import render_summary

ROOT = Path(__file__).parents[3]
CORE = sorted((ROOT / "rules" / "core").glob("*.yml"))
SHOWN = sorted((ROOT / "examples" / "my-rules").glob("*.yml"))
FILES = CORE + SHOWN
NAMES = [path.stem for path in FILES]
NOBODY = Actor(label="somebody", principal="somebody", kind="unknown")
every_file = pytest.mark.parametrize("path", FILES, ids=NAMES)


def load(path: Path) -> LoadedFile:
    return load_file(f"{path.parent.name}/{path.name}", path.read_bytes(), variables={})


def document(path: Path) -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load(path.read_text())
    return written


def loaded_alone(written: dict[str, Any]) -> LoadedFile:
    return load_file("alone.yml", yaml.safe_dump(written, sort_keys=False).encode(), variables={})


def test_every_detection_that_was_promised_is_there() -> None:
    assert {path.stem for path in CORE} == {
        "access-key-for-another-user",
        "admin-policy-attached",
        "cloudtrail-changed",
        "cloudtrail-stopped",
        "config-stopped",
        "console-sign-in-without-mfa",
        "digest-chain-broken",
        "digest-chain-restarted",
        "digest-forged",
        "digest-missing",
        "guardduty-disabled",
        "iam-group-deleted",
        "iam-user-or-group-changed",
        "kms-key-disabled",
        "log-file-changed",
        "log-file-deleted",
        "log-file-not-vouched-for",
        "root-access-key-created",
        "root-sign-in",
        "root-write",
        "s3-bucket-public",
        "s3-public-access-block-removed",
        "security-group-open",
        "trail-silent",
    }


@every_file
def test_any_sigma_tool_can_read_it(path: Path) -> None:
    (rule,) = SigmaCollection.from_yaml(path.read_text()).rules
    assert not rule.errors
    assert all(condition.parsed for condition in rule.detection.parsed_condition)  # type: ignore[union-attr]  # no correlation is among them


@every_file
def test_it_loads_without_fault_or_warning(path: Path) -> None:
    loaded = load(path)
    assert [str(problem) for problem in loaded.problems] == []
    assert len(loaded.rules) == 1


@every_file
def test_its_own_tests_pass(path: Path) -> None:
    results = list(run_tests(load(path)))
    assert [f"{result.name}: {result.explained}" for result in results if not result.is_passed] == []
    assert {result.expected for result in results} == {("a match",), ("no match",)}
    assert len({result.name for result in results}) == len(results)


@every_file
def test_its_tests_try_every_selection(path: Path) -> None:
    """Each selection holds for some event of the tests and not for another; else a slip in it would go unnoticed."""
    written = document(path)
    events = [test["event"] for test in written["trailwarden"]["tests"]]
    for name in written["detection"]:
        if name == "condition":
            continue
        alone = copy.deepcopy(written)
        alone["detection"]["condition"] = name
        holds = compile_condition(loaded_alone(alone).rules[0].condition)
        assert {holds(event) for event in events} == {True, False}, name


@every_file
def test_a_reader_on_call_learns_what_happened_and_what_to_do(path: Path) -> None:
    (rule,) = load(path).rules
    assert 150 < len(rule.description) < 800
    assert rule.title[0].isupper()
    assert len(rule.title) < 60
    assert rule.false_positives
    assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in rule.tags)
    assert rule.level in set(Level) - {Level.INFORMATIONAL}


@every_file
def test_its_summary_names_what_it_is_about(path: Path) -> None:
    loaded = load(path)
    (rule,) = loaded.rules
    assert rule.options.summary
    for test in loaded.tests[rule.id]:
        if test.match:
            text = render_summary(rule.options.summary, test.event, resolve_actor(test.event))
            assert not re.search(r"\{[a-z]+[}.|]", text, re.IGNORECASE)
            assert len(text.split()) >= 3
            assert MISSING not in text
            assert ("errorCode" in test.event) == bool(re.search(r"(denied|failed to call) .*\(\w+\)", text))
    assert render_summary(rule.options.summary, {}, NOBODY).startswith("somebody ")


@pytest.mark.parametrize("path", CORE, ids=[path.stem for path in CORE])
def test_it_carries_our_name_and_a_source(path: Path) -> None:
    written = document(path)
    assert (written["author"], written["status"]) == ("Trailwarden", "test")
    assert all(link.startswith("https://docs.aws.amazon.com/") for link in written["references"])
    assert written["logsource"] == {"product": "aws", "service": "cloudtrail"}


def test_no_two_rules_share_an_id_or_a_title() -> None:
    rules = [rule for path in FILES for rule in load(path).rules]
    for seen in (Counter(rule.id for rule in rules), Counter(rule.title for rule in rules)):
        assert max(seen.values()) == 1


@pytest.mark.parametrize("path", CORE, ids=[path.stem for path in CORE])
def test_it_says_nothing_about_records_of_odd_shape(path: Path) -> None:
    (rule,) = load(path).rules
    holds = compile_condition(rule.condition)
    odd: list[dict[str, Any]] = [
        {},
        {"userIdentity": None, "eventName": None, "requestParameters": None},
        {"eventName": 7, "eventSource": ["iam.amazonaws.com"], "requestParameters": "userName=alice"},
        {"userIdentity": "Root", "responseElements": [], "errorCode": 403},
    ]
    assert [holds(record) for record in odd] == [False] * 4


def test_the_first_record_we_were_made_for_raises_both_of_its_alerts() -> None:
    """A root session deletes a group; mfaAuthenticated is a string; nothing says whether the call reads."""
    record = {
        "eventVersion": "1.05",
        "userIdentity": {
            "type": "Root",
            "principalId": "111122223333",
            "arn": "arn:aws:iam::111122223333:root",
            "accountId": "111122223333",
            "sessionContext": {"attributes": {"mfaAuthenticated": "true", "creationDate": "2026-03-02T09:01:58Z"}},
        },
        "eventTime": "2026-03-02T09:12:44Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteGroup",
        "awsRegion": "us-east-1",
        "requestParameters": {"groupName": "testgroup"},
        "responseElements": None,
    }
    rules = [rule for path in CORE for rule in load(path).rules if compile_condition(rule.condition)(record)]
    told = {rule.title: render_summary(rule.options.summary or "", record, resolve_actor(record)) for rule in rules}
    assert told.keys() == {"IAM group deleted", "Root user changed something"}
    assert told["IAM group deleted"] == "root of 111122223333 deleted IAM group testgroup"
