"""Every pair of modifiers in either order, and every triple of their kinds in every order: taken or refused.

What is legal is written here as a grammar of its own, and what a legal chain means is worked out by the plainest
means there are (the base64 text of every neighbourhood, compared), so that nothing here rests on what it tests.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from itertools import permutations

from tests.conformance.cases import Case, Event, Refusal, Section

_LETTERS = {
    "all": "L",
    "neq": "N",
    "expand": "X",
    "cased": "C",
    **dict.fromkeys(("contains", "startswith", "endswith"), "A"),
    "windash": "W",
    **dict.fromkeys(("wide", "utf16le", "utf16be", "utf16"), "U"),
    **dict.fromkeys(("base64", "base64offset"), "B"),
    "re": "R",
    **dict.fromkeys(("i", "m", "s"), "F"),
    "cidr": "I",
    "exists": "E",
    "fieldref": "V",
    **dict.fromkeys(("lt", "lte", "gt", "gte"), "G"),
    **dict.fromkeys(("minute", "hour", "day", "week", "month", "year"), "T"),
}
NAMES = tuple(_LETTERS)
REPRESENTATIVES = (
    *("all", "neq", "expand", "cased", "contains", "endswith", "windash", "utf16le", "base64", "base64offset"),
    *("re", "i", "s", "cidr", "exists", "fieldref", "gte", "hour"),
)
# What is left of a legal chain once `all` and `neq` are taken out, which go anywhere but with exists; then `cased`
# from a text or reference, `expand` from a text, expression or network, which go anywhere too.
_TEXT = re.compile(r"(W?(U?B)*U?A?|AW)")
_OTHERS = (
    (re.compile("RF*A?F*"), "X"),
    (re.compile("I"), "X"),
    (re.compile("VA?"), "C"),
    (re.compile("T?G?"), ""),
)
_CODECS = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
_FAR = "far away"  # matches nothing that is looked for


def is_legal(chain: tuple[str, ...]) -> bool:
    """What the specification allows, in the order in which it allows it."""
    letters = "".join(_LETTERS[name] for name in chain)
    if letters == "E":
        return True
    core = re.sub("[LN]", "", letters)
    if _TEXT.fullmatch(re.sub("[CX]", "", core)) and "UU" not in core:
        return True
    return any(form.fullmatch(re.sub(f"[{free}]", "", core) if free else core) for form, free in _OTHERS)


def chains() -> Iterator[tuple[str, ...]]:
    """Single modifiers, pairs of all, and triples of one or two of each kind."""
    yield from ((name,) for name in NAMES)
    yield from permutations(NAMES, 2)
    yield from permutations(REPRESENTATIVES, 3)


def row(chain: tuple[str, ...]) -> Case | Refusal:
    """The row of the table that a chain of modifiers makes."""
    key = "|".join(("userAgent", *chain))
    if not is_legal(chain):
        return Refusal(feature="|".join(chain), rule=f"{key}: {_value(chain)}", says="")
    several = json.dumps([_value(chain), _value(chain, second=True)], ensure_ascii=False)
    written = several if "all" in chain else json.dumps(_value(chain), ensure_ascii=False)
    yes, no = _events(chain)
    has_anchor = "A" in {_LETTERS[name] for name in chain}
    if "neq" in chain:
        yes, no = no, yes
    return Case(
        feature="|".join(chain),
        rule=f"selection:\n  eventName: A\n  {key}: {written}\ncondition: selection",
        variables={"one": [str(_plain(chain))], "two": [str(_plain(chain, second=True))]},
        matches=yes,
        misses=no,
        warns="base64offset gives the middle" if "base64offset" in chain and not has_anchor else "",
    )


def _value(chain: tuple[str, ...], *, second: bool = False) -> str | int | bool:
    if "expand" in chain:
        return "%two%" if second else "%one%"
    return _plain(chain, second=second)


def _plain(chain: tuple[str, ...], *, second: bool = False) -> str | int | bool:
    letters = {_LETTERS[name] for name in chain}
    if "E" in letters:
        return True
    if letters & {"G", "T"}:
        return 5
    if "I" in letters:
        return "10.2.0.0/16" if second else "10.0.0.0/8"
    if "V" in letters:
        return "errorMessage" if second else "errorCode"
    if "R" in letters:
        return "c.d" if second else "a.b"
    dash = "-" if "W" in letters else ""
    return f"{dash}CdefC" if second else f"{dash}AbcdA"


def _events(chain: tuple[str, ...]) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Events that the chain without neq matches, and that it does not."""
    letters = {_LETTERS[name] for name in chain}
    if letters & {"E", "G", "T", "I", "V", "R"}:
        held, missed = _typed(chain)
    else:
        held, missed = _texts(chain)
    if "all" in chain and not letters & {"G", "T", "I"}:
        return (_event([*held[0], *held[1]]),), (_event([held[0][0]]), _event([held[1][0]]), _event(_FAR))
    return tuple(_event(value) for value in held[0]), tuple(_event(value) for value in missed)


def _event(value: object) -> Event:
    return {
        "eventName": "A",
        "errorCode": "Q!w",
        "errorMessage": "e?R",
        **({} if value is None else {"userAgent": value}),
    }


