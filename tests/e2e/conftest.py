"""A bucket on moto's server, a Slack workspace, a fault proxy in front of each, and a configuration between them."""

from __future__ import annotations

import itertools
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.model import ObjectState
from daemon.record.store import Access, Store, open_store
from tests.doubles.aws import Bucket, moto_server, new_bucket
from tests.doubles.slack import TOKEN, SlackServer
from tests.e2e.fault_proxy import FaultProxy
from tests.e2e.harness import DEADLINE_S, Program, listed, wait_until
from tests.e2e.trail import RULE, Trail

CONFIG = """\
sources:
  - {{url: "s3://{bucket}", poll_every: 1s, start: "-2h", region: eu-west-1, endpoint_url: "{s3}"}}
rules: {{paths: [rules]}}
state: {{url: "sqlite:///state.db"}}
destinations:
  - {{name: terminal, type: console}}
  - {{name: security, type: slack, token: {token}, channel: "#security-alerts", api_url: "{slack}/api/", details: none}}
notices: [terminal]
http: {{listen: "127.0.0.1:0"}}
log: {{level: info, format: json}}
"""
_GROUP = re.compile(r"\bgroup-[a-z0-9-]+")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything around the program. `s3` and `slack_wire` are the proxies it talks to."""

    config: Path
    trail: Trail
    s3: FaultProxy
    slack: SlackServer
    slack_wire: FaultProxy

    def told(self) -> Counter[str]:
        """How often Slack holds an alert about each group; a message about several counts for each of them."""
        return Counter(name for post in self.slack.opens() for name in set(_GROUP.findall(post.text)))

    def wait_told(self, *names: str, deadline_s: float = DEADLINE_S) -> None:
        """Wait until Slack holds an alert about each of these groups."""
        wait_until(lambda: set(names) <= set(self.told()), f"alerts about {names}", deadline_s=deadline_s)

    def wait_recorded(self, program: Program, count: int, *, outcome: str = "done") -> None:
        """Wait until so many files came to this outcome since the program was started."""
        wait_until(
            lambda: program.metric("objects_total", outcome=outcome) >= count, f"{count} files that are {outcome}"
        )

    def states(self) -> Counter[str]:
        """How many files are in each state."""
        with self._state() as store:
            return Counter(row.state.value for row in store.list_objects(states=list(ObjectState), limit=1_000))

    def counts(self) -> list[tuple[str, int]]:
        """Each deleted group's alert: the group that it is about, and how many events `alerts list` says it counts."""
        rows = listed(self.config, "alerts", "list", "--limit", "1000")
        return sorted((row["who"], row["count"]) for row in rows if row["title"] == "IAM group deleted")

    def _state(self) -> Store:
        return open_store(f"sqlite:///{self.config.parent}/state.db", now=datetime.now(UTC), access=Access.READ)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """One S3 double for all tests of a process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would bury what failed
    with moto_server() as url:
        yield url


@pytest.fixture
def bucket(moto: str, worker_id: str) -> Bucket:
    """An empty bucket of the test's own."""
    return new_bucket(moto, f"trail-{worker_id}-{next(_numbers)}")


@pytest.fixture
def world(bucket: Bucket, tmp_path: Path) -> Iterator[World]:
    """All of it, up and empty."""
    with ExitStack() as stack:
        slack = stack.enter_context(SlackServer())
        s3 = stack.enter_context(FaultProxy(bucket.endpoint_url))
        slack_wire = stack.enter_context(FaultProxy(slack.api_url))
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "rule.yml").write_text(RULE, encoding="utf-8")
        config = tmp_path / "config.yaml"
        config.write_text(
            CONFIG.format(bucket=bucket.name, s3=s3.url, slack=slack_wire.url, token=TOKEN), encoding="utf-8"
        )
        yield World(
            config=config,
            trail=Trail(s3=bucket.client, bucket=bucket.name),
            s3=s3,
            slack=slack,
            slack_wire=slack_wire,
        )
