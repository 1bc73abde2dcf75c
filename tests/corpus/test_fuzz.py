"""Log files with bytes changed, cut out, doubled and put in anywhere: reading never breaks, no good record is lost."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from tests.corpus.making import RULE, event, file_of, ids, packed, text

_CASE = "fuzz"
_COUNT = 12
_RECORDS = [text(event(_CASE, number)) for number in range(_COUNT)]
_CONTENT = file_of(_RECORDS)
_IDS = ids(_CASE, _COUNT)
_CAP = 1 << 22
RULESET = RuleSet(load_file("rules/found.yml", RULE.encode(), variables={}).rules)
Change = Callable[[bytes], bytes]
_JSON = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b'},{"eventVersion":', b"null", b"1e999", b"\xff", b"\x00"]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One change somewhere: a place and a length as shares of what there is."""
    place, length = draw(st.floats(0, 1)), draw(st.sampled_from([0, 1, 2, 7, 40, 700, 5_000]))
    filled = draw(st.one_of(st.binary(max_size=8), st.sampled_from(_JSON), st.none()))

    def change(data: bytes) -> bytes:
        start = int(place * len(data))
        taken = data[start : start + length]
        return data[:start] + (taken * 2 if filled is None else filled) + data[start + length :]

    return change


def found(data: bytes) -> list[str]:
    """The ids of the events that the rule matched, in order."""
    evaluation = RULESET.evaluate_object(data, max_bytes=_CAP)
    assert evaluation.events >= len(evaluation.hits)
    return [str(hit.record.get("eventID")) for hit in evaluation.hits]


@settings(max_examples=400)
@given(st.lists(changes(), min_size=1, max_size=4))
@example([lambda data: b""])
def test_gzip_changed_anywhere_is_read_without_breaking(many: list[Change]) -> None:
    data = packed(_CONTENT)
    for change in many:
        data = change(data)
    assert len(found(data)) <= _COUNT * 2 ** len(many)


@settings(max_examples=400)
@given(st.lists(changes(), min_size=1, max_size=4))
def test_json_changed_anywhere_is_read_without_breaking(many: list[Change]) -> None:
    content = _CONTENT
    for change in many:
        content = change(content)
    RULESET.evaluate(content)
    RULESET.evaluate_loose(content)
    found(gzip.compress(content))


@settings(max_examples=400)
@given(st.integers(0, _COUNT - 1), changes())
def test_a_change_within_one_record_costs_none_of_the_others(number: int, change: Change) -> None:
    changed = b"{" + change(_RECORDS[number][1:-1]) + b"}"
    others = [identifier for place, identifier in enumerate(_IDS) if place != number]
    hits = found(packed(file_of([*_RECORDS[:number], changed, *_RECORDS[number + 1 :]])))
    assert [hit for hit in hits if hit in others] == others


@settings(max_examples=200)
@given(st.floats(0, 1))
def test_a_file_cut_off_anywhere_gives_every_record_that_is_whole(share: float) -> None:
    end = int(share * len(_CONTENT))
    whole = sum(_CONTENT.find(record) + len(record) <= end for record in _RECORDS)
    assert found(packed(_CONTENT[:end]))[:whole] == list(_IDS[:whole])
