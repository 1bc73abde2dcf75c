"""Which source's log file a message tells of, and why it is passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.model import LogObject
from daemon.ports import Arrival
from daemon.sources.arrivals import ArrivalReason, Place, Reason, arrival_of, place_of_event
from daemon.trail.envelopes import InlineEvent, ObjectKey
from daemon.trail.keys import Scope, SkipReason
from tests.doubles.aws import log_key

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = log_key("20260301T1005Z")
ORGANISED = log_key("20260301T1005Z", shard="AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1")


def place(
    prefix: str = "", *, source: str = "s", bucket: str = "trail", takes_events: bool = False, **scope: frozenset[str]
) -> Place:
    return Place(source=source, bucket=bucket, prefix=prefix, scope=Scope(**scope), takes_events=takes_events)


def arrived(key: str, *places: Place, start_at: datetime | None = None, bucket: str = "trail") -> Arrival | Reason:
    starts = {each.source: start_at for each in places}
    return arrival_of(ObjectKey(bucket=bucket, key=key, size=7), places, starts=starts, now=NOON)


def test_an_arrival_is_what_a_listing_would_have_given() -> None:
    told = arrived(KEY, place())
    assert isinstance(told, Arrival)
    assert told.object == LogObject(
        bucket="trail",
        key=KEY,
        account="111122223333",
        region="eu-west-1",
        org_id=None,
        kind="CloudTrail",
        stamped_at=datetime(2026, 3, 1, 10, 5, tzinfo=UTC),
        unique="Ab3dEf6hIj9lMn2p",
        size=7,
        etag="",
        last_modified=NOON,
        url=f"s3://trail/{KEY}",
    )
    assert told.shard.path == "AWSLogs/111122223333/CloudTrail/eu-west-1"


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        (KEY, ""),
        (ORGANISED, ""),
        (f"a/b/{KEY}", "a/b"),
        (f"a/{ORGANISED}", "a"),
        (f"o-abc/{ORGANISED}", ""),  # Control Tower
        (f"o-abc/{ORGANISED}", "o-abc"),
        (f"a/o-abc/{ORGANISED}", "a"),
    ],
)
def test_a_key_belongs_to_the_source_whose_listing_would_find_it(key: str, prefix: str) -> None:
    others = [place("elsewhere", source="first"), place(prefix, bucket="another", source="second")]
    told = arrived(key, *others, place(prefix))
    assert isinstance(told, Arrival)
    assert told.source == "s"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (arrived(KEY, place(), bucket="forged"), ArrivalReason.FOREIGN_BUCKET),
        (arrived(f"a/{KEY}", place()), ArrivalReason.OTHER_PREFIX),
        (arrived(KEY, place("a")), ArrivalReason.OTHER_PREFIX),
        (arrived(f"x/o-abc/{ORGANISED}", place()), ArrivalReason.OTHER_PREFIX),
        (arrived("a.txt", place()), SkipReason.NOT_A_LOG),
        (arrived(KEY, place(accounts=frozenset({"444455556666"}))), SkipReason.FOREIGN_ACCOUNT),
        (arrived(KEY, place(regions=frozenset({"us-east-1"}))), SkipReason.FOREIGN_REGION),
        (arrived(KEY.replace("CloudTrail", "CloudTrail-Insight"), place()), SkipReason.OTHER_KIND),
        (arrived(KEY, place(), start_at=NOON), ArrivalReason.BEFORE_START),
        (arrived(log_key("20260302T1201Z"), place()), ArrivalReason.STAMPED_AHEAD),
    ],
)
def test_what_no_listing_would_take_is_passed_over(told: Arrival | Reason, reason: Reason) -> None:
    assert told is reason


def test_what_is_stamped_in_the_minute_of_the_start_is_taken() -> None:
    start_at = datetime(2026, 3, 1, 10, 5, 59, tzinfo=UTC)
    assert isinstance(arrived(KEY, place(), start_at=start_at), Arrival)


def test_a_source_that_was_not_opened_takes_nothing_yet() -> None:
    key = ObjectKey(bucket="trail", key=KEY)
    assert arrival_of(key, [place()], starts={}, now=NOON) is ArrivalReason.NOT_OPEN


@pytest.mark.parametrize("by", [timedelta(days=-9), timedelta(days=9)])
def test_a_time_that_lies_ahead_is_not_believed(by: timedelta) -> None:
    key = ObjectKey(bucket="trail", key=KEY, written_at=NOON + by)
    told = arrival_of(key, [place()], starts={"s": None}, now=NOON)
    assert isinstance(told, Arrival)
    assert told.object.last_modified == min(NOON + by, NOON)


def event(account: str = "111122223333", recipient: str = "111122223333") -> InlineEvent:
    return InlineEvent(
        record=b"{}", event_id="e", account=account, region="us-east-1", recipient=recipient, kind="CloudTrail"
    )


def test_an_event_belongs_to_the_first_source_that_wants_it() -> None:
    other = frozenset({"444455556666"})
    first, second = place(takes_events=True, accounts=other), place(takes_events=True, source="t")
    assert place_of_event(event(), [place(), first, second]) is second
    assert place_of_event(event(recipient=""), [second]) is second
    assert place_of_event(event(), [first]) is SkipReason.FOREIGN_ACCOUNT
    assert place_of_event(event(), [place()]) is ArrivalReason.INLINE_OFF
    assert place_of_event(event("999988887777"), [second]) is ArrivalReason.ACCOUNTS_DISAGREE
