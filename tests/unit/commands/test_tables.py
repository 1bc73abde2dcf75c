from __future__ import annotations

import json
import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.commands.tables import print_json, print_rows

HOSTILE = "a\x1b[31m\x9b2J\u202e\u2028\x7f\ud800 é 🙂"


def test_json_keeps_every_value_and_nothing_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({HOSTILE: [HOSTILE, None, 1]})
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.split("\n"))
    assert "é 🙂" in out
    assert json.loads(out) == {HOSTILE: [HOSTILE, None, 1]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(st.characters()), st.text(st.characters()) | st.integers() | st.none()))
def test_any_value_comes_back_from_json(capsys: pytest.CaptureFixture[str], value: dict[str, object]) -> None:
    print_json(value)
    assert json.loads(capsys.readouterr().out) == value


def test_a_table_shows_nothing_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("name", "count"), [(HOSTILE, 3), (None, 0)], as_json=False)
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.split("\n"))
    assert "🙂" in out


def test_an_empty_list_is_a_word_on_a_terminal_and_a_heading_for_programs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    print_rows(("id", "late"), [], as_json=False)
    print_rows(("id", "late"), [], as_json=True)
    assert capsys.readouterr().out.splitlines() == ["id  late", "[]"]
    reading, writing = os.openpty()
    with os.fdopen(writing, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        print_rows(("id", "late"), [], as_json=False)
        assert os.read(reading, 100) == b"none\r\n"
        print_rows(("id", "late"), [("é", True)], as_json=False)
        assert "é" in os.read(reading, 1000).decode()
    os.close(reading)


def test_a_table_says_yes_where_something_holds_and_json_keeps_it_a_boolean(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("id", "late"), [("a", True), ("b", False)], as_json=False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["id", "late"], ["a", "yes"], ["b"]]
    print_rows(("id", "late"), [("a", True), ("b", False)], as_json=True)
    assert [row["late"] for row in json.loads(capsys.readouterr().out)] == [True, False]
