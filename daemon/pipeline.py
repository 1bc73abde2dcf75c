"""One log file, from its bytes to a result that the store can record; the service and replay both go through here.

Pure but for the stopwatch: what is read and where it is recorded is the caller's business.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from daemon.detect.fields import resolve, text_of
from daemon.detect.ruleset import Evaluation, Hit, RuleSet
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import Event, GroupKey, LogObject, Match, ObjectResult, ObjectState, Rule
from daemon.trail.identity import resolve_actor
from daemon.trail.masking import mask_record
from daemon.trail.record import Reject
from daemon.trail.summary import default_summary, render_summary

RECORD_BYTES = 64 * 1024  # of an event's masked JSON that an alert may keep
MATCHES_A_RULE = 1_000  # kept of one object
GROUPS_A_RULE = 2_000
_VALUE_CHARS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """A result, and what metrics want to know of how it came about."""

    result: ObjectResult
    bytes_read: int = 0
    seconds: float = 0.0
    newest_at: datetime | None = None
    rule_errors: Mapping[str, int] = field(default_factory=dict)


def process(obj: LogObject, data: bytes, *, ruleset: RuleSet, max_bytes: int, row_id: int | None = None) -> Processed:
    """Read one log file and evaluate every record of it.

    Content faults give a quarantined result that still holds the matches of the records that could be read.
    """
    started = time.perf_counter()
    evaluation = ruleset.evaluate_object(data, max_bytes=max_bytes, keeps=_Sieve(obj).keeps)
    result = conclude(obj, evaluation, reason=evaluation.fault, row_id=row_id)
    return Processed(
        result=result,
        bytes_read=len(data),
        seconds=time.perf_counter() - started,
        newest_at=parse_time(evaluation.newest_at),
        rule_errors=evaluation.errors,
    )


def conclude(
    obj: LogObject, evaluation: Evaluation, *, reason: str | None, row_id: int | None, is_for_alerts: bool = True
) -> ObjectResult:
    """An evaluation as what the store records: matches, and done or quarantined with the first reason.

    Unless they are `is_for_alerts`, matches come without what only an alert shows: fields, summary, record.
    """
    matches = list(_matches(evaluation.hits, obj, is_for_alerts=is_for_alerts))
    matches += [_undecodable(reject, obj) for reject in evaluation.rejects]
    if reason is None and evaluation.errors:
        reason = "rule_error"  # kept, to be evaluated again once the rule is mended
    return ObjectResult(
        row_id=row_id,
        object=obj,
        state=ObjectState.QUARANTINED if reason else ObjectState.DONE,
        matches=tuple(matches),
        reason=reason,
        events=evaluation.events,
        rejects=len(evaluation.rejects) + evaluation.further_rejects,
        left_out=sum(evaluation.left_out.values()),
    )


class _Sieve:
    """Which hits of one object are kept: so many a rule, and beyond them still the first of each group.

    A file may hold hundreds of thousands of events that a rule matches; nobody reads so many, and memory is bounded.
    """

    def __init__(self, obj: LogObject) -> None:
        self._account = obj.account
        self._kept: Counter[str] = Counter()
        self._groups: defaultdict[str, set[GroupKey]] = defaultdict(set)

    def keeps(self, hit: Hit) -> bool:
        """Whether to keep it; asked once a hit, in order."""
        rule_id, groups = hit.rule.id, self._groups[hit.rule.id]
        if len(groups) >= GROUPS_A_RULE and self._kept[rule_id] >= MATCHES_A_RULE:
            return False
        group = _group(hit.rule, hit.record, self._account)
        if self._kept[rule_id] >= MATCHES_A_RULE and group in groups:
            return False
        groups.add(group)
        self._kept[rule_id] += 1
        return True


def parse_time(text: str | None) -> datetime | None:
    """CloudTrail's `2026-03-02T08:00:00Z` as aware UTC; None where it is no such time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter: a zone that leads out of the calendar
        return None


def _matches(hits: Iterable[Hit], obj: LogObject, *, is_for_alerts: bool) -> Iterator[Match]:
    """What is said of a record is worked out once, however many rules hold: its hits come one after the other."""
    for _, alike in groupby(hits, key=lambda hit: id(hit.record)):
        first, *others = alike
        event = _event(first.record, first.raw, obj)
        masked = mask_record(first.record, max_bytes=RECORD_BYTES) if is_for_alerts else None
        for hit in (first, *others):
            match = Match(
                rule=hit.rule,
                event=event,
                group=_group(hit.rule, hit.record, event.account),
                fields=(),
                summary="",
                record={},
            )
            yield match if masked is None else _with_details(match, hit, masked)


def _with_details(match: Match, hit: Hit, masked: Mapping[str, Any]) -> Match:
    template, actor = hit.rule.options.summary, match.event.actor
    summary = render_summary(template, masked, actor) if template else default_summary(masked, actor)
    return replace(match, fields=hit.explain(masked), summary=summary, record=masked)


def _undecodable(reject: Reject, obj: LogObject) -> Match:
    event = _event(reject.salvaged, reject.raw, obj)
    name = event.name or "an unnamed call"
    return Match(
        rule=UNDECODABLE,
        event=event,
        group=(("recipientAccountId", event.account), ("reason", reject.reason)),
        fields=(("reason", reject.reason),),
        summary=f"A record that cannot be decoded ({reject.reason}): {name} by {event.actor.label}",
        record=mask_record(reject.salvaged, max_bytes=RECORD_BYTES),
    )


def _event(record: Mapping[str, Any], raw: bytes, obj: LogObject) -> Event:
    time_text = _text(record.get("eventTime"))
    return Event(
        id=_text(record.get("eventID")) or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        time=time_text,
        at=parse_time(time_text),
        source=_text(record.get("eventSource")),
        name=_text(record.get("eventName")),
        account=_text(record.get("recipientAccountId")) or obj.account,
        region=_text(record.get("awsRegion")) or obj.region,
        actor=resolve_actor(record),
        raw=raw,
        object=obj,
    )


def _group(rule: Rule, record: Mapping[str, Any], account: str) -> GroupKey:
    """The values that a rule groups by. An account the record lacks is the given one, its file's."""
    return tuple((path, _group_value(record, path, account)) for path in rule.options.group_by)


def _group_value(record: Mapping[str, Any], path: str, account: str) -> str:
    values = sorted({_text(value) for value in resolve(record, path) if isinstance(value, str | int | float)})
    if values:
        return ", ".join(values)[:_VALUE_CHARS]
    return account if path == "recipientAccountId" else ""


def _text(value: object) -> str:
    """A scalar's text, harmless in the store: no NUL, no lone surrogate, bounded."""
    if not isinstance(value, str | int | float):
        return ""
    text = text_of(value)[:_VALUE_CHARS].replace("\x00", "")
    return text.encode("utf-8", "replace").decode("utf-8")
