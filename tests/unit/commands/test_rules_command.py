from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.commands import rules
from tests.doubles.rule_text import CORRELATION, FILTER, RULE_ID, correlation_text, filter_text, rule_text

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TESTED = """
trailwarden:
  tests:
    - {name: a group, match: true, event: {eventName: DeleteGroup}}
    - {name: another, match: MATCH, event: {eventName: ListGroups}}
"""

Captured = pytest.CaptureFixture[str]


def lint(*paths: Path, as_json: bool = False, is_strict: bool = False, beside: tuple[Path, ...] = ()) -> int:
    found, others = [str(path) for path in paths], [str(path) for path in beside]
    return rules.lint(found, variables={}, now=NOW, as_json=as_json, is_strict=is_strict, beside=others)


def test_lint_prints_nothing_but_a_count_when_all_is_well(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text())
    assert lint(tmp_path) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "files 1, rules fit for use 1, passed over 0, faults 0, warnings 0\n")


def test_lint_names_file_line_fault_and_fix(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(rule_text("selection: {eventName|startwith: A}\ncondition: selection"))
    assert lint(path) == 1
    assert capsys.readouterr().out == f"{path}:6: unknown modifier 'startwith'; did you mean 'startswith'?\n"


def test_lint_finds_ids_that_two_files_share(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text())
    (tmp_path / "b.yml").write_bytes(rule_text())
    assert lint(tmp_path) == 1
    assert capsys.readouterr().out == (
        f"{tmp_path}/b.yml:2: the id {RULE_ID} is already used by {tmp_path}/a.yml:2; "
        "give this rule an id of its own; if it replaces the other, disable that one\n"
    )


def test_a_warning_is_printed_and_counts_only_when_asked(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text("selection: {eventname: A}\ncondition: selection"))
    assert lint(tmp_path) == 0
    assert lint(tmp_path, is_strict=True) == 1
    assert "warning: 'eventname' is no field" in capsys.readouterr().out


def test_lint_can_speak_json(tmp_path: Path, capsys: Captured) -> None:
    assert lint(tmp_path / "gone", as_json=True) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "where": str(tmp_path / "gone"),
            "severity": "error",
            "what": "does not exist",
            "fix": "check rules.paths, and that the folder is mounted",
        }
    ]


def test_lint_writes_no_control_characters_to_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text('selection: {"eventName|\\e[2J": A}\ncondition: selection'))
    assert lint(tmp_path) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_the_shipped_rules_pass_lint(capsys: Captured) -> None:
    assert rules.lint(["builtin:core"], variables={}, now=NOW, as_json=False, is_strict=True) == 0


def test_lint_tells_what_a_correlation_and_a_filter_refer_to_in_vain(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(correlation_text())
    (tmp_path / "b.yml").write_bytes(filter_text(FILTER.replace("rules: any", "rules: group_deleted")))
    (tmp_path / "c.yml").write_bytes(rule_text(more="name: group_deletd\n"))
    assert lint(tmp_path) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(
        f"{tmp_path}/a.yml:6: no rule has the name or id 'group_deleted'; did you mean 'group_deletd'"
    )
    assert second.startswith(f"{tmp_path}/b.yml:5: no rule has the name or id 'group_deleted'")


def test_lint_of_one_file_knows_the_rules_in_the_files_beside_it(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(correlation_text())
    (tmp_path / "c.yml").write_bytes(rule_text(more="name: group_deleted\n"))
    (tmp_path / "d.yml").write_bytes(b"title: [")
    assert lint(tmp_path / "a.yml") == 1
    assert lint(tmp_path / "a.yml", beside=(tmp_path,)) == 0
    assert "files 1, rules fit for use 1" in capsys.readouterr().err


def test_a_copy_that_is_linted_stands_for_the_file_beside_it_with_the_same_ids(
    tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "in-force").mkdir()
    (tmp_path / "in-force" / "c.yml").write_bytes(rule_text(more="name: old_name\n"))
    (tmp_path / "c.yml").write_bytes(rule_text(more="name: new_name\n"))
    (tmp_path / "a.yml").write_bytes(correlation_text(CORRELATION.replace("group_deleted", "new_name")))
    assert lint(tmp_path / "a.yml", tmp_path / "c.yml", beside=(tmp_path / "in-force",)) == 0
    assert capsys.readouterr().out == ""


def test_lint_warns_of_a_filter_that_comes_to_its_end(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(filter_text(more="trailwarden: {expires: 2026-02-10}"))
    assert lint(tmp_path) == 0
    assert "a.yml:9: warning: the filter expires at 2026-02-11 00:00 UTC" in capsys.readouterr().out
    assert lint(tmp_path, is_strict=True) == 1


def test_the_schema_is_printed_as_json(capsys: Captured) -> None:
    assert rules.schema() == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Trailwarden rule (Sigma)"