def _typed(chain: tuple[str, ...]) -> tuple[tuple[list[object], list[object]], list[object]]:
    anchor = next((name for name in chain if _LETTERS[name] == "A"), "")
    if "exists" in chain:
        return (["x"], ["x"]), [None]
    if "cidr" in chain:
        return (["10.2.3.4"], ["10.2.3.4"]), ["11.2.3.4", _FAR]
    if "fieldref" in chain:
        case = [] if "cased" in chain else [_around(anchor, "q!W")]
        wrong = [_around(anchor, "q!W")] if "cased" in chain else []
        return ([_around(anchor, "Q!w"), *case], [_around(anchor, "e?R")]), [*_outside(anchor, "Q!w"), *wrong, _FAR]
    if "re" in chain:
        return _expressions(chain, anchor)
    return _compared(chain)


def _expressions(chain: tuple[str, ...], anchor: str) -> tuple[tuple[list[object], list[object]], list[object]]:
    first: list[object] = [
        _around(anchor, "a-b"),
        *(["A-B"] if "i" in chain else []),
        *(["a\nb"] if "s" in chain else []),
    ]
    wrong: list[object] = [*([] if "i" in chain else ["A-B"]), *([] if "s" in chain else ["a\nb"]), _FAR]
    return (first, [_around(anchor, "c-d")]), [*(_outside(anchor, "a-b") if anchor else []), *wrong]


def _compared(chain: tuple[str, ...]) -> tuple[tuple[list[object], list[object]], list[object]]:
    comparison = next((name for name in chain if _LETTERS[name] == "G"), "eq")
    unit = next((name for name in chain if _LETTERS[name] == "T"), "")
    fitting = {"eq": [5], "lt": [4], "lte": [4, 5], "gt": [6], "gte": [5, 6]}[comparison]
    others = [number for number in (4, 5, 6) if number not in fitting]
    if not unit:
        return (list(fitting), []), [*others, _FAR]
    return ([_time(unit, n) for n in fitting], []), [*(_time(unit, n) for n in others), _FAR]


def _time(unit: str, number: int) -> str:
    parts = {"minute": 0, "hour": 0, "day": 1, "month": 1, "year": 2026}
    if unit == "week":
        return {4: "2026-01-25T23:59:59Z", 5: "2026-01-26T00:00:00Z", 6: "2026-02-02T00:00:00Z"}[number]
    parts[unit] = number
    return "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z".format(**parts)


def _texts(chain: tuple[str, ...]) -> tuple[tuple[list[object], list[object]], list[object]]:
    anchor = next((name for name in chain if _LETTERS[name] == "A"), "")
    first, second = (_forms(chain, str(_plain(chain, second=n))) for n in (False, True))
    held: list[object] = [_around(anchor, form) for form in first]
    swapped: list[object] = [_around(anchor, form).swapcase() for form in first]
    is_cased = "cased" in chain
    wrong: list[object] = [*(_outside(anchor, first[0])), *(swapped if is_cased else []), _FAR]
    others: list[object] = [_around(anchor, form) for form in second]
    return ([*held, *([] if is_cased else swapped)], others), wrong


def _forms(chain: tuple[str, ...], text: str) -> list[str]:
    """The value as it would stand in an event, in each form that it may have."""
    forms: list[bytes] = [text.encode()]
    if "windash" in chain:
        forms = [form.replace(b"-", dash.encode()) for form in forms for dash in "-/\u2013\u2014\u2015"]
    is_text = True
    for name in chain:
        if name in _CODECS:
            mark = b"\xff\xfe" if name == "utf16" else b""
            forms, is_text = [mark + form.decode().encode(_CODECS[name]) for form in forms], False
        elif name == "base64":
            forms, is_text = [base64.b64encode(form) for form in forms], True
        elif name == "base64offset":
            forms, is_text = [middle for form in forms for middle in _middles(form)], True
    return [form.decode("utf-8" if is_text else "latin-1") for form in forms]


def _middles(data: bytes) -> Iterator[bytes]:
    """What the base64 texts of all neighbourhoods have in common, at each of the three places."""
    for shift in range(3):
        texts = [
            base64.b64encode(before * shift + data + after * tail)
            for before in (b"\0", b"\xff", b"U")
            for after in (b"\0", b"\xff", b"U")
            for tail in range(3)
        ]
        places = range(min(map(len, texts)))
        same = [place for place in places if len({text[place] for text in texts}) == 1]
        yield texts[0][same[0] : same[-1] + 1]


def _around(anchor: str, text: str) -> str:
    before = "xx " if anchor in ("contains", "endswith") else ""
    return f"{before}{text}{' yy' if anchor in ('contains', 'startswith') else ''}"


def _outside(anchor: str, text: str) -> list[object]:
    before, behind = f"xx {text}", f"{text} yy"
    ends: dict[str, list[object]] = {"": [before, behind], "startswith": [before], "endswith": [behind]}
    return ends.get(anchor, [])


SECTION = Section(
    title="Chains of modifiers",
    about=(
        "Each modifier by itself, each pair in either order and each triple of kinds in every order is tested: a legal "
        "chain with events that match and that do not, an illegal one for its refusal with the line."
    ),
    rows=tuple(map(row, chains())),
    is_generated=True,
)
