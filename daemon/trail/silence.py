"""Whether something that usually delivers has fallen silent: its hours, how far we have seen, a verdict out. Pure.

How usual it is to hear something in an hour of the week is the share of the weeks remembered in which something came
then. A quiet time weighs the sum of these shares over its hours: nights and weekends in which never anything comes
weigh nothing. It is a silence once it weighs twice the heaviest quiet time before, and two hours more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daemon.model.activity import HOURS_A_WEEK, Hours, hour_of

LATENESS = timedelta(minutes=15)  # so late an ordinary file may still come
_LEAST = 2.0  # hours in which something was sure to come
_TIMES = 2.0


class State(StrEnum):
    """What is known of something that delivers files."""

    UNHEARD = "unheard"
    LEARNING = "learning"
    ACTIVE = "active"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a silence is one. `after`: a fixed time, whatever is usual; None: as learned, once `learn` is over.

    `meanwhile`: what counts until something is learned; None: nothing does.
    """

    after: timedelta | None
    learn: timedelta
    meanwhile: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`missed` are the hours of quiet, each by how usual it was to hear something in it; `most`, of any quiet before.

    Both are None where they were not asked: in learning, by a fixed time, and as long as it is not quiet.
    """

    state: State
    missed: float | None = None
    most: float | None = None


def judge(hours: Hours | None, *, heard_at: datetime, seen_until: datetime, terms: Terms) -> Verdict:
    """Judge the quiet from `heard_at` to `seen_until`, the time up to which we could have heard something.

    Without `hours` nothing ever came; `heard_at` then is when we began to listen.
    """
    is_learned = hours is not None and hours.span * timedelta(hours=1) >= terms.learn
    fixed = terms.after if terms.after is not None else None if is_learned else terms.meanwhile
    if fixed is not None:
        is_silent = seen_until - LATENESS - heard_at >= fixed
        return Verdict(state=State.SILENT if is_silent else _while_heard(hours, terms))
    if hours is None or not is_learned:
        return Verdict(state=_while_heard(hours, terms))
    until = hour_of(seen_until - LATENESS)
    if until - hours.newest <= _LEAST:  # nearly always, and cheap
        return Verdict(state=State.ACTIVE)
    return _weighed(hours, until=until)


def _while_heard(hours: Hours | None, terms: Terms) -> State:
    """What it is as long as it is not silent by a fixed time."""
    if hours is None:
        return State.UNHEARD
    return State.LEARNING if terms.after is None else State.ACTIVE


def _weighed(hours: Hours, *, until: int) -> Verdict:
    """The quiet after the newest hour and before `until` against all quiet before."""
    usual, weeks = _usual(hours)
    most = _heaviest(hours, usual, weeks)
    length = until - hours.newest - 1
    whole, rest = divmod(length, HOURS_A_WEEK)
    shares = [usual[n] / weeks[n] if weeks[n] else 0.0 for n in range(HOURS_A_WEEK)]
    # Hours of the week are counted back from the newest hour: the first one of the quiet is the last of these.
    missed = whole * sum(shares) + sum(shares[HOURS_A_WEEK - 1 - n] for n in range(rest))
    state = State.SILENT if missed >= _LEAST + _TIMES * most else State.ACTIVE
    return Verdict(state=state, missed=missed, most=most)


def _usual(hours: Hours) -> tuple[list[int], list[int]]:
    """For each hour of the week, counted back from the newest: in how many weeks something came, and of how many."""
    usual, weeks = [0] * HOURS_A_WEEK, [0] * HOURS_A_WEEK
    for back in range(hours.span):
        usual[back % HOURS_A_WEEK] += hours.bits >> back & 1
        weeks[back % HOURS_A_WEEK] += 1
    return usual, weeks


def _heaviest(hours: Hours, usual: list[int], weeks: list[int]) -> float:
    """What the heaviest quiet time so far weighs, each hour by the other weeks: by its own nothing was usual in it."""
    heaviest = weight = 0.0
    for back in range(hours.span):
        if hours.bits >> back & 1:
            weight = 0.0
            continue
        others = weeks[back % HOURS_A_WEEK] - 1
        weight += usual[back % HOURS_A_WEEK] / others if others else 0.0
        heaviest = max(heaviest, weight)
    return heaviest
