"""`alerts summary`: on the terminal what a daily digest would tell now; prints, and gives the exit code."""

from __future__ import annotations

from datetime import datetime, timedelta

from daemon.commands.moments import moment
from daemon.commands.tables import print_json, print_line
from daemon.config import Config
from daemon.config.values import parse_duration
from daemon.model.daily import DailyDigest
from daemon.notify.daily import digest_lines
from daemon.notify.daily_parts import laid_out
from daemon.record.store import Store
from daemon.service.daily_facts import gather
from daemon.sources.inputs.window import parse_moment

_JUST_NOW = timedelta(microseconds=1)  # what is recorded this very moment is in it


def since_when(text: str, *, now: datetime) -> datetime:
    """`24h` or `-24h` back from now, or a time before it. Raises ValueError."""
    try:
        back: timedelta = parse_duration(text)
        return now - back
    except (ValueError, OverflowError):
        since = parse_moment(text, now=now)
    if since > now:
        raise ValueError(f"{text!r} is still to come")
    return since


def summarise(store: Store, config: Config, *, since: datetime, now: datetime, as_json: bool) -> int:
    """Print it for the time from `since` until now; nothing is sent, and no digest is made or put off."""
    facts = gather(store, config, since=since, until=now + _JUST_NOW, now=now)
    names = {account: each.name for account, each in config.accounts.items()}
    digest = laid_out(facts, on=now.date(), names=names, now=now)
    if as_json:
        print_json(_plain(digest))
        return 0
    for line in digest_lines(digest):
        print_line(line)
    return 0


def _plain(digest: DailyDigest) -> dict[str, object]:
    return {
        "since": moment(digest.since),
        "until": moment(digest.until),
        "headline": digest.headline,
        "parts": [{"heading": part.heading, "lines": part.lines} for part in digest.parts],
    }
