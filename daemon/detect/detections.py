"""The section of a rule or filter that holds selections in, its condition and every fault with its line out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.condition import And, Condition, Exists, FieldTest, Keyword, Not, Null, Or
from daemon.detect.expression import read_expression
from daemon.detect.known_fields import DERIVED_FIELDS, MAX_PARTS, RECORD_FIELDS, is_known_field
from daemon.detect.modifiers import is_anchored, split_key
from daemon.detect.placeholders import looks_like_placeholder
from daemon.detect.refused import Refused, did_you_mean
from daemon.detect.translate import translate_value
from daemon.detect.traps import find_traps
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem

_NEVER = Or(items=())
DETECTION = "detection"
_DERIVED = "derived."
Steps = tuple[str | int, ...]


def read_detection(
    document: Document, *, variables: Mapping[str, Sequence[str]], section: str = DETECTION, others: Sequence[str] = ()
) -> tuple[Condition | None, tuple[Problem, ...]]:
    """The condition, or None where a problem keeps it from being built.

    `section` is the key that it stands under, `others` the keys in there that are neither condition nor selection.
    """
    written = document.value.get(section)
    if not isinstance(written, dict):
        what = f"{section} is not a mapping" if section in document.value else f"the rule has no {section}"
        return None, (document.problem((section,), what, "give it selections and a condition"),)
    reader = _Reader(document, variables, section)
    condition = reader.read({key: value for key, value in written.items() if key not in others})
    is_broken = any(not problem.is_warning for problem in reader.problems)
    return (None if is_broken else condition), tuple(reader.problems)


class _Reader:
    """Walks one detection section and keeps the problems it meets, so that all are told at once."""

    def __init__(self, document: Document, variables: Mapping[str, Sequence[str]], section: str) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._variables = variables
        self._section = section
        self._at = (section,)

    def read(self, section: Mapping[Any, Any]) -> Condition:
        traps = [
            self._document.problem_on(line, what, fix, is_warning=is_warning)
            for line, what, fix, is_warning in find_traps(self._document.node_at(self._at))
        ]
        condition = self._whole(section)
        trapped = {trap.where for trap in traps if not trap.is_warning}
        self.problems = [*traps, *(problem for problem in self.problems if problem.where not in trapped)]
        return condition

    def _whole(self, section: Mapping[Any, Any]) -> Condition:
        selections = {name: self._selection(name, definition) for name, definition in self._named(section)}
        if not selections and len(section) <= 1:
            what = f"the {self._section} has no selection"
            self._refuse(self._at, Refused(what, "add one such as: selection: {...}"))
        condition = self._condition(section.get("condition"), selections)
        if not self.problems and self._section == DETECTION and holds_on_nothing(condition):
            self._warn(
                (*self._at, "condition"),
                "the rule matches every event that lacks its fields",
                "add a selection that says what to look for",
            )
        return condition

    def _named(self, section: Mapping[Any, Any]) -> list[tuple[str, Any]]:
        if "timeframe" in section:
            fix = "a time span belongs to a Sigma correlation"
            self._refuse((*self._at, "timeframe"), Refused("timeframe has no meaning in a single rule", fix))
        return [
            (name, definition)
            for name, definition in section.items()
            if isinstance(name, str) and name not in ("condition", "timeframe")
        ]  # other keys are traps, and told as such

    def _condition(self, written: Any, selections: Mapping[str, Condition]) -> Condition:
        at = (*self._at, "condition")
        if written is None or written == []:
            what = f"the {self._section} has no condition"
            self._refuse(self._at, Refused(what, "add one such as: condition: selection"))
            return _NEVER
        alternatives: list[Condition] = []
        used: set[str] = set()
        for number, text in enumerate(written if isinstance(written, list) else [written]):
            try:
                condition, names = read_expression(text, selections)
            except Refused as fault:
                self._refuse((*at, number), fault)
                return _NEVER
            alternatives.append(condition)
            used |= names
        for name in selections.keys() - used:
            self._warn((*self._at, name), f"the condition does not use '{name}'", "name it there, or remove it")
        return alternatives[0] if len(alternatives) == 1 else Or(items=tuple(alternatives))

    def _selection(self, name: str, definition: Any) -> Condition:
        return self._definition(definition, (*self._at, name))

    def _definition(self, definition: Any, at: Steps) -> Condition:
        """A mapping means all of its items, a list any of its members, a plain value is searched everywhere."""
        if isinstance(definition, dict):
            items = [self._item(key, value, at) for key, value in definition.items() if isinstance(key, str)]
            return self._joined(items, at, is_all=True) if items or not definition else _NEVER
        if isinstance(definition, list):
            if any(isinstance(member, dict | list) for member in definition):
                members = [self._definition(member, (*at, number)) for number, member in enumerate(definition)]
                return self._joined(members, at, is_all=False)
            return self._values(None, (), definition, at)
        return self._values(None, (), [definition], at)

    def _joined(self, items: list[Condition], at: Steps, *, is_all: bool) -> Condition:
        if not items:
            self._refuse(at, Refused("the selection is empty", "give it a field and a value, or remove it"))
            return _NEVER
        if len(items) == 1:
            return items[0]
        return And(items=tuple(items)) if is_all else Or(items=tuple(items))

    def _item(self, key: str, value: Any, at: Steps) -> Condition:
        try:
            field, modifiers = split_key(key)
        except Refused as fault:
            self._refuse((*at, key), fault)
            return _NEVER
        if field is not None and not self._is_good_field(field, (*at, key)):
            return _NEVER
        if field is not None and value == []:
            self._doubt_empty_list(modifiers, (*at, key))
            condition: Condition = FieldTest(field=field, test=Null())
        else:
            values = value if isinstance(value, list) else [value]
            self._doubt_chain(field, modifiers, values, (*at, key))
            condition = self._values(field, modifiers, values, (*at, key))
        return Not(item=condition) if "neq" in modifiers else condition

    def _doubt_empty_list(self, modifiers: Sequence[str], at: Steps) -> None:
        if {"all", "neq"}.issuperset(modifiers):
            self._warn(at, "the list of values is empty, which means null", "write null, or give values")
        else:
            self._refuse(at, Refused("an empty list stands for null, which takes no modifier", "give values"))

    def _doubt_chain(self, field: str | None, modifiers: Sequence[str], values: list[Any], at: Steps) -> None:
        if "all" in modifiers and len(values) == 1:
            self._warn(at, "'all' has a single value, and changes nothing", "leave |all out")
        if "base64offset" in modifiers and field is not None and not is_anchored(modifiers):
            self._warn(at, "base64offset gives the middle of a text, which is never the whole", "add |contains")

    def _values(self, field: str | None, modifiers: Sequence[str], values: list[Any], at: Steps) -> Condition:
        conditions: list[Condition] = []
        for number, value in enumerate(values):
            if "fieldref" in modifiers and isinstance(value, str) and value:
                self._is_good_field(value, (*at, number))
            try:
                conditions.append(translate_value(field, modifiers, value, variables=self._variables))
            except Refused as fault:
                self._refuse((*at, number), fault)
                conditions.append(_NEVER)
            if "expand" not in modifiers and isinstance(value, str) and looks_like_placeholder(value):
                fix = "add the modifier |expand, if a placeholder is meant"
                self._warn((*at, number), f"'{value}' is compared as it stands", fix)
        return self._joined(conditions, at, is_all="all" in modifiers)

    def _is_good_field(self, field: str, at: Steps) -> bool:
        if field.count(".") >= MAX_PARTS:
            self._refuse(at, Refused(f"'{field[:40]}…' has more than {MAX_PARTS} parts", "name a field higher up"))
            return False
        if field.startswith(_DERIVED) and field not in DERIVED_FIELDS:
            self._refuse(at, Refused(f"there is no '{field}'", did_you_mean(field, DERIVED_FIELDS)))
            return False
        if not is_known_field(field):
            hint = did_you_mean(field.split(".")[0], RECORD_FIELDS | DERIVED_FIELDS)
            self._warn(at, f"'{field}' is no field of a CloudTrail record", hint or "names are case-sensitive")
        return True

    def _refuse(self, at: Steps, fault: Refused) -> None:
        self.problems.append(self._document.problem(at, fault.what, fault.fix))

    def _warn(self, at: Steps, what: str, fix: str) -> None:
        self.problems.append(self._document.problem(at, what, fix, is_warning=True))


def holds_on_nothing(condition: Condition) -> bool:
    """Whether the condition holds on an event without any field."""
    match condition:
        case And(items=items):
            return all(map(holds_on_nothing, items))
        case Or(items=items):
            return any(map(holds_on_nothing, items))
        case Not(item=item):
            return not holds_on_nothing(item)
        case FieldTest(test=test):
            return isinstance(test, Null) or (isinstance(test, Exists) and not test.expected)
        case Keyword():
            return False
