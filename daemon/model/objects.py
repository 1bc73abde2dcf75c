"""What CloudTrail delivered: shards and log files, and where a log file stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

INLINE_URL = "queue:"  # and the queue's name: what stands for the log file of an event that came by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One series of log files: a (bucket, prefix, organisation or none, account, kind, region).

    `path` is the listing prefix that holds exactly this series, ending with the region and no slash:
    `[prefix/]AWSLogs/[o-id/]111122223333/CloudTrail/eu-west-1`. For `file:` the bucket is the folder's URL.
    """

    bucket: str
    path: str
    org_id: str | None
    account: str
    kind: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogObject:
    """One log file as a listing gave it. `stamped_at` is the minute in its name; `unique` the rest after it."""

    bucket: str
    key: str
    account: str
    region: str
    org_id: str | None
    kind: str
    stamped_at: datetime
    unique: str
    size: int
    etag: str
    last_modified: datetime
    url: str

    @property
    def is_inline(self) -> bool:
        """Whether it stands for a message of a queue that held an event itself, so that no log file vouches for it."""
        return self.url.startswith(INLINE_URL)

    @property
    def name(self) -> str:
        """The last part of the key, which is what people recognise."""
        return self.key.rpartition("/")[2]


class ObjectState(StrEnum):
    """Where a log file stands in the ledger."""

    PENDING = "pending"
    DONE = "done"
    QUARANTINED = "quarantined"
    GONE = "gone"
