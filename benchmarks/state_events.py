"""What rules leave in the state: alerts with their matches and messages, contributions, combinations that were seen.

The matches are those of the shipped rules on a generated trail, with new ids and times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.detection import CAP
from benchmarks.rules_for_benchmarks import shipped_rules
from benchmarks.state_organisation import BEGIN
from benchmarks.trailgen import generate_trail
from daemon.condition import Comparison
from daemon.detect.ruleset import RuleSet
from daemon.model import (
    Base,
    Bound,
    Bounds,
    Contribution,
    Correlation,
    CorrelationType,
    DeliveryKind,
    FirstSeen,
    Level,
    LogObject,
    Match,
    ObjectResult,
    ObjectState,
    Plan,
    RuleOptions,
    Sent,
)
from daemon.pipeline.process import process
from daemon.record.store import Store
from daemon.trail.keys import LogKey, parse_key

MATCHES_AN_ALERT = 10
_SLACK = Plan(
    destination="security",
    min_level=Level.INFORMATIONAL,
    kinds=(DeliveryKind.OPEN, DeliveryKind.DETAILS),
    takes_notices=True,
)
_A_FILE = 500


def real_matches() -> list[Match]:
    """Those of the shipped rules in files of a generated trail."""
    ruleset = RuleSet(shipped_rules())
    found: list[Match] = []
    for key, data in generate_trail(1, 4, lambda _: 2_000):
        found += process(_object(key), data, ruleset=ruleset, max_bytes=CAP).result.matches
    return found


def fill_alerts(store: Store, templates: Sequence[Match], *, alerts: int) -> None:
    """So many alerts, two hours apart, with ten matches each, told to one Slack channel."""
    for number in range(alerts):
        template, now = templates[number % len(templates)], BEGIN + number * timedelta(hours=2)
        first = number * MATCHES_AN_ALERT
        matches = tuple(_again(template, first + part, at=now) for part in range(MATCHES_AN_ALERT))
        store.recorder.complete(
            [_result(template.event.object, matches)], plans=[_SLACK], ruleset_digest="0" * 64, now=now
        )
        for _ in _SLACK.kinds:
            for parcel in store.outbox.due(_SLACK.destination, now=now, limit=100):
                sent = Sent(remote_ref=f"C0SECURITY/1767571200.{number:06}")
                store.outbox.settle(parcel.delivery, sent, now=now, due_at=None)


def fill_first_seen(store: Store, template: Match, *, combinations: int) -> None:
    """One rule remembers so many combinations of the time in which it learns; each is a match that told nobody."""
    option = FirstSeen(fields=("userIdentity.arn", "eventName"))
    rule = replace(template.rule, id=_RULE_ID, options=replace(template.rule.options, first_seen=option))
    for start in range(0, combinations, _A_FILE):
        matches = tuple(
            replace(
                _again(template, number, at=BEGIN),
                rule=rule,
                combination=(("userIdentity.arn", f"arn:aws:iam::111122223333:user/{number}"), ("eventName", "Call")),
            )
            for number in range(start, start + _A_FILE)
        )
        store.recorder.complete([_result(template.event.object, matches)], plans=(), ruleset_digest="", now=BEGIN)


def fill_contributions(store: Store, template: Match, *, contributions: int) -> None:
    """Events that count for a correlation without completing it, four to a group."""
    of = _correlation()
    for start in range(0, contributions, _A_FILE):
        found = tuple(
            _contribution(of, template, number=number, group=number % (contributions // 4))
            for number in range(start, start + _A_FILE)
        )
        result = ObjectResult(row_id=None, object=template.event.object, state=ObjectState.DONE, contributions=found)
        store.recorder.complete([result], plans=(), ruleset_digest="", now=BEGIN, correlations=[of])


_RULE_ID = "11111111-1111-4111-8111-111111111111"


def _again(template: Match, number: int, *, at: datetime) -> Match:
    """The same call once more, later."""
    event_id = f"{number:08x}-1111-4111-8111-111111111111"
    return replace(template, event=replace(template.event, id=event_id, at=at, time=f"{at:%Y-%m-%dT%H:%M:%SZ}"))


def _result(obj: LogObject, matches: tuple[Match, ...]) -> ObjectResult:
    return ObjectResult(row_id=None, object=obj, state=ObjectState.DONE, matches=matches, is_of_now=True)


def _contribution(of: Correlation, template: Match, *, number: int, group: int) -> Contribution:
    arn = f"arn:aws:iam::111122223333:role/ci-deployer-{group}"
    return Contribution(
        correlation=of,
        base=0,
        group=(("recipientAccountId", "111122223333"), ("derived.principal", arn)),
        event=_again(template, number, at=BEGIN).event,
        values=(),
        record={"eventName": "DeleteGroup", "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15"},
    )


def _correlation() -> Correlation:
    return Correlation(
        id="22222222-2222-4222-8222-222222222222",
        title="Many denied calls",
        level=Level.MEDIUM,
        status="test",
        tags=(),
        description="",
        false_positives=(),
        references=(),
        options=RuleOptions(),
        path="rules/denied.yml",
        digest="",
        type=CorrelationType.EVENT_COUNT,
        bases=(Base(rule_id="base", reference="denied", keys=("recipientAccountId", "derived.principal")),),
        group_by=("recipientAccountId", "derived.principal"),
        timespan=timedelta(minutes=10),
        condition=Bounds(bounds=(Bound(comparison=Comparison.GTE, value=8),)),
        max_groups=100_000,
    )


def _object(key: str) -> LogObject:
    parts = parse_key(key)
    assert isinstance(parts, LogKey)
    return LogObject(
        bucket="example-trail",
        key=key,
        account=parts.account,
        region=parts.region,
        org_id=parts.org_id,
        kind=parts.kind,
        stamped_at=parts.stamped_at,
        unique=parts.unique,
        size=1,
        etag="",
        last_modified=parts.stamped_at,
        url=f"s3://example-trail/{key}",
    )
