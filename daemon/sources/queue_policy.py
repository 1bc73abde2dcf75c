"""Whom a queue's policy lets in: its JSON in, what is careless about it out. Pure.

Read as IAM reads it, but only as far as it matters here: who may do anything at all without being pinned down.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PINNING = {  # condition keys, in lower case, that say who sends, and that a stranger cannot make fit
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"),
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "aws:vpcsourceip", "aws:userid"),
}
_AFFIRMING = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
_ANYBODY = {"*", "0.0.0.0/0", "::/0", "arn:*", "arn:aws:*", "arn:aws:s3:::*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A statement that lets in too many. `service`: whose every customer it lets in; empty where it is everybody."""

    statement: str
    service: str = ""


def openings(policy: str) -> list[Opening]:
    """Every statement that allows something to everybody, or to whatever anybody makes a service send.

    A policy that cannot be read has none: SQS would not have taken it.
    """
    try:
        statements: Any = json.loads(policy).get("Statement", [])
    except (ValueError, AttributeError, RecursionError):
        return []
    listed = statements if isinstance(statements, list) else [statements]
    return [
        opening
        for number, each in enumerate(listed, start=1)
        if isinstance(each, dict) and each.get("Effect") == "Allow" and not _is_pinned(each.get("Condition"))
        for opening in _of(each, name=str(each.get("Sid") or f"number {number}"))
    ]


def _of(statement: Mapping[str, Any], *, name: str) -> Iterator[Opening]:
    principal = statement.get("Principal")
    if "NotPrincipal" in statement or principal == "*":
        yield Opening(statement=name)
    elif isinstance(principal, dict):
        if any("*" in _texts(principal.get(kind)) for kind in ("AWS", "Service", "Federated", "CanonicalUser")):
            yield Opening(statement=name)
            return
        for service in _texts(principal.get("Service")):
            yield Opening(statement=name, service=service)


def _is_pinned(condition: Any) -> bool:
    """Whether at least one condition says who it must be. `…IfExists` and negations let in whoever says nothing."""
    if not isinstance(condition, dict):
        return False
    return any(
        operator.lower().removeprefix("foranyvalue:") in _AFFIRMING
        and isinstance(keys, dict)
        and any(key.lower() in _PINNING and _names_somebody(_texts(value)) for key, value in keys.items())
        for operator, keys in condition.items()
    )


def _names_somebody(values: list[str]) -> bool:
    return bool(values) and not any(value in _ANYBODY for value in values)


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]
