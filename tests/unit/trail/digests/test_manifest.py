"""What a digest says of a file beside what the ledger knows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daemon.model import KnownFile, ObjectState, PublicKey
from daemon.trail.digests.manifest import Verdict, verdict_on

DONE, PENDING, GONE, ASIDE = ObjectState.DONE, ObjectState.PENDING, ObjectState.GONE, ObjectState.QUARANTINED


@pytest.mark.parametrize(
    ("state", "reason", "sha256", "verdict"),
    [
        (DONE, None, "aa", Verdict.PROVED),
        (DONE, None, "bb", Verdict.CHANGED),
        (DONE, None, None, Verdict.NOT_HASHED),
        (PENDING, None, None, Verdict.WAIT),
        (GONE, None, None, Verdict.DELETED),
        (ASIDE, "undecodable_record", "aa", Verdict.PROVED),
        (ASIDE, "trailing_bytes", None, Verdict.CHANGED),
        (ASIDE, "truncated", None, Verdict.CHANGED),
        (ASIDE, "too_large", None, Verdict.NOT_HASHED),
    ],
)
def test_what_becomes_of_it(state: ObjectState, reason: str | None, sha256: str | None, verdict: Verdict) -> None:
    known = KnownFile(row_id=1, state=state, reason=reason, sha256=sha256, proof=None)
    assert verdict_on("aa", known) is verdict


def test_what_the_ledger_does_not_know_is_asked_of_the_bucket() -> None:
    assert verdict_on("aa", None) is Verdict.UNKNOWN


def test_a_key_is_valid_where_its_time_touches_that_of_the_digest() -> None:
    def day(number: int) -> datetime:
        return datetime(2026, 3, number, tzinfo=UTC)

    key = PublicKey(region="r", fingerprint="f", der=b"", valid_from=day(5), valid_until=day(9))
    stretches = {(1, 4): False, (1, 5): True, (6, 7): True, (9, 10): True, (10, 11): False}
    assert {when: key.is_valid_within(day(when[0]), day(when[1])) for when in stretches} == stretches
