"""A digest file that was fetched and judged: what the chain is followed by."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.model import DigestOutcome, LogObject
from daemon.trail.digests.faults import DigestFault
from daemon.trail.digests.file import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A digest file as it was found. `digest` is None where it is forged, and `fault` and `detail` say why.

    `signature` is hex, empty where none can be known.
    """

    object: LogObject
    outcome: DigestOutcome
    digest: Digest | None = None
    signature: str = ""
    fault: DigestFault | None = None
    detail: str = ""
