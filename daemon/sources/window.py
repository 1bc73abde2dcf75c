"""What one listing of one shard asks for, takes and lets go: the arithmetic of the late sweep. Pure.

Why it misses nothing is told in docs/guarantees.md; here are the rules.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from daemon.model import LogObject, Shard
from daemon.ports import ShardState

HORIZON = timedelta(days=35)  # CloudTrail delivers again for up to 30 days
SWEEP_EVERY = timedelta(hours=6)
NEVER_COMPLETE = datetime(1970, 1, 1, tzinfo=UTC)  # the mark of a shard whose first listing is not finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far back things reach: `start_at` of the source, look-back of a poll, how long done rows are kept.

    `sweep_every` and `horizon` are of the late sweep.
    """

    start_at: datetime | None
    lookback: timedelta
    keep_objects: timedelta
    sweep_every: timedelta = SWEEP_EVERY
    horizon: timedelta = HORIZON

    @property
    def _reach(self) -> timedelta:
        return max(self.lookback, self.keep_objects)

    def done_before(self, listed_at: datetime) -> datetime:
        """Done rows older than this may go once a sweep begun at `listed_at` is complete: no later one takes them."""
        return to_minute(listed_at - self._reach)

    def taken_from(self, swept_at: datetime, watermark: datetime) -> datetime:
        """A sweep takes what is stamped or modified since; never earlier than `done_before` of the last sweep."""
        return to_minute(min(swept_at - self.keep_objects, watermark - self.lookback))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """List from `after` (None: everything). A sweep takes of that what is new since `taken_from` (None: all).

    Unless `is_counted` what is taken is entered, but the shard's marks stay where they are.
    """

    after: datetime | None
    taken_from: datetime | None = None
    is_sweep: bool = False
    is_counted: bool = True

    def takes(self, obj: LogObject) -> bool:
        """Whether an object that the ledger does not know is to be worked on."""
        if self.after is not None and obj.stamped_at < self.after:
            return False
        return self.taken_from is None or max(obj.stamped_at, obj.last_modified) >= self.taken_from


def window_of(
    state: ShardState | None, bounds: Bounds, *, path: str, now: datetime, has_discovered: bool = True
) -> Window:
    """The listing that a shard is due for; one that was never listed completely begins at `start_at` or its mark.

    A sweep counts only in a poll that `has_discovered`: so its mark also says that all accounts were known by then.
    """
    if state is None or state.listed_at is None:
        after = None if bounds.start_at is None else to_minute(bounds.start_at)
        return Window(after=after, is_sweep=True, is_counted=has_discovered)
    if state.swept_at is None:
        return Window(after=_later(bounds.start_at, state.listed_at), is_sweep=True, is_counted=has_discovered)
    # A mark ahead of our clock was written while that was wrong; trusting it would leave a gap.
    watermark, swept_at = min(state.listed_at, now), min(state.swept_at, now)
    if not (has_discovered and is_sweep_due(path, swept_at=state.swept_at, now=now, every=bounds.sweep_every)):
        return Window(after=_later(bounds.start_at, watermark - bounds.lookback))
    taken_from = bounds.taken_from(swept_at, watermark)
    # From the last sweep, not from now: what came while the daemon was away for weeks is as old as that.
    after = _later(bounds.start_at, min(swept_at - bounds.horizon, taken_from))
    return Window(after=after, taken_from=taken_from, is_sweep=True)


def newcomers(
    shards: Sequence[Shard], known: Mapping[str, ShardState], *, horizon: timedelta = HORIZON
) -> list[tuple[Shard, datetime]]:
    """Shards of accounts that the ledger does not know, each with the earliest time its first listing begins at.

    Once any shard was listed completely, an unknown account has newly come or newly been allowed since the last
    sweep, and no file of one that came can be older than the horizon before that. Until then it is part of the
    start, and one shard of it is enough to remember it by. An account that was denied when it came is remembered by
    its folder, a shard without a kind; what turns up of it later begins where it would have begun then.
    """
    known = {path: state for path, state in known.items() if state.listed_at is not None}  # not just told of by a queue
    hidden = {state.shard.account: state.listed_at for state in known.values() if not state.shard.kind}
    unhidden = [
        (shard, at) for shard in shards if shard.path not in known if (at := hidden.get(shard.account)) is not None
    ]
    accounts = {state.shard.account for state in known.values()}
    new = [shard for shard in shards if shard.account not in accounts]
    swept = [state.swept_at for state in known.values() if state.swept_at is not None]
    if swept:
        return unhidden + [(shard, max(swept) - horizon) for shard in new]
    return unhidden + [(shard, NEVER_COMPLETE) for shard in {shard.account: shard for shard in new}.values()]


def is_sweep_due(path: str, *, swept_at: datetime, now: datetime, every: timedelta = SWEEP_EVERY) -> bool:
    """Whether a shard's sixth hour has begun since its last sweep; each has its own phase, to spread the load."""
    phase = timedelta(seconds=zlib.crc32(path.encode("utf-8", "surrogatepass")) % int(every.total_seconds()))
    turn, last = ((at - NEVER_COMPLETE + phase) // every for at in (now, swept_at))
    return turn != last


def to_minute(at: datetime) -> datetime:
    """The minute that a time lies in, which is all that a name tells."""
    return at.replace(second=0, microsecond=0)


def _later(start_at: datetime | None, at: datetime) -> datetime:
    return to_minute(at if start_at is None else max(start_at, at))
