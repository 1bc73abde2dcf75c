"""Which silences are news: each once, the source before its shards, nothing that nobody could have seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from daemon.model import Shard
from daemon.model.activity import Hours, hour_of
from daemon.ports import Heard, ToldSilence, Whose
from daemon.trail.listening import SOURCE, Sound, call_roll, news, shard_sounds, source_sound
from daemon.trail.silence import State, Terms
from tests.doubles.trail import NOON, shard_of

HOUR = timedelta(hours=1)
TERMS = Terms(after=None, learn=timedelta(days=14), meanwhile=timedelta(days=3))
FIXED = replace(TERMS, after=2 * HOUR)
EVER = (1 << 21 * 24) - 1
BEGAN = NOON - timedelta(days=40)
ONE, TWO = shard_of("111122223333"), shard_of("444455556666")


def told(shard: Shard, *, quiet: timedelta = HOUR, bits: int = EVER, listed: timedelta = timedelta(0)) -> Heard:
    """A shard last heard so long ago, listed so long ago."""
    heard_at = NOON - quiet
    return Heard(
        shard=shard,
        listed_at=NOON - listed,
        heard_at=heard_at,
        event_at=None,
        waits_from=None,
        hours=Hours(newest=hour_of(heard_at), bits=bits),
    )


def unheard(shard: Shard) -> Heard:
    return Heard(shard=shard, listed_at=NOON, heard_at=None, event_at=None, waits_from=None, hours=None)


def sounds(*found: Heard, vanished: frozenset[str] = frozenset(), terms: Terms = TERMS) -> list[Sound]:
    return shard_sounds(found, vanished=vanished, now=NOON, began_at=BEGAN, terms=terms)


def states(*found: Heard, **options: object) -> list[State]:
    return [sound.verdict.state for sound in sounds(*found, **options)]  # type: ignore[arg-type]


def whole(*found: Heard, terms: Terms = TERMS) -> Sound | None:
    each = sounds(*found, terms=terms)
    return source_sound(each, began_at=BEGAN, now=NOON, fresh_for=HOUR, terms=terms)


def whose(shard: Shard) -> Whose:
    return Whose(account=shard.account, path=shard.path)


class TestShards:
    def test_one_that_is_quiet_for_longer_than_usual_is_silent_and_its_neighbour_is_not(self) -> None:
        assert states(told(ONE, quiet=9 * HOUR), told(TWO)) == [State.SILENT, State.ACTIVE]

    def test_what_could_not_be_listed_since_is_not_silent(self) -> None:
        assert states(told(ONE, quiet=9 * HOUR, listed=8 * HOUR)) == [State.ACTIVE]

    def test_what_was_never_listed_whole_is_not_silent(self) -> None:
        assert states(replace(told(ONE, quiet=9 * HOUR), listed_at=None)) == [State.ACTIVE]

    def test_what_vanished_from_the_bucket_was_looked_for_just_now(self) -> None:
        found = told(ONE, quiet=9 * HOUR, listed=8 * HOUR)
        assert states(found, vanished=frozenset({ONE.path})) == [State.SILENT]

    def test_what_waits_to_be_worked_on_was_heard(self) -> None:
        assert states(replace(told(ONE, quiet=9 * HOUR), waits_from=NOON - HOUR)) == [State.ACTIVE]

    def test_a_stamp_from_the_future_vouches_for_no_more_than_now(self) -> None:
        (sound,) = sounds(replace(told(ONE), waits_from=NOON + timedelta(days=26_000)))
        assert (sound.heard_at, sound.hours and sound.hours.newest) == (NOON, hour_of(NOON))

    def test_what_never_spoke_falls_not_silent_not_even_after_a_fixed_time(self) -> None:
        assert states(unheard(ONE)) == states(unheard(ONE), terms=FIXED) == [State.UNHEARD]

    def test_in_learning_a_shard_is_never_silent(self) -> None:
        assert states(told(ONE, quiet=timedelta(days=9), bits=0b1011)) == [State.LEARNING]

    @pytest.mark.parametrize(
        ("kind", "region"), [("CloudTrail", "eu-west-1"), ("CloudTrail-Insight", "eu-west-1 (CloudTrail-Insight)")]
    )
    def test_it_is_called_by_its_region_and_an_unusual_kind(self, kind: str, region: str) -> None:
        assert sounds(told(shard_of(kind=kind)))[0].region == region


class TestSource:
    def test_it_is_silent_when_all_shards_together_are(self) -> None:
        found = whole(told(ONE, quiet=9 * HOUR), told(TWO, quiet=12 * HOUR))
        assert found is not None
        assert (found.is_silent, found.heard_at, found.region) == (True, NOON - 9 * HOUR, "")

    def test_one_that_speaks_is_enough(self) -> None:
        found = whole(told(ONE, quiet=9 * HOUR), told(TWO))
        assert found is not None
        assert not found.is_silent

    def test_one_that_cannot_be_listed_neither_vouches_nor_accuses(self) -> None:
        found = whole(told(ONE, quiet=9 * HOUR), told(TWO, quiet=8 * HOUR, listed=7 * HOUR))
        assert found is not None
        assert (found.is_silent, found.heard_at) == (True, NOON - 9 * HOUR)

    def test_where_nothing_could_be_listed_nothing_is_said(self) -> None:
        assert whole(told(ONE, quiet=9 * HOUR, listed=8 * HOUR)) is None
        assert whole() is None

    def test_one_of_which_nothing_ever_came_is_silent_since_it_is_watched(self) -> None:
        found = whole(unheard(ONE))
        assert found is not None
        assert (found.is_silent, found.heard_at) == (True, BEGAN)


def since(at: datetime, *, is_told: bool = True) -> ToldSilence:
    return ToldSilence(since=at, told_at=at if is_told else None)


class TestNews:
    def test_a_silence_is_news_once(self) -> None:
        found = sounds(told(ONE, quiet=9 * HOUR), told(TWO))
        first = news(None, found, {})
        assert [sound.whose for sound in first.silent] == [whose(ONE)]
        again = news(None, found, {whose(ONE): since(NOON - 9 * HOUR)})
        assert (again.silent, again.back, again.over) == ((), (), ())

    def test_while_the_whole_source_is_silent_its_shards_are_not_told_and_afterwards_they_are(self) -> None:
        found = sounds(told(ONE, quiet=9 * HOUR), told(TWO, quiet=9 * HOUR))
        all_of_it = whole(told(ONE, quiet=9 * HOUR), told(TWO, quiet=9 * HOUR))
        assert [sound.whose for sound in news(all_of_it, found, {}).silent] == [SOURCE]
        known = {SOURCE: since(NOON - 9 * HOUR)}
        assert news(all_of_it, found, known).silent == ()

        found = sounds(told(ONE, quiet=9 * HOUR), told(TWO))
        later = news(whole(told(ONE, quiet=9 * HOUR), told(TWO)), found, known)
        assert [sound.whose for sound in later.silent] == [whose(ONE)]
        assert [back.sound.whose for back in later.back] == [SOURCE]

    def test_a_sound_ends_a_silence_that_was_told(self) -> None:
        found = news(None, sounds(told(ONE)), {whose(ONE): since(NOON - 9 * HOUR)})
        assert [back.sound.whose for back in found.back] == [whose(ONE)]

    def test_one_that_ends_without_a_sound_or_that_nobody_was_told_of_ends_quietly(self) -> None:
        changed = news(None, sounds(told(ONE)), {whose(ONE): since(NOON - HOUR)})  # other terms apply now
        untold = news(None, sounds(told(ONE)), {whose(ONE): since(NOON - 9 * HOUR, is_told=False)})
        assert (changed.back, changed.over) == (untold.back, untold.over) == ((), (whose(ONE),))

    def test_what_the_configuration_excludes_now_ends_quietly_and_what_cannot_be_judged_stays(self) -> None:
        found = news(None, [], {whose(ONE): since(NOON), SOURCE: since(NOON), Whose(account="1"): since(NOON)})
        assert (found.back, found.over) == ((), (whose(ONE),))


class TestRoll:
    def roll(self, *found: Heard, known: dict[Whose, ToldSilence] | None = None, expected: str = "A") -> list[object]:
        called = call_roll(list(expected), found, known or {}, now=NOON, terms=TERMS)
        return [called.missed, called.overdue, called.came, called.over]

    def test_an_account_that_is_missed_is_told_of_a_day_later(self) -> None:
        assert self.roll() == [("A",), (), (), ()]
        waiting = {Whose(account="A"): since(NOON - 23 * HOUR, is_told=False)}
        assert self.roll(known=waiting) == [(), (), (), ()]
        waiting = {Whose(account="A"): since(NOON - 24 * HOUR, is_told=False)}
        assert self.roll(known=waiting) == [(), ("A",), (), ()]
        assert self.roll(known={Whose(account="A"): since(NOON - 24 * HOUR)}) == [(), (), (), ()]

    def test_one_whose_folder_is_there_is_given_the_time_that_learning_takes(self) -> None:
        there = unheard(shard_of("A"))
        waiting = {Whose(account="A"): since(NOON - timedelta(days=13), is_told=False)}
        assert self.roll(there, known=waiting) == [(), (), (), ()]
        waiting = {Whose(account="A"): since(NOON - timedelta(days=14), is_told=False)}
        assert self.roll(there, known=waiting) == [(), ("A",), (), ()]

    def test_one_that_speaks_is_not_missed_and_ends_what_was_told(self) -> None:
        speaks = told(shard_of("A"))
        waits = replace(unheard(shard_of("A")), waits_from=NOON)
        assert self.roll(speaks) == self.roll(waits) == [(), (), (), ()]
        assert self.roll(speaks, known={Whose(account="A"): since(BEGAN)}) == [(), (), ("A",), ()]
        assert self.roll(speaks, known={Whose(account="A"): since(BEGAN, is_told=False)}) == [(), (), (), ("A",)]

    def test_one_that_nobody_expects_any_more_ends_quietly_and_silences_of_shards_are_another_matter(self) -> None:
        known = {Whose(account="B"): since(BEGAN), Whose(account="B", path="p"): since(BEGAN), SOURCE: since(BEGAN)}
        assert self.roll(known=known) == [("A",), (), (), ("B",)]
