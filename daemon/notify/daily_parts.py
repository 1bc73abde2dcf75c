"""A day in words: from what was counted to the headline and the parts of its digest, each line safe to show. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from daemon.model import CONFIRM_WITHIN, Level, Mute
from daemon.model.daily import DailyDigest, Part
from daemon.model.day import AlertCount, Day, DestinationHealth, Happened, LiveMute, RuleMatches, SourceHealth
from daemon.notify.facts import duration_text
from daemon.trail.answer_text import moment_text, target_text
from daemon.trail.naming import named_account, with_names
from daemon.trail.printable import printable

Names = Mapping[str, str]

_ALERT_ROWS = 20  # of rules and accounts; the rest is added up
_MOST_NAMED = 5  # shards, accounts
_TITLE, _REASON, _NAME, _LINE = 60, 120, 80, 400
_WORDS = {
    "loaded": "in force",
    "last_good": "in force by their last good version",
    "refused": "broken and not in force",
}


def laid_out(day: Day, *, on: date, names: Names, now: datetime) -> DailyDigest:
    """The digest for the day `on`. `names` are those of accounts, `now` is when everything stood so."""
    parts = (
        _part("Alerts by rule and account", _alert_table(day.happened.alerts, names), is_table=True),
        _part("Noisiest rules", _noise_table(day.happened.matches), is_table=True),
        _part("Verdicts", _verdict_lines(day.happened)),
        _part("Mutes", (_mute_line(each, names, now=now) for each in _first_to_end(day.mutes))),
        _part("Sources", (line for each in day.sources for line in _source_lines(each, now=now))),
        _part("Destinations", _destination_lines(day, now=now)),
        _part("Rules", _rule_lines(day.rules)),
        _part("Trailwarden about itself", _notice_lines(day.happened, names)),
    )
    return DailyDigest(
        day=on,
        since=day.since,
        until=day.until,
        headline=_headline(day),
        parts=tuple(part for part in parts if part.lines),
    )


def _part(heading: str, lines: Iterable[str], *, is_table: bool = False) -> Part:
    return Part(heading=heading, lines=tuple(printable(line, limit=_LINE) for line in lines), is_table=is_table)


def _headline(day: Day) -> str:
    happened, since = day.happened, f"since {moment_text(day.since)}"
    counts = {level: sum(each.alerts for each in happened.alerts if each.level is level) for level in reversed(Level)}
    quiet = [
        f"{count} {what}"
        for count, what in ((happened.shadow_alerts, "in shadow"), (happened.muted_alerts, "muted"))
        if count
    ]
    if not any(counts.values()):
        if not (quiet or happened.matches):
            return f"Nothing happened {since}: no alert, and no event that matched a rule."
        return "; ".join([f"No alert {since}", *quiet]) + "."
    by_level = ", ".join(f"{count} {level.value}" for level, count in counts.items() if count)
    return "; ".join([f"{_counted(sum(counts.values()), 'alert')} {since}: {by_level}", *quiet]) + "."


def _alert_table(counts: Sequence[AlertCount], names: Names) -> list[str]:
    if not counts:
        return []
    shown = [
        (str(each.alerts), each.level.value, _account(each.account, names), printable(each.title, limit=_TITLE))
        for each in counts[:_ALERT_ROWS]
    ]
    table = _columns([("alerts", "level", "account", "rule"), *shown])
    left = counts[_ALERT_ROWS:]
    more = [f"{sum(each.alerts for each in left)} in {_counted(len(left), 'more row')}"] if left else []
    return [*table, *more]


def _account(account: str, names: Names) -> str:
    return named_account(printable(account, limit=20), names) if account else "-"


def _noise_table(counts: Sequence[RuleMatches]) -> list[str]:
    rows = [(str(each.matches), f"{printable(each.title, limit=_TITLE)}{_quiet(each)}") for each in counts]
    return _columns([("events", "rule"), *rows]) if rows else []


def _quiet(rule: RuleMatches) -> str:
    marks = [f"{count} {word}" for count, word in ((rule.muted, "muted"), (rule.shadow, "in shadow")) if count]
    return f" ({', '.join(marks)})" if marks else ""


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """In columns: numbers to the right, words to the left, the last as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join(
            [row[0].rjust(widths[0]), *(cell.ljust(widths[n]) for n, cell in enumerate(row[1:-1], start=1)), row[-1]]
        )
        for row in rows
    ]


def _verdict_lines(happened: Happened) -> Iterator[str]:
    for each in happened.verdicts:
        said = [
            f"{count} {words}"
            for count, words in ((each.expected, "expected"), (each.not_expected, "not expected"))
            if count
        ]
        yield f"{printable(each.title, limit=_TITLE)}: {', '.join(said)}"


