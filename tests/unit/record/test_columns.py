from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from daemon.model import Level
from daemon.record.columns import Instant, Json, Rank, storable

DIALECT = sqlite.dialect()
TEXT = st.text(st.characters())  # surrogates included


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_to_the_microsecond(at: datetime) -> None:
    column = Instant()
    assert column.process_result_value(column.process_bind_param(at, DIALECT), DIALECT) == at


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_keep_their_order(one: datetime, other: datetime) -> None:
    column = Instant()
    stored = [column.process_bind_param(at, DIALECT) or 0 for at in (one, other)]
    assert (stored[0] < stored[1]) is (one < other)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(TypeError):
        Instant().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001 — the point of the test


def test_levels_keep_their_order() -> None:
    column = Rank()
    stored = [column.process_bind_param(level, DIALECT) for level in Level]
    assert stored == [0, 1, 2, 3, 4]
    assert [column.process_result_value(rank, DIALECT) for rank in stored] == list(Level)


@pytest.mark.parametrize("column", [Instant(), Rank()], ids=["instant", "rank"])
def test_nothing_stays_nothing(column: Instant | Rank) -> None:
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None


def test_no_structure_is_none() -> None:
    assert Json().process_result_value(None, DIALECT) is None


@given(st.dictionaries(TEXT, TEXT | st.lists(st.integers() | st.none() | st.booleans())))
def test_a_structure_of_any_text_comes_back(value: dict[str, object]) -> None:
    stored = Json().process_bind_param(value, DIALECT)
    assert stored.isascii()
    assert "\0" not in stored
    assert Json().process_result_value(stored, DIALECT) == value


def test_a_mapping_of_any_kind_is_stored() -> None:
    assert Json().process_bind_param(MappingProxyType({"a": MappingProxyType({})}), DIALECT) == '{"a":{}}'


@given(TEXT)
def test_any_text_becomes_storable(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert len(kept) <= 1000
    kept.encode("utf-8")


@given(TEXT, TEXT)
def test_long_texts_that_differ_stay_different(one: str, other: str) -> None:
    lead = "x" * 200
    kept = [storable(lead + text, max_chars=150) for text in (one, other)]
    assert len(kept[0]) == len(kept[1]) == 150
    clean = [storable(lead + text, max_chars=10**6) for text in (one, other)]
    assert (kept[0] == kept[1]) is (clean[0] == clean[1])


def test_plain_text_is_kept_as_it_is() -> None:
    assert storable("Zoë’s user 🙂") == "Zoë’s user 🙂"
