"""Whom a queue's policy lets in: its JSON in, what is careless about it out. Pure.

Read as IAM reads it, but only as far as it matters here: who may send messages without being pinned down.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

_PINNING = {  # condition keys, in lower case, that say who sends, and that a stranger cannot make fit
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"),
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "aws:vpcsourceip", "aws:userid"),
}
_AFFIRMING = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
_DENYING = {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"}
_DENYING |= {"notipaddress"}
_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_SEND = "sqs:sendmessage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A statement that lets in too many. `service`: whose every customer it lets in; empty where it is everybody."""

    statement: str
    service: str = ""


def openings(policy: str) -> list[Opening]:
    """Every statement that lets everybody send, or whatever anybody makes a service send.

    None where another one denies it to all but somebody. A policy that cannot be read has none: SQS would not have
    taken it.
    """
    try:
        statements: Any = json.loads(policy).get("Statement", [])
    except (ValueError, AttributeError, RecursionError):
        return []
    listed = statements if isinstance(statements, list) else [statements]
    about = {number: each for number, each in enumerate(listed, start=1) if _is_of_sending(each)}
    if any(map(_denies_strangers, about.values())):
        return []
    return [
        opening
        for number, each in about.items()
        if each.get("Effect") == "Allow" and not _is_pinned(each.get("Condition"), _AFFIRMING)
        for opening in _of(each, name=str(each.get("Sid") or f"number {number}"))
    ]


def _is_of_sending(statement: Any) -> bool:
    if not isinstance(statement, dict):
        return False
    actions = _texts(statement.get("Action"))
    return "NotAction" in statement or any(fnmatchcase(_SEND, action.lower()) for action in actions)


def _denies_strangers(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    is_for_all = principal == "*" or (isinstance(principal, dict) and "*" in _texts(principal.get("AWS")))
    return statement.get("Effect") == "Deny" and is_for_all and _is_pinned(statement.get("Condition"), _DENYING)


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


def _is_pinned(condition: Any, operators: Set[str]) -> bool:
    """Whether at least one condition says who it must be. `…IfExists` lets in whoever says nothing."""
    if not isinstance(condition, dict):
        return False
    return any(
        operator.lower().removeprefix("foranyvalue:") in operators
        and isinstance(keys, dict)
        and any(key.lower() in _PINNING and _names_somebody(_texts(value)) for key, value in keys.items())
        for operator, keys in condition.items()
    )


def _names_somebody(values: list[str]) -> bool:
    return bool(values) and all(map(_is_somebody, values))


def _is_somebody(value: str) -> bool:
    """Whether a value leaves no choice but within an account, or a bucket, whose names are given to one only."""
    if not value.startswith("arn:"):
        return value not in _EVERYWHERE and bool(value.strip("*?"))
    _, _, service, _, account, resource = [*value.split(":", 5), "", "", "", ""][:6]
    name = resource.partition("/")[0] if service == "s3" else account
    return bool(name) and not set(name) & set("*?")


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]
