"""What `check` says about a queue: whether it is there, what it allows us, and how it is set up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.sources.diagnose import Finding
from daemon.sources.queue import QueueFacts, SqsQueue
from daemon.sources.queue_policy import openings

LEAST_VISIBILITY = timedelta(seconds=60)
_OFTEN = timedelta(minutes=30)
_LEAST_RECEIVES = 3  # a daemon that is killed, and a store that is away, must not make a dead letter of a good message


def diagnose_queue(queue: SqsQueue, *, poll_every: timedelta) -> Iterator[Finding]:
    """Look at everything that reading a queue needs; never raises for what the environment refuses.

    One message is received, if there is one, and given back at once: only so is it known whether it can be read.
    """
    is_there, has_faults = True, False
    for look in (queue.facts, queue.try_receive, queue.try_delete, queue.try_extend):
        if not is_there:
            return
        try:
            facts = look()
        except SourceUnavailable as fault:
            has_faults = True
            is_there = fault.reason in (EnvironmentReason.ACCESS_DENIED, EnvironmentReason.KMS_DENIED)
            what = str(fault).removeprefix(f"{queue.url}: ")
            yield Finding(where=queue.url, what=what, is_fault=True)
            continue
        if isinstance(facts, QueueFacts):
            yield from _set_up(queue, facts)
    if not has_faults:
        yield Finding(where=queue.url, what="messages can be received, kept and deleted")
    if poll_every < _OFTEN:
        what = "its bucket is polled besides, to reconcile, which costs a LIST request a shard each time"
        yield Finding(where=queue.url, what=what, fix="poll_every: 1h is enough", is_doubt=True)


def _set_up(queue: SqsQueue, facts: QueueFacts) -> Iterator[Finding]:
    if not facts.has_redrive:
        what = "it has no dead-letter queue, so messages that cannot be understood come again and again"
        yield Finding(where=queue.url, what=what, fix="give it a redrive policy", is_doubt=True)
    elif facts.most_receives is not None and facts.most_receives < _LEAST_RECEIVES:
        what = f"a message goes to the dead-letter queue after {facts.most_receives} receives; a restart takes up one"
        yield Finding(where=queue.url, what=what, fix="set maxReceiveCount to 5 or more", is_doubt=True)
    yield from _let_in(queue, facts)
    if facts.visibility < LEAST_VISIBILITY:
        what = f"its visibility time-out is {facts.visibility.total_seconds():.0f} s, which a busy state store outlasts"
        yield Finding(where=queue.url, what=what, fix="set it to 60 s or more", is_doubt=True)


def _let_in(queue: SqsQueue, facts: QueueFacts) -> Iterator[Finding]:
    """Who may send. Whoever may can tell the daemon things, and with `inline_events` forge alerts."""
    if not facts.policy:
        what = "it has no policy, so neither S3 nor SNS nor EventBridge may send to it by themselves"
        yield Finding(where=queue.url, what=what, fix="docs/queues.md has one for each", is_doubt=True)
    for opening in openings(facts.policy):
        if opening.service:
            what = f"statement {opening.statement} of its policy lets in what anybody has {opening.service} send"
            fix = "pin it by aws:SourceArn and aws:SourceAccount"
        else:
            what = f"statement {opening.statement} of its policy lets in everybody, who can forge messages"
            fix = "name the one service that sends, and pin it by aws:SourceArn and aws:SourceAccount"
        yield Finding(where=queue.url, what=what, fix=fix, is_fault=not opening.service, is_doubt=bool(opening.service))
