"""The table's correlations and filters, run: in memory, and over log files and a state as `replay` does it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.detect.compile import compile_condition
from daemon.detect.correlate import correlate
from daemon.detect.link import Linked, link
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.ruleset import RuleSet
from daemon.model import Correlation
from daemon.pipeline import process
from daemon.record.forgetting import forget_contributions
from daemon.record.store import Store, open_scratch_store, open_store
from tests.conformance.cases import CorrelationCase, Event, FilterCase, LinkRefusal, Row, TimedEvent
from tests.conformance.streams import NOON, moment
from tests.conformance.table import SECTIONS
from tests.doubles.state_values import log_object

THE_END = datetime.max.replace(tzinfo=UTC)
LATER = " much later"
Variables = Mapping[str, list[str]]
Told = list[tuple[str, dict[str, str], tuple[str, ...]]]


def rows(kind: type[Row]) -> list[object]:
    return [
        pytest.param(row, id=f"{section.title}: {row.feature}")
        for section in SECTIONS
        for row in section.rows
        if isinstance(row, kind)
    ]


def loaded(rules: str, others: Sequence[str] = (), variables: Variables | None = None) -> list[LoadedFile]:
    texts = [rules, *others]
    names = ["x.yml", *(f"other{number}.yml" for number in range(len(others)))]
    return [load_file(name, text.encode(), variables=variables or {}) for name, text in zip(names, texts, strict=True)]


def linked(row: CorrelationCase | FilterCase) -> Linked:
    files = loaded(row.rules, row.others, row.variables if isinstance(row, FilterCase) else {})
    joined = link(files, now=NOON)
    assert joined.faults == {}
    told = [str(problem) for problem in (*(p for file in files for p in file.problems), *joined.warnings)]
    assert [text for text in told if not row.warns or row.warns not in text] == []
    assert bool(told) is bool(row.warns)
    return joined


def log_file(events: Iterable[Event]) -> bytes:
    return json.dumps({"Records": list(events)}).encode()


def in_memory(joined: Linked, events: Sequence[TimedEvent]) -> Told:
    heard = {each.id: each.name for each in joined.correlations if not each.is_silent}
    fired = correlate(joined.rules, joined.correlations, [event.record for event in events])
    return told(
        (heard[one.correlation_id], dict(one.group), one.events) for one in fired if one.correlation_id in heard
    )


def told(found: Iterable[tuple[str, dict[str, str], tuple[str, ...]]]) -> Told:
    return sorted(found, key=repr)


def take(store: Store, ruleset: RuleSet, events: Iterable[TimedEvent], *, now: datetime) -> None:
    """One log file into the state."""
    content = log_file(event.record for event in events)
    result = process(log_object(), content, ruleset=ruleset, max_bytes=2**20).result
    store.recorder.complete([result], plans=(), ruleset_digest="", now=now, correlations=ruleset.correlations)


def stored(store: Store, correlations: Sequence[Correlation]) -> Told:
    names = {each.id: each.name for each in correlations}
    firings = store.iter_firings(correlations)
    return told((names[each.completed.rule_id], dict(each.group), each.events) for each in firings)


def of_a_history(joined: Linked, events: Sequence[TimedEvent]) -> tuple[Told, list[tuple[str, str]]]:
    """What `replay` would tell: the files come latest first, and everything comes twice."""
    ruleset = RuleSet(joined.rules, correlations=joined.correlations)
    names = {rule.id: rule.name for rule in joined.rules}
    half = len(events) // 2
    with open_scratch_store(now=NOON) as store:
        for file in (events[half:], events[::-1]):
            take(store, ruleset, file, now=NOON)
        store.recorder.conclude(joined.correlations, now=THE_END)
        matches = sorted((names[match.rule_id], match.event_id) for match in store.iter_matches())
        return stored(store, joined.correlations), matches


def of_a_living_state(folder: Path, joined: Linked, events: Sequence[TimedEvent], *, looked_at: str) -> Told:
    ruleset = RuleSet(joined.rules, correlations=joined.correlations)
    arrivals = list(dict.fromkeys(event.arrives for event in events))
    with open_store(f"sqlite:///{folder / 'state.db'}", now=NOON) as store:
        for when in arrivals:
            take(store, ruleset, [event for event in events if event.arrives == when], now=moment(when))
            forget_contributions(store.database, now=moment(when))
        take(store, ruleset, [], now=moment(looked_at))
        return stored(store, joined.correlations)


def much_later(event: TimedEvent) -> TimedEvent:
    """Past every window of all before, so that it can be in one history with them."""
    at = datetime.fromisoformat(event.record["eventTime"]) + timedelta(days=40 * 365)
    record = {**event.record, "eventID": event.record["eventID"] + LATER, "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return replace(event, record=record)


@pytest.mark.parametrize("row", rows(CorrelationCase))
def test_a_correlation_says_what_its_author_meant_and_nothing_else(row: CorrelationCase, tmp_path: Path) -> None:
    joined = linked(row)
    expected = told((each.rule, dict(each.group), each.events) for each in row.firings)
    if row.looked_at:
        for name, events, wanted in (("events", row.events, expected), ("quiet", row.quiet, [])):
            (folder := tmp_path / name).mkdir()
            assert of_a_living_state(folder, joined, events, looked_at=row.looked_at) == wanted
        return
    assert in_memory(joined, row.events) == expected
    assert in_memory(joined, row.quiet) == []
    firings, matches = of_a_history(joined, [*row.events, *map(much_later, row.quiet)])
    assert firings == expected
    assert row.matches is None or [each for each in matches if LATER not in each[1]] == sorted(row.matches)


@pytest.mark.parametrize("row", rows(FilterCase))
def test_a_filter_keeps_out_what_its_author_meant_and_nothing_else(row: FilterCase) -> None:
    joined = linked(row)
    predicates = [compile_condition(rule.condition) for rule in joined.rules]
    bare = [rule for file in loaded(row.rules, row.others, row.variables) for rule in file.rules]
    unfiltered = [compile_condition(rule.condition) for rule in bare]
    assert [event for event in row.matches if not any(holds(event) for holds in predicates)] == []
    assert [event for event in row.kept_out if any(holds(event) for holds in predicates)] == []
    assert [event for event in row.kept_out if not any(holds(event) for holds in unfiltered)] == []
    evaluation = RuleSet(joined.rules).evaluate(log_file([*row.kept_out, *row.matches, *row.kept_out]))
    assert evaluation.errors == {}
    assert {hit.raw for hit in evaluation.hits} == {json.dumps(event).encode() for event in row.matches}


@pytest.mark.parametrize("row", rows(LinkRefusal))
def test_files_that_mean_nothing_are_refused_with_their_line(row: LinkRefusal) -> None:
    files = loaded(row.rules, row.others)
    faults = [problem for file in files for problem in file.problems if not problem.is_warning]
    if not faults:
        faults = [problem for some in link(files, now=NOON).faults.values() for problem in some]
    where = {fault.where for fault in faults if row.says in str(fault)}
    assert f"x.yml:{_line(row.rules)}" in where, faults
    assert [fault for fault in faults if "of ours" in fault.what] == []


def _line(text: str) -> int:
    lines = text.splitlines()
    marked = [number for number, line in enumerate(lines, start=1) if line.endswith("# here")]
    sections = [number for number, line in enumerate(lines, start=1) if line in ("correlation:", "filter:")]
    return (marked or sections[-1:])[0]


def test_every_row_on_files_shows_both_sides() -> None:
    for section in SECTIONS:
        for row in section.rows:
            if isinstance(row, CorrelationCase):
                assert row.firings, row.feature
                assert row.quiet, row.feature
            elif isinstance(row, FilterCase):
                assert row.matches, row.feature
