"""What is said of an alert that goes on: how often by now, what came up besides, what is new since it was last told.

Pure: from an Alert to words and elements, so that message, thread, channel and console tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from daemon.model import Alert, Delivery, Edition, Level, Previous, Sample, Trait, TraitKind
from daemon.notify.blocks import Element, date, line_break, link, text
from daemon.trail.outcome import outcome_of
from daemon.trail.printable import printable

_SHOWN = 6  # values of one kind in a line
_PLURALS = {
    TraitKind.ACTOR: ("actor", "actors"),
    TraitKind.ADDRESS: ("address", "addresses"),
    TraitKind.ACCOUNT: ("account", "accounts"),
    TraitKind.REGION: ("region", "regions"),
    TraitKind.OUTCOME: ("outcome", "outcomes"),
}
_TIME = "%Y-%m-%d %H:%M:%S UTC"


def news_lines(traits: Sequence[Trait], *, word: str = "new ") -> list[str]:
    """`new region: eu-west-1`, a line for each kind, those that ring first."""
    order = {kind: place for place, kind in enumerate(_ORDER)}
    ordered = sorted(traits, key=lambda trait: order[trait.kind])
    return [_line(kind, [trait.value for trait in some], word) for kind, some in groupby(ordered, key=_kind)]


def more_text(alert: Alert, since: Edition | None) -> str:
    """`5 more events, 12 in all`."""
    more = alert.count - (since.count if since else 1)
    in_all = f"{alert.count} event" + ("" if alert.count == 1 else "s")
    return f"{more} more {'event' if more == 1 else 'events'}, {alert.count} in all" if more > 0 else in_all


def has_grown(alert: Alert, since: Edition | None) -> bool:
    """Whether there are more events than the reader knows of."""
    return alert.count > (since.count if since else 1)


def reasons(alert: Alert, since: Edition | None) -> list[str]:
    """Why an alert is broadcast; that it goes on where there is nothing more to say."""
    known = since.version if since else 1
    rings = [trait for trait in alert.news(since=known) if trait.kind.rings]
    return news_lines(rings) or [f"it goes on: {more_text(alert, since)}"]


def rings_text(alert: Alert, delivery: Delivery) -> str:
    """The same behind its level and title, for one line: `CRITICAL: … : level: critical`."""
    return f"{alert.level.upper()}: {alert.title}: {'; '.join(reasons(alert, delivery.since))}"


def other_news(alert: Alert, since: Edition | None) -> list[str]:
    """What is new and would not ring by itself."""
    known = since.version if since else 1
    return news_lines([trait for trait in alert.news(since=known) if not trait.kind.rings])


def sample_text(sample: Sample) -> str:
    """`DeleteGroup · alice · 111122223333 · us-east-1 · 203.0.113.7 · denied`."""
    address = sample.record.get("sourceIPAddress")
    outcome = outcome_of(sample.record).value if sample.record else ""
    told = (sample.name, sample.actor, sample.account, sample.region, address, outcome)
    return " · ".join(each for each in told if isinstance(each, str) and each)


def latest_text(alert: Alert) -> str:
    """The most recent event; nothing where there is but one."""
    return sample_text(max(alert.samples, key=lambda sample: sample.time)) if len(alert.samples) > 1 else ""


def last_seen(alert: Alert) -> str:
    """When it last happened."""
    return f"{alert.last_at:{_TIME}}"


def risen_text(alert: Alert) -> str:
    """`was high`; nothing where it never rose."""
    return f"was {alert.opened_level.upper()}" if alert.opened_level else ""


def since_text(alert: Alert) -> str:
    """`since then: succeeded (DeleteGroup), risen to CRITICAL`; nothing where the first event still tells it all."""
    called = [trait.value for trait in alert.traits if trait.kind is TraitKind.BREAKTHROUGH]
    told = [f"succeeded ({printable(', '.join(called), limit=60)})"] if called else []
    if alert.opened_level:
        told.append(f"risen to {alert.level.upper()}")
    return f"since then: {', '.join(told)}" if told else ""


def growth_elements(alert: Alert, *, limit: int) -> list[Element]:
    """Lines below the facts of a message: last seen, the latest event, what came up besides, what took it back."""
    elements: list[Element] = []
    for label, told in _growth(alert):
        shown = date(alert.last_at) if told is None else text(told, limit=limit * 2)
        elements += [line_break(), text(label, limit=20, is_bold=True), {"type": "text", "text": "  "}, shown]
    return elements


def growth_lines(alert: Alert) -> list[tuple[str, str]]:
    """The same as labels and words."""
    return [(label, last_seen(alert) if told is None else told) for label, told in _growth(alert)]


def again_text(previous: Previous) -> str:
    """`the last one was alert … of 2026-03-01 08:00:00 UTC, 12 events`."""
    events = "1 event" if previous.count == 1 else f"{previous.count} events"
    return f"the last one was alert {previous.id} of {previous.opened_at:{_TIME}}, {events}"


def again_elements(previous: Previous | None, permalink: str | None) -> list[Element]:
    """That this has been told before, with a way there."""
    if previous is None:
        return []
    elements = [line_break(), text("Again", limit=20, is_bold=True), text(f"  {again_text(previous)}", limit=200)]
    return [*elements, {"type": "text", "text": " "}, link(permalink, "its message")] if permalink else elements


def console_line(alert: Alert, delivery: Delivery) -> str:
    """Growth in one line."""
    known = delivery.since.version if delivery.since else 1
    news = news_lines(alert.news(since=known))
    return " · ".join([more_text(alert, delivery.since), f"last {last_seen(alert)}", *news])


def _growth(alert: Alert) -> Iterator[tuple[str, str | None]]:
    """Label and words; None stands for the time of the last event."""
    if alert.count > 1 and alert.last_at > alert.first_at:
        yield "Last seen", None
    if latest := latest_text(alert):
        yield "Latest", latest
    besides = _besides(alert)
    if besides:
        yield "Also", "; ".join(news_lines(besides, word=""))
    if alert.revised:
        yield "Revised", alert.revised


def _besides(alert: Alert) -> list[Trait]:
    """All values but the first of each kind, which the message tells anyway."""
    seen: set[TraitKind] = set()
    besides = []
    for trait in alert.traits:
        if trait.kind in seen or trait.kind in (TraitKind.LEVEL, TraitKind.BREAKTHROUGH):
            besides.append(trait)
        seen.add(trait.kind)
    return besides


def _line(kind: TraitKind, values: Sequence[str], word: str) -> str:
    if kind is TraitKind.LEVEL:
        return f"risen to {Level(values[-1]).upper()}"
    shown = ", ".join(values[:_SHOWN]) + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "")
    if kind is TraitKind.BREAKTHROUGH:
        return f"succeeded after others were denied: {shown}"
    return f"{word}{_PLURALS[kind][len(values) > 1]}: {shown}"


def _kind(trait: Trait) -> TraitKind:
    return trait.kind


_ORDER = (
    TraitKind.LEVEL,
    TraitKind.BREAKTHROUGH,
    TraitKind.ACCOUNT,
    TraitKind.REGION,
    TraitKind.ACTOR,
    TraitKind.ADDRESS,
    TraitKind.OUTCOME,
)
