"""docs/rules.md is true: its rules load and pass their tests, its table is evaluated, its traps are refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from daemon.commands import rules
from daemon.config import RulesConfig
from daemon.detect.compile import compile_condition
from daemon.detect.load import load_file
from daemon.detect.modifiers import MODIFIERS
from daemon.detect.options import OptionsModel
from daemon.detect.selftest import run_tests
from tests.doubles.rule_text import rule_text

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
RULES = [block for block in BLOCKS if block.startswith("title:")]
ROWS = re.findall(r"^\| `(.+?)` \| `(\{.*\})` \| (yes|no)\b.*\|$", PAGE, re.MULTILINE)


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("block", RULES)
def test_the_rules_on_the_page_load_and_pass_their_tests(block: str) -> None:
    loaded = load_file("my-rules/groups.yml", block.encode(), variables={})
    assert loaded.problems == ()
    results = list(run_tests(loaded))
    assert len(results) == 2
    assert all(result.is_passed for result in results)


@pytest.mark.parametrize(("item", "event", "answer"), ROWS)
def test_the_table_of_what_matches_is_true(item: str, event: str, answer: str) -> None:
    item = item.replace(r"\|", "|")
    content = rule_text(f"selection:\n  {item}\ncondition: selection")
    (rule,) = load_file("x.yml", content, variables={}).rules
    assert compile_condition(rule.condition)(json.loads(event)) is (answer == "yes")


def test_a_failing_test_is_printed_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my-rules").mkdir()
    broken = RULES[0].replace("condition: selection and not failed", "condition: selection")
    (tmp_path / "my-rules" / "groups.yml").write_text(broken, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert rules.test(["my-rules"], variables={}, as_json=False) == 1
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out == shown


def test_the_table_was_found() -> None:
    assert len(ROWS) == section("When a value matches").count("\n| `")
    assert len(RULES) == 1


@pytest.mark.parametrize("trap", re.findall(r"^\| (.+) \|.*\|$", section("Traps of YAML"), re.MULTILINE)[2:])
def test_each_trap_on_the_page_is_refused(trap: str) -> None:
    for line in re.findall(r"`([^`]+)`", trap):
        content = rule_text(f"selection:\n  requestParameters.{line}\ncondition: selection")
        assert "YAML reads" in str(load_file("x.yml", content, variables={}).problems[0])


def test_every_modifier_and_option_is_on_the_page() -> None:
    aliases = {"ignorecase", "multiline", "dotall"}  # pySigma's own names for i, m and s
    assert {name for name in MODIFIERS - aliases if f"`{name}`" not in section("Modifiers")} == set()
    assert [name for name in OptionsModel.model_fields if f"| `{name}` |" not in section("The `trailwarden` key")] == []


def test_the_configuration_on_the_page_is_valid() -> None:
    (block,) = (block for block in BLOCKS if block.startswith("rules:"))
    config = RulesConfig.model_validate(yaml.safe_load(block)["rules"])
    assert len(config.overrides) == 3
