"""One digest after the other along a chain: what was examined in; what the store keeps of it, and findings, out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from daemon.model import (
    ChainState,
    CheckedDigest,
    DigestOutcome,
    Finding,
    FindingKind,
    Head,
    ListedFile,
    LogObject,
    Outstanding,
)
from daemon.trail.digests.chain import Link, link_of
from daemon.trail.digests.examined import Examined
from daemon.trail.digests.file import Digest, Previous, below_root
from daemon.trail.keys import LOGS

_BROKEN = {Link.RESTARTED, Link.OTHER_HASH, Link.OTHER_SIGNATURE, Link.FORKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What following needs to know besides the chain.

    `since`: digests that ended before are not looked for. `is_forged` of a digest's key: whether that was told.
    `is_wanted` of a log file's key: whether it is watched. `locate` gives the URL of a key.
    """

    since: datetime | None
    is_forged: Callable[[str], bool]
    is_wanted: Callable[[str], bool]
    locate: Callable[[str], str]


def chain_name(obj: LogObject) -> str:
    """The chain that a digest is of: account and region by the path, the trail and its home region by the name.

    Backfill digests form a chain of their own.
    """
    return f"{obj.key.rsplit('/', 4)[0]}/{obj.unique}"


def log_path(obj: LogObject) -> str:
    """The path of the shard whose log files a digest lists."""
    parts = obj.key.rsplit("/", 4)[0].split("/")
    return "/".join([*parts[:-2], LOGS, parts[-1]])


def follow(examined: Examined, chain: ChainState | None, around: Surroundings) -> CheckedDigest:
    """Take one digest in. `chain` is where its chain stands, None where nothing of it is known."""
    obj, digest = examined.object, examined.digest
    if digest is None:
        forged = finding_about(
            obj, FindingKind.DIGEST_FORGED, str(examined.fault), around=around, found=examined.detail[:500]
        )
        return CheckedDigest(key=obj.key, etag=obj.etag, outcome=DigestOutcome.FORGED, findings=(forged,))
    head = chain.head if chain else None
    link = link_of(digest, head, since=around.since, is_forged=lambda key: around.is_forged(_local(key, digest, obj)))
    checked = CheckedDigest(
        key=obj.key,
        etag=obj.etag,
        outcome=examined.outcome,
        files=tuple(_files(digest, obj, around)),
        findings=tuple(_findings(link, digest, head, obj, around)),
    )
    if link is Link.OLD:
        return checked
    new_head = Head(key=obj.key, sha256=digest.sha256, signature=examined.signature, ended_at=digest.ends_at)
    began_at = chain.began_at if chain else digest.starts_at
    state = ChainState(name=chain_name(obj), log_path=log_path(obj), began_at=began_at, head=new_head)
    return replace(checked, chain=state)


def _files(digest: Digest, obj: LogObject, around: Surroundings) -> list[Outstanding]:
    """The files that are watched and lie here, by the keys that they have here."""
    found: list[Outstanding] = []
    for file in digest.files:
        key = _local(file.key, digest, obj)
        if file.bucket == digest.bucket and key and around.is_wanted(key):
            here = ListedFile(bucket=file.bucket, key=key, sha256=file.sha256)
            found.append(Outstanding(file=here, digest_key=obj.key, trail=obj.unique, ended_at=digest.ends_at))
    return found


def _local(key: str, digest: Digest, obj: LogObject) -> str:
    """A key that a digest names as it is called here: a copy of a trail may lie under another prefix."""
    theirs, ours = (whole[: len(whole) - len(below_root(whole))] for whole in (digest.key, obj.key))
    return f"{ours}{key[len(theirs) :]}" if key.startswith(theirs) else ""


def _findings(link: Link, digest: Digest, head: Head | None, obj: LogObject, around: Surroundings) -> list[Finding]:
    previous = digest.previous
    since, until = head.ended_at if head else None, digest.starts_at
    if link is Link.MISSING and previous is not None:
        missing = finding_about(
            obj, FindingKind.DIGEST_MISSING, "not_in_bucket", around=around, since=since, until=until
        )
        key = _local(previous.key, digest, obj) or previous.key
        return [replace(missing, key=key, url=around.locate(key), digest_key=obj.key, expected=previous.sha256)]
    has_gap = head is not None and digest.starts_at > head.ended_at
    if link not in _BROKEN or (link is Link.RESTARTED and not has_gap):
        return []
    expected, found = _compared(link, previous, head)
    kind = FindingKind.CHAIN_BROKEN
    return [
        finding_about(obj, kind, link.value, around=around, expected=expected, found=found, since=since, until=until)
    ]


def _compared(link: Link, previous: Previous | None, head: Head | None) -> tuple[str, str]:
    if previous is None or head is None or link is Link.RESTARTED:
        return "", ""
    if link is Link.FORKED:
        return head.key, previous.key
    if link is Link.OTHER_HASH:
        return previous.sha256, head.sha256
    return previous.signature, head.signature


def finding_about(
    obj: LogObject,
    kind: FindingKind,
    reason: str,
    *,
    around: Surroundings,
    expected: str = "",
    found: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Finding:
    """A finding about one digest file, in the place and at the time of it."""
    return Finding(
        kind=kind,
        reason=reason,
        bucket=obj.bucket,
        key=obj.key,
        url=around.locate(obj.key),
        account=obj.account,
        region=obj.region,
        org_id=obj.org_id,
        trail=obj.unique,
        at=obj.stamped_at,
        digest_key=obj.key,
        expected=expected,
        found=found,
        since=since,
        until=until,
    )
