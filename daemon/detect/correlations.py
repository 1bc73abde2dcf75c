"""One `correlation:` document in; a correlation whose rules are still only names, and every fault, out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from daemon.detect.aliases import Alias, aliased_fields, read_aliases
from daemon.detect.correlation_conditions import ReadCondition, read_condition
from daemon.detect.correlation_options import read_correlation_options
from daemon.detect.correlation_tests import CorrelationTest
from daemon.detect.header import read_header
from daemon.detect.references import Name, read_names
from daemon.detect.refused import Refused, did_you_mean
from daemon.detect.timespans import parse_timespan
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Correlation, CorrelationType

_AT = ("correlation",)
_KEYS = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """A correlation as its document has it: `correlation` has no bases yet, `references` are to become them."""

    correlation: Correlation
    references: tuple[Name, ...]
    group_by: tuple[Name, ...]
    fields: tuple[Name, ...]
    line: int
    aliases: Mapping[str, Alias] = field(default_factory=dict)


def read_correlation(
    document: Document, *, digest: str
) -> tuple[Unlinked | None, tuple[CorrelationTest, ...], tuple[Problem, ...]]:
    """The correlation, or None where a problem keeps it from being used, and its tests."""
    section = document.value["correlation"]
    if not isinstance(section, dict):
        problem = document.problem(_AT, "correlation is not a mapping", "give it type, rules, timespan and condition")
        return None, (), (problem,)
    header, about_header = read_header(document, kind="correlation", is_id_needed=False)
    kind, timespan, about_basics = _basics(document, section)
    references, about_rules = read_names(document, (*_AT, "rules"), section.get("rules"))
    group_by, about_groups = read_names(document, (*_AT, "group-by"), section.get("group-by"))
    names = tuple(name.text for name in group_by)
    aliases, about_aliases = read_aliases(document, (*_AT, "aliases"), group_by=names)
    generate, about_generate = _generate(document, section)
    read = _condition(document, kind, references) if not about_rules else None
    options, about_options = read_correlation_options(document, names)
    problems = (
        *(*about_header, *about_basics, *about_rules, *about_groups, *about_aliases, *about_generate, *about_options),
        *(read.problems if read else ()),
        *(aliased_fields(document, read.fields, aliases) if read else ()),
    )
    is_broken = any(not problem.is_warning for problem in problems)
    if is_broken or header is None or kind is None or timespan is None or read is None or read.condition is None:
        return None, (), problems
    correlation = Correlation(
        id=header.id,
        name=header.name,
        title=header.title,
        level=header.level,
        status=header.status,
        tags=header.tags,
        description=header.description,
        false_positives=header.false_positives,
        references=header.references,
        options=options.options,
        path=document.path,
        digest=digest,
        type=kind,
        bases=(),
        group_by=names,
        timespan=timespan,
        condition=read.condition,
        generate=generate,
        settle=options.settle,
        lateness=options.lateness,
        max_groups=options.max_groups,
    )
    unlinked = Unlinked(
        correlation=correlation,
        references=read.references,
        group_by=group_by,
        fields=read.fields,
        line=document.line_of(_AT),
        aliases=aliases,
    )
    return unlinked, options.tests, problems


def _basics(
    document: Document, section: Mapping[Any, Any]
) -> tuple[CorrelationType | None, timedelta | None, tuple[Problem, ...]]:
    """Its type and timespan, and the keys that nobody knows."""
    problems = [
        document.problem((*_AT, str(key)), f"unknown key correlation.{key}", did_you_mean(str(key), _KEYS))
        for key in section
        if key not in _KEYS
    ]
    kind, timespan = None, None
    written = section.get("type")
    try:
        kind = CorrelationType(str(written))
    except ValueError:
        what = "the correlation has no type" if written is None else f"unknown type '{written}'"
        problems.append(document.problem((*_AT, "type"), what, did_you_mean(str(written), map(str, CorrelationType))))
    try:
        timespan = parse_timespan(section.get("timespan"))
    except Refused as fault:
        problems.append(document.problem((*_AT, "timespan"), fault.what, fault.fix))
    if "logsource" in document.value:
        what = "a correlation has no logsource: its rules say which logs they are for"
        problems.append(document.problem(("logsource",), what, "take it out", is_warning=True))
    return kind, timespan, tuple(problems)


def _condition(document: Document, kind: CorrelationType | None, references: tuple[Name, ...]) -> ReadCondition | None:
    if kind is None:
        return None
    is_expression = kind.is_temporal and isinstance(document.value["correlation"].get("condition"), str)
    if not references and not is_expression:
        problem = document.problem((*_AT, "rules"), "the correlation names no rules", "name them: rules: [...]")
        return ReadCondition(condition=None, references=(), problems=(problem,))
    return read_condition(document, kind, references)


def _generate(document: Document, section: Mapping[Any, Any]) -> tuple[bool, tuple[Problem, ...]]:
    """The specification has it beside `correlation`, pySigma inside: it may stand in either place."""
    places = [(_AT, section), ((), document.value)]
    found = [((*at, "generate"), here["generate"]) for at, here in places if "generate" in here]
    wrong = tuple(
        document.problem(at, f"generate is true or false, not '{value}'", "write it without quotes")
        for at, value in found
        if not isinstance(value, bool)
    )
    if not wrong and len({value for _, value in found}) > 1:
        what = "generate stands here and in the correlation, and they differ"
        wrong = (document.problem(("generate",), what, "keep one of them"),)
    return any(value is True for _, value in found), wrong
