from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
import pytest
import yaml

from daemon.detect.folders import builtin_folder
from daemon.detect.schema import rule_schema
from tests.doubles.rule_text import rule_text


class _DatesAsText(yaml.SafeLoader):
    """Editors check YAML as JSON, which has no dates."""


_DatesAsText.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


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
