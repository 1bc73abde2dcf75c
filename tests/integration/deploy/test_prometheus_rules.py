"""promtool on the alert rules: they parse, their unit tests pass, and each alert has a test that sees it fire."""

from __future__ import annotations

import re
import subprocess

import yaml

from tests.doubles.real_parts import require
from tests.e2e.harness import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "prometheus"


def _promtool(*arguments: str) -> None:
    done = subprocess.run([require("promtool"), *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_unit_tests_of_the_alert_rules_pass() -> None:
    _promtool("test", "rules", "trailwarden.rules.test.yml")


def test_prometheus_takes_the_example_configuration_and_the_rules_it_names() -> None:
    _promtool("check", "config", "prometheus.example.yml")


def test_each_alert_is_shown_firing_and_keeping_still() -> None:
    rules = yaml.safe_load((FOLDER / "trailwarden.rules.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    tests = yaml.safe_load((FOLDER / "trailwarden.rules.test.yml").read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == alerts
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} == alerts


def test_the_page_on_metrics_says_what_to_do_about_each_alert_and_how_grave_it_is() -> None:
    rules = yaml.safe_load((FOLDER / "trailwarden.rules.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"]: rule["labels"]["severity"] for group in rules["groups"] for rule in group["rules"]}
    page = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`Trailwarden[^|]+) \| (\w+) \| [^|]+ \|$", page, re.MULTILINE)
    told = {name: gravity for names, gravity in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == alerts


def test_each_alert_says_how_grave_it_is_and_what_to_do() -> None:
    rules = yaml.safe_load((FOLDER / "trailwarden.rules.yml").read_text(encoding="utf-8"))
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}, rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]
