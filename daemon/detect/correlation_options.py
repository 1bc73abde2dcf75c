"""The `trailwarden:` key of a correlation: how late events may come, how many groups there may be, and tests inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field

from daemon.detect.correlation_tests import CorrelationTest, CorrelationTestModel, ExpectedAlertModel, odd_groups
from daemon.detect.escalate_option import EscalationModel, below_its_level, escalations_of
from daemon.detect.option_faults import KEY, DurationOrNone, Shape, read_model
from daemon.detect.options import AlertModel, event_traps
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import RuleOptions


class CorrelationOptionsModel(AlertModel):
    """Everything that may stand under `trailwarden:` of a correlation."""

    settle: DurationOrNone = Field(
        default=timedelta(minutes=15),
        description="how long after a window's end a condition is asked that more events could make untrue",
    )
    lateness: DurationOrNone = Field(default=timedelta(hours=24), description="how late an event still counts")
    max_groups: int = Field(default=10_000, ge=1, strict=True, description="so many groups are followed at a time")
    tests: list[CorrelationTestModel] = Field(
        default_factory=list, description="events, and the alerts that must come of them"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationOptions:
    """The options of a correlation, with defaults filled in, and its tests."""

    options: RuleOptions
    settle: timedelta
    lateness: timedelta
    max_groups: int
    tests: tuple[CorrelationTest, ...]


_SHAPE = Shape(
    model=CorrelationOptionsModel,
    parts={"tests": CorrelationTestModel, "alerts": ExpectedAlertModel, "escalate": EscalationModel},
    refused={
        "group_by": (
            "trailwarden.group_by is for rules: a correlation's alerts go by its own group-by",
            "take it out, and see correlation.group-by",
        ),
        "first_seen": ("trailwarden.first_seen is for rules over single events", "give it to a rule of its own"),
    },
)


def read_correlation_options(
    document: Document, group_by: tuple[str, ...]
) -> tuple[CorrelationOptions, tuple[Problem, ...]]:
    """The options; the defaults where there are problems."""
    traps = tuple(event_traps(document, "events"))
    model, problems = read_model(document, _SHAPE)
    read = model or CorrelationOptionsModel()
    tests = tuple(test.test(document.line_of((KEY, "tests", number))) for number, test in enumerate(read.tests))
    odd = tuple(
        document.problem_on(test.line, f"'{test.name}': {what}", "name each name of group-by, and no other")
        for test, what in odd_groups(tests, group_by)
    )
    options = RuleOptions(
        summary=read.summary,
        group_by=group_by,
        close_after=read.close_after,
        mode=read.mode,
        runbook=read.runbook,
        escalate=escalations_of(read.escalate),
    )
    made = CorrelationOptions(
        options=options, settle=read.settle, lateness=read.lateness, max_groups=read.max_groups, tests=tests
    )
    return made, (*traps, *problems, *odd, *below_its_level(document, read.escalate))
