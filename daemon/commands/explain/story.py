"""One rule and one event in, all that is to be said about them out: what held, what the index does, what comes then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from daemon.commands.explain.given import GivenEvent
from daemon.detect.compile import Predicate, compile_condition
from daemon.detect.explain import Explained, Show, explain
from daemon.detect.fields import resolve
from daemon.detect.index_answer import IndexAnswer, ask_index
from daemon.detect.ruleset import RuleSet
from daemon.model import Correlation, Mode, Rule, RuleHead
from daemon.pipeline.event import parse_time, text

Values = tuple[tuple[str, str | None], ...]  # names, and what they hold; None where nothing that could be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A rule over the event: the one that was asked for, or one that a correlation is about.

    `group` is where the event counts in the correlation.
    """

    rule: Rule
    explained: Explained
    index: IndexAnswer
    group: Values = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`holds`: the rule does, or the event counts for the correlation. An event that no one can read has no parts."""

    rule: RuleHead
    event: GivenEvent
    holds: bool
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that are in force. `fields` are those that their index reads ahead."""

    by_id: Mapping[str, RuleHead]
    fields: tuple[str, ...]

    def about(self, asked: RuleHead) -> Iterator[tuple[Rule, Mapping[str, str]]]:
        """The rule itself, or those of a correlation: each with the field that stands for each name it groups by."""
        if isinstance(asked, Rule):
            yield asked, {}
        elif isinstance(asked, Correlation):
            yield from self._bases(asked)

    def _bases(self, correlation: Correlation) -> Iterator[tuple[Rule, Mapping[str, str]]]:
        for base in correlation.bases:
            fields = dict(zip(correlation.group_by, base.keys, strict=True))
            found = self.by_id.get(base.rule_id)
            if isinstance(found, Rule):
                yield found, fields
            elif isinstance(found, Correlation):
                for rule, below in self._bases(found):
                    yield rule, {name: below[inner] for name, inner in fields.items()}


def rules_of(heads: Iterable[RuleHead]) -> Rules:
    """Rules and correlations, made ready to be asked about."""
    by_id = {head.id: head for head in heads}
    return Rules(by_id=by_id, fields=RuleSet([head for head in by_id.values() if isinstance(head, Rule)]).fields)


def compile_rule(asked: RuleHead, rules: Rules) -> Predicate:
    """A function that says whether the rule holds for a record, or some rule of the correlation does."""
    predicates = [compile_condition(rule.condition) for rule, _ in rules.about(asked)]
    return lambda record: any(holds(record) for holds in predicates)


def tell(asked: RuleHead, rules: Rules, event: GivenEvent, *, show: Show) -> Story:
    """Everything about one event; `show` masks what is not to be seen."""
    record = event.record
    if record is None:
        return Story(rule=asked, event=event, holds=False)
    parts = tuple(
        Part(
            rule=rule,
            explained=explain(rule.condition, record, show=show),
            index=ask_index(rule.condition, fields=rules.fields, raw=event.raw),
            group=_values(record, fields.items(), show),
        )
        for rule, fields in rules.about(asked)
    )
    holds = any(part.explained.holds for part in parts)
    notes = _about_correlation(asked, record, is_counted=holds) if isinstance(asked, Correlation) else ()
    return Story(
        rule=asked,
        event=event,
        holds=holds,
        parts=parts,
        notes=(*notes, *(_about_rule(asked, record, show) if holds else ())),
    )


def _about_rule(asked: RuleHead, record: Mapping[str, Any], show: Show) -> Iterator[str]:
    """What comes of a rule that holds."""
    first = asked.options.first_seen
    if first is not None:
        held = _values(record, ((field, field) for field in first.fields), show)
        yield (
            f"whether it alerts is for the state store to say: only where this was not seen for {_span(first.forget)}: "
            + listed(held)
        )
    feeds = getattr(asked, "feeds", ())
    if feeds:
        titles = ", ".join(f"'{feed.correlation.title}'" for feed in feeds)
        is_silent = getattr(asked, "is_silent", False)
        yield f"it alerts nobody by itself, and counts for {titles}" if is_silent else f"it counts for {titles} too"
    if asked.options.mode is Mode.SHADOW:
        yield "in shadow mode: recorded, counted and shown, never sent"


def _about_correlation(asked: Correlation, record: Mapping[str, Any], *, is_counted: bool) -> tuple[str, ...]:
    whether = f"whether it fires is for the state store to say: the other events within {_span(asked.timespan)} decide"
    if not is_counted:
        return ()
    if parse_time(text(record.get("eventTime"))) is None:
        return ("its eventTime cannot be read, and so it counts in no window of time",)
    return (whether,)


def _values(record: Mapping[str, Any], fields: Iterable[tuple[str, str]], show: Show) -> Values:
    return tuple((name, _value(record, field, show)) for name, field in fields)


def _value(record: Mapping[str, Any], field: str, show: Show) -> str | None:
    values = {text(show(field, value)) for value in resolve(record, field) if isinstance(value, str | int | float)}
    return ", ".join(sorted(values)) if values else None


def listed(values: Values) -> str:
    """`name = value, other = value`, for people."""
    return ", ".join(f"{name} = {'nothing' if value is None else value}" for name, value in values)


def _span(span: timedelta) -> str:
    """`90d`, `10m`: in the largest unit that needs no fraction."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
