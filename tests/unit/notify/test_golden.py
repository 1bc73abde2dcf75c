"""Messages of every kind, as they look: a change to them shows in the difference of the golden files."""

from __future__ import annotations

import json

import pytest

from tests.doubles.slack_limits import refusal
from tests.golden.cases import FOLDER, cases, console_text, slack_text

CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_slack_gets_what_the_golden_file_holds(name: str) -> None:
    shown = slack_text(name, CASES[name])
    assert shown == (FOLDER / f"{name}.slack.json").read_text(encoding="utf-8")
    assert refusal(json.loads(shown)) is None


@pytest.mark.parametrize("name", CASES)
def test_the_console_shows_what_the_golden_file_holds(name: str) -> None:
    assert console_text(CASES[name]) == (FOLDER / f"{name}.console.txt").read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_case() -> None:
    files = {path.name.split(".")[0] for path in FOLDER.iterdir() if path.suffix in (".json", ".txt")}
    assert files == set(CASES)


def test_no_golden_file_holds_the_secret_of_its_event() -> None:
    assert not any(
        "must-not-be-seen" in path.read_text(encoding="utf-8")
        for path in (*FOLDER.glob("*.json"), *FOLDER.glob("*.txt"))
    )
