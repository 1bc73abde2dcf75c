"""Listens for what falls silent: after each poll, what was heard of every shard in, notices out, each silence once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from itertools import groupby

from daemon.config import SourceConfig
from daemon.model import Notice
from daemon.ports import ToldSilence, Whose
from daemon.service.shared import Shared, Watched
from daemon.service.silence_texts import (
    account_back,
    account_silent,
    accounts_came,
    accounts_missing,
    many_silent,
    source_back,
    source_silent,
)
from daemon.sources.build import scope_of
from daemon.sources.outcome import PollOutcome
from daemon.trail.listening import SOURCE, Back, Roll, Sound, call_roll, news, shard_sounds, source_sound
from daemon.trail.silence import Terms

_WHILE_LEARNING = timedelta(days=3)  # a whole source: longer than the weekend of the smallest one
_FRESH_FOR = timedelta(hours=1)
_ONE_BY_ONE = 3  # accounts; more at once are told in one notice


def terms_of(config: SourceConfig) -> Terms:
    """When a silence is one, by the configuration."""
    after = config.silence.after
    fixed = after if isinstance(after, timedelta) else None
    return Terms(after=fixed, learn=config.silence.learn, meanwhile=_WHILE_LEARNING)


class Listener:
    """`members` gives the active accounts of a source's organisation; None while they cannot be had."""

    def __init__(self, shared: Shared, *, members: Callable[[Watched], Collection[str] | None]) -> None:
        self._shared = shared
        self._members = members

    def listen(self, watched: Watched, outcome: PollOutcome) -> None:
        """Tell what has fallen silent, what is heard again, who never appeared. Raises StoreError."""
        if not watched.config.is_listened_to:
            return
        activity, name = self._shared.store.activity, watched.source.name
        began_at, now = activity.began_at(name), self._shared.clock()
        if began_at is None:  # nothing was ever listed
            return
        scope, terms = scope_of(watched.config), terms_of(watched.config)
        found = [
            each
            for each in activity.heard(name)
            if scope.refusal(account=each.shard.account, kind=each.shard.kind, region=each.shard.region) is None
        ]
        known = activity.silences(name)
        sounds = shard_sounds(found, vanished=outcome.vanished, now=now, began_at=began_at, terms=terms)
        fresh_for = max(3 * watched.config.poll_every, _FRESH_FOR)
        whole = source_sound(sounds, began_at=began_at, now=now, fresh_for=fresh_for, terms=terms)
        found_out = news(whole, sounds, known)
        self._tell_silent(name, found_out.silent, sounds)
        self._tell_back(name, found_out.back)
        activity.note_silences(name, dict.fromkeys(found_out.over))
        expected = self._expected(watched)
        if expected is not None:
            self._call(name, call_roll(expected, found, known, now=now, terms=terms))

    def _expected(self, watched: Watched) -> Collection[str] | None:
        config = watched.config
        named = {*(config.accounts or ()), *(config.silence.accounts or ())}
        if not config.silence.organization:
            return named
        members = self._members(watched)
        if members is None:
            return None
        return named | {account for account in members if config.accounts is None or account in config.accounts}

    def _tell_silent(self, name: str, silent: Collection[Sound], sounds: Collection[Sound]) -> None:
        whole = [sound for sound in silent if sound.whose == SOURCE]
        if whole:
            self._tell(name, source_silent(name, whole[0]), whole)
            return
        by_account = _by_account(silent)
        if len(by_account) > _ONE_BY_ONE:
            self._tell(name, many_silent(name, by_account), list(silent))
            return
        for account, part in by_account.items():
            others = [each for each in sounds if each.whose.account == account and not each.is_silent]
            self._tell(name, account_silent(name, account, part, others=others), part)

    def _tell(self, name: str, notice: Notice, silent: Collection[Sound]) -> None:
        """Noted only once it was taken: what was one notice too many is told with the next look."""
        if self._shared.notices.tell(notice):
            told_at = self._shared.clock()
            told = {sound.whose: ToldSilence(since=sound.heard_at, told_at=told_at) for sound in silent}
            self._shared.store.activity.note_silences(name, told)

    def _tell_back(self, name: str, back: Collection[Back]) -> None:
        for each in back:
            if each.sound.whose == SOURCE:
                self._shared.notices.tell(source_back(name, each))
        shards = sorted((each for each in back if each.sound.whose != SOURCE), key=lambda one: one.sound.whose.account)
        for account, part in groupby(shards, key=lambda one: one.sound.whose.account):
            self._shared.notices.tell(account_back(name, account, list(part)))
        self._shared.store.activity.note_silences(name, {each.sound.whose: None for each in back})

    def _call(self, name: str, roll: Roll) -> None:
        now, note = self._shared.clock(), self._shared.store.activity.note_silences
        note(name, {Whose(account=account): ToldSilence(since=now, told_at=None) for account in roll.missed})
        if roll.overdue and self._shared.notices.tell(accounts_missing(name, roll.overdue)):
            note(name, {Whose(account=account): ToldSilence(since=now, told_at=now) for account in roll.overdue})
        if roll.came:
            self._shared.notices.tell(accounts_came(name, roll.came))
        note(name, dict.fromkeys(Whose(account=account) for account in (*roll.came, *roll.over)))


def _by_account(silent: Collection[Sound]) -> dict[str, list[Sound]]:
    by_account: dict[str, list[Sound]] = {}
    for sound in silent:
        by_account.setdefault(sound.whose.account, []).append(sound)
    return by_account
