"""What stands under `trailwarden:` in, the model of it or its faults with lines out; alike for all kinds of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from daemon.config.values import parse_duration
from daemon.detect.refused import did_you_mean
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.trail.template import check_template

KEY = "trailwarden"
_NO_TIME = {"0", "0s", "0m", "0h", "0d", "0w"}


class Strict(BaseModel):
    """A mapping with no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Generic[Model]):
    """How options are read: by a model, the models of its `parts` by their keys, and keys `refused` for a reason."""

    model: type[Model]
    parts: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # key -> what, fix


def read_model(document: Document, shape: Shape[Model]) -> tuple[Model | None, tuple[Problem, ...]]:
    """The model of what is written; None where nothing is, or where there are problems."""
    written = document.value.get(KEY)
    if written is None:
        return None, ()
    if not isinstance(written, dict):
        return None, (document.problem((KEY,), f"{KEY} is not a mapping", "see docs/rules.md"),)
    try:
        return shape.model.model_validate(written), ()
    except ValidationError as fault:
        faults = fault.errors(include_input=False, include_url=False)
        return None, tuple(_explain(document, error, shape) for error in faults)


def good_template(summary: str | None) -> str | None:
    """A summary, as it is. Raises ValueError with every fault of it."""
    if summary and (faults := check_template(summary)):
        raise ValueError("; ".join(faults))
    return summary


def _parse_or_none(value: Any) -> Any:
    return timedelta(0) if str(value).replace(" ", "") in _NO_TIME else parse_duration(value)


# As `config.values.Duration`, but it may be none at all.
DurationOrNone = Annotated[
    timedelta,
    BeforeValidator(_parse_or_none),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+\s*[smhdw]$"}, {"const": 0}], "examples": ["7d"]}),
]


def _explain(document: Document, error: Any, shape: Shape[Any]) -> Problem:
    kind, loc, message = error["type"], error["loc"], error["msg"]
    at = (KEY, *loc)
    name = ".".join(map(str, at))
    if kind == "extra_forbidden":
        known = _known_at(loc, shape)
        what = (f"unknown key {name}", did_you_mean(str(loc[-1]), known))
        return document.problem(at, *(shape.refused.get(str(loc[-1]), what) if len(loc) == 1 else what))
    if kind == "missing":
        return document.problem(at[:-1], f"{name} is missing", "add it")
    what = message.removeprefix("Value error, ")
    return document.problem(at, f"{name}: {what[:1].lower()}{what[1:]}", _FIXES.get(kind, ""))


def _known_at(loc: tuple[str | int, ...], shape: Shape[Any]) -> list[str]:
    """The keys that are known where an unknown one stands: those of the innermost part on the way there."""
    parts = [shape.parts[step] for step in loc[:-1] if isinstance(step, str) and step in shape.parts]
    return list((parts[-1] if parts else shape.model).model_fields)


_FIXES = {
    "bool_type": "write true or false, without quotes",
    "string_type": "quote it",
    "list_type": "write a list: [...]",
    "dict_type": "write a mapping: {...}",
    "string_pattern_mismatch": "give a URL such as https://example.com/runbooks/root",
}
