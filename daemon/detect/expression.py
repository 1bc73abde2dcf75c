"""The condition line of a rule: `selection and not 1 of filter_*` in, a condition over the selections out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
    SigmaCondition,
)
from sigma.exceptions import SigmaError

from daemon.condition import And, Condition, Not, Or, Text, Wildcard
from daemon.detect.refused import Refused, did_you_mean
from daemon.detect.values import compile_text

MAX_LENGTH = 20_000
_OPERATORS = re.compile(r"\b(AND|OR|NOT|And|Or|Not|OF|Of|ALL|All|Any|ANY)\b")
_SELECTOR = re.compile(r"(?<![\w-])of[ \t]+[\w*-]+")
_MINUS = "__minus__"  # pySigma takes no - in a pattern of names, though names have it
_POSITION = re.compile(r"\(at char (\d+)\)")


def read_expression(text: Any, selections: Mapping[str, Condition]) -> tuple[Condition, frozenset[str]]:
    """The condition and the names of the selections it uses. Raises Refused."""
    used: set[str] = set()
    return _resolve(parse_expression(text), selections, used), frozenset(used)


def parse_expression(text: Any) -> Any:
    """The tree of it as pySigma has it, its names not looked up yet. Raises Refused."""
    if not isinstance(text, str):
        raise Refused("the condition is not a text", "write one such as: selection and not filter")
    if "|" in text:
        raise Refused("the condition counts events with '|'", "end it before the '|': single events are matched")
    if len(text) > MAX_LENGTH:
        raise Refused(f"the condition is longer than {MAX_LENGTH} characters", "use '1 of name*'")
    sure = _SELECTOR.sub(_without_minus, text)
    try:
        return SigmaCondition(sure, None).parse(postprocess=False)  # type: ignore[arg-type]  # names are resolved here
    except SigmaError as fault:
        raise _syntax(sure, fault) from fault
    except RecursionError as fault:
        raise Refused("the condition is nested too deeply", "name parts of it as selections") from fault


def _resolve(node: Any, selections: Mapping[str, Condition], used: set[str]) -> Condition:
    match node:
        case ConditionIdentifier():
            return _selection(node.identifier, selections, used)
        case ConditionSelector():
            names = _chosen(node, selections)
            used.update(names)
            return _join([selections[name] for name in names], is_all=node.cond_class is ConditionAND)
        case ConditionNOT():
            return Not(item=_resolve(node.args[0], selections, used))
        case ConditionAND() | ConditionOR():
            items = [_resolve(arg, selections, used) for arg in node.args]
            return _join(items, is_all=isinstance(node, ConditionAND))
        case _:
            raise Refused("the condition cannot be understood", "write one such as: selection and not filter")


def _without_minus(selector: re.Match[str]) -> str:
    return selector[0].replace("-", _MINUS)


def _selection(name: str, selections: Mapping[str, Condition], used: set[str]) -> Condition:
    if name not in selections:
        raise Refused(f"the condition names '{name}', which is no selection here", did_you_mean(name, selections))
    used.add(name)
    return selections[name]


def _chosen(node: ConditionSelector, selections: Mapping[str, Condition]) -> list[str]:
    written = node.pattern.replace(_MINUS, "-")
    pattern = "*" if written == "them" else written
    fits = compile_text(Text(parts=tuple(Wildcard.ANY if sign == "*" else sign for sign in pattern), is_cased=True))
    names = [name for name in selections if fits(name) and (pattern.startswith("_") or not name.startswith("_"))]
    if not names:
        fix = f"selections here: {', '.join(selections) or 'none'} (names that begin with _ are left out)"
        raise Refused(f"'{node.args[0]} of {written}' finds no selection", fix)
    return names


def _join(items: list[Condition], *, is_all: bool) -> Condition:
    if len(items) == 1:
        return items[0]
    return And(items=tuple(items)) if is_all else Or(items=tuple(items))


def _syntax(text: str, fault: SigmaError) -> Refused:
    shouted = _OPERATORS.search(text)
    if shouted:
        return Refused(f"the condition has '{shouted[0]}'", f"operators are written small: '{shouted[0].lower()}'")
    place = _POSITION.search(str(fault))
    near = text[int(place[1]) :].replace(_MINUS, "-")[:20] if place else ""
    what = f"the condition breaks off before '{near}'" if near else "the condition breaks off at its end"
    return Refused(what, "it takes names of selections (letters, digits, _ and -), and, or, not, brackets, '1 of x*'")
