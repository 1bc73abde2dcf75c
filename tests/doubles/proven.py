"""A daemon around a bucket (moto) with digests, CloudTrail's list of keys beside it, and a clock that moves."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.config import load_config
from daemon.model import Alert
from daemon.service.adapters import make_notifier
from daemon.service.compose import compose
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from daemon.service.makers import Makers
from tests.doubles.aws import Bucket, set_last_modified
from tests.doubles.clock import MovableClock
from tests.doubles.digests import KeyList, MadeDigest, Trail

CONFIG = """
sources: [{{url: "{url}", start: "-12h", {more}}}]
rules: {{paths: ["builtin:core"]}}
destinations: [{{name: terminal, type: console}}]
notices: [terminal]
"""
HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=1)


def content_of(number: int) -> bytes:
    """A log file's content, of one harmless event."""
    return json.dumps({"Records": [{"eventVersion": "1.1", "eventName": "X", "eventID": f"e{number}"}]}).encode()


@dataclass(slots=True, kw_only=True)
class Proven:
    """Where such a daemon lives. `hour` is the end of the first digest."""

    folder: Path
    bucket: Bucket
    keys: KeyList
    hour: datetime
    clock: MovableClock
    terminal: io.StringIO = field(default_factory=io.StringIO)
    more: str = ""

    @property
    def trail(self) -> Trail:
        return Trail(bucket=self.bucket.name)

    def put_log(self, key: str, content: bytes, *, at: datetime | None = None) -> None:
        """Deliver a log file, compressed."""
        self.put_raw(key, gzip.compress(content, mtime=0), at=at)

    def put_raw(
        self, key: str, data: bytes, *, at: datetime | None = None, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Put these bytes there, as if at that time."""
        self.bucket.client.put_object(Bucket=self.bucket.name, Key=key, Body=data, Metadata=dict(metadata or {}))
        set_last_modified(self.bucket.name, key, at or self.clock())

    def put(self, made: MadeDigest, *, at: datetime | None = None, **changes: Any) -> None:
        """Deliver a digest, changed in what the test says: `data`, `metadata`."""
        self.put_raw(made.key, changes.get("data", made.data), at=at, metadata=changes.get("metadata", made.metadata))

    def delete(self, key: str) -> None:
        self.bucket.client.delete_object(Bucket=self.bucket.name, Key=key)

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        path = self.folder / "config.yaml"
        more = f'region: eu-west-1, endpoint_url: "{self.bucket.endpoint_url}"{self.more}'
        path.write_text(CONFIG.format(url=f"s3://{self.bucket.name}", more=more))
        makers = Makers(
            clock=self.clock,
            jitter=lambda: 0.0,
            notifier=lambda each: make_notifier(each, stdout=self.terminal),
        )
        with compose(load_config(path, {}), makers=makers) as daemon:
            yield daemon

    def cycle(self) -> int:
        """One cycle of a daemon that is started for it."""
        with self.daemon() as daemon:
            return run_cycle(daemon)

    def alerts(self) -> list[Alert]:
        """What was found, but for notices."""
        with self.daemon() as daemon:
            return daemon.shared.store.list_alerts(now=self.clock())

    def titles(self) -> list[str]:
        return sorted(alert.title for alert in self.alerts())


def make_proven(folder: Path, bucket: Bucket, keys: KeyList) -> Proven:
    """Five hours ago the first digest ended; it is now."""
    now = datetime.now(UTC).replace(minute=10, second=0, microsecond=0)
    return Proven(
        folder=folder,
        bucket=bucket,
        keys=keys,
        hour=now.replace(minute=0) - 5 * HOUR,
        clock=MovableClock(now),
    )


def deliver(place: Proven, trail: Trail, *, hours: int = 5, skip: frozenset[int] = frozenset()) -> list[str]:
    """An honest trail: a log file and a digest an hour, but for digests to be skipped. Gives the keys of the logs."""
    keys = []
    for number in range(hours):
        end = place.hour + number * HOUR
        key = trail.log_key(end - 30 * MINUTES, f"Unique{number:010}")
        place.put_log(key, content_of(number), at=end - 25 * MINUTES)
        made = trail.digest(end, {key: content_of(number)}, restarts=number == 0)
        if number not in skip:
            place.put(made, at=end + 5 * MINUTES)
        keys.append(key)
    return keys
