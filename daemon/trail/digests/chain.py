"""How a digest hangs together with the one before it: by the hash *and* the signature that it names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from daemon.model import Head
from daemon.trail.digests.file import Digest, Previous, below_root
from daemon.trail.keys import LogKey, parse_key


class Link(StrEnum):
    """What joins a digest to what is known of its chain.

    FIRST: the chain begins here, by AWS's own word or because we begin to look. AFTER_FORGED: the one before is known
    not to be believed, which was told. OLD: from before the head: it proves its files and joins nothing.
    """

    FIRST = "first"
    NEXT = "next"
    OLD = "old"
    AFTER_FORGED = "after_forged"
    RESTARTED = "restarted"
    OTHER_HASH = "other_hash"
    OTHER_SIGNATURE = "other_signature"
    FORKED = "forked"
    MISSING = "missing"


def link_of(
    digest: Digest, head: Head | None, *, since: datetime | None, is_forged: Callable[[str], bool] = lambda key: False
) -> Link:
    """What joins it. `since`: digests that ended before are not looked for; before the first one none when it is None.

    `is_forged`: whether that is known of the digest of a key.
    """
    previous = digest.previous
    if head is not None and digest.ends_at <= head.ended_at:
        return Link.OLD
    if previous is None:
        return Link.FIRST if head is None else Link.RESTARTED
    if head is not None and previous.bucket != digest.bucket:
        return Link.RESTARTED  # the trail wrote to another bucket meanwhile
    if is_forged(previous.key):
        return Link.AFTER_FORGED
    if head is None:
        return Link.FIRST if _is_not_looked_for(previous, digest, since) else Link.MISSING
    if below_root(previous.key) != below_root(head.key):
        return _beside(previous, head)
    if previous.sha256 != head.sha256:
        return Link.OTHER_HASH
    return Link.OTHER_SIGNATURE if head.signature and previous.signature != head.signature else Link.NEXT


def ended_at(key: str) -> datetime | None:
    """When the digest of this key ended, as its name says; None where it is no digest's."""
    parts = parse_key(key)
    return parts.stamped_at if isinstance(parts, LogKey) else None


def _beside(previous: Previous, head: Head) -> Link:
    """It names another than the newest we know: one that went missing, or an older one."""
    at = ended_at(previous.key)
    return Link.FORKED if at is not None and at <= head.ended_at else Link.MISSING


def _is_not_looked_for(previous: Previous, digest: Digest, since: datetime | None) -> bool:
    if previous.bucket != digest.bucket:
        return True
    at = ended_at(previous.key)
    return at is None or since is None or at <= since
