"""The `trailwarden:` key of a rule, what Sigma has no word for: its model, faults with lines, and tests inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator

from daemon.config.values import Duration
from daemon.detect.first_seen_option import FirstSeenModel
from daemon.detect.known_fields import check_fields
from daemon.detect.refused import did_you_mean
from daemon.detect.traps import find_traps
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Mode, RuleOptions
from daemon.trail.template import check_template

KEY = "trailwarden"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test inside a rule file: whether the rule says yes to this event."""

    name: str
    match: bool
    event: dict[str, Any]
    line: int


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TestModel(_Strict):
    """One test as it is written."""

    __test__ = False  # not one of pytest's

    name: str = Field(min_length=1, description="what the test shows, in words")
    match: StrictBool = Field(description="true: the rule must match this event; false: it must not")
    event: dict[str, Any] = Field(min_length=1, description="a CloudTrail record, or the part of it that matters")


class OptionsModel(_Strict):
    """Everything that may stand under `trailwarden:`."""

    summary: str | None = Field(default=None, min_length=1, description="the alert in one line, with {field.paths}")
    group_by: list[str] | None = Field(default=None, description="matches equal in these fields join one alert")
    close_after: Duration = Field(default=timedelta(hours=1), description="an alert closes after this much quiet")
    mode: Mode = Field(default=Mode.ALERT, description="shadow: recorded, counted and shown, never sent")
    runbook: str | None = Field(default=None, pattern=r"^https?://\S+$", description="URL of what to do")
    first_seen: FirstSeenModel | None = Field(default=None, description="alert only on combinations not seen before")
    tests: list[TestModel] = Field(default_factory=list, description="events that must or must not match")

    @field_validator("summary")
    @classmethod
    def _good_template(cls, summary: str | None) -> str | None:
        if summary and (faults := check_template(summary)):
            raise ValueError("; ".join(faults))
        return summary

    @field_validator("group_by")
    @classmethod
    def _known_fields(cls, paths: list[str] | None) -> list[str] | None:
        return paths if paths is None else check_fields(paths)


def read_options(document: Document) -> tuple[RuleOptions, tuple[RuleTest, ...], tuple[Problem, ...]]:
    """The options with defaults filled in, and the tests; defaults and none where there are problems."""
    written = document.value.get(KEY)
    if written is None:
        return RuleOptions(), (), ()
    if not isinstance(written, dict):
        return RuleOptions(), (), (document.problem((KEY,), f"{KEY} is not a mapping", "see docs/rules.md"),)
    traps = tuple(_traps(document, written))
    try:
        model = OptionsModel.model_validate(written)
    except ValidationError as fault:
        faults = fault.errors(include_input=False, include_url=False)
        return RuleOptions(), (), (*traps, *(_explain(document, error) for error in faults))
    return _options(model), _tests(document, model), traps


def _options(model: OptionsModel) -> RuleOptions:
    first_seen = model.first_seen.option() if model.first_seen else None
    default = first_seen.fields if first_seen else RuleOptions().group_by
    return RuleOptions(
        summary=model.summary,
        group_by=default if model.group_by is None else tuple(model.group_by),
        close_after=model.close_after,
        mode=model.mode,
        runbook=model.runbook,
        first_seen=first_seen,
    )


def _tests(document: Document, model: OptionsModel) -> tuple[RuleTest, ...]:
    return tuple(
        RuleTest(name=test.name, match=test.match, event=test.event, line=document.line_of((KEY, "tests", number)))
        for number, test in enumerate(model.tests)
    )


def _traps(document: Document, written: dict[Any, Any]) -> Iterator[Problem]:
    """Events are JSON: a date or a yes that YAML has read its own way makes a test of something else."""
    tests = written.get("tests")
    for number, test in enumerate(tests if isinstance(tests, list) else ()):
        if not isinstance(test, dict) or "event" not in test:
            continue
        node = document.node_at((KEY, "tests", number, "event"))
        for line, what, fix, is_warning in find_traps(node, is_event=True):
            yield document.problem_on(line, what, fix, is_warning=is_warning)


def _explain(document: Document, error: Any) -> Problem:
    kind, loc, message = error["type"], error["loc"], error["msg"]
    at = (KEY, *loc)
    name = ".".join(map(str, at))
    if kind == "extra_forbidden":
        known = _MODELS.get(str(loc[0]), OptionsModel) if len(loc) > 1 else OptionsModel
        return document.problem(at, f"unknown key {name}", did_you_mean(str(loc[-1]), known.model_fields))
    if kind == "missing":
        return document.problem(at[:-1], f"{name} is missing", "add it")
    what = message.removeprefix("Value error, ")
    return document.problem(at, f"{name}: {what[:1].lower()}{what[1:]}", _FIXES.get(kind, ""))


_MODELS: dict[str, type[BaseModel]] = {"tests": TestModel, "first_seen": FirstSeenModel}
_FIXES = {
    "bool_type": "write true or false, without quotes",
    "string_type": "quote it",
    "list_type": "write a list: [...]",
    "dict_type": "write a mapping: {...}",
    "string_pattern_mismatch": "give a URL such as https://example.com/runbooks/root",
}
