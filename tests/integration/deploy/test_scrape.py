"""Debian's Prometheus scrapes the real daemon on the example trail; dashboard and alert rules are asked of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.doubles.prometheus import Prometheus, scraping
from tests.e2e.harness import REPOSITORY, Program, running, wait_until

DEPLOY = REPOSITORY / "deploy"
_NAME = re.compile(r"\btrailwarden_[a-z_]+")
_OF_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


def _panel_queries() -> list[tuple[str, str]]:
    board = json.loads((DEPLOY / "grafana" / "trailwarden.json").read_text(encoding="utf-8"))
    return [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel.get("targets", ())]


def _alert_queries() -> list[tuple[str, str]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "trailwarden.rules.yml").read_text(encoding="utf-8"))["groups"]
    return [(rule["alert"], rule["expr"]) for group in groups for rule in group["rules"]]


def _as_grafana_fills_in(expr: str) -> str:
    return expr.replace("$job", ".*").replace("$__rate_interval", "1m")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("daemon")
    config = folder / "config.yaml"
    config.write_text(
        f"sources: [{{url: 'file:{REPOSITORY / 'examples' / 'bucket'}'}}]\n"
        "destinations: [{name: terminal, type: console}]\n"
        "notices: [terminal]\n"
        "http: {listen: '127.0.0.1:0'}\n"
        "log: {format: json}\n",
        encoding="utf-8",
    )
    with running(config) as program:
        yield program


@pytest.fixture(scope="module")
def prometheus(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    rules = DEPLOY / "prometheus" / "trailwarden.rules.yml"
    wait_until(lambda: program.metric("deliveries_total", outcome="sent"), "the first alert sent")
    with scraping(program.port(), folder=tmp_path_factory.mktemp("prometheus"), rule_files=[rules]) as server:
        wait_until(lambda: server.value("count_over_time(trailwarden_build_info[1m])") >= 3, "three scrapes")
        yield server


def test_every_panel_of_the_dashboard_shows_data(prometheus: Prometheus) -> None:
    empty = [title for title, expr in _panel_queries() if not prometheus.query(_as_grafana_fills_in(expr))]
    assert empty == []


def test_every_metric_that_is_asked_for_is_one_the_daemon_has(program: Program) -> None:
    exposed = set(re.findall(r"^# TYPE (\w+)", program.page("/metrics")[1], flags=re.MULTILINE))
    asked = {name for _, expr in _panel_queries() + _alert_queries() for name in _NAME.findall(expr)}
    assert {name for name in asked if not {name, _OF_HISTOGRAM.sub("", name)} & exposed} == set()


def test_every_alert_rule_is_evaluated_without_error(prometheus: Prometheus) -> None:
    rules = wait_until(
        lambda: [rule for rule in prometheus.rules() if rule["health"] != "unknown"], "the rules' first evaluation"
    )
    assert [(rule["name"], rule.get("lastError", "")) for rule in rules if rule["health"] != "ok"] == []
    assert {rule["name"] for rule in rules} == {name for name, _ in _alert_queries()}


def test_a_daemon_that_has_just_been_born_raises_only_what_is_true_of_it(prometheus: Prometheus) -> None:
    wait_until(lambda: prometheus.query('ALERTS{alertname="TrailwardenStateNew"}'), "the alert that the state is new")
    firing = {series["metric"]["alertname"] for series in prometheus.query('ALERTS{alertstate="firing"}')}
    assert firing <= {"TrailwardenStateNew"}
    pending = {series["metric"]["alertname"] for series in prometheus.query('ALERTS{alertstate="pending"}')}
    assert pending <= {"TrailwardenSourceSilent"}, "the example trail is old, everything else is well"
