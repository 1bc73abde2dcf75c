"""Findings that wait in the store before the rules, like any event: evaluated, recorded, and then marked as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from daemon.detect.ruleset import RuleSet
from daemon.model import Finding, LogObject, ObjectResult
from daemon.pipeline import process
from daemon.ports import Clock
from daemon.record.digests import SqlDigests
from daemon.trail.digests.findings import record_of
from daemon.trail.keys import DIGEST

_AT_A_TIME = 100
_MAX_BYTES = 1 << 20


def tell_findings(
    digests: SqlDigests, ruleset: RuleSet, *, record: Callable[[Sequence[ObjectResult]], None], clock: Clock
) -> list[Finding]:
    """Let the rules look at some of what waits; gives what they looked at, nothing when nothing waits.

    Called by the thread that evaluates. `record` stores what came of it. A crash after that tells nobody twice: the
    event's id is the same when it comes again. Raises StoreError.
    """
    found = digests.untold(limit=_AT_A_TIME)
    if found:
        processed = [
            process(_object(finding), _file(finding), ruleset=ruleset, max_bytes=_MAX_BYTES) for _, finding in found
        ]
        record([replace(each.result, is_of_now=True) for each in processed])
        digests.tell([event_id for event_id, _ in found], now=clock())
    return [finding for _, finding in found]


def _file(finding: Finding) -> bytes:
    return json.dumps({"Records": [json.loads(record_of(finding))]}).encode()


def _object(finding: Finding) -> LogObject:
    """What the alert shows as the place of the event: the file that it is about."""
    return LogObject(
        bucket=finding.bucket,
        key=finding.key,
        account=finding.account,
        region=finding.region,
        org_id=finding.org_id,
        kind=DIGEST,
        stamped_at=finding.at,
        unique="",
        size=0,
        etag="",
        last_modified=finding.at,
        url=finding.url,
    )
