"""A whole daemon in the process of the test: a folder as its bucket, a text as its terminal, a clock that moves."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.config import load_config
from daemon.model import LogObject
from daemon.ports import Discovery, Listing
from daemon.service.adapters import make_notifier, open_source
from daemon.service.compose import compose
from daemon.service.daemon import Daemon
from daemon.service.makers import Makers
from tests.doubles.clock import MovableClock
from tests.doubles.rule_text import rule_text

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations: [{{name: terminal, type: console}}]
notices: [terminal]
{more}
"""


def event(number: int, **changes: Any) -> dict[str, Any]:
    """A record that the usual rule matches."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"},
        "eventTime": f"2026-05-04T11:{number % 60:02}:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteGroup",
        "awsRegion": "us-east-1",
        "requestParameters": {"groupName": f"group-{number}"},
        "eventID": f"event-{number:04}",
        "recipientAccountId": "111122223333",
        **changes,
    }


class Standing:
    """A source that stands for the folder it is made for; tests change what they need."""

    def __init__(self, config: Any, **options: Any) -> None:
        self._inner = open_source(config, **options)

    @property
    def name(self) -> str:
        """That of the folder."""
        return self._inner.name

    def discover(self) -> Discovery:
        """As the folder does."""
        return self._inner.discover()

    def list_shard(self, *args: Any, **options: Any) -> Listing:
        """As the folder does."""
        return self._inner.list_shard(*args, **options)

    def get(self, obj: LogObject) -> bytes:
        """As the folder does."""
        return self._inner.get(obj)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where such a daemon lives; what it printed is in `terminal`."""

    folder: Path
    clock: MovableClock
    terminal: io.StringIO

    def put(self, *events: Mapping[str, Any], stamp: datetime = NOON, unique: str = "AAAABBBBCCCCDDDD") -> Path:
        """Deliver a log file."""
        return self.put_bytes(
            gzip.compress(json.dumps({"Records": events}).encode(), mtime=0), stamp=stamp, unique=unique
        )

    def put_bytes(self, content: bytes, *, stamp: datetime = NOON, unique: str = "AAAABBBBCCCCDDDD") -> Path:
        """Deliver these bytes as a log file."""
        folder = self.folder / f"bucket/AWSLogs/111122223333/CloudTrail/us-east-1/{stamp:%Y/%m/%d}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"111122223333_CloudTrail_us-east-1_{stamp:%Y%m%dT%H%MZ}_{unique}.json.gz"
        path.write_bytes(content)
        return path

    def write_rule(self, content: bytes, name: str = "rule.yml") -> Path:
        """Put a rule file in place."""
        path = self.folder / "rules" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    @contextmanager
    def daemon(self, *, more: str = "", config: str = CONFIG, **makers: Any) -> Iterator[Daemon]:
        """Put a daemon together here; the state of an earlier one is found again."""
        path = self.folder / "config.yaml"
        path.write_text(config.format(more=more))
        own = {
            "clock": self.clock,
            "jitter": lambda: 0.0,
            "notifier": lambda each: make_notifier(each, stdout=self.terminal),
        }
        with compose(load_config(path, {}), makers=Makers(**{**own, **makers})) as daemon:
            yield daemon


def make_place(folder: Path) -> Place:
    """An empty bucket, the usual rule, no state."""
    place = Place(folder=folder, clock=MovableClock(NOON + timedelta(minutes=10)), terminal=io.StringIO())
    (folder / "bucket").mkdir()
    place.write_rule(rule_text())
    return place
