"""Which silences are news: what is heard of every shard and which silences are known in, what to tell out. Pure.

The whole source comes before its shards: while all of it is silent, none of them is told by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from daemon.model.activity import Hours, heard, hour_of, together
from daemon.model.objects import Shard
from daemon.ports import Heard, ToldSilence, Whose
from daemon.trail.silence import State, Terms, Verdict, judge

SOURCE = Whose()
_UNKNOWN_FOR = timedelta(days=1)  # an account that is new may do nothing at all for a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What was heard of a shard (None: of the whole source), and what it means.

    `heard_at` is the newest stamp, or when we began to listen; `seen_until` up to when we could have heard something.
    """

    whose: Whose
    shard: Shard | None
    heard_at: datetime
    seen_until: datetime
    hours: Hours | None
    verdict: Verdict

    @property
    def region(self) -> str:
        """The region, with the kind of log unless it is the usual one; empty for the whole source."""
        if self.shard is None:
            return ""
        return self.shard.region if self.shard.kind == "CloudTrail" else f"{self.shard.region} ({self.shard.kind})"

    @property
    def is_silent(self) -> bool:
        """Whether it has fallen silent."""
        return self.verdict.state is State.SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Something that people were told is silent was heard again at `heard_at`."""

    sound: Sound
    silence: ToldSilence


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What to tell: new silences, and ends of those that were told. `over`: known ones that nobody need hear of."""

    silent: tuple[Sound, ...]
    back: tuple[Back, ...]
    over: tuple[Whose, ...]


def shard_sounds(
    found: Iterable[Heard], *, vanished: Collection[str], now: datetime, began_at: datetime, terms: Terms
) -> list[Sound]:
    """What each shard's silence means. One that has `vanished` was looked for just now, and holds nothing.

    What waits to be worked on counts as heard. Nothing counts as silent for longer than it was listed.
    """
    sounds = []
    for each in found:
        listed_at = now if each.shard.path in vanished else min(each.listed_at or began_at, now)
        heard_at = max((at for at in (each.heard_at, each.waits_from) if at is not None), default=began_at)
        hours = each.hours if each.waits_from is None else heard(each.hours, hour_of(min(each.waits_from, now)))
        verdict = judge(hours, heard_at=min(heard_at, now), seen_until=listed_at, terms=replace(terms, meanwhile=None))
        if hours is None:
            verdict = Verdict(state=State.UNHEARD)  # what never spoke does not fall silent
        whose = Whose(account=each.shard.account, path=each.shard.path)
        sounds.append(
            Sound(
                whose=whose,
                shard=each.shard,
                heard_at=min(heard_at, now),
                seen_until=listed_at,
                hours=hours,
                verdict=verdict,
            )
        )
    return sounds


def source_sound(
    sounds: Sequence[Sound], *, began_at: datetime, now: datetime, fresh_for: timedelta, terms: Terms
) -> Sound | None:
    """What the silence of all shards together means; None when none of them could be listed lately."""
    fresh = [sound for sound in sounds if now - sound.seen_until <= fresh_for]
    if not fresh:
        return None
    spoke = [sound for sound in fresh if sound.hours is not None]
    hours = together(sound.hours for sound in spoke if sound.hours is not None)
    heard_at = max((sound.heard_at for sound in spoke), default=began_at)
    seen_until = min(sound.seen_until for sound in fresh)
    verdict = judge(hours, heard_at=heard_at, seen_until=seen_until, terms=terms)
    return Sound(whose=SOURCE, shard=None, heard_at=heard_at, seen_until=seen_until, hours=hours, verdict=verdict)


def news(source: Sound | None, sounds: Sequence[Sound], known: Mapping[Whose, ToldSilence]) -> News:
    """Compare what is heard with what is known. What cannot be judged now stays as it was."""
    judged = {sound.whose: sound for sound in (*((source,) if source else ()), *sounds)}
    is_all = source is not None and source.is_silent
    silent = [sound for sound in judged.values() if sound.is_silent and (sound.whose == SOURCE or not is_all)]
    back, over = [], []
    for whose, silence in known.items():
        if whose.account and not whose.path:
            continue  # of an account that never appeared
        sound = judged.get(whose)
        if sound is None:
            over += [] if whose == SOURCE else [whose]  # the configuration excludes it now
        elif not sound.is_silent:
            if sound.heard_at > silence.since and silence.told_at is not None:
                back.append(Back(sound=sound, silence=silence))
            else:
                over.append(whose)
    new = [sound for sound in silent if sound.whose not in known]
    return News(silent=tuple(new), back=tuple(back), over=tuple(over))


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The call of the roll: accounts first missed now, those to tell of, those that came, those not named any more."""

    missed: tuple[str, ...]
    overdue: tuple[str, ...]
    came: tuple[str, ...]
    over: tuple[str, ...]


def call_roll(
    expected: Collection[str],
    found: Iterable[Heard],
    known: Mapping[Whose, ToldSilence],
    *,
    now: datetime,
    terms: Terms,
) -> Roll:
    """Which of the accounts that should be there were never heard.

    One whose folder is there may be at rest, and is given the time that learning takes; any other a day.
    """
    listed = list(found)
    spoke = {each.shard.account for each in listed if each.hours is not None or each.waits_from is not None}
    has_folder = {each.shard.account for each in listed}
    waiting = {whose.account: silence for whose, silence in known.items() if whose.account and not whose.path}
    overdue = [
        account
        for account, silence in waiting.items()
        if account in expected and account not in spoke and silence.told_at is None
        if now - silence.since >= (terms.learn if account in has_folder else _UNKNOWN_FOR)
    ]
    gone = [account for account in waiting if account in spoke or account not in expected]
    came = [account for account in gone if account in spoke and waiting[account].told_at is not None]
    return Roll(
        missed=tuple(sorted(set(expected) - spoke - waiting.keys())),
        overdue=tuple(sorted(overdue)),
        came=tuple(sorted(came)),
        over=tuple(sorted(set(gone) - set(came))),
    )
