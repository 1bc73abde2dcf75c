"""What is new or different about an event of an alert, and when the alert rises to another level. Pure.

Values are kept up to a bound: whoever makes up addresses or names must not fill an alert, nor a thread below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from daemon.model import Alert, Escalation, Sample, Trait, TraitKind
from daemon.record.columns import storable
from daemon.trail.outcome import Outcome, outcome_of

_MOST_CHARS = 200
_MOST = {TraitKind.ACCOUNT: 50, TraitKind.REGION: 50, TraitKind.BREAKTHROUGH: 10}
_MOST_OTHERS = 20


def learned(alert: Alert, sample: Sample) -> Alert:
    """The alert with what this event is the first to show, as of its present version."""
    traits = alert.traits
    for kind, value in _told(sample):
        traits = _with(traits, kind, value, since=alert.version)
    if _is_breakthrough(alert, sample):
        traits = _with(traits, TraitKind.BREAKTHROUGH, sample.name, since=alert.version)
    return alert if traits is alert.traits else replace(alert, traits=traits)


def risen(alert: Alert, escalations: Sequence[Escalation]) -> Alert:
    """The alert at the level that its count asks for, if that is above its own."""
    asked = [each.to for each in escalations if alert.count >= each.count and each.to.rank > alert.level.rank]
    if not asked:
        return alert
    level = max(asked, key=lambda each: each.rank)
    trait = Trait(kind=TraitKind.LEVEL, value=level.value, since=alert.version)
    return replace(alert, level=level, opened_level=alert.rule_level, traits=(*alert.traits, trait))


def risen_of(alerts: Iterable[Alert], known: Mapping[str, Alert]) -> frozenset[str]:
    """The ids of those whose level is not what it was."""
    return frozenset(each.id for each in alerts if each.id in known and each.level is not known[each.id].level)


def _told(sample: Sample) -> Iterator[tuple[TraitKind, str]]:
    yield TraitKind.ACTOR, sample.actor
    yield TraitKind.ADDRESS, _text(sample, "sourceIPAddress")
    yield TraitKind.ACCOUNT, sample.account
    yield TraitKind.REGION, sample.region
    if sample.record:
        yield TraitKind.OUTCOME, outcome_of(sample.record).value


def _with(traits: tuple[Trait, ...], kind: TraitKind, value: str, *, since: int) -> tuple[Trait, ...]:
    known = [trait.value for trait in traits if trait.kind is kind]
    kept = storable(value, max_chars=_MOST_CHARS)
    if not kept or kept in known or len(known) >= _MOST.get(kind, _MOST_OTHERS):
        return traits
    return (*traits, Trait(kind=kind, value=kept, since=since))


def _is_breakthrough(alert: Alert, sample: Sample) -> bool:
    """Whether a call succeeds where another was refused: denied, or a sign-in that failed, which has no error code."""
    if not sample.record or outcome_of(sample.record) is not Outcome.SUCCEEDED:
        return False
    outcomes = {trait.value for trait in alert.traits if trait.kind is TraitKind.OUTCOME}
    has_failed = Outcome.FAILED.value in outcomes and sample.name == "ConsoleLogin"
    return has_failed or Outcome.DENIED.value in outcomes


def _text(sample: Sample, name: str) -> str:
    value = sample.record.get(name)
    return value if isinstance(value, str) else ""
