"""Every error the program raises on purpose; split only where a caller acts differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class TrailwardenError(Exception):
    """Root of all errors raised on purpose; its text names the thing, the fault and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault in something a person wrote, and where: `rules/root.yml:12`, `config.yaml: sources[0].url`.

    A warning is doubtful but does not keep the thing from being used.
    """

    where: str
    what: str
    fix: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.is_warning else ""
        return f"{self.where}: {kind}{self.what}" + (f"; {self.fix}" if self.fix else "")


class ConfigError(TrailwardenError):
    """The configuration cannot be used; `problems` holds every fault found, at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class EnvironmentReason(StrEnum):
    """Why the surroundings would not let us: each pauses and is tried again for ever, never used up as an attempt."""

    ACCESS_DENIED = "access_denied"
    KMS_DENIED = "kms_denied"
    CREDENTIALS = "credentials"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    BROKEN_BODY = "broken_body"
    NO_BUCKET = "no_bucket"
    NO_QUEUE = "no_queue"


class SourceUnavailable(TrailwardenError):
    """The source refused or was away; nothing is wrong with the object itself."""

    def __init__(self, message: str, *, reason: EnvironmentReason) -> None:
        super().__init__(message)
        self.reason = reason


class KeysUnavailable(SourceUnavailable):
    """CloudTrail's public keys could not be asked for. Whoever names a digest chooses the region that is asked."""


class ObjectGone(TrailwardenError):
    """The object was listed but is no longer there."""


class ObjectTooLarge(TrailwardenError):
    """The object is over `max_object_bytes`: hostile or broken, never read into memory whole."""


class ObjectUnreadable(TrailwardenError):
    """The object as it lies there cannot be read, and no waiting helps; `reason` is what the ledger says of it."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class StoreError(TrailwardenError):
    """The state store could not be opened, read or written."""


class StoreLocked(StoreError):
    """Another daemon holds the state store (SQLite has one owner at a time)."""
