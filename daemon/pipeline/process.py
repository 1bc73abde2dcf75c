"""One log file, from its bytes to a result that the store can record.

Pure but for the stopwatch: what is read and where it is recorded is the caller's business.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from daemon.detect.evaluation import Evaluation
from daemon.detect.ruleset import RuleSet
from daemon.model import LogObject, ObjectResult, ObjectState
from daemon.pipeline.event import parse_time
from daemon.pipeline.told import ToldMatches


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """A result, and what metrics want to know of how it came about. `held_bytes` is what it weighs in memory."""

    result: ObjectResult
    bytes_read: int = 0
    held_bytes: int = 0
    seconds: float = 0.0
    newest_at: datetime | None = None
    rule_errors: Mapping[str, int] = field(default_factory=dict)


def process(
    obj: LogObject,
    data: bytes,
    *,
    ruleset: RuleSet,
    max_bytes: int,
    row_id: int | None = None,
    is_hashed: bool = False,
) -> Processed:
    """Read one log file and evaluate every record of it.

    Content faults give a quarantined result that still holds the matches of the records that could be read. With
    `is_hashed` the result holds the hash of the content, which digests vouch for.
    """
    started = time.perf_counter()
    told = ToldMatches(obj)
    evaluation = ruleset.evaluate_object(data, max_bytes=max_bytes, findings=told, is_hashed=is_hashed)
    result, newest_at = result_of(obj, evaluation), parse_time(evaluation.newest_at)
    return Processed(
        result=replace(
            result,
            row_id=row_id,
            matches=tuple(told.matches),
            contributions=told.contributions,
            left_out=told.left_out,
            newest_at=newest_at,
        ),
        bytes_read=len(data),
        held_bytes=told.held_bytes,
        seconds=time.perf_counter() - started,
        newest_at=newest_at,
        rule_errors=evaluation.errors,
    )


def result_of(obj: LogObject, evaluation: Evaluation) -> ObjectResult:
    """An evaluation as what the store records, but for its matches: done, or quarantined with the first reason."""
    reason: str | None = evaluation.fault
    if reason is None and evaluation.errors:
        reason = "rule_error"  # kept, to be evaluated again once the rule is mended
    return ObjectResult(
        row_id=None,
        object=obj,
        state=ObjectState.QUARANTINED if reason else ObjectState.DONE,
        reason=reason,
        events=evaluation.events,
        rejects=evaluation.rejected,
        sha256=evaluation.sha256,
    )
