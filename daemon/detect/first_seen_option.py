"""The `first_seen:` key of a rule, which makes it alert only on what is new: its model, and the option made of it."""

from __future__ import annotations

from pydantic import Field, field_validator

from daemon.config.values import Duration
from daemon.detect.known_fields import check_fields
from daemon.detect.option_faults import DurationOrNone, Strict
from daemon.model import FirstSeen

_MOST_FIELDS = 8
_DEFAULT = FirstSeen(fields=())


class FirstSeenModel(Strict):
    """What may stand under `first_seen:`."""

    fields: list[str] = Field(
        min_length=1, max_length=_MOST_FIELDS, description="alert only when these fields hold a combination that is new"
    )
    learn: DurationOrNone = Field(default=_DEFAULT.learn, description="at first nothing alerts for this long")
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
            fields=tuple(self.fields), learn=self.learn, forget=self.forget, max_combinations=self.max_combinations
        )