def _first_to_end(mutes: Sequence[LiveMute]) -> list[LiveMute]:
    """What waits for a second person, and then what ends first."""
    return sorted(mutes, key=lambda each: (each.mute.until_at is not None, _end(each.mute), each.mute.id))


def _end(mute: Mute) -> datetime:
    return mute.until_at or mute.made_at + CONFIRM_WITHIN


def _mute_line(live: LiveMute, names: Names, *, now: datetime) -> str:
    mute, ends = live.mute, f"{moment_text(_end(live.mute))} (in {duration_text(_end(live.mute) - now)})"
    what = f"“{printable(mute.title, limit=_TITLE)}” for {_target(mute, names)}"
    critical = ", also where it is critical" if mute.with_critical else ""
    why = f"{printable(mute.reason, limit=_REASON)} ({_people(mute)}; {_counted(live.matches, 'event')} so far)"
    if mute.until_at is None:
        return f"Mute {mute.id} waits for a second person until {ends}: {what}{critical}: {why}"
    return f"Mute {mute.id} ends {ends}: {what}{critical}: {why}"


def _target(mute: Mute, names: Names) -> str:
    return with_names(printable(target_text(mute), limit=_NAME * 2), names)


def _people(mute: Mute) -> str:
    made = f"by {printable(mute.made_by.name, limit=_NAME)}"
    confirmed = f", confirmed by {printable(mute.confirmed_by.name, limit=_NAME)}" if mute.confirmed_by else ""
    return f"{made}{confirmed}"


def _source_lines(source: SourceHealth, *, now: datetime) -> Iterator[str]:
    name = printable(source.name, limit=200)
    newest = [
        f"newest {what} {_ago(at, now)}"
        for what, at in (("event", source.newest_event_at), ("log file", source.newest_file_at))
        if at is not None
    ]
    yield f"{name}: {'; '.join([_counted(source.shards, 'shard'), *(newest or ['nothing was read yet'])])}"
    faults = list(_source_faults(source, now=now))
    if source.proved_until is not None:
        newest_end, oldest_end = source.proved_until
        behind = f", the slowest chain {_ago(oldest_end, now)}" if oldest_end < newest_end else ""
        faults.append(f"proved by CloudTrail's digests up to {_ago(newest_end, now)}{behind}")
    yield from (f"{name}: {fault}" for fault in faults)


def _source_faults(source: SourceHealth, *, now: datetime) -> Iterator[str]:
    if source.silent:
        yield f"silent: {_some(source.silent)}"
    if source.missing:
        yield f"never appeared: {_some(source.missing)}"
    if source.refused:
        yield f"refused: {_some(source.refused)}"
    if source.pending:
        oldest = f", the oldest of {_ago(source.oldest_pending_at, now)}" if source.oldest_pending_at else ""
        yield f"{_counted(source.pending, 'log file')} waiting{oldest}"
    if source.quarantined:
        yield f"{_counted(source.quarantined, 'log file')} set aside: trailwarden objects list --state quarantined"
    if source.unseen:
        yield f"{_counted(source.unseen, 'log file')} named by digests and not seen in the bucket"


def _destination_lines(day: Day, *, now: datetime) -> Iterator[str]:
    for each in day.destinations:
        faults = list(_destination_faults(each, day.happened.given_up.get(each.name, 0), now=now))
        yield f"{each.name}: {'; '.join(faults) or 'nothing waits'}"


def _destination_faults(each: DestinationHealth, given_up: int, *, now: datetime) -> Iterator[str]:
    if each.pending:
        oldest = f", the oldest since {_ago(each.oldest_at, now)}" if each.oldest_at else ""
        yield f"{_counted(each.pending, 'message')} waiting{oldest}"
    if given_up:
        yield f"{_counted(given_up, 'message')} given up: trailwarden deliveries list --state dead"


def _rule_lines(states: Mapping[str, int] | None) -> Iterator[str]:
    if states is not None:
        counts = [f"{states.get(state, 0)} {words}" for state, words in _WORDS.items() if states.get(state)]
        yield ", ".join(counts) or "none is in force: nothing can be detected"


def _notice_lines(happened: Happened, names: Names) -> Iterator[str]:
    for title, count in happened.notices:
        often = f" ({count} times)" if count > 1 else ""
        yield f"{with_names(printable(title, limit=200), names)}{often}"


def _some(names: Sequence[str]) -> str:
    shown = [printable(name, limit=_NAME) for name in names[:_MOST_NAMED]]
    more = [f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return f"{len(names)}: {', '.join([*shown, *more])}"


def _ago(at: datetime, now: datetime) -> str:
    return f"{moment_text(at)} ({duration_text(max(now - at, timedelta(0)))} ago)"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
