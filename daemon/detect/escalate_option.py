"""The `escalate:` key of a rule, by which an alert rises as it grows: its model, its faults, and the option made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from daemon.detect.option_faults import KEY, Strict
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Escalation, Level


class EscalationModel(Strict):
    """One step: of so many events on an alert is of this level."""

    count: int = Field(ge=2, strict=True, description="of so many events on")
    to: Level = Field(description="the alert is of this level")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _rising(steps: tuple[EscalationModel, ...]) -> tuple[EscalationModel, ...]:
    for lower, upper in pairwise(steps):
        if upper.count <= lower.count or upper.to.rank <= lower.to.rank:
            raise ValueError(
                f"each step must ask for more events and lead higher: {upper.count} to {upper.to.value}"
                f" comes after {lower.count} to {lower.to.value}"
            )
    return steps


_STEP = {
    "type": "object",
    "required": ["count", "to"],
    "additionalProperties": False,
    "properties": {
        "count": {"type": "integer", "minimum": 2, "description": "of so many events on"},
        "to": {"enum": [str(level) for level in Level], "description": "the alert is of this level"},
    },
}
Escalations = Annotated[
    tuple[EscalationModel, ...],
    BeforeValidator(_as_list),
    AfterValidator(_rising),
    WithJsonSchema({"anyOf": [_STEP, {"type": "array", "items": _STEP, "minItems": 1}]}),
]


def escalations_of(steps: Sequence[EscalationModel]) -> tuple[Escalation, ...]:
    """The option."""
    return tuple(Escalation(count=step.count, to=step.to) for step in steps)


def below_its_level(document: Document, steps: Sequence[EscalationModel]) -> Iterator[Problem]:
    """Steps that lead nowhere: the rule is of that level, or of a higher one, from the first event on."""
    written = str(document.value.get("level") or Level.MEDIUM).lower()
    level = Level(written) if written in tuple(Level) else None  # what is no level is told elsewhere
    for step in steps:
        if level is not None and step.to.rank <= level.rank:
            what = f"{KEY}.escalate leads to {step.to.value}, and the rule is {level.value} from the first event on"
            yield document.problem(
                (KEY, "escalate"), what, f"name a level above {level.value}, or lower the rule's own"
            )
