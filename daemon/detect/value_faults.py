"""What can be wrong with one value of a field, in words that say what to write instead."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

import re2
from sigma.exceptions import SigmaError

from daemon.detect.modifiers import KINDS, Kind
from daemon.detect.refused import Refused

_TIMES = frozenset(name for name, kind in KINDS.items() if kind is Kind.TIME)


def check_single(value: Any) -> None:
    """Refuse what is no single value."""
    if isinstance(value, dict):
        inner = next(iter(value), "field")
        raise Refused("a mapping stands where a value should", f"write the path with dots, as in 'field.{inner}'")
    if isinstance(value, list):
        raise Refused("a list stands inside a list", "write one flat list of values")


def check_pattern(value: Any) -> None:
    """Check before pySigma does: RE2 would write its complaint to standard error."""
    if not isinstance(value, str):
        raise Refused(f"a regular expression is a text, not {value!r}", "quote it")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(value, options)
    except re2.error as fault:
        fix = "RE2 is the dialect: it has no look-around and no back-references; a second selection with 'not' helps"
        raise Refused(f"bad regular expression '{value}': {in_words(fault)}", fix) from fault


def check_whole(value: Any, modifiers: Sequence[str]) -> None:
    """Refuse a fraction where a part of a time is asked for: pySigma would cut it off."""
    if not _TIMES.isdisjoint(modifiers) and isinstance(value, float) and not value.is_integer():
        raise Refused(f"a part of a time is a whole number, not {value}", f"write {int(value)}")


def check_reference(value: Any, modifiers: Sequence[str]) -> None:
    """Refuse a reference to no field."""
    if "fieldref" in modifiers and value == "":
        raise Refused("fieldref names no field", "give the path of a field of the same event")


def in_words(fault: Exception) -> str:
    """The text of an error; RE2's are bytes."""
    what = fault.args[0] if fault.args else ""
    return what.decode(errors="replace") if isinstance(what, bytes) else str(fault)


def explained(fault: SigmaError, modifiers: Sequence[str], value: Any) -> Refused:
    """What to tell of a value that pySigma does not take."""
    if "cidr" in modifiers and isinstance(value, str):
        return _bad_network(value)
    if "exists" in modifiers and not isinstance(value, bool):
        return Refused(f"exists takes true or false, not {value!r}", "write it without quotes")
    what = str(fault)
    if "incompatible to value type" in what:
        return _wrong_type(modifiers, value)
    return Refused(what, "see docs/rules.md for what each modifier takes")


def _wrong_type(modifiers: Sequence[str], value: Any) -> Refused:
    chain = "|".join(modifiers)
    if isinstance(value, str):
        fix = "give a number without quotes" if value.lstrip("-").replace(".", "", 1).isdigit() else "see docs/rules.md"
        return Refused(f"'{chain}' does not take the text '{value}'", fix)
    written = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return Refused(f"'{chain}' does not take {written}", f"quote it to make it a text: '{written}'")


def _bad_network(value: str) -> Refused:
    try:
        fix = f"write {ipaddress.ip_network(value, strict=False)}"
        return Refused(f"'{value}' has bits set beyond its prefix", fix)
    except ValueError:
        return Refused(f"'{value}' is no network", "write one such as 203.0.113.0/24 or 2001:db8::/32")
