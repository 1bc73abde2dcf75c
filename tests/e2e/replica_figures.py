"""What a soak of replicas came to: counted in the state, at the stand-in for Slack, in the queue and in the logs."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from daemon.model import INLINE_URL, NOTICE_PREFIX, Alert, DeliveryState, ObjectState
from daemon.ports import LedgerRow
from daemon.record.store import Store
from tests.doubles.slack import Post
from tests.e2e.queued_trail import NEVER, QueuedTrail

_GROUP = re.compile(r"\bgroup-\d+")
_EXPECTED = (f"{NOTICE_PREFIX}state_new",)
_ON_ITS_WAY_S = 1.0  # what a daemon posted just before it was killed may arrive so much later
_SETTLED_S = 2.0  # so long it may take until a message is answered and noted; whoever is killed later repeats nothing
_TAKEN_OVER_S = 1.5  # what it had claimed another takes no sooner: its lease lasts from its last renewal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`repeated`: messages sent again, as a kill between the sending and its settling may have it; `unexplained`: those
    that no kill explains. `untold`: files of which no message told; `by_queue`: known from a message first; `again`:
    told of once more.
    """

    seconds: float
    kills: Sequence[int]
    files: int
    untold: int
    rows: int
    done: int
    by_queue: int
    again: int
    messages_left: int
    dead_letters: int
    events: int
    evaluated: int
    inline: int
    hearsay: int
    groups: int
    alerts: int
    notices: int
    counted: int
    told: int
    doubled: int
    repeated: int
    unexplained: int
    unsent: int

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s, {' + '.join(map(str, self.kills))} kills: {self.done} of {self.files} files done "
            f"({self.by_queue} first told by the queue and {self.again} tellings more, {self.untold} told by nobody), "
            f"{self.evaluated} of {self.events} events evaluated ({self.inline} came by themselves first, "
            f"{self.hearsay} unconfirmed) and {self.counted} counted in {self.alerts} alerts of {self.groups} groups; "
            f"{self.told} alerts told, {self.doubled} doubled, {self.repeated} messages repeated, "
            f"{self.unexplained} of them by no kill, "
            f"{self.unsent} left unsent, {self.notices} notices; "
            f"{self.messages_left} messages and {self.dead_letters} dead letters left"
        )

    def faults(self) -> list[str]:
        """What breaks a promise."""
        whole = {
            "files that are not done": self.files - self.done,
            "rows that are not one a file": self.rows - self.files,
            "events not evaluated once": self.events - self.evaluated,
            "events that no log file has confirmed": self.hearsay,
            "events not counted once": self.events - self.counted,
            "alerts that are not one a group": self.groups - self.alerts,
            "alerts not told": self.groups - self.told,
            "alerts told as two": self.doubled,
            "deliveries left": self.unsent,
            "messages repeated without a kill": self.unexplained + max(self.repeated - sum(self.kills), 0),
            "notices": self.notices,
            "messages left in the queue": self.messages_left,
            "dead letters": self.dead_letters,
        }
        return [f"{what}: {count}" for what, count in whole.items() if count]


def count(
    store: Store,
    trail: QueuedTrail,
    posts: Sequence[Post],
    *,
    kills: Sequence[Sequence[float]],
    logs: Iterable[Path],
    seconds: float,
) -> Figures:
    """Count it all, once nothing is under way any more. `kills` are their times by daemon."""
    every = store.list_alerts(now=datetime.now(UTC), limit=10_000, with_notices=True)
    alerts = [alert for alert in every if not alert.is_notice]
    notices = [alert for alert in every if alert.is_notice and alert.rule_id not in _EXPECTED]
    rows = store.list_objects(states=list(ObjectState), limit=2 * trail.files + 1)
    told, same = _by_group(posts), _by_delivery(posts)
    matches = list(store.iter_matches())
    events = set().union(*trail.events.values())
    by_queue = _by_queue(logs)
    messages_left, dead_letters = trail.left()
    when = sorted(kill for each in kills for kill in each)
    _show(notices, rows, same, when)
    return Figures(
        seconds=seconds,
        kills=[len(each) for each in kills],
        files=trail.files,
        untold=trail.ways[NEVER],
        rows=len(rows),
        done=sum(row.state is ObjectState.DONE for row in rows),
        by_queue=by_queue["new"],
        again=by_queue["known"],
        messages_left=messages_left,
        dead_letters=dead_letters,
        events=len(events),
        evaluated=len({match.event_id for match in matches} & events),
        inline=trail.inline,
        hearsay=sum(match.object_url.startswith(INLINE_URL) for match in matches),
        groups=len(trail.events),
        alerts=len(alerts),
        notices=len(notices),
        counted=sum(alert.count for alert in alerts),
        told=len(told.keys() & trail.events.keys()),
        doubled=sum(len({post.alert_id for post in of}) > 1 for of in told.values()),
        repeated=sum(len(of) - 1 for of in same),
        unexplained=sum(not _is_explained(of, when) for of in same),
        unsent=sum(each.state is not DeliveryState.SENT for each in store.list_deliveries(limit=None)),
    )


def _show(
    notices: Iterable[Alert], rows: Iterable[LedgerRow], same: Iterable[Sequence[Post]], kills: Sequence[float]
) -> None:
    """What should not be there, for whoever looks why; and what was repeated, beside the kills in between."""
    for notice in notices:
        sys.stderr.write(f"{notice.rule_id}: {notice.title}: {notice.samples[0].summary}\n")
    for row in rows:
        if row.state is not ObjectState.DONE:
            sys.stderr.write(f"{row.object.key}: {row.state} {row.reason} after {row.attempts} attempts\n")
    for posts in same:
        for one, other in pairwise(post.received_at for post in posts):
            near = ", ".join(f"{kill - one:.1f}" for kill in kills if one - _ON_ITS_WAY_S <= kill <= other)
            sys.stderr.write(f"repeated after {other - one:.1f} s; seconds from the first to kills: {near}\n")


def _by_group(posts: Iterable[Post]) -> Mapping[str, list[Post]]:
    """The messages, replies left out, that name each group."""
    told: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        for group in set(_GROUP.findall(json.dumps(post.payload))) if post.thread_ts is None else ():
            told[group].append(post)
    return told


def _by_delivery(posts: Iterable[Post]) -> Sequence[list[Post]]:
    """The messages that are one: of the same kind about the same alert."""
    same: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        same[json.dumps(post.payload.get("metadata"), sort_keys=True)].append(post)
    return list(same.values())


def _is_explained(posts: Sequence[Post], kills: Sequence[float]) -> bool:
    """Whether just after each of these messages a daemon was killed, and then taken for dead before the next."""
    times = sorted(post.received_at for post in posts)
    return all(
        any(one - _ON_ITS_WAY_S <= kill <= min(one + _SETTLED_S, other - _TAKEN_OVER_S) for kill in kills)
        for one, other in pairwise(times)
    )


def _by_queue(logs: Iterable[Path]) -> Mapping[str, int]:
    """How many files messages told of, by whether they were new; what a killed daemon had no time to log is missing."""
    sums = {"new": 0, "known": 0}
    for log in logs:
        for line in log.read_text(encoding="utf-8").splitlines():
            if '"messages worked off"' in line:
                told: dict[str, Any] = json.loads(line)
                sums = {name: sums[name] + told[name] for name in sums}
    return sums
