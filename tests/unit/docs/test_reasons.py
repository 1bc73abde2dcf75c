"""The table of docs/guarantees.md and the lists of docs/replay.md: complete, and nothing in them that is not there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from daemon.errors import EnvironmentReason
from daemon.sources.inputs.names import NO_LOGS, PACKED
from daemon.trail.faults import ReadFault, RejectReason
from daemon.trail.keys import SkipReason

DOCS = Path(__file__).parents[3] / "docs"
SECTION = (DOCS / "guarantees.md").read_text().partition("## What the reasons mean\n")[2].partition("\n## ")[0]
ROWS = [row.strip("|").split("|") for row in SECTION.splitlines() if row.startswith("| `")]
# Words without an enumeration: of S3's refusals that last, and of what breaks on our side.
OTHERS = {"archived", "customer_key", "rule_error", "crashed"}


def test_every_reason_is_explained_once_and_none_that_is_not_given() -> None:
    given = {*ReadFault, *RejectReason, *EnvironmentReason, *SkipReason, *OTHERS}
    assert Counter(code for row in ROWS for code in re.findall("`([a-z_]+)`", row[0])) == Counter(map(str, given))


def test_every_reason_says_what_it_means_and_what_to_do() -> None:
    assert [row for row in ROWS if len(row) != 3 or not all(cell.strip() for cell in row)] == []


def test_the_endings_that_are_not_opened_are_those_of_the_page() -> None:
    page = (DOCS / "replay.md").read_text().partition("## What it reads\n")[2].partition("\n## ")[0]
    no_logs = page.partition("by the end of its name:")[2].partition("\n\n")[0]
    packed = page.partition("packed in a way that is not read:")[2].partition("|")[0]
    for told, endings in ((no_logs, NO_LOGS), (packed, PACKED)):
        assert re.findall(r"`\.([a-z0-9.]+)`", told) == sorted(endings)
