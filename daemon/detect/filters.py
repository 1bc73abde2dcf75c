"""One `filter:` document in; the condition that it adds to rules, for how long, and every fault, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from daemon.condition import Condition
from daemon.detect.detections import holds_on_nothing, read_detection
from daemon.detect.header import read_header
from daemon.detect.option_faults import KEY, Shape, Strict, read_model
from daemon.detect.references import Name, read_names
from daemon.detect.verdicts import verdict
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem

SECTION = "filter"
_AT = (SECTION, "condition")
_ANY = "any"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TOLD_BEFORE = timedelta(days=14)


def _parse_end(written: Any) -> Any:
    """The end of a day in UTC, or a time with its zone. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else written
        if isinstance(written, str) and _DAY.fullmatch(written):
            moment = moment.date()
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment.astimezone(UTC)
        if isinstance(moment, date) and not isinstance(moment, datetime):
            return datetime.combine(moment + timedelta(days=1), time(), tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter: a zone that leads out of the calendar
        pass
    raise ValueError("a date such as 2026-12-31 is needed, or a time with its zone such as 2026-12-31T18:00:00Z")


class FilterOptionsModel(Strict):
    """Everything that may stand under `trailwarden:` of a filter."""

    expires: Annotated[
        datetime | None,
        BeforeValidator(_parse_end),
        WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d", "examples": ["2026-12-31"]}),
    ] = Field(default=None, description="the filter no longer applies after this day (UTC), or from this time on")
    reason: str | None = Field(default=None, min_length=1, description="why the exception is sound")
    owner: str | None = Field(default=None, min_length=1, description="who answers for it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition that must hold too, for the rules it names (None: for any)."""

    id: str
    name: str
    title: str
    path: str
    digest: str
    line: int
    rules: tuple[Name, ...] | None
    condition: Condition
    expires_at: datetime | None = None
    reason: str = ""
    owner: str = ""

    def is_expired(self, now: datetime) -> bool:
        """Whether it no longer applies."""
        return self.expires_at is not None and self.expires_at <= now

    def doubts(self, now: datetime) -> Iterator[Problem]:
        """What is to be said of its end: that it came, or comes soon."""
        if self.expires_at is None or self.expires_at > now + _TOLD_BEFORE:
            return
        until = f"{self.expires_at:%Y-%m-%d %H:%M} UTC"
        what = f"the filter expired at {until}, and no longer applies" if self.is_expired(now) else ""
        what = what or f"the filter expires at {until}"
        where, fix = f"{self.path}:{self.line}", "move its end if the exception is still sound, or remove the file"
        yield Problem(where=where, what=what, fix=fix, is_warning=True)


def read_filter(
    document: Document, *, digest: str, variables: Mapping[str, Sequence[str]]
) -> tuple[Filter | None, tuple[Problem, ...]]:
    """The filter, or None where a problem keeps it from being used."""
    header, about_header = read_header(document, kind="filter", is_id_needed=False)
    condition, about_condition = read_detection(document, variables=variables, section=SECTION, others=("rules",))
    rules, about_rules = _rules(document)
    options, about_options = read_model(document, Shape(model=FilterOptionsModel))
    effect = tuple(_effect(document, condition)) if condition else ()
    problems = (*about_header, *about_rules, *about_condition, *about_options, *effect)
    if header is None or condition is None or any(not problem.is_warning for problem in problems):
        return None, problems
    read = options or FilterOptionsModel()
    made = Filter(
        id=header.id,
        name=header.name,
        title=header.title,
        path=document.path,
        digest=digest,
        line=document.line_of((KEY, "expires") if read.expires else (SECTION,)),
        rules=rules,
        condition=condition,
        expires_at=read.expires,
        reason=read.reason or "",
        owner=read.owner or "",
    )
    return made, problems


def _rules(document: Document) -> tuple[tuple[Name, ...] | None, tuple[Problem, ...]]:
    """The rules it names; None for all of them, which must be written too."""
    section = document.value[SECTION]
    at = (SECTION, "rules")
    fix = "name rules by id or name, or write rules: any"
    if not isinstance(section, dict):
        return (), ()  # told where its condition is read
    written = section.get("rules")
    if written is None:
        return (), (document.problem(at, "the filter does not say which rules it is for", fix),)
    if written == [] or (isinstance(written, str) and written.strip().lower() == _ANY):
        return None, ()
    names, problems = read_names(document, at, written)
    mixed = tuple(
        document.problem_on(name.line, f"'{name.text}' stands among names of rules", "write rules: any, alone")
        for name in names
        if name.text.lower() == _ANY
    )
    return names, (*problems, *mixed)


def _effect(document: Document, condition: Condition) -> Iterator[Problem]:
    if isinstance(document.value[SECTION].get("condition"), list):
        fix = "join them by 'or' in one text"
        yield document.problem(_AT, "a filter has one condition, and this is a list", fix)
    answer = verdict(condition)
    if answer is False:
        what = "the filter suppresses every event: its condition holds on none, and must hold besides the rule's"
        yield document.problem(_AT, what, "narrow the selection to what is to be left out")
    elif answer:
        what = "the filter changes nothing: its condition holds on every event"
        yield document.problem(_AT, what, "narrow the selection", is_warning=True)
    elif not holds_on_nothing(condition):
        what = "the filter lets only those events through that have what it selects"
        fix = "an exception reads condition: not selection"
        yield document.problem(_AT, what, fix, is_warning=True)
