"""The summary section of docs/rules.md: what it says a template becomes is what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Actor
from daemon.trail.summary import render_summary
from daemon.trail.template import check_template

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()
SECTION = PAGE.partition("### The summary\n")[2].partition("\n## ")[0]
ALICE = Actor(label="alice", principal="arn:aws:iam::111122223333:user/alice", kind="user")
RECORD: dict[str, Any] = {"eventName": "StopLogging", "requestParameters": {"name": "lab"}}
SENTENCE = re.search(r"So `\"(.*?)\"`", SECTION)
CELLS = [row.split(" | ")[0].removeprefix("| ").replace("\\|", "|") for row in SECTION.splitlines() if "| `" in row]
TEMPLATES = [code for cell in CELLS for code in re.findall("`([^`]+)`", cell)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_of_the_table_is_a_good_one(template: str) -> None:
    assert check_template(template) == []


@pytest.mark.parametrize("fault", [{}, {"errorCode": "AccessDenied"}], ids=["success", "denial"])
def test_the_sentence_reads_as_the_page_says(fault: dict[str, Any]) -> None:
    assert SENTENCE
    told = render_summary(SENTENCE[1], RECORD | fault, ALICE)
    assert f"`{told}`" in SECTION


def test_the_table_names_what_templates_know() -> None:
    assert len(TEMPLATES) >= 8
    assert render_summary("{called}: {outcome}", {"errorCode": "NoSuchEntity"}, ALICE) == (
        "failed to call: failed (NoSuchEntity)"
    )
    for words in ("`called`, `was denied` or `failed to call`", "`failed (NoSuchEntity)`"):
        assert words in SECTION
