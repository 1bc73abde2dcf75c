"""The `trailwarden:` key of a rule, what Sigma has no word for: its model, faults with lines, and tests inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import Field, StrictBool, field_validator

from daemon.config.values import Duration
from daemon.detect.escalate_option import EscalationModel, Escalations, below_its_level, escalations_of
from daemon.detect.first_seen_option import FirstSeenModel
from daemon.detect.known_fields import check_fields
from daemon.detect.option_faults import KEY, Shape, Strict, good_template, read_model
from daemon.detect.traps import find_traps
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Mode, RuleOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test inside a rule file: whether the rule says yes to this event."""

    name: str
    match: bool
    event: dict[str, Any]
    line: int


class TestModel(Strict):
    """One test as it is written."""

    __test__ = False  # not one of pytest's

    name: str = Field(min_length=1, description="what the test shows, in words")
    match: StrictBool = Field(description="true: the rule must match this event; false: it must not")
    event: dict[str, Any] = Field(min_length=1, description="a CloudTrail record, or the part of it that matters")


class AlertModel(Strict):
    """What may stand under `trailwarden:` of everything that alerts."""

    summary: str | None = Field(default=None, min_length=1, description="the alert in one line, with {field.paths}")
    close_after: Duration = Field(default=timedelta(hours=1), description="an alert closes after this much quiet")
    mode: Mode = Field(default=Mode.ALERT, description="shadow: recorded, counted and shown, never sent")
    escalate: Escalations = Field(default=(), description="of how many events on an alert is of a higher level")
    runbook: str | None = Field(default=None, pattern=r"^https?://\S+$", description="URL of what to do")

    @field_validator("summary")
    @classmethod
    def _good_template(cls, summary: str | None) -> str | None:
        return good_template(summary)


class OptionsModel(AlertModel):
    """Everything that may stand under `trailwarden:` of a rule."""

    group_by: list[str] | None = Field(default=None, description="matches equal in these fields join one alert")
    first_seen: FirstSeenModel | None = Field(default=None, description="alert only on combinations not seen before")
    tests: list[TestModel] = Field(default_factory=list, description="events that must or must not match")

    @field_validator("group_by")
    @classmethod
    def _known_fields(cls, paths: list[str] | None) -> list[str] | None:
        return paths if paths is None else check_fields(paths)


_SHAPE = Shape(
    model=OptionsModel, parts={"tests": TestModel, "first_seen": FirstSeenModel, "escalate": EscalationModel}
)


def read_options(document: Document) -> tuple[RuleOptions, tuple[RuleTest, ...], tuple[Problem, ...]]:
    """The options with defaults filled in, and the tests; defaults and none where there are problems."""
    traps = tuple(event_traps(document, "event"))
    model, problems = read_model(document, _SHAPE)
    if model is None:
        return RuleOptions(), (), (*traps, *problems)
    return _options(model), _tests(document, model), (*traps, *below_its_level(document, model.escalate))


def event_traps(document: Document, key: str) -> Iterator[Problem]:
    """Events are JSON: a date or a yes that YAML has read its own way makes a test of something else.

    `key` is where in each test they stand.
    """
    written = document.value.get(KEY)
    tests = written.get("tests") if isinstance(written, dict) else None
    for number, test in enumerate(tests if isinstance(tests, list) else ()):
        if not isinstance(test, dict) or key not in test:
            continue
        node = document.node_at((KEY, "tests", number, key))
        for line, what, fix, is_warning in find_traps(node, is_event=True):
            yield document.problem_on(line, what, fix, is_warning=is_warning)


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
        escalate=escalations_of(model.escalate),
    )


def _tests(document: Document, model: OptionsModel) -> tuple[RuleTest, ...]:
    return tuple(
        RuleTest(name=test.name, match=test.match, event=test.event, line=document.line_of((KEY, "tests", number)))
        for number, test in enumerate(model.tests)
    )
