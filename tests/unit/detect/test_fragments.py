from __future__ import annotations

import pytest

from daemon.condition import And, Condition, Keyword, Number, Or, Regex
from daemon.detect.fragments import fragments
from daemon.detect.search import Search
from tests.doubles.conditions import all_of, any_of, field, none_of, text


def keyword(pattern: str, *, is_cased: bool = False) -> Keyword:
    return Keyword(test=text(pattern, is_cased=is_cased))


WORD = keyword("*Mimikatz*")


@pytest.mark.parametrize(
    ("condition", "pieces"),
    [
        (WORD, {"mimikatz"}),
        (keyword("*Mimikatz*", is_cased=True), {"mimikatz"}),
        (keyword("*ab*longer?cd*"), {"longer"}),
        (keyword("*abc*"), None),
        (keyword("*a/b*"), None),
        (keyword('*say "hello" to*'), {"hello"}),
        (keyword("*back\\slash*"), {"slash"}),
        (keyword("*two\nlines*"), {"lines"}),
        (keyword("*caf\u00e9teria*"), {"teria"}),
        (keyword("*\u212aelvin*"), {"kelvin"}),
        (keyword("*Stra\u00dfe*"), {"strasse"}),
        (keyword("*\u0130stanbul*"), {"stanbul"}),
        (keyword("*111122223333*"), None),
        (keyword("*1.5e+10*"), None),
        (keyword("*-12345*"), None),
        (keyword("*169.254.169.254*"), {"169.254.169.254"}),
        (keyword("*12-345*"), {"12-345"}),
        (keyword("*AssumedRole*"), None),
        (keyword("*a:b,c{d}[e]*"), {"a:b,c{d}[e]"}),
        (field("requestParameters", "*a:bc,def{ghijk}*"), {"ghijk"}),
        (field("requestParameters", "*:attached*"), {"attached"}),
        (field("requestParameters", "*narrow*"), {"arrow"}),
        (field("requestParameters", text("*Narrow*", is_cased=True)), {"narrow"}),
        (field("derived.principal", "*mimikatz*"), None),
        (Keyword(test=Number(value=12345)), None),
        (Keyword(test=Regex(pattern="mimikatz")), None),
        (And(items=()), None),
        (Or(items=()), set()),
        (all_of(WORD, keyword("*long enough*")), {"long enough"}),
        (all_of(WORD, keyword("*x*")), {"mimikatz"}),
        (all_of(any_of(WORD, keyword("*12345678x*")), WORD), {"mimikatz"}),
        (all_of(Or(items=()), WORD), set()),
        (any_of(WORD, field("eventName", "CreateUser")), {"mimikatz", "createuser"}),
        (any_of(WORD, keyword("*x*")), None),
        (none_of(WORD), None),
        (none_of(none_of(WORD)), {"mimikatz"}),
        (none_of(any_of(none_of(WORD), keyword("*x*"))), {"mimikatz"}),
    ],
)
def test_pieces_are_those_that_json_writes_in_one_way_only(condition: Condition, pieces: set[str] | None) -> None:
    assert fragments(condition) == pieces


SEARCH = Search({3: frozenset({"mimikatz"}), 5: frozenset({"mimikatz", "kelvin"}), 9: frozenset()})


@pytest.mark.parametrize(
    ("record", "numbers"),
    [
        (b'{"a":"nothing"}', set()),
        (b'{"a":"MimiKatz"}', {3, 5}),
        (b'{"a":"kelvin"}', {5}),
        (b'{"a":\t"x"\r\n}', set()),
        (rb'{"a":"mimi\u006batz"}', {3, 5, 9}),
        ('{"a":"\u212aelvin"}'.encode(), {3, 5, 9}),
        (b'{"a":"\x07"}', {3, 5, 9}),
        (b'{"a":"\xff"}', {3, 5, 9}),
    ],
)
def test_a_record_is_passed_over_only_where_its_bytes_leave_no_doubt(record: bytes, numbers: set[int]) -> None:
    assert set(SEARCH.conditions(record)) == numbers
    assert SEARCH.may_find(b"[" + record + b"]") == bool(numbers)
