"""The section on the daily digest: when it is sent, and to whom. Nothing to do with the digests of CloudTrail."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import BeforeValidator, Field

from daemon.config.routes import DAYS, Day, TimeOfDay, Zone
from daemon.config.section import Section, Texts, as_list


class DailyDigestConfig(Section):
    """Off unless `to` names a destination."""

    at: TimeOfDay = time(8, 0)
    time_zone: Zone = "UTC"
    days: Annotated[tuple[Day, ...], BeforeValidator(as_list)] = Field(default=DAYS, min_length=1)
    to: Texts = ()

    @property
    def weekdays(self) -> frozenset[int]:
        """The days by number, Monday being 0."""
        return frozenset(DAYS.index(day) for day in self.days)
