"""The tables of docs/queues.md: every reason once, and none that is not given; what is left is marked."""

from __future__ import annotations

import re
from pathlib import Path

from daemon.service.queues.sorting import PART_REASONS
from daemon.trail.envelopes import MessageReason
from daemon.trail.keys import SkipReason

PAGE = (Path(__file__).parents[3] / "docs/queues.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Reasons\n")[2]
ROWS = re.findall(r"^\| `([a-z_]+)`( \*)? \|", SECTION, re.MULTILINE)
LAST = SECTION.rpartition("|\n")[2]


def test_every_reason_is_explained_once_and_none_that_is_not_given() -> None:
    told = [name for name, _ in ROWS] + re.findall(r"`([a-z_]+)`", LAST)
    assert sorted(told) == sorted(map(str, PART_REASONS))
    assert set(re.findall(r"`([a-z_]+)`", LAST)) == set(map(str, SkipReason))


def test_what_leaves_its_message_in_the_queue_is_marked() -> None:
    marked = {name for name, mark in ROWS if mark}
    others = {"foreign_bucket", "accounts_disagree", "stamped_ahead", "too_many_shards", "source_not_open"}
    others |= {"no_rules", "crashed"}
    assert marked == {*map(str, MessageReason), *others}
