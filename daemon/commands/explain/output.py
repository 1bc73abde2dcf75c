"""Stories to print: for people, in colour on a terminal and plain elsewhere, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from daemon.commands.explain.picked import Picked
from daemon.commands.explain.story import Part, Story, listed
from daemon.commands.explained import Line, deciding_lines, tree_lines
from daemon.commands.indexed import place_in_words
from daemon.commands.tables import print_json, print_parts
from daemon.detect.explain import MISSING, Explained, Kind, seen
from daemon.detect.fields import resolve
from daemon.detect.index_answer import IndexOutcome
from daemon.detect.indexed import ANYWHERE, IndexedUnder, OnEveryEvent
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import Correlation, RuleHead
from daemon.trail.printable import printable

_LINE = 2_000
_MOST_DECIDING = 5
_YES, _NO = "green", "red"
_NAMES = ("eventTime", "eventSource", "eventName", "awsRegion", "eventID")


def print_stories(rule: RuleHead, stories: Sequence[Story], picked: Picked) -> None:
    """Print them for people."""
    parts: list[RenderableType] = [_text(rule.title, "bold"), _text(f"{rule.level}, {rule.id}, {rule.path}", "dim")]
    for story in stories:
        parts += [Text(""), *_story(story, picked)]
    print_parts(parts)


def print_json_stories(rule: RuleHead, stories: Sequence[Story], picked: Picked) -> None:
    """Print them for programs."""
    print_json(
        {
            "rule": {"id": rule.id, "title": rule.title, "level": rule.level, "path": rule.path},
            "origin": picked.origin,
            "events": [_as_json(story, picked) for story in stories],
        }
    )


def _story(story: Story, picked: Picked) -> Iterator[RenderableType]:
    number = f"event {story.event.number}" if len(picked.events) > 1 else "event"
    yield _text(f"{number} of {picked.origin}" + "".join(f", {value}" for value in _named(story, picked).values()))
    if story.event.record is None:
        yield _text(f"It cannot be decoded ({story.event.fault.replace('_', ' ')}), so no rule can look at it.", _NO)
        yield _text(f"The daemon raises the alert '{UNDECODABLE.title}' for it ({UNDECODABLE.id}).")
        return
    for part in story.parts:
        yield Text("")
        if isinstance(story.rule, Correlation):
            group = f"in the group {listed(part.group)}" if part.group else "in the one group of all"
            yield _text(f"{part.rule.title}, {group}", "bold")
        yield from map(_line, tree_lines(part.explained))
        yield from _verdict(part)
        yield _text(f"Index: {_index(part, story, picked)}.", "dim")
    yield from _ending(story)


def _verdict(part: Part) -> Iterator[RenderableType]:
    if part.explained.holds:
        yield _text("The rule holds.", f"bold {_YES}")
        return
    decided = deciding_lines(part.explained)
    if len(tree_lines(part.explained)) == 1:
        yield _text("The rule does not hold.", f"bold {_NO}")
        return
    yield _text("The rule does not hold. What decided it:", f"bold {_NO}")
    yield from (_line(replace(line, depth=1)) for line in decided[:_MOST_DECIDING])
    if len(decided) > _MOST_DECIDING:
        yield _text(f"  and {len(decided) - _MOST_DECIDING} more", "dim")


def _ending(story: Story) -> Iterator[RenderableType]:
    if isinstance(story.rule, Correlation):
        word = f"The event {'counts' if story.holds else 'does not count'} for this correlation."
        yield from (Text(""), _text(word, f"bold {_YES if story.holds else _NO}"))
    for note in story.notes:
        yield _text(f"{note[:1].upper()}{note[1:]}.")


def _index(part: Part, story: Story, picked: Picked) -> str:
    place = place_in_words(part.index.place)
    match part.index.outcome:
        case IndexOutcome.IN_PLAY:
            return f"would not pass the rule over ({place})"
        case IndexOutcome.READ_IN_FULL:
            why = "a field that is read ahead holds something else than text"
            return f"every rule looks at this event, since {why} ({place})"
    saw = [_saw(field, story, picked) for field in part.index.dismissed_by]
    return f"would have passed the rule over: {' and '.join(saw)} ({place})"


def _saw(field: str, story: Story, picked: Picked) -> str:
    if field == ANYWHERE:
        return "no text that the rule needs stands in the event"
    found = seen(story.event.record or {}, field, show=picked.show)
    return f"{field} is missing" if found == MISSING else f"{field} holds {found}"


def _named(story: Story, picked: Picked) -> dict[str, str]:
    """What people know an event by."""
    record = story.event.record or {}
    values = ((name, picked.show(name, value)) for name in _NAMES for value in resolve(record, name)[:1])
    return {name: value for name, value in values if isinstance(value, str) and value}


def _line(line: Line) -> RenderableType:
    """The answer beside what was asked, so that what is wrapped stands below its own."""
    text = Text(printable(line.asked, limit=_LINE))
    if line.saw:
        text.append(f"    (there: {printable(line.saw, limit=_LINE)})", style="dim")
    both = Table.grid(padding=(0, 2, 0, 0))
    both.add_row(Text("yes", style=_YES) if line.holds else Text("no ", style=_NO), text)
    return Padding(both, (0, 0, 0, 2 * line.depth))


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text, limit=_LINE), style=style)


def _as_json(story: Story, picked: Picked) -> dict[str, Any]:
    return {
        "number": story.event.number,
        "event": _named(story, picked),
        "undecodable": story.event.fault or None,
        "holds": story.holds,
        "rules": [_part_as_json(part) for part in story.parts],
        "notes": list(story.notes),
    }


def _part_as_json(part: Part) -> dict[str, Any]:
    place = part.index.place
    under = {field: list(texts) for field, texts in place.literals} if isinstance(place, IndexedUnder) else None
    return {
        "rule": {"id": part.rule.id, "title": part.rule.title},
        "holds": part.explained.holds,
        "tree": _tree(part.explained),
        "index": {
            "outcome": part.index.outcome,
            "dismissed_by": list(part.index.dismissed_by),
            "indexed_under": under,
            "on_every_event": place.reason if isinstance(place, OnEveryEvent) else None,
        },
        "group": dict(part.group),
    }


def _tree(explained: Explained) -> dict[str, Any]:
    if explained.kind is Kind.TEST:
        test = {"field": explained.field, "asks": explained.asks, "saw": explained.saw}
        return {"kind": "test", "holds": explained.holds, **test}
    parts = [_tree(part) for part in explained.parts]
    return {"kind": explained.kind, "holds": explained.holds, "parts": parts}
