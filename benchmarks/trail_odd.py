"""The oddities of a generated trail: records that are legal and unusual, and bytes by which somebody might hide one."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Oddity = Callable[[dict[str, Any]], dict[str, Any]]


def _without(name: str) -> Oddity:
    return lambda event: {key: value for key, value in event.items() if key != name}


def _with(**values: Any) -> Oddity:
    return lambda event: event | values


ODDITIES: tuple[Oddity, ...] = (
    _with(requestParameters=None),
    _with(requestParameters="userName=alice"),
    _with(requestParameters=["alice", {"userName": "bob"}, None]),
    _with(responseElements="accepted"),
    _with(userIdentity=None),
    _with(userIdentity="anonymous"),
    _with(userIdentity={"type": 7, "accountId": 111122223333}),
    _with(eventName=7),
    _with(eventName=["CreateUser", "DeleteGroup"]),
    _with(awsRegion=1, errorCode=403),
    _with(readOnly="false", recipientAccountId=111122223333),
    _with(eventTime=1772445600),
    _with(resources={}, additionalEventData=[1.5, True, None]),
    lambda event: event | {"requestParameters.userName": "alice"},
    _without("eventID"),
    _without("eventName"),
    _without("userIdentity"),
    _without("recipientAccountId"),
)

BREAKERS: tuple[bytes, ...] = (
    rb'"note":"\ud800"',
    b'"note":"\x07"',
    b'"note":"\xff\xfe"',
    b'"note":1e999',
    b'"note":' + b"[" * 3000 + b"]" * 3000,
)


def make_odd(rng: Random, event: dict[str, Any]) -> dict[str, Any]:
    """A copy of the event with one thing unusual about it; still JSON that any decoder takes."""
    return ODDITIES[int(rng.random() * len(ODDITIES))](event)


def break_record(rng: Random, record: bytes) -> bytes:
    """The record's JSON with a member in front that some JSON decoders, or all, refuse."""
    return b"{" + BREAKERS[int(rng.random() * len(BREAKERS))] + b"," + record[1:]
