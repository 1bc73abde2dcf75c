"""One rule file's bytes in; its rules, their tests, every fault with its line, and what was passed over, out.

A file is taken whole or not at all: with any fault in it `rules` is empty, so that its last good version can stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import re2

from daemon.detect.detections import read_detection
from daemon.detect.header import read_header
from daemon.detect.logsource import PassedOver, nearly_ours, odd_logsource, passed_over
from daemon.detect.options import RuleTest, read_options
from daemon.detect.ruleset import RuleSet
from daemon.detect.value_faults import in_words
from daemon.detect.yaml_lines import Document, parse_documents
from daemon.errors import Problem
from daemon.model import Rule

_OTHER_KINDS = {
    "correlation": ("Sigma correlations are not supported yet", "take the file out of the rules folder"),
    "filter": ("Sigma filters are not supported yet", "write the exception into the rule: condition: … and not …"),
    "action": ("'action' documents are a form that Sigma has given up", "write each rule out, divided by ---"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFile:
    """What came of one file. `lines` says where each rule's id stands."""

    path: str
    digest: str
    rules: tuple[Rule, ...] = ()
    tests: Mapping[str, tuple[RuleTest, ...]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether a fault keeps it from being used."""
        return any(not problem.is_warning for problem in self.problems)


def load_file(path: str, content: bytes, *, variables: Mapping[str, Sequence[str]]) -> LoadedFile:
    """Read one file. Never raises for what may stand in it."""
    digest = hashlib.sha256(content).hexdigest()
    documents, problems = parse_documents(path, content)
    entries = [_entry(document, digest, variables) for document in documents]
    found = [*problems, *(problem for entry in entries for problem in entry.problems)]
    found += _doubled_ids(entries)
    aside = tuple(entry.passed for entry in entries if entry.passed)
    if any(not problem.is_warning for problem in found):
        return LoadedFile(path=path, digest=digest, problems=_in_order(found), passed_over=aside)
    rules = [(entry, entry.rule) for entry in entries if entry.rule]
    return LoadedFile(
        path=path,
        digest=digest,
        rules=tuple(rule for _, rule in rules),
        tests={rule.id: entry.tests for entry, rule in rules},
        lines={rule.id: entry.document.line_of(("id",)) for entry, rule in rules},
        problems=_in_order(found),
        passed_over=aside,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What came of one document."""

    document: Document
    rule: Rule | None = None
    tests: tuple[RuleTest, ...] = ()
    problems: tuple[Problem, ...] = ()
    passed: PassedOver | None = None


def _entry(document: Document, digest: str, variables: Mapping[str, Sequence[str]]) -> _Entry:
    """What came of one document. Whatever breaks over it is a fault of this file, and never reaches the others."""
    try:
        return _read(document, digest, variables)
    except MemoryError:  # says nothing about the file
        raise
    except Exception as fault:
        what = f"the rule cannot be read, for a fault of ours: {fault!r}"
        return _Entry(document=document, problems=(document.problem((), what, "report it, with the file"),))


def _read(document: Document, digest: str, variables: Mapping[str, Sequence[str]]) -> _Entry:
    if not isinstance(document.value, dict):
        what = f"a rule is a mapping, and this is a {type(document.value).__name__}"
        return _Entry(document=document, problems=(document.problem((), what, "begin with: title: ..."),))
    for key, (what, fix) in _OTHER_KINDS.items():
        if key in document.value:
            return _Entry(document=document, problems=(document.problem((key,), what, fix),))
    passed = passed_over(document)
    if passed:
        return _Entry(document=document, passed=passed, problems=tuple(nearly_ours(document)))
    return _rule(document, digest, variables)


def _rule(document: Document, digest: str, variables: Mapping[str, Sequence[str]]) -> _Entry:
    header, about_header = read_header(document)
    condition, about_detection = read_detection(document, variables=variables)
    options, tests, about_options = read_options(document)
    problems = (*odd_logsource(document), *about_header, *about_detection, *about_options)
    if header is None or condition is None:
        return _Entry(document=document, problems=problems)
    rule = Rule(
        id=header.id,
        title=header.title,
        level=header.level,
        status=header.status,
        tags=header.tags,
        description=header.description,
        false_positives=header.false_positives,
        references=header.references,
        condition=condition,
        options=options,
        path=document.path,
        digest=digest,
    )
    problems += tuple(_unusable(document, rule))
    if any(not problem.is_warning for problem in problems):
        return _Entry(document=document, problems=problems)
    return _Entry(document=document, rule=rule, tests=tests, problems=problems)


def _unusable(document: Document, rule: Rule) -> Iterator[Problem]:
    """What only shows when the rule is made ready to run, such as a pattern too large for RE2.

    A whole set is made of it, since whatever breaks here, where it is one file's fault, would stop all rules there.
    """
    try:
        RuleSet([rule]).compile_all()
    except (re2.error, ValueError, OverflowError, RecursionError) as fault:
        yield document.problem(("detection",), f"the detection cannot be evaluated: {in_words(fault)}", "simplify it")


def _doubled_ids(entries: Sequence[_Entry]) -> Iterator[Problem]:
    first: dict[str, Document] = {}
    for entry in entries:
        if entry.rule and entry.rule.id in first:
            line = first[entry.rule.id].line_of(("id",))
            what = f"the id {entry.rule.id} is already used on line {line}"
            yield entry.document.problem(("id",), what, "give this rule an id of its own")
        elif entry.rule:
            first[entry.rule.id] = entry.document


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: int(problem.where.rpartition(":")[2])))
