"""Central values with everything filled in, so that a test says only what matters to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.condition import And
from daemon.model import (
    Actor,
    DeliveryKind,
    Event,
    Finding,
    FindingKind,
    Level,
    LogObject,
    Match,
    Mode,
    ObjectResult,
    ObjectState,
    Plan,
    Rule,
    RuleOptions,
    Shard,
)
from daemon.ports import Listing
from daemon.record.store import Store

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SOURCE = "s3://trail"
EUROPE = Shard(
    bucket="trail",
    path="AWSLogs/111122223333/CloudTrail/eu-west-1",
    org_id=None,
    account="111122223333",
    kind="CloudTrail",
    region="eu-west-1",
)
AMERICA = Shard(
    bucket="trail",
    path="AWSLogs/o-abc123/444455556666/CloudTrail/us-east-1",
    org_id="o-abc123",
    account="444455556666",
    kind="CloudTrail",
    region="us-east-1",
)


def path_of(store: Store) -> Path:
    """The file of a store that has one."""
    assert store.path is not None
    return store.path


def log_object(
    unique: str = "AAAABBBBCCCCDDDD",
    *,
    shard: Shard = EUROPE,
    stamped_at: datetime = NOON,
    last_modified: datetime | None = None,
) -> LogObject:
    """A log file of that shard, named as CloudTrail names it."""
    name = f"{shard.account}_{shard.kind}_{shard.region}_{stamped_at:%Y%m%dT%H%MZ}_{unique}.json.gz"
    key = f"{shard.path}/{stamped_at:%Y/%m/%d}/{name}"
    return LogObject(
        bucket=shard.bucket,
        key=key,
        account=shard.account,
        region=shard.region,
        org_id=shard.org_id,
        kind=shard.kind,
        stamped_at=stamped_at,
        unique=unique,
        size=1234,
        etag="0123456789abcdef0123456789abcdef",
        last_modified=last_modified or stamped_at + timedelta(minutes=5),
        url=f"s3://{shard.bucket}/{key}",
    )


def listing(*objects: LogObject, shard: Shard = EUROPE, listed_at: datetime = NOON) -> Listing:
    """A complete listing of one shard."""
    return Listing(shard=shard, listed_at=listed_at, objects=objects)


def rule(
    rule_id: str = "rule-1",
    *,
    level: Level = Level.HIGH,
    mode: Mode = Mode.ALERT,
    close_after: timedelta = timedelta(hours=1),
) -> Rule:
    """A rule in force."""
    return Rule(
        id=rule_id,
        title=f"Title of {rule_id}",
        level=level,
        status="stable",
        tags=("attack.t1531",),
        description="What it means.",
        false_positives=("Clean-up by an administrator",),
        references=(),
        condition=And(items=()),
        options=RuleOptions(mode=mode, close_after=close_after, runbook="https://example.com/runbook"),
        path=f"rules/{rule_id}.yml",
        digest="0" * 64,
    )


def event(event_id: str = "event-1", *, at: datetime | None = NOON, obj: LogObject | None = None) -> Event:
    """One CloudTrail record."""
    return Event(
        id=event_id,
        time="garbled" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}",
        at=at,
        source="iam.amazonaws.com",
        name="DeleteGroup",
        account="111122223333",
        region="us-east-1",
        actor=Actor(label="alice", principal="arn:aws:iam::111122223333:user/alice", kind="IAMUser"),
        object=obj or log_object(),
    )


def match(
    event_id: str = "event-1",
    *,
    of: Rule | None = None,
    group: str = "alice",
    at: datetime | None = NOON,
    obj: LogObject | None = None,
    record: Mapping[str, Any] | None = None,
) -> Match:
    """A rule said yes to an event."""
    return Match(
        rule=of or rule(),
        event=event(event_id, at=at, obj=obj),
        group=(("recipientAccountId", "111122223333"), ("derived.principal", group)),
        fields=(("requestParameters.groupName", "testgroup"),),
        summary=f"{group} deleted a group",
        record=record if record is not None else {"eventName": "DeleteGroup"},
    )


def result(
    *matches: Match,
    row_id: int | None = None,
    obj: LogObject | None = None,
    state: ObjectState = ObjectState.DONE,
    reason: str | None = None,
) -> ObjectResult:
    """What came of one object."""
    return ObjectResult(
        row_id=row_id, object=obj or log_object(), state=state, matches=matches, reason=reason, events=len(matches)
    )


def plan(
    destination: str = "security",
    *,
    min_level: Level = Level.LOW,
    kinds: Sequence[DeliveryKind] = (DeliveryKind.OPEN, DeliveryKind.DETAILS),
    takes_notices: bool = True,
) -> Plan:
    """A destination to be told."""
    return Plan(
        destination=destination,
        min_level=min_level,
        kinds=tuple(kinds),
        takes_notices=takes_notices,
    )


def finding(key: str = "AWSLogs/111122223333/CloudTrail/eu-west-1/x.json.gz", **changes: Any) -> Finding:
    """Something that proof of completeness found."""
    values: dict[str, Any] = {
        "kind": FindingKind.LOG_FILE_DELETED,
        "reason": "deleted",
        "bucket": "trail",
        "key": key,
        "url": f"s3://trail/{key}",
        "account": "111122223333",
        "region": "eu-west-1",
        "org_id": None,
        "trail": "main",
        "at": NOON,
    }
    return Finding(**(values | changes))
