"""Evaluates log files in several processes at once: hands them out, takes answers in, starts anew what ended.

Each process is given a few objects ahead, which it fetches while it evaluates one. It answers them in order, so that of
one that ended it is known which it was at: that one is counted and tried again. Where memory may have run out that says
little, since the others were being fetched, and further processes at work: then none is counted, and each of them is
tried once more with nothing beside it.
"""

from __future__ import annotations

import pickle
import selectors
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from itertools import count

import structlog

from daemon.backoff import doubled
from daemon.config import LogConfig
from daemon.detect.ruleset import RuleSet
from daemon.model import Notice
from daemon.ports import LedgerRow
from daemon.service.crashes import CRASHES
from daemon.service.evaluating import Evaluated, InProcess, crashed
from daemon.service.fetching import weight
from daemon.service.member import COMMAND, EndReason, Given, Member
from daemon.service.shared import Shared, Watched
from daemon.service.wire import Answer, Ended, Rules, SetUp
from daemon.sources.retry import FIRST

log = structlog.get_logger("trailwarden")

_TASKS = 32  # given to a process at a time
_BYTES = 16 * 2**20  # of them, unless it is a single object
_PATIENCE_S = 1.0
_OF_MEMORY = {EndReason.OUT_OF_MEMORY, EndReason.KILLED}  # the kernel does not always say why it kills
_TELL_AFTER = 3  # starts that failed


