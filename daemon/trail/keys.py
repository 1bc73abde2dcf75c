"""How CloudTrail names its files: keys enter, their parts or the reason to pass them over leave.

`[prefix/]AWSLogs/[o-id/]<account>/<KIND>/<region>/YYYY/MM/DD/<account>_<KIND>_<region>_<stamp>_<unique>.json.gz`, see
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from daemon.model import Shard

ROOT = "AWSLogs"
LOGS = "CloudTrail"
DIGEST = "CloudTrail-Digest"

_ACCOUNT = re.compile(r"[0-9]{12}")
_ORGANISATION = re.compile(r"o-[a-z0-9]+")
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]+")
_KIND = re.compile(r"CloudTrail(?:-[A-Za-z]+)?")
_NAME_HEAD = r"(?P<account>[0-9]{12})_(?P<kind>[A-Za-z-]+)_(?P<region>[a-z0-9-]+)"
_LOG_NAME = re.compile(_NAME_HEAD + r"_(?P<stamp>[0-9A-Z]+)_(?P<unique>[A-Za-z0-9]+)\.json\.gz")
# A digest's name carries the trail and its home region before the stamp, `_backfill` sometimes after it.
_DIGEST_NAME = re.compile(
    _NAME_HEAD + r"_(?P<trail>[^/]+)_(?P<stamp>[0-9]{8}T[0-9]{6}Z)(?P<suffix>(?:_[a-z]+)?)\.json\.gz"
)
_STAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})?Z")


class SkipReason(StrEnum):
    """Why a key or folder is passed over; each sighting is counted under its reason."""

    OTHER_KIND = "other_kind"
    FOREIGN_ACCOUNT = "foreign_account"
    FOREIGN_REGION = "foreign_region"
    NOT_A_LOG = "not_a_log"
    BAD_STAMP = "bad_stamp"
    CONTRADICTS_PATH = "contradicts_path"
    LINK_OUTSIDE = "link_outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """What a key says: its shard, the minute (digests: second) in its name, and the rest after that."""

    shard_path: str
    org_id: str | None
    account: str
    kind: str
    region: str
    stamped_at: datetime
    unique: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which shards the configuration wants; an empty set of accounts or regions means all of them."""

    kinds: frozenset[str] = frozenset({LOGS})
    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def refusal(self, *, account: str, kind: str, region: str) -> SkipReason | None:
        """Why a shard is not wanted; None when it is."""
        if self.accounts and account not in self.accounts:
            return SkipReason.FOREIGN_ACCOUNT
        if kind not in self.kinds:
            return SkipReason.OTHER_KIND
        if self.regions and region not in self.regions:
            return SkipReason.FOREIGN_REGION
        return None


def is_account(name: str) -> bool:
    """Whether a folder is named like an AWS account."""
    return _ACCOUNT.fullmatch(name) is not None


def is_organisation(name: str) -> bool:
    """Whether a folder is named like an AWS organisation."""
    return _ORGANISATION.fullmatch(name) is not None


def is_region(name: str) -> bool:
    """Whether a folder is named like an AWS region, of any partition."""
    return _REGION.fullmatch(name) is not None


def parse_key(key: str) -> LogKey | SkipReason:
    """Take a key apart, whatever prefix and organisation it stands under; anything contradictory is passed over."""
    folder, _, name = key.rpartition("/")
    parts = folder.split("/")
    shard, date = parts[:-3], "".join(parts[-3:])
    if len(shard) < 4 or not (is_account(shard[-3]) and is_region(shard[-1])):
        return SkipReason.NOT_A_LOG
    org_id = shard[-4] if is_organisation(shard[-4]) else None
    if shard[: -4 if org_id else -3][-1:] != [ROOT]:
        return SkipReason.NOT_A_LOG
    if not _KIND.fullmatch(shard[-2]):
        return SkipReason.OTHER_KIND
    return _parse_name(name, shard=shard, org_id=org_id, date=date)


def _parse_name(name: str, *, shard: list[str], org_id: str | None, date: str) -> LogKey | SkipReason:
    account, kind, region = shard[-3:]
    found = (_DIGEST_NAME if kind == DIGEST else _LOG_NAME).fullmatch(name)
    if found is None:
        return SkipReason.NOT_A_LOG
    stamped_at = _parse_stamp(found["stamp"], has_seconds=kind == DIGEST)
    if stamped_at is None:
        return SkipReason.BAD_STAMP
    if (found["account"], found["kind"], found["region"], found["stamp"][:8]) != (account, kind, region, date):
        return SkipReason.CONTRADICTS_PATH
    return LogKey(
        shard_path="/".join(shard),
        org_id=org_id,
        account=account,
        kind=kind,
        region=region,
        stamped_at=stamped_at,
        unique=found["trail"] + found["suffix"] if kind == DIGEST else found["unique"],
    )


def _parse_stamp(text: str, *, has_seconds: bool) -> datetime | None:
    found = _STAMP.fullmatch(text)
    if found is None or (found[6] is not None) is not has_seconds:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def start_after(shard: Shard, after: datetime) -> str:
    """The key to hand to `StartAfter` so that every object stamped in the minute of `after` or later is listed.

    The unique part follows the stamp, so a key of that very minute sorts after it. In a digest's name the trail
    comes before the stamp, so there only the day is of use.
    """
    at = after.astimezone(UTC)
    day = f"{shard.path}/{at.year:04}/{at.month:02}/{at.day:02}/"
    if shard.kind == DIGEST:
        return day
    stamp = f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}Z"
    return f"{day}{shard.account}_{shard.kind}_{shard.region}_{stamp}"


def cut_prefix(path: str) -> str:
    """The key prefix of a trail, no slash at its end: a pasted `prefix/AWSLogs/111122223333/…` is cut at `AWSLogs`."""
    parts = path.rstrip("/").split("/")
    return "/".join(parts[: parts.index(ROOT)] if ROOT in parts else parts).rstrip("/")


def shard_path(key: str) -> str:
    """The path of the shard that a listed object's key belongs to: all but its date and name."""
    return key.rsplit("/", 4)[0]
