from __future__ import annotations

import json
from pathlib import Path

import pytest

from daemon.commands import rules
from tests.doubles.rule_text import RULE_ID, rule_text

Captured = pytest.CaptureFixture[str]


def lint(*paths: Path, as_json: bool = False, is_strict: bool = False) -> int:
    return rules.lint([str(path) for path in paths], variables={}, as_json=as_json, is_strict=is_strict)


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
    assert rules.lint(["builtin:core"], variables={}, as_json=False, is_strict=True) == 0


def test_the_schema_is_printed_as_json(capsys: Captured) -> None:
    assert rules.schema() == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Trailwarden rule (Sigma)"