class Fleet:
    """So many processes, started when they are first needed. Implements Evaluator.

    `is_to_be_tried_again` is asked about an object at which a process ended, up to the third time. One that is at an
    object for longer than `longest_s` is ended.
    """

    def __init__(
        self,
        size: int,
        watched: Sequence[Watched],
        *,
        shared: Shared,
        log_config: LogConfig,
        is_to_be_tried_again: Callable[[LedgerRow], bool],
        longest_s: float,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.lanes = size
        self._set_up = SetUp(log=log_config, sources={each.source.name: each.config for each in watched})
        self._shared = shared
        self._is_to_be_tried_again = is_to_be_tried_again
        self._longest_s = longest_s
        self._command = command
        self._members: list[Member] = []
        self._selector = selectors.DefaultSelector()
        self._alone: set[int] = set()  # rows that a process had when it ended: tried with nothing beside them
        self._numbers = count()
        self._deaths: Counter[int] = Counter()  # by row, of processes that were at it for certain
        self._here = InProcess()  # where no process can be started
        self._rules: tuple[str, bytes] = ("", b"")
        self._failed_starts = 0
        self._start_at_s = 0.0

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [member.pid for member in self._members]

    def evaluate(
        self, rows: Sequence[LedgerRow], watched: Watched, *, ruleset: RuleSet
    ) -> Generator[Evaluated | None, None, None]:
        """As the protocol says. The largest come first: the others need not wait for one of them at the end."""
        todo = deque(sorted(rows, key=lambda row: row.object.size, reverse=True))
        left = {row.row_id for row in rows}
        while left:
            self._recruit()
            for member in self._members:
                self._give(member, todo, ruleset)
            if not self._members and self._failed_starts >= _TELL_AFTER:
                yield from self._here.evaluate(list(todo), watched, ruleset=ruleset)
                return
            found = list(self._listen(todo, left, ruleset))
            if not found:
                yield None
            for evaluated in found:
                left.discard(evaluated.row.row_id)
                self._alone.discard(evaluated.row.row_id)
                yield evaluated

    def close(self) -> None:
        """The processes end by themselves once nobody is there; what they were at stays as it was."""
        self._here.close()
        for member in self._members:
            member.wire.close()
        for member in self._members:
            member.bury()
        self._members.clear()
        self._selector.close()

    def _recruit(self) -> None:
        """Start what is lacking; not at once again where that has just failed."""
        while len(self._members) < self.lanes and time.monotonic() >= self._start_at_s:
            try:
                member = Member(self._set_up, command=self._command)
            except OSError as fault:
                self._not_started(str(fault))
                return
            self._members.append(member)
            self._selector.register(member.wire, selectors.EVENT_READ, member)
            log.info("a process that evaluates was started", pid=member.pid)

    def _not_started(self, error: str) -> None:
        self._failed_starts += 1
        wait_s = doubled(self._failed_starts, first=FIRST / 5, longest=12 * FIRST, jitter=0.0).total_seconds()
        self._start_at_s = time.monotonic() + wait_s
        self._shared.metrics.worker_restarts.labels(EndReason.NOT_STARTED.value).inc()
        log.error("a process that evaluates could not be started", error=error, again_in_s=wait_s)
        if self._failed_starts == _TELL_AFTER:
            self._shared.notices.tell(_cannot_start(self._failed_starts, error))

    def _give(self, member: Member, todo: deque[LedgerRow], ruleset: RuleSet) -> None:
        """Fill up what it has, by half of it at least: messages cost more than what is in them."""
        if not member.is_ready or member.tasks > _TASKS // 2:
            return
        if self._alone and any(each.is_at_any(self._alone) for each in self._members):
            return
        if todo and todo[0].row_id in self._alone and any(each.tasks for each in self._members):
            return
        tasks: list[Given] = []
        ahead = member.bytes_asked
        while todo and member.tasks + len(tasks) < self._share(todo):
            row = todo[0]
            ahead += weight(row.object)
            if (tasks or member.tasks) and (ahead > _BYTES or row.row_id in self._alone):
                break
            tasks.append(Given(number=next(self._numbers), row=todo.popleft(), ruleset=ruleset))
            if row.row_id in self._alone:
                break
        if tasks:
            try:
                member.give(tasks, rules=self._message_of(ruleset))
            except Ended:  # it is found so when it is listened to, and is to blame none of what it never had
                todo.extendleft(given.row for given in reversed(tasks))

    def _share(self, todo: deque[LedgerRow]) -> int:
        """How many tasks one may have: towards the end they are spread evenly."""
        return min(_TASKS, max(2, len(todo) // self.lanes))

    def _message_of(self, ruleset: RuleSet) -> bytes:
        if self._rules[0] != ruleset.digest:
            rules = Rules(rules=ruleset.rules, correlations=ruleset.correlations, digest=ruleset.digest)
            self._rules = ruleset.digest, pickle.dumps(rules, protocol=5)
        return self._rules[1]

    def _listen(self, todo: deque[LedgerRow], left: set[int], ruleset: RuleSet) -> Generator[Evaluated, None, None]:
        """What came; nothing after a while without."""
        for key, _ in self._selector.select(_PATIENCE_S):
            member: Member = key.data
            was_ready = member.is_ready
            try:
                answers = member.answers()
            except Ended:
                yield from self._bury(member, todo, left)
                continue
            if member.is_ready and not was_ready:
                self._failed_starts = 0
            for given, answer in answers:
                self._count(answer)
                # What is left over from work that was broken off may be by other rules.
                if given.row.row_id in left and given.ruleset.digest == ruleset.digest:
                    yield Evaluated(row=given.row, outcome=answer.outcome)
        for member in self._members:
            member.end_if_overdue(longest_s=self._longest_s)

    def _count(self, answer: Answer) -> None:
        for operation, number in answer.requests.items():
            self._shared.metrics.aws_requests.labels(operation).inc(number)

    def _bury(self, member: Member, todo: deque[LedgerRow], left: set[int]) -> Generator[Evaluated, None, None]:
        """One ended: what it was at is counted, what it had besides goes to the others."""
        self._selector.unregister(member.wire)
        self._members.remove(member)
        reason, unanswered = member.bury()
        if reason is EndReason.NOT_STARTED:
            self._not_started("it ended before it was ready")
            return
        self._shared.metrics.worker_restarts.labels(reason.value).inc()
        about = {"key": unanswered[0].row.object.key} if unanswered else {}
        log.error("a process that evaluates ended", pid=member.pid, reason=reason.value, **about)
        rows = [given.row for given in unanswered if given.row.row_id in left]
        if reason in _OF_MEMORY and len(unanswered) > 1:
            self._try_alone(rows, todo)
            return
        # What it was at may be left over from work that was broken off.
        at = rows.pop(0) if rows and rows[0] is unanswered[0].row else None
        todo.extendleft(reversed(rows))
        if at is not None:
            yield from self._blame(at, todo)

    def _blame(self, row: LedgerRow, todo: deque[LedgerRow]) -> Generator[Evaluated, None, None]:
        self._deaths[row.row_id] += 1
        if self._is_to_be_tried_again(row) and self._deaths[row.row_id] < CRASHES:
            self._try_alone([row], todo)
        else:
            del self._deaths[row.row_id]
            yield Evaluated(row=row, outcome=crashed(row))

    def _try_alone(self, rows: Sequence[LedgerRow], todo: deque[LedgerRow]) -> None:
        """Last of all, so that nothing else waits for them."""
        self._alone |= {row.row_id for row in rows}
        todo.extend(rows)


def _cannot_start(times: int, error: str) -> Notice:
    text = (
        f"{times} starts in a row failed: {error}. Log files are evaluated by those processes that run, by the daemon "
        "itself if there is none. Look at the log, at the memory this container may use, and at how many processes it "
        "may start; `workers: 1` evaluates without any."
    )
    title = "Processes that evaluate cannot be started"
    return Notice(reason="workers_not_started", title=title, text=text, about="workers")
