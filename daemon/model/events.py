"""What happened and who did it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from daemon.model.evidence import Evidence
from daemon.model.objects import LogObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acted: `label` is for people to read, `principal` (`derived.principal`) identifies who really acts.

    For roles the principal is the session issuer's ARN: a session's own name is chosen by the caller. `evidence` is
    what the label stands on.
    """

    label: str
    principal: str
    kind: str
    evidence: Evidence = Evidence.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One CloudTrail record. `time` is eventTime as CloudTrail wrote it, `at` the same parsed, where it parses.

    `id` is the eventID, or `sha256:` and the hash of the record's bytes. The bytes stay in the log file.
    """

    id: str
    time: str
    at: datetime | None
    source: str
    name: str
    account: str
    region: str
    actor: Actor
    object: LogObject
