"""Proof of completeness: what a digest file vouches for, how far a chain of them is proved, what was found wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from daemon.model.objects import ObjectState


class DigestOutcome(StrEnum):
    """What became of a digest file. UNSIGNED: content and place are right, and there is no signature to verify."""

    VERIFIED = "verified"
    UNSIGNED = "unsigned"
    FORGED = "forged"


class Proof(StrEnum):
    """What digests say of a log file in the ledger."""

    PROVED = "proved"
    CHANGED = "changed"
    NOT_HASHED = "not_hashed"
    NOT_VOUCHED = "not_vouched"


class FindingKind(StrEnum):
    """What is wrong; the values are the `eventName` that rules see."""

    LOG_FILE_DELETED = "LogFileDeleted"
    LOG_FILE_CHANGED = "LogFileChanged"
    DIGEST_MISSING = "DigestMissing"
    DIGEST_FORGED = "DigestForged"
    CHAIN_BROKEN = "ChainBroken"
    TRAIL_SILENT = "TrailSilent"
    FILE_NOT_VOUCHED_FOR = "FileNotVouchedFor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that proof of completeness found wrong, at `key`. Times bound what it is about; `at` is its time."""

    kind: FindingKind
    reason: str
    bucket: str
    key: str
    url: str
    account: str
    region: str
    org_id: str | None
    trail: str
    at: datetime
    digest_key: str = ""
    expected: str = ""
    found: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A log file as a digest's manifest names it; `sha256` is lower-case hex, of the uncompressed content."""

    bucket: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest digest of a chain. `signature` is hex, and empty where it cannot be known (a folder)."""

    key: str
    sha256: str
    signature: str
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """How far a chain is proved. `began_at` is the start of its first digest; `name` is unique within a source.

    `log_path` is the path of the shard whose log files it vouches for.
    """

    name: str
    log_path: str
    began_at: datetime
    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A file that a digest names and that is not settled: not read yet, or not seen in the bucket since `missed_at`."""

    file: ListedFile
    digest_key: str
    trail: str
    ended_at: datetime
    missed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What the ledger knows of a log file; `sha256` is None where its content was not hashed."""

    row_id: int
    state: ObjectState
    reason: str | None
    sha256: str | None
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that CloudTrail signed with, as AWS gives it: DER, and when it was in use."""

    region: str
    fingerprint: str
    der: bytes
    valid_from: datetime
    valid_until: datetime

    def is_valid_within(self, start: datetime, end: datetime) -> bool:
        """Whether it was in use at some time of this stretch."""
        return self.valid_from <= end and self.valid_until >= start


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDigest:
    """A digest file that was looked at, as the store keeps it: what it names, what was found, where its chain stands.

    `chain` is None where the chain does not move on: the digest is forged, or older than the newest one known.
    """

    key: str
    etag: str
    outcome: DigestOutcome
    files: tuple[Outstanding, ...] = ()
    chain: ChainState | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of outstanding files. `proofs` by row of the ledger, `settled` and `missed` by key."""

    proofs: dict[int, Proof]
    settled: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
