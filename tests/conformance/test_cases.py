"""The table of the specification, run: by the rule set that the daemon uses, and by the condition alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from daemon.condition import Condition
from daemon.detect.compile import compile_condition
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.ruleset import RuleSet
from daemon.model import Rule
from daemon.trail.record import decode_record
from tests.conformance.cases import Case, Event, PassedOver, Refusal, Row, as_file
from tests.conformance.table import SECTIONS

LISTED = [section for section in SECTIONS if not section.is_generated]
_EVERY_EVENT = "matches every event that lacks its fields"
_ALWAYS = {"`derived.principal` always exists"}


def _groups(kind: type[Row]) -> list[object]:
    """The rows of one kind, each by itself; generated ones by their first modifier, since they are thousands."""
    groups: dict[str, list[Row]] = {}
    for section in SECTIONS:
        for row in section.rows:
            name = row.feature.partition("|")[0] + " …" if section.is_generated else row.feature
            if isinstance(row, kind):
                groups.setdefault(f"{section.title}: {name}", []).append(row)
    return [pytest.param(rows, id=name) for name, rows in groups.items()]


def _load(row: Case | Refusal | PassedOver) -> LoadedFile:
    variables = {} if isinstance(row, PassedOver) else row.variables
    return load_file("x.yml", as_file(row.rule), variables=variables)


def _encoded(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _hits(rules: Sequence[Rule], raws: Sequence[bytes]) -> set[tuple[str, bytes]]:
    """What the daemon's rule set says of a log file."""
    evaluation = RuleSet(rules).evaluate(b'{"Records":[%b]}' % b",".join(raws))
    assert evaluation.events == len(raws)
    assert evaluation.errors == {}
    return {(hit.rule.id, hit.raw) for hit in evaluation.hits}


@pytest.mark.parametrize("cases", _groups(Case))
def test_a_rule_matches_what_its_author_meant_and_nothing_else(cases: list[Case]) -> None:
    for case in cases:
        (rule,) = _load(case).rules
        holds = compile_condition(rule.condition)
        assert [event for event in case.matches if not holds(event)] == [], case.rule
        assert [event for event in case.misses if holds(event)] == [], case.rule
        yes, no = ([_encoded(event) for event in events] for events in (case.matches, case.misses))
        assert _hits([rule], [*no, *yes, *no]) == {(rule.id, raw) for raw in yes}, case.rule


@pytest.mark.parametrize("cases", _groups(Case))
def test_what_is_doubtful_is_told_and_nothing_else_is(cases: list[Case]) -> None:
    for case in cases:
        problems = _load(case).problems
        assert [str(problem) for problem in problems if not problem.is_warning] == []
        expected = (case.warns, _EVERY_EVENT) if case.warns else ()
        assert [str(one) for one in problems if not any(words in str(one) for words in expected)] == [], case.rule
        assert not case.warns or any(case.warns in str(problem) for problem in problems), case.rule


@pytest.mark.parametrize("refusals", _groups(Refusal))
def test_what_means_nothing_is_refused_with_its_line(refusals: list[Refusal]) -> None:
    for refusal in refusals:
        loaded = _load(refusal)
        faults = [problem for problem in loaded.problems if not problem.is_warning]
        assert loaded.rules == (), refusal.rule
        where = {fault.where for fault in faults if refusal.says in str(fault)}
        assert where == {f"x.yml:{refusal.line}"}, (refusal.rule, faults)
        assert all(fault.fix and "fault of ours" not in fault.what for fault in faults), faults


@pytest.mark.parametrize("rows", _groups(PassedOver))
def test_what_is_passed_over_says_why(rows: list[PassedOver]) -> None:
    (row,) = rows
    loaded = _load(row)
    assert (loaded.rules, loaded.problems) == ((), ())
    (aside,) = loaded.passed_over
    assert row.says in str(aside)


def test_every_row_shows_both_sides_and_has_a_name_of_its_own() -> None:
    for section in SECTIONS:
        features = [row.feature for row in section.rows]
        assert sorted(set(features)) == sorted(features)
        for row in section.rows:
            if isinstance(row, Case) and row.feature not in _ALWAYS:
                assert row.matches, row.feature
                assert row.misses, row.feature


def test_all_rules_of_the_table_together_find_in_all_of_its_events_what_each_finds_alone() -> None:
    cases = [row for section in LISTED for row in section.rows if isinstance(row, Case)]
    rules = [replace(_load(case).rules[0], id=str(number)) for number, case in enumerate(cases)]
    raws = sorted({_encoded(event) for case in cases for event in (*case.matches, *case.misses)})
    assert _hits(rules, raws) == {(rule.id, raw) for rule in rules for raw in raws if _holds(rule.condition, raw)}


def _holds(condition: Condition, raw: bytes) -> bool:
    return compile_condition(condition)(decode_record(raw))
