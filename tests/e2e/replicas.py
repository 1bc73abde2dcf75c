"""Two daemons on one PostgreSQL that are killed with `kill -9` again and again while log files come, and a count.

The trail is in a bucket, a queue tells of its files, and a poll reconciles. `python -m tests.e2e.replicas 120 [SEED]`
does it for two minutes and prints its figures. The daemons are as they are, but for one number: a dead one is taken for
dead after three seconds, not after forty, or most of the time all would wait.
"""

from __future__ import annotations

import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.config import Config
from daemon.model import ObjectState
from daemon.record.store import Access, Settings, Store, open_store
from daemon.service.makers import Makers
from tests.doubles import postgres
from tests.doubles.aws import moto_server
from tests.doubles.slack import TOKEN, Answer, SlackServer
from tests.e2e.harness import Program, wait_until
from tests.e2e.queued_trail import QueuedTrail, make_trail
from tests.e2e.quick_probes import run
from tests.e2e.replica_figures import Figures, count
from tests.e2e.trail import RULE

LEASE = timedelta(seconds=3)
_GROUP_EVERY_S = 4.0  # fewer new alerts a minute than would be gathered in a summary
_PAUSE_S = 0.1  # between two files
_SLACK_S = 0.5
_AT_ONCE = 0.1  # how likely one is killed that is still starting, where little is to be broken
_SOON_S = (0.1, 2.0)  # until one is looked for again that is at work
_DEADLINE_S = 120  # a message that was kept from others by a daemon that died comes again after half a minute
_NAMES = ("one", "two")
_CONFIG = """
sources:
  - url: "s3://{bucket}"
    queue_url: "{queue}"
    inline_events: true
    poll_every: {poll_every}
    region: eu-west-1
    endpoint_url: "{s3}"
rules: {{paths: [{folder}/rules]}}
state: {{url: "{state}"}}
destinations:
  - {{name: security, type: slack, token: {token}, channel: "#security-alerts", api_url: "{slack}"}}
notices: [security]
http: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
"""


class _SlowSlack(SlackServer):
    """One that takes its time between taking a message and saying so: a daemon may die in between, or overtake."""

    def answer(self, method: str, payload: Mapping[str, Any], *, token: str) -> Answer:
        """As it does, later."""
        return replace(super().answer(method, payload, token=token), delay_s=_SLACK_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how often one of the two is killed, and how often one of them polls."""

    seconds: float
    kill_every_s: tuple[float, float]
    poll_every: str
    seed: int


@dataclass(slots=True, kw_only=True)
class _Pair:
    """The two daemons, and when each was killed."""

    configs: Sequence[Path]
    programs: list[Program] = field(default_factory=list)
    kills: list[list[float]] = field(default_factory=list)

    def start(self) -> None:
        self.programs = [_start(config) for config in self.configs]
        self.kills = [[] for _ in self.configs]
        for program in self.programs:
            program.port()  # on a busy machine starting takes longer than it takes until the first kill

    def is_up(self, number: int) -> bool:
        """Whether it has come so far as to work."""
        return any("port" in line for line in self.programs[number].log_lines())

    def kill(self, number: int) -> None:
        """`kill -9`, and a new one in its place."""
        self.programs[number].kill()
        self.kills[number].append(time.monotonic())
        self.programs[number] = _start(self.configs[number])

    def end(self) -> None:
        """In order. Raises AssertionError when one could not."""
        for program in self.programs:
            program.port()  # the last one may only just have been started
            if program.terminate() != 0:
                raise AssertionError("an orderly end failed")

    def clear(self) -> None:
        for program in self.programs:
            if program.process.poll() is None:
                program.kill()


def soak(folder: Path, plan: Plan) -> Figures:
    """Deliver, kill and start again for so long; then let them finish, and count."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would bury what failed
    chance = random.Random(plan.seed)
    with ExitStack() as stack:
        state = stack.enter_context(postgres.database())
        slack = stack.enter_context(_SlowSlack())
        trail = make_trail(stack.enter_context(moto_server()), chance=chance)
        (folder / "rules").mkdir()
        (folder / "rules" / "rule.yml").write_text(RULE)
        given = {"state": state, "slack": slack.api_url, "poll_every": plan.poll_every}
        pair = _Pair(configs=[_configure(folder, name, trail, **given) for name in _NAMES])
        stack.callback(pair.clear)
        trail.write("group-000")
        trail.deliver(all_of_them=True)  # or the first poll would give notice that there is no trail
        pair.start()
        began = time.monotonic()
        _play(plan, trail, pair, chance=chance)
        with open_store(state, now=datetime.now(UTC), access=Access.READ) as store:
            wait_until(lambda: _is_finished(store, trail), "all recorded and sent", deadline_s=_DEADLINE_S)
            pair.end()
            logs = [config.with_suffix(".stderr") for config in pair.configs]
            seconds = time.monotonic() - began
            return count(store, trail, slack.posts, kills=pair.kills, logs=logs, seconds=seconds)


def _play(plan: Plan, trail: QueuedTrail, pair: _Pair, *, chance: random.Random) -> None:
    began = time.monotonic()
    next_kill = began + 3 * plan.kill_every_s[0]
    while (now := time.monotonic() - began) < plan.seconds:
        trail.write(f"group-{int(now / _GROUP_EVERY_S):03d}")
        if time.monotonic() >= next_kill:
            victim = chance.randrange(len(pair.programs))
            if is_kill := pair.is_up(victim) or chance.random() < _AT_ONCE:
                pair.kill(victim)
            next_kill = time.monotonic() + chance.uniform(*(plan.kill_every_s if is_kill else _SOON_S))
        time.sleep(_PAUSE_S)
    trail.deliver(all_of_them=True)


def _configure(folder: Path, name: str, trail: QueuedTrail, **given: str) -> Path:
    config = folder / f"{name}.yaml"
    of_trail = {"bucket": trail.bucket.name, "queue": trail.queue_url, "s3": trail.bucket.endpoint_url}
    config.write_text(_CONFIG.format(folder=folder, token=TOKEN, **of_trail, **given))
    return config


def _start(config: Path) -> Program:
    return Program(config, "tests.e2e.replicas", "daemon")


def _is_finished(store: Store, trail: QueuedTrail) -> bool:
    if len(store.list_objects(states=list(ObjectState), limit=trail.files + 1)) < trail.files or trail.left()[0]:
        return False
    counts = store.counts()  # only now: what was listed after it was counted would be taken for done
    return not sum(of.pending for of in counts.sources.values()) and not counts.destinations


def _open_quickly(config: Config, now: datetime) -> Store:
    state = config.state
    return open_store(state.url, now=now, password=state.reveal_password, settings=Settings(lease=LEASE))


def main(arguments: list[str]) -> int:
    """`daemon FILE`, or how many seconds to soak and a seed."""
    if arguments[0] == "daemon":
        return run(arguments[1], makers=Makers(store=_open_quickly))
    folder = Path(tempfile.mkdtemp(prefix="trailwarden-soak-"))
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(10**6)
    plan = Plan(seconds=float(arguments[0]), kill_every_s=(1.0, 7.0), poll_every="30s", seed=seed)
    print(f"seed {seed}, configurations and logs in {folder}", flush=True)  # noqa: T201 — what it is for
    figures = soak(folder, plan)
    print(figures)  # noqa: T201 — as above
    print("\n".join(figures.faults()) or "nothing was missed, lost or doubled")  # noqa: T201 — as above
    if figures.faults():
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
