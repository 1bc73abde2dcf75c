"""Two daemons on one PostgreSQL that are killed with `kill -9` again and again while log files come, and a count.

`python -m tests.e2e.replicas 120` does it for two minutes and prints its figures. The daemons are as they are, but for
one number: a dead one is taken for dead after two seconds, not after forty, or most of the time all would wait.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.config import Config
from daemon.model import DeliveryState, ObjectState
from daemon.record.store import Access, Settings, Store, open_store
from daemon.service.makers import Makers
from tests.doubles import postgres
from tests.doubles.slack import TOKEN, SlackServer
from tests.e2e.harness import Program, wait_until
from tests.e2e.quick_probes import run
from tests.e2e.trail import ACCOUNT, RULE, deleted_group

LEASE = timedelta(seconds=2)
_EVENTS_A_FILE = 5
_GROUP_EVERY_S = 4.0  # fewer new alerts a minute than would be gathered in a summary
_CONFIG = """
sources: [{{url: "file:{folder}/bucket", poll_every: 1s}}]
rules: {{paths: [{folder}/rules]}}
state: {{url: "{url}"}}
destinations:
  - {{name: security, type: slack, token: {token}, channel: "#security-alerts", details: none, api_url: "{slack}"}}
http: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
"""


@dataclass(slots=True, kw_only=True)
class Delivered:
    """What was put into the bucket: how many files, and by group the ids of its events."""

    folder: Path
    files: int = 0
    events: dict[str, set[str]] = field(default_factory=dict)

    def put(self, group: str) -> None:
        """One more log file, of which each event is in the file before or after it too."""
        first = self.files // 2 * _EVENTS_A_FILE
        records = []
        for number in range(first, first + _EVENTS_A_FILE):
            name = group if self.files % 2 == 0 else self._group_of(f"event-{number}") or group
            records.append(deleted_group(name) | {"eventID": f"event-{number}"})
            self.events.setdefault(name, set()).add(f"event-{number}")
        now = datetime.now(UTC)
        folder = self.folder / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{now:%Y/%m/%d}"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{ACCOUNT}_CloudTrail_us-east-1_{now:%Y%m%dT%H%MZ}_{self.files:016d}"
        begun = folder / f".{stem}"
        begun.write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), mtime=0))
        begun.rename(folder / f"{stem}.json.gz")
        self.files += 1

    def _group_of(self, event: str) -> str | None:
        return next((group for group, ids in self.events.items() if event in ids), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What it came to. `repeated`: messages sent again because of a kill between the sending and its settling."""

    seconds: float
    kills: int
    files: int
    done: int
    events: int
    evaluated: int
    groups: int
    alerts: int
    counted: int
    told: int
    repeated: int
    unsent: int

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s, {self.kills} kills: {self.done} of {self.files} files done, "
            f"{self.evaluated} of {self.events} events evaluated and {self.counted} counted in "
            f"{self.alerts} alerts of {self.groups} groups; {self.told} alerts told, "
            f"{self.repeated} messages repeated, {self.unsent} left unsent"
        )

    def faults(self) -> list[str]:
        """What breaks a promise."""
        whole = {
            "files that are not done": self.files - self.done,
            "events not evaluated once": self.events - self.evaluated,
            "events not counted once": self.events - self.counted,
            "alerts that are not one a group": self.groups - self.alerts,
            "alerts not told": self.groups - self.told,
            "messages left": self.unsent,
            "messages repeated without a kill": max(self.repeated - self.kills, 0),
        }
        return [f"{what}: {count}" for what, count in whole.items() if count]


