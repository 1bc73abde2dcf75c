from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from daemon.commands.rule_tests import failure_lines, run_rule_tests
from daemon.detect.selftest import TestResult
from daemon.errors import ConfigError
from tests.doubles.rule_text import RULE_ID, correlation_text, rule_text

TESTED = """
trailwarden:
  tests:
    - {name: a group, match: true, event: {eventName: DeleteGroup}}
    - {name: another, match: MATCH, event: {eventName: ListGroups}}
"""
NOW = datetime(2026, 3, 2, tzinfo=UTC)
Captured = pytest.CaptureFixture[str]


def run_tests(path: Path, *, as_json: bool = False, junit: Path | None = None) -> int:
    return run_rule_tests([str(path)], variables={}, now=NOW, as_json=as_json, junit=junit)


def test_passing_tests_are_counted(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text(more=TESTED.replace("MATCH", "false")))
    assert run_tests(tmp_path) == 0
    assert capsys.readouterr().out == "2 tests passed, 0 failed\n"


def test_a_failing_test_says_what_was_expected_and_what_each_leaf_saw(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(rule_text(more=TESTED.replace("MATCH", "true")))
    assert run_tests(path) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:13: 'another' failed (A group was deleted)",
        "    - expected: a match",
        "    + got:      no match",
        "    no   eventName = 'DeleteGroup'    (there: \"ListGroups\")",
        "1 test passed, 1 failed",
    ]


def test_a_file_that_cannot_be_used_fails_the_tests(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(b"title: [\n")
    assert run_tests(tmp_path) == 1
    assert "broken YAML" in capsys.readouterr().err


def test_test_results_can_be_json(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text(more=TESTED.replace("MATCH", "false")))
    assert run_tests(tmp_path, as_json=True) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["rule"], first["test"], first["passed"]) == (RULE_ID, "a group", True)
    assert (first["expected"], first["got"]) == (["a match"], ["a match"])


def test_the_shipped_rules_pass_their_own_tests() -> None:
    assert run_rule_tests(["builtin:core"], variables={}, now=NOW, as_json=False) == 0


def test_a_difference_of_several_lines_is_shown_line_by_line() -> None:
    result = TestResult(
        path="x.yml",
        line=3,
        rule_id=RULE_ID,
        title="Many denied calls",
        name="two groups",
        expected=("an alert for alice", "an alert for bob", "an alert for carol"),
        got=("an alert for alice", "an alert for carol", "an alert for mallory"),
        seconds=0.0,
    )
    assert failure_lines(result) == [
        "x.yml:3: 'two groups' failed (Many denied calls)",
        "      both:     an alert for alice",
        "    - expected: an alert for bob",
        "      both:     an alert for carol",
        "    + got:      an alert for mallory",
    ]


def test_the_report_for_ci_says_what_the_terminal_says(tmp_path: Path, capsys: Captured) -> None:
    path, junit = tmp_path / "a.yml", tmp_path / "report.xml"
    path.write_bytes(rule_text(more=TESTED.replace("MATCH", "true")))
    assert run_tests(path, junit=junit) == 1
    suites = ElementTree.parse(junit).getroot()
    (failure,) = suites.iter("failure")
    assert failure.text is not None
    assert capsys.readouterr().out == f"{failure.text}\n1 test passed, 1 failed\n"
    assert [case.get("name") for case in suites.iter("testcase")] == ["a group", "another"]


def test_a_file_that_cannot_be_used_is_in_the_report(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"title: [\n")
    assert run_tests(tmp_path, junit=tmp_path / "report.xml") == 1
    (error,) = ElementTree.parse(tmp_path / "report.xml").getroot().iter("error")
    assert error.text is not None
    assert error.text.startswith(f"{tmp_path}/a.yml:2: broken YAML")


def test_a_report_that_cannot_be_written_is_told_before_the_tests_run(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text())
    with pytest.raises(ConfigError, match=r"--junit .*: its folder does not exist; create"):
        run_tests(tmp_path, junit=tmp_path / "missing" / "report.xml")
    assert capsys.readouterr().out == ""


CORRELATED = """
trailwarden:
  tests:
    - name: two of alice, one of bob
      events:
        - &event {eventID: a, eventTime: '2026-01-31T12:00:00Z', eventName: DeleteGroup, userAgent: alice}
        - {<<: *event, eventID: b, eventTime: '2026-01-31T12:05:00Z'}
        - {<<: *event, eventID: c, userAgent: bob}
      alerts:
        - {group: {userAgent: alice}, count: 2}
        - {group: {userAgent: bob}}
"""


def write_correlation(folder: Path) -> Path:
    section = "type: event_count\nrules: group_deleted\ngroup-by: userAgent\ntimespan: 10m\ncondition: {gte: 2}"
    (folder / "a.yml").write_bytes(rule_text(more="name: group_deleted\n"))
    path = folder / "b.yml"
    path.write_bytes(correlation_text(section, more=CORRELATED))
    return path


def test_a_failing_test_of_a_correlation_shows_the_alerts_beside_each_other(tmp_path: Path, capsys: Captured) -> None:
    path, junit = write_correlation(tmp_path), tmp_path / "report.xml"
    assert run_tests(tmp_path, junit=junit) == 1
    told = [
        f"{path}:13: 'two of alice, one of bob' failed (Many groups were deleted)",
        "      both:     an alert for userAgent = alice, 2 events (a, b)",
        "    - expected: an alert for userAgent = bob",
    ]
    assert capsys.readouterr().out.splitlines() == [*told, "0 tests passed, 1 failed"]
    (case,) = ElementTree.parse(junit).getroot().iter("testcase")
    assert (case.get("classname"), case.get("line")) == ("Many groups were deleted", "13")
    assert [failure.text for failure in case.iter("failure")] == ["\n".join(told)]


def test_a_passing_test_of_a_correlation_is_counted_with_the_others(tmp_path: Path, capsys: Captured) -> None:
    path, junit = write_correlation(tmp_path), tmp_path / "report.xml"
    path.write_text(path.read_text().replace("        - {group: {userAgent: bob}}\n", ""))
    (tmp_path / "a.yml").write_bytes(
        rule_text(more="name: group_deleted\n" + TESTED.replace("MATCH", "false").lstrip())
    )
    assert run_tests(tmp_path, junit=junit) == 0
    assert capsys.readouterr().out == "3 tests passed, 0 failed\n"
    assert ElementTree.parse(junit).getroot().get("tests") == "3"


def test_a_test_whose_correlation_is_about_what_has_a_fault_beside_it_fails(tmp_path: Path, capsys: Captured) -> None:
    path = write_correlation(tmp_path)
    (tmp_path / "a.yml").unlink()
    beside = tmp_path / "beside"
    beside.mkdir()
    section = "type: event_count\nrules: nobody\ngroup-by: userAgent\ntimespan: 10m\ncondition: {gte: 2}"
    (beside / "c.yml").write_bytes(correlation_text(section, rule_id=RULE_ID, more="name: group_deleted\n"))
    assert run_rule_tests([str(path)], variables={}, now=NOW, as_json=False, beside=[str(beside)]) == 1
    assert f"+ got:      {path}:6: no rule has the name or id 'group_deleted'" in capsys.readouterr().out
