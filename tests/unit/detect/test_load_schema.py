from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
import pytest
import yaml

from daemon.detect.folders import builtin_folder
from daemon.detect.load import load_file
from daemon.detect.schema import rule_schema
from tests.doubles.rule_text import correlation_text, filter_text, rule_text


class _DatesAsText(yaml.SafeLoader):
    """Editors check YAML as JSON, which has no dates."""


_DatesAsText.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


CORRELATION_TEST = """
trailwarden:
  tests:
    - {name: a, events: [{eventTime: '2026-01-31T12:00:00Z'}], alerts: [{group: {recipientAccountId: x}, count: 1}]}
"""


def faults(content: bytes) -> list[str]:
    document: Any = yaml.load(content, Loader=_DatesAsText)
    return [error.message for error in jsonschema.Draft202012Validator(rule_schema()).iter_errors(document)]


def test_the_schema_is_itself_sound() -> None:
    jsonschema.Draft202012Validator.check_schema(rule_schema())


@pytest.mark.parametrize("path", sorted(builtin_folder().rglob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_rule_fits_it(path: Path) -> None:
    assert faults(path.read_bytes()) == []


@pytest.mark.parametrize(
    "content",
    [
        correlation_text(),
        correlation_text(more="generate: true\ntrailwarden: {settle: 5m, max_groups: 5, lateness: 0}"),
        correlation_text("{type: temporal, timespan: 1M, condition: a and not b}"),
        correlation_text(
            "{type: value_count, rules: [a, b], timespan: 1h, group-by: who, aliases: {who: {a: x, b: y}},\n"
            "condition: {gt: 5, lte: 9, field: [awsRegion, eventName]}}"
        ),
        correlation_text(
            "{type: value_percentile, rules: a, timespan: 1h,\ncondition: {gt: 1.5, field: a, percentile: 9}}"
        ),
        correlation_text(more=CORRELATION_TEST),
        filter_text(),
        filter_text(more="trailwarden: {expires: 2026-12-31, reason: a move, owner: alice}"),
        filter_text("{rules: [a, b], a: {eventName: x}, condition: not a}"),
        rule_text(more="trailwarden: {first_seen: {fields: [awsRegion], learn: 0, forget: 30d}}"),
        rule_text(more="trailwarden: {escalate: {count: 10, to: critical}}", level="high"),
        rule_text(more="trailwarden: {escalate: [{count: 10, to: critical}]}", level="high"),
    ],
)
def test_what_can_be_loaded_fits_it(content: bytes) -> None:
    assert not load_file("x.yml", content, variables={}).is_broken
    assert faults(content) == []


@pytest.mark.parametrize(
    "content",
    [
        correlation_text("{type: event_cuont, rules: a, timespan: 1h, condition: {gte: 5}}"),
        correlation_text("{type: event_count, rules: a, timespan: 1x, condition: {gte: 5}}"),
        correlation_text("{type: event_count, rules: a, timespan: 1h, condition: {gtr: 5}}"),
        correlation_text("{type: event_count, rules: a, timespan: 1h, condition: {field: a}}"),
        correlation_text("{type: event_count, ruls: a, timespan: 1h, condition: {gte: 5}}"),
        correlation_text(more="trailwarden: {group_by: [awsRegion]}"),
        correlation_text(more="detection: {a: {b: c}, condition: a}"),
        filter_text("{a: {eventName: x}, condition: not a}"),
        filter_text("{rules: any, a: {eventName: x}, condition: [not a]}"),
        filter_text(more="trailwarden: {expire: 2026-12-31}"),
        b"title: neither\n",
        rule_text(level="hihg"),
        rule_text(rule_id="5"),
        rule_text().replace(b"  condition: selection\n", b""),
        rule_text(more="trailwarden: {sumary: a}"),
        rule_text(more="trailwarden: {tests: [{name: a}]}"),
        rule_text("selection: {eventName: A}\ntimeframe: 5m\ncondition: selection"),
        rule_text(logs="{product: windows}"),
    ],
)
def test_what_lint_refuses_an_editor_underlines(content: bytes) -> None:
    validator = jsonschema.Draft202012Validator(rule_schema(), format_checker=jsonschema.FormatChecker())
    assert list(validator.iter_errors(yaml.load(content, Loader=_DatesAsText)))
