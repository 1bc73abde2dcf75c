"""The `first_seen:` key of a rule, which makes it alert only on what is new: its model, and the option made of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from daemon.config.values import Duration, parse_duration
from daemon.detect.known_fields import check_fields
from daemon.model import FirstSeen

_MOST_FIELDS = 8
_NO_TIME = {"0", "0s", "0m", "0h", "0d", "0w"}
_DEFAULT = FirstSeen(fields=())


def _parse_or_none(value: Any) -> Any:
    """A duration, which may be none at all. Raises ValueError."""
    return timedelta(0) if str(value).replace(" ", "") in _NO_TIME else parse_duration(value)


_DurationOrNone = Annotated[
    timedelta,
    BeforeValidator(_parse_or_none),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+\s*[smhdw]$"}, {"const": 0}], "examples": ["7d"]}),
]


class FirstSeenModel(BaseModel):
    """What may stand under `first_seen:`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    fields: list[str] = Field(
        min_length=1, max_length=_MOST_FIELDS, description="alert only when these fields hold a combination that is new"
    )
    learn: _DurationOrNone = Field(default=_DEFAULT.learn, description="at first nothing alerts for this long")
    forget: Duration = Field(default=_DEFAULT.forget, description="what did not come for this long is new again")
    max_combinations: int = Field(
        default=_DEFAULT.max_combinations, ge=1, strict=True, description="so many are remembered of this rule"
    )

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, paths: list[str]) -> list[str]:
        return check_fields(paths)

    def option(self) -> FirstSeen:
        """What the rule's matches are asked by."""
        return FirstSeen(
            fields=tuple(self.fields),
            learn=self.learn,
            forget=self.forget,
            max_combinations=self.max_combinations,
        )
