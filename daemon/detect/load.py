"""One rule file's bytes in; its rules, correlations and filters, their tests, every fault with its line, and what was
passed over, out.

A file is taken whole or not at all: with any fault in it nothing of it is, so that its last good version can stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from daemon.detect.correlation_tests import CorrelationTest
from daemon.detect.correlations import Unlinked, read_correlation
from daemon.detect.detections import DETECTION, read_detection
from daemon.detect.filters import SECTION as FILTER
from daemon.detect.filters import Filter, read_filter
from daemon.detect.header import names_of, read_header
from daemon.detect.logsource import PassedOver, given_up, nearly_ours, odd_logsource, passed_over
from daemon.detect.options import RuleTest, read_options
from daemon.detect.usable import unusable
from daemon.detect.yaml_lines import Document, parse_documents
from daemon.errors import Problem
from daemon.model import Rule

CORRELATION = "correlation"
_GIVEN_UP = ("'action' documents are a form that Sigma has given up", "write each rule out, divided by ---")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFile:
    """What came of one file. `lines` says where the id of each rule, correlation and filter stands.

    `mentions` are the names and ids that stand in it, also where it is at fault and nothing of it can be used.
    """

    path: str
    digest: str
    rules: tuple[Rule, ...] = ()
    correlations: tuple[Unlinked, ...] = ()
    filters: tuple[Filter, ...] = ()
    tests: Mapping[str, tuple[RuleTest, ...]] = field(default_factory=dict)
    correlation_tests: Mapping[str, tuple[CorrelationTest, ...]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    mentions: frozenset[str] = frozenset()

    @property
    def is_broken(self) -> bool:
        """Whether a fault keeps it from being used."""
        return any(not problem.is_warning for problem in self.problems)

    @property
    def fault(self) -> str:
        """The first thing that is wrong with it, or nothing."""
        faults = (str(problem) for problem in self.problems if not problem.is_warning)
        return next((f"line {fault.removeprefix(self.path + ':')}" for fault in faults), "")

    def refused(self, problems: Sequence[Problem]) -> LoadedFile:
        """The same file with these problems, at least one of them a fault, besides its own: nothing of it is taken."""
        told = _in_order((*self.problems, *problems))
        return LoadedFile(
            path=self.path, digest=self.digest, problems=told, passed_over=self.passed_over, mentions=self.mentions
        )


def load_file(path: str, content: bytes, *, variables: Mapping[str, Sequence[str]]) -> LoadedFile:
    """Read one file. Never raises for what may stand in it."""
    digest = hashlib.sha256(content).hexdigest()
    documents, problems = parse_documents(path, content)
    entries = [_entry(document, digest, variables) for document in documents]
    found = [*problems, *(problem for entry in entries for problem in entry.problems)]
    found += _doubled_ids(entries)
    loaded = LoadedFile(
        path=path,
        digest=digest,
        problems=_in_order(found),
        passed_over=tuple(entry.passed for entry in entries if entry.passed),
        mentions=frozenset().union(*map(names_of, documents)),
    )
    return loaded if loaded.is_broken else _taken(loaded, entries)


def _taken(loaded: LoadedFile, entries: Sequence[_Entry]) -> LoadedFile:
    rules = [(entry, entry.rule) for entry in entries if entry.rule]
    correlations = [(entry, entry.correlation) for entry in entries if entry.correlation]
    return replace(
        loaded,
        rules=tuple(rule for _, rule in rules),
        correlations=tuple(unlinked for _, unlinked in correlations),
        filters=tuple(entry.filter for entry in entries if entry.filter),
        tests={rule.id: entry.tests for entry, rule in rules},
        correlation_tests={unlinked.correlation.id: entry.correlation_tests for entry, unlinked in correlations},
        lines={entry.id: entry.document.line_of(("id",)) for entry in entries if entry.id},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What came of one document: a rule, a correlation, a filter, or nothing."""

    document: Document
    rule: Rule | None = None
    tests: tuple[RuleTest, ...] = ()
    correlation: Unlinked | None = None
    correlation_tests: tuple[CorrelationTest, ...] = ()
    filter: Filter | None = None
    problems: tuple[Problem, ...] = ()
    passed: PassedOver | None = None

    @property
    def id(self) -> str:
        """Its id, or nothing where nothing came of it."""
        made = self.rule or (self.correlation and self.correlation.correlation) or self.filter
        return made.id if made else ""


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
    misfit = tuple(_misfit(document))
    if misfit:
        return _Entry(document=document, problems=misfit)
    if CORRELATION in document.value:
        return _correlation(document, digest)
    passed = passed_over(document)
    if passed:
        return _Entry(document=document, passed=passed, problems=tuple(nearly_ours(document)))
    return (_filter if FILTER in document.value else _rule)(document, digest, variables)


def _misfit(document: Document) -> Iterator[Problem]:
    """The fault of a document that is of no kind, or of two."""
    if "action" in document.value:
        yield document.problem(("action",), *_GIVEN_UP)
    kinds = [key for key in (DETECTION, CORRELATION, FILTER) if key in document.value]
    if len(kinds) > 1:
        what = f"{' and '.join(kinds)} stand in one document"
        yield document.problem((kinds[-1],), what, "give each a document of its own, divided by ---")


def _correlation(document: Document, digest: str) -> _Entry:
    passed = given_up(document)
    if passed:
        return _Entry(document=document, passed=passed)
    unlinked, tests, problems = read_correlation(document, digest=digest)
    return _Entry(document=document, correlation=unlinked, correlation_tests=tests, problems=problems)


def _filter(document: Document, digest: str, variables: Mapping[str, Sequence[str]]) -> _Entry:
    made, problems = read_filter(document, digest=digest, variables=variables)
    problems = (*odd_logsource(document), *problems)
    if made is not None:
        problems += tuple(unusable(document, FILTER, made.condition))
    return _Entry(document=document, filter=made, problems=problems)


def _rule(document: Document, digest: str, variables: Mapping[str, Sequence[str]]) -> _Entry:
    header, about_header = read_header(document)
    condition, about_detection = read_detection(document, variables=variables)
    options, tests, about_options = read_options(document)
    problems = (*odd_logsource(document), *about_header, *about_detection, *about_options)
    if header is None or condition is None:
        return _Entry(document=document, problems=problems)
    rule = Rule(
        id=header.id,
        name=header.name,
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
    problems += tuple(unusable(document, DETECTION, condition))
    if any(not problem.is_warning for problem in problems):
        return _Entry(document=document, problems=problems)
    return _Entry(document=document, rule=rule, tests=tests, problems=problems)


def _doubled_ids(entries: Sequence[_Entry]) -> Iterator[Problem]:
    first: dict[str, Document] = {}
    for entry in entries:
        if entry.id and entry.id in first:
            line = first[entry.id].line_of(("id",))
            what = f"the id {entry.id} is already used on line {line}"
            yield entry.document.problem(("id",), what, "give this rule an id of its own")
        elif entry.id:
            first[entry.id] = entry.document


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: int(problem.where.rpartition(":")[2])))
