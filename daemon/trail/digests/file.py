"""A digest file's content in, a Digest with every field checked out.

The format is that of
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from daemon.model import ListedFile
from daemon.trail.digests.faults import BadDigest, DigestFault
from daemon.trail.keys import ROOT

ALGORITHM = "SHA256withRSA"
_HASH = "SHA-256"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_SIGNATURE = re.compile(r"(?:[0-9a-f]{2}){64,1024}")
_LONGEST_KEY = 1024  # of S3
_LONGEST_SPAN = timedelta(days=1)  # a digest is about an hour


class _RawFile(msgspec.Struct):
    bucket: str = msgspec.field(name="s3Bucket")
    key: str = msgspec.field(name="s3Object")
    sha256: str = msgspec.field(name="hashValue")
    hash_algorithm: str = msgspec.field(name="hashAlgorithm")
    newest_event_time: str | None = msgspec.field(name="newestEventTime", default=None)
    oldest_event_time: str | None = msgspec.field(name="oldestEventTime", default=None)


class _RawDigest(msgspec.Struct):
    account: str = msgspec.field(name="awsAccountId")
    start: str = msgspec.field(name="digestStartTime")
    end: str = msgspec.field(name="digestEndTime")
    bucket: str = msgspec.field(name="digestS3Bucket")
    key: str = msgspec.field(name="digestS3Object")
    fingerprint: str = msgspec.field(name="digestPublicKeyFingerprint")
    algorithm: str = msgspec.field(name="digestSignatureAlgorithm")
    files: list[_RawFile] = msgspec.field(name="logFiles")
    previous_signature: str | None = msgspec.field(name="previousDigestSignature")
    previous_bucket: str | None = msgspec.field(name="previousDigestS3Bucket", default=None)
    previous_key: str | None = msgspec.field(name="previousDigestS3Object", default=None)
    previous_hash: str | None = msgspec.field(name="previousDigestHashValue", default=None)
    previous_hash_algorithm: str | None = msgspec.field(name="previousDigestHashAlgorithm", default=None)
    newest_event_time: str | None = msgspec.field(name="newestEventTime", default=None)
    oldest_event_time: str | None = msgspec.field(name="oldestEventTime", default=None)


_DECODER = msgspec.json.Decoder(_RawDigest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The digest before, as this one names it."""

    bucket: str
    key: str
    sha256: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a digest was found. `bucket` is None where that cannot be known: a folder, or behind an access point."""

    bucket: str | None
    key: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest file. `bucket` and `key` are its own words, `sha256` its content's, `to_sign` what is signed of it."""

    bucket: str
    key: str
    starts_at: datetime
    ends_at: datetime
    fingerprint: str
    previous: Previous | None
    files: tuple[ListedFile, ...]
    sha256: str
    to_sign: bytes


def parse_digest(content: bytes, place: Place) -> Digest:
    """Check every field, and whether it says that it lies where it was found. Raises BadDigest."""
    raw = _decoded(content)
    _check_place(raw, place)
    _require(raw.algorithm == ALGORITHM, "digestSignatureAlgorithm")
    _require(_FINGERPRINT.fullmatch(raw.fingerprint), "digestPublicKeyFingerprint")
    starts_at, ends_at = _time(raw.start, "digestStartTime"), _time(raw.end, "digestEndTime")
    _require(timedelta() <= ends_at - starts_at <= _LONGEST_SPAN, "digestStartTime")
    _require(f"_{ends_at:%Y%m%dT%H%M%SZ}" in place.key.rpartition("/")[2], "digestEndTime")
    for text in (raw.newest_event_time, raw.oldest_event_time):
        _require(text is None or _TIME.fullmatch(text), "newestEventTime or oldestEventTime")
    sha256 = hashlib.sha256(content).hexdigest()
    told = f"{raw.end}\n{raw.bucket}/{raw.key}\n{sha256}\n{raw.previous_signature or 'null'}"
    return Digest(
        bucket=raw.bucket,
        key=raw.key,
        starts_at=starts_at,
        ends_at=ends_at,
        fingerprint=raw.fingerprint,
        previous=_previous(raw),
        files=tuple(map(_listed, raw.files)),
        sha256=sha256,
        to_sign=told.encode(),
    )


def is_signature(text: str) -> bool:
    """Whether it is hex of a length that RSA signatures have."""
    return _SIGNATURE.fullmatch(text) is not None


def below_root(key: str) -> str:
    """A key from its last `AWSLogs/` on, which a copy in another place keeps."""
    return key[max(key.rfind(f"{ROOT}/"), 0) :]


def _decoded(content: bytes) -> _RawDigest:
    try:
        return _DECODER.decode(content)
    except msgspec.ValidationError as fault:
        raise BadDigest(DigestFault.BAD_FIELD, str(fault)[:200]) from fault
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise BadDigest(DigestFault.NOT_JSON, str(fault)[:200]) from fault


def _check_place(raw: _RawDigest, place: Place) -> None:
    if raw.account != place.account:
        raise BadDigest(DigestFault.OTHER_PLACE, f"it is of account {raw.account[:40]}")
    if place.bucket is None:
        is_here = below_root(raw.key) == below_root(place.key)
    else:
        is_here = (raw.bucket, raw.key) == (place.bucket, place.key)
    if not is_here:
        raise BadDigest(DigestFault.OTHER_PLACE, f"it was written to s3://{raw.bucket[:80]}/{raw.key[:_LONGEST_KEY]}")


def _previous(raw: _RawDigest) -> Previous | None:
    signature, bucket, key, sha256 = raw.previous_signature, raw.previous_bucket, raw.previous_key, raw.previous_hash
    if signature is None:
        rest = (bucket, key, sha256, raw.previous_hash_algorithm)
        _require(all(text is None for text in rest), "previousDigestSignature")
        return None
    _require(is_signature(signature), "previousDigestSignature")
    _require(raw.previous_hash_algorithm == _HASH, "previousDigestHashAlgorithm")
    if not (bucket and key and sha256 and _SHA256.fullmatch(sha256) and len(key) <= _LONGEST_KEY):
        raise BadDigest(DigestFault.BAD_FIELD, "previousDigestS3Bucket, …Object or …HashValue is not as CloudTrail's")
    return Previous(bucket=bucket, key=key, sha256=sha256, signature=signature)


def _listed(raw: _RawFile) -> ListedFile:
    _require(raw.hash_algorithm == _HASH and _SHA256.fullmatch(raw.sha256), "hashValue of a log file")
    _require(raw.bucket and raw.key and len(raw.key) <= _LONGEST_KEY, "s3Object of a log file")
    return ListedFile(bucket=raw.bucket, key=raw.key, sha256=raw.sha256)


def _time(text: str, name: str) -> datetime:
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as fault:  # the 31st of February
        raise BadDigest(DigestFault.BAD_FIELD, f"{name} is no time") from fault
    raise BadDigest(DigestFault.BAD_FIELD, f"{name} is no time")


def _require(is_right: object, name: str) -> None:
    if not is_right:
        raise BadDigest(DigestFault.BAD_FIELD, f"{name} is not as CloudTrail writes it")
