"""How a call ended, by every way in which services say so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a call; the values read well in a sentence."""

    SUCCEEDED = "succeeded"
    DENIED = "denied"
    FAILED = "failed"


_DENIED_MARKS = ("accessdenied", "unauthorized", "notauthorized", "authfailure", "authorizationerror", "forbidden")


def outcome_of(record: Mapping[str, Any]) -> Outcome:
    """Tell success from denial and failure; a failed sign-in has a message, but no error code."""
    code = record.get("errorCode")
    if isinstance(code, str) and code:
        folded = code.casefold()
        return Outcome.DENIED if any(mark in folded for mark in _DENIED_MARKS) else Outcome.FAILED
    return Outcome.FAILED if record.get("errorMessage") or _is_failed_sign_in(record) else Outcome.SUCCEEDED


def _is_failed_sign_in(record: Mapping[str, Any]) -> bool:
    response = record.get("responseElements")
    return isinstance(response, Mapping) and "Failure" in (response.get("ConsoleLogin"), response.get("CheckMfa"))
