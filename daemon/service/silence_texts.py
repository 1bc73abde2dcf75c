"""The words of notices about silence: since when, what is usual, what to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from daemon.model import Level, Notice
from daemon.trail.listening import Back, Sound

_NAMED = 20
_LOOK = (
    "Look at: is the trail on there (`aws cloudtrail get-trail-status`), was the account closed or the region switched "
    "off, does a policy keep CloudTrail from writing to the bucket? `trailwarden sources` shows every shard."
)


def source_silent(source: str, sound: Sound) -> Notice:
    """All of a source."""
    text = f"{source} can be listed, and has had {_quiet(sound)}. {_LOOK}"
    return Notice(reason="source_silent", title="A source has fallen silent", text=text, about=_since(source, sound))


def account_silent(source: str, account: str, silent: Sequence[Sound], *, others: Collection[Sound]) -> Notice:
    """Some of an account's regions, or all: `others` are its shards that are not silent."""
    heard = any(sound.hours is not None for sound in others)
    where = f" in {_some([sound.region for sound in silent])}" if heard else ""
    told = " ".join(f"{sound.region}: {_quiet(sound)}." for sound in silent[:_NAMED])
    more = f" And {len(silent) - _NAMED} more." if len(silent) > _NAMED else ""
    return Notice(
        reason="account_silent",
        title=f"Account {account} has fallen silent{where}",
        text=f"{source}, account {account}. {told}{more} {_LOOK}",
        about=_since(f"{source} {account} {_some([sound.region for sound in silent])}", silent[0]),
    )


def many_silent(source: str, by_account: Mapping[str, Sequence[Sound]]) -> Notice:
    """More accounts at once than anybody wants messages of."""
    first = [f"{account} ({_some([one.region for one in part])})" for account, part in by_account.items()]
    since = min(sound.heard_at for part in by_account.values() for sound in part)
    return Notice(
        reason="account_silent",
        title=f"{len(by_account)} accounts have fallen silent",
        text=f"{source}: nothing new, some since {_moment(since)}, from {_some(first)}. {_LOOK}",
        about=f"{source} {len(by_account)} accounts since {_moment(since)}",
    )


def source_back(source: str, back: Back) -> Notice:
    """A source is heard again."""
    text = f"{source} had nothing new from {_moment(back.silence.since)} on; now there is a log file again."
    about = f"{source} since {_moment(back.silence.since)}"
    return Notice(
        reason="silence_over", title="A source is heard again", text=text + _late(), level=Level.LOW, about=about
    )


def account_back(source: str, account: str, back: Sequence[Back]) -> Notice:
    """An account, or some of its regions, is heard again."""
    told = ", ".join(f"{each.sound.region} (silent since {_moment(each.silence.since)})" for each in back[:_NAMED])
    return Notice(
        reason="silence_over",
        title=f"Account {account} is heard again",
        text=f"{source}: there are log files again in {told}.{_late()}",
        level=Level.LOW,
        about=f"{source} {account} since {_moment(back[0].silence.since)}",
    )


def accounts_missing(source: str, accounts: Sequence[str]) -> Notice:
    """Accounts that should be there, of which nothing ever came."""
    counted = "An account has" if len(accounts) == 1 else f"{len(accounts)} accounts have"
    text = (
        f"{source} has no log file of {_some(accounts)} since it is watched, though the organisation or the "
        "configuration names them. Does the organisation's trail cover them, and does it write to this bucket? What is "
        "meant to be absent can be left out of `accounts` and `silence.accounts`."
    )
    return Notice(
        reason="account_missing", title=f"{counted} never appeared", text=text, about=f"{source} {accounts[0]}"
    )


def accounts_came(source: str, accounts: Sequence[str]) -> Notice:
    """Accounts that were missing, and have appeared."""
    title = (
        "A missing account has appeared" if len(accounts) == 1 else f"{len(accounts)} missing accounts have appeared"
    )
    text = f"{source} has log files of {_some(accounts)} now."
    return Notice(reason="silence_over", title=title, text=text, level=Level.LOW, about=f"{source} came {accounts[0]}")


def _quiet(sound: Sound) -> str:
    told = f"no new log file since {_moment(sound.heard_at)}"
    missed, most = sound.verdict.missed, sound.verdict.most
    if missed is None or most is None:
        return told
    return (
        f"{told}; by the weeks before, {missed:.0f} of the hours since would have had one, "
        f"and no quiet time in them went through more than {most:.0f} such hours"
    )


def _late() -> str:
    return " What came late was evaluated; what never was written is nowhere: look into the time between."


def _since(what: str, sound: Sound) -> str:
    return f"{what} since {_moment(sound.heard_at)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
