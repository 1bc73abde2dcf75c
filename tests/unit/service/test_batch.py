from __future__ import annotations

from typing import Any

import pytest

from daemon.detect.ruleset import RuleSet
from daemon.model import ObjectState
from daemon.pipeline import Processed
from daemon.ports import LedgerRow
from daemon.service.batch import Batch, unread
from tests.doubles.state_values import NOON, log_object, match, result

NOTHING = Processed(result=result())
ROW = LedgerRow(
    row_id=1,
    source="trail",
    object=log_object(),
    state=ObjectState.PENDING,
    reason=None,
    attempts=0,
    seen_at=NOON,
    due_at=NOON,
)


def filled(*items: Processed, **options: Any) -> Batch:
    batch = Batch(ruleset=RuleSet([]), **options)
    for item in items:
        batch.add(ROW, item)
    return batch


@pytest.mark.parametrize(
    ("items", "is_full"),
    [
        ([NOTHING] * 63, False),
        ([NOTHING] * 64, True),
        ([Processed(result=result(*[match()] * 999))], False),
        ([Processed(result=result(*[match()] * 999)), Processed(result=result(match()))], True),
        ([Processed(result=result(match()), held_bytes=9 << 20)], False),
        ([Processed(result=result(match()), held_bytes=9 << 20)] * 2, True),
    ],
    ids=["few objects", "many objects", "few matches", "many matches", "light", "heavy"],
)
def test_a_batch_is_full_by_objects_matches_or_bytes(items: list[Processed], is_full: bool) -> None:
    assert filled(*items, since_s=float("inf")).is_full() is is_full


def test_a_batch_waits_for_no_more_than_a_second() -> None:
    assert filled(NOTHING, since_s=float("-inf")).is_full()


def test_what_could_not_be_read_weighs_nothing() -> None:
    processed = unread(ROW, ObjectState.GONE, None)
    assert (processed.held_bytes, processed.result.state) == (0, ObjectState.GONE)
