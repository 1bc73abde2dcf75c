"""docs/rules.md is true: its rules load and pass their tests, its table is evaluated, its traps are refused."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.commands.explain.command import Asked, explain_rule
from daemon.commands.rule_tests import run_rule_tests
from daemon.config import RulesConfig
from daemon.detect.compile import compile_condition
from daemon.detect.correlation_options import CorrelationOptionsModel
from daemon.detect.correlation_selftest import run_correlation_tests
from daemon.detect.filters import FilterOptionsModel
from daemon.detect.link import Linked, link
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.modifiers import MODIFIERS
from daemon.detect.options import OptionsModel
from daemon.detect.selftest import run_tests
from daemon.model import CorrelationType
from tests.doubles.rule_text import rule_text

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FILES = [block for block in BLOCKS if block.startswith("title:")]  # rules, filters and correlations
RULES = [block for block in FILES if "\nfilter:" not in block and "\ncorrelation:" not in block]
NOW = datetime(2026, 1, 31, tzinfo=UTC)
SIGNED_IN = {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}
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


def loaded_files() -> list[LoadedFile]:
    variables = {"office": ["192.0.2.0/24"]}
    files = [load_file(f"{number}.yml", block.encode(), variables=variables) for number, block in enumerate(FILES)]
    assert [str(problem) for file in files for problem in file.problems] == []
    return files


def linked() -> Linked:
    joined = link(loaded_files(), now=NOW)
    assert (joined.faults, joined.warnings) == ({}, ())
    return joined


def test_the_filters_and_correlations_on_the_page_load_and_link() -> None:
    joined = linked()
    assert len(joined.filters) == section("Exceptions are filters").count("\nfilter:") == 3
    assert len(joined.correlations) == section("Correlations").count("\ncorrelation:") == 5
    assert {each.type.is_temporal for each in joined.correlations} == {True, False}
    assert all(rule.is_silent for rule in joined.rules if rule.feeds)


def test_the_correlations_on_the_page_pass_their_tests() -> None:
    results = list(run_correlation_tests(loaded_files(), [], now=NOW))
    assert len(results) == section("Correlations").count("      alerts:") == 2
    assert [(result.name, result.got) for result in results if not result.is_passed] == []


def test_a_failing_test_of_a_correlation_is_printed_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = (block for block in FILES if "title: Many failed sign-ins" in block)
    (tmp_path / "my-rules").mkdir()
    (tmp_path / "my-rules" / "sign-ins.yml").write_text(block.replace("{gte: 3}", "{gte: 4}"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_rule_tests(["my-rules"], variables={}, now=NOW, as_json=False) == 1
    (shown,) = re.findall(r"```text\n(my-rules/sign-ins.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("title", "event", "is_told"),
    [
        ("IAM group deleted", {}, True),
        (
            "IAM group deleted",
            {"userIdentity": {"sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy"}}}},
            False,
        ),
        ("IAM group deleted", {"userIdentity": {"invokedBy": "autoscaling.amazonaws.com"}}, False),
        ("Console sign-in failed", {"sourceIPAddress": "198.51.100.7"}, True),
        ("Console sign-in failed", {"sourceIPAddress": "192.0.2.7"}, False),
        ("Console sign-in failed", {"userIdentity": {"invokedBy": "autoscaling.amazonaws.com"}}, False),
    ],
)
def test_the_exceptions_on_the_page_keep_back_what_it_says(title: str, event: dict[str, Any], is_told: bool) -> None:
    (rule,) = (rule for rule in linked().rules if rule.title == title)
    deleted = {"eventSource": "iam.amazonaws.com", "eventName": "DeleteGroup"}
    failed = {**SIGNED_IN, "responseElements": {"ConsoleLogin": "Failure"}}
    record = {**(deleted if title == "IAM group deleted" else failed), **event}
    assert compile_condition(rule.condition)(record) is is_told


def test_every_type_and_option_of_a_correlation_is_on_the_page() -> None:
    page = section("Correlations")
    assert [kind for kind in CorrelationType if f"`{kind}`" not in page] == []
    assert [name for name in CorrelationOptionsModel.model_fields if f"`{name}`" not in page] == []
    assert [name for name in FilterOptionsModel.model_fields if name not in section("Exceptions are filters")] == []


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
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert run_rule_tests(["my-rules"], variables={}, now=now, as_json=False) == 1
    (shown,) = re.findall(r"```text\n(my-rules/groups.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out == shown


def test_an_explanation_is_printed_as_the_page_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY)
    event = "examples/events/create-user-denied.json"
    asked = Asked(rule="iam-change-denied", event=event, rule_paths=["examples/my-rules"])
    assert explain_rule(asked, None, environment={}) == 0
    (shown,) = re.findall(r"```text\n(yes  all of.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out.endswith(f"\n\n{shown}")


def test_the_table_was_found() -> None:
    assert len(ROWS) == section("When a value matches").count("\n| `")
    assert len(RULES) == 4


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