def soak(folder: Path, *, seconds: float, chance: random.Random, kill_every_s: tuple[float, float]) -> Figures:
    """Deliver, kill and start again for so long; then let them finish, and count."""
    with postgres.database() as url, SlackServer() as slack:
        delivered = Delivered(folder=folder / "bucket")
        delivered.folder.mkdir()
        (folder / "rules").mkdir()
        (folder / "rules" / "rule.yml").write_text(RULE)
        configs = [_configure(folder, name, url=url, slack=slack.api_url) for name in ("one", "two")]
        programs = [_start(config) for config in configs]
        kills = 0
        try:
            for program in programs:
                program.port()  # on a busy machine starting takes longer than it takes until the first kill
            began = time.monotonic()
            next_kill = began + 3 * kill_every_s[0]
            while (now := time.monotonic() - began) < seconds:
                delivered.put(f"group-{int(now / _GROUP_EVERY_S):03d}")
                if time.monotonic() >= next_kill:
                    victim = chance.randrange(len(programs))
                    programs[victim].kill()
                    programs[victim] = _start(configs[victim])
                    kills += 1
                    next_kill = time.monotonic() + chance.uniform(*kill_every_s)
                time.sleep(0.05)
            with open_store(url, now=datetime.now(UTC), access=Access.READ) as store:
                wait_until(lambda: _is_finished(store, delivered.files), "all recorded and sent", deadline_s=90)
                for program in programs:
                    program.port()  # the last one may only just have been started
                    if program.terminate() != 0:
                        raise AssertionError("an orderly end failed")
                return _count(store, delivered, slack, kills=kills, seconds=time.monotonic() - began)
        finally:
            for program in programs:
                if program.process.poll() is None:
                    program.kill()


def _configure(folder: Path, name: str, *, url: str, slack: str) -> Path:
    config = folder / f"{name}.yaml"
    config.write_text(_CONFIG.format(folder=folder, url=url, slack=slack, token=TOKEN))
    return config


def _start(config: Path) -> Program:
    return Program(config, "tests.e2e.replicas", "daemon")


def _is_finished(store: Store, files: int) -> bool:
    if len(store.list_objects(states=list(ObjectState), limit=files + 1)) < files:
        return False
    counts = store.counts()  # only now: what was listed after it was counted would be taken for done
    sources = counts.sources.values()
    return not sum(of.pending for of in sources) and not counts.destinations


def _count(store: Store, delivered: Delivered, slack: SlackServer, *, kills: int, seconds: float) -> Figures:
    alerts = store.list_alerts(now=datetime.now(UTC), limit=10_000)
    opens = Counter(post.alert_id for post in slack.posts if post.thread_ts is None)
    done = store.list_objects(states=[ObjectState.DONE], limit=delivered.files + 1)
    others = store.list_objects(states=[each for each in ObjectState if each is not ObjectState.DONE], limit=9)
    for row in others:
        sys.stderr.write(f"{row.object.key}: {row.state} {row.reason} after {row.attempts} attempts\n")
    return Figures(
        seconds=seconds,
        kills=kills,
        files=delivered.files,
        done=len(done),
        events=len(set().union(*delivered.events.values())),
        evaluated=len(list(store.iter_matches())),
        groups=len(delivered.events),
        alerts=len(alerts),
        counted=sum(alert.count for alert in alerts),
        told=sum(alert.id in opens for alert in alerts),
        repeated=sum(opens.values()) - len(opens),
        unsent=sum(each.state is not DeliveryState.SENT for each in store.list_deliveries(limit=None)),
    )


def _open_quickly(config: Config, now: datetime) -> Store:
    state = config.state
    return open_store(state.url, now=now, password=state.reveal_password, settings=Settings(lease=LEASE))


def main(arguments: list[str]) -> int:
    """`daemon FILE`, or how many seconds to soak."""
    if arguments[0] == "daemon":
        return run(arguments[1], makers=Makers(store=_open_quickly))
    with tempfile.TemporaryDirectory() as folder:
        chance = random.Random()
        figures = soak(Path(folder), seconds=float(arguments[0]), chance=chance, kill_every_s=(1.0, 5.0))
    print(figures)  # noqa: T201 — what it is for
    print("\n".join(figures.faults()) or "nothing was missed, lost or doubled")  # noqa: T201 — as above
    return 1 if figures.faults() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
