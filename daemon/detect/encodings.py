"""Sigma's windash, UTF-16 and base64 modifiers: a text and their names in, every form that is looked for out.

pySigma leaves out three of the five dashes, every letter beyond ASCII before UTF-16, and makes an empty text of a
single letter, which would be found everywhere.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from daemon.detect.refused import Refused

DASHES = "-/\u2013\u2014\u2015"  # hyphen, slash, en dash, em dash, horizontal bar
MOST_DASHES = 3  # 125 forms
_OPTION = re.compile(rf"\B[{DASHES}]\b")  # before a word, not inside one
_UTF16 = {
    "wide": ("utf-16-le", b""),
    "utf16le": ("utf-16-le", b""),
    "utf16be": ("utf-16-be", b""),
    "utf16": ("utf-16-le", b"\xff\xfe"),
}
_SHORTEST = 2  # bytes; of one byte alone nothing is left that does not depend on its neighbours
_HEADS, _TAILS = (0, 2, 3), (None, -3, -2)  # characters that the bytes before and behind have a part in


def dash_forms(text: str) -> tuple[str, ...]:
    """The text with each dash that begins a word as each of the five. Raises Refused where there are too many."""
    pieces = _OPTION.split(text)
    if len(pieces) - 1 > MOST_DASHES:
        fix = "give the options as several values with |all"
        raise Refused(f"'{text}' has more than {MOST_DASHES} dashes before words, in too many forms", fix)
    choices = product(DASHES, repeat=len(pieces) - 1)
    return tuple("".join(_woven(pieces, chosen)) for chosen in choices)


def _woven(pieces: Sequence[str], dashes: Iterable[str]) -> Iterator[str]:
    yield pieces[0]
    for dash, piece in zip(dashes, pieces[1:], strict=True):
        yield dash + piece


def encoded_forms(text: str, modifiers: Iterable[str]) -> tuple[str, ...]:
    """The text as these modifiers make it, one after the other; others are passed over. Raises Refused.

    Bytes that are no text, as UTF-16 is, are looked for as one character a byte.
    """
    forms: tuple[str | bytes, ...] = (text,)
    for name in modifiers:
        forms = tuple(after for before in forms for after in _step(before, name))
    return tuple(form if isinstance(form, str) else form.decode("latin-1") for form in forms)


def _step(before: str | bytes, name: str) -> tuple[str | bytes, ...]:
    if name in _UTF16 and isinstance(before, str):
        codec, mark = _UTF16[name]
        return (mark + before.encode(codec, "surrogatepass"),)
    if name == "base64":
        return (b64encode(_bytes(before)).decode(),)
    return _anywhere(_bytes(before)) if name == "base64offset" else (before,)


def _bytes(form: str | bytes) -> bytes:
    return form if isinstance(form, bytes) else form.encode("utf-8", "surrogatepass")


def _anywhere(data: bytes) -> tuple[str, ...]:
    """What is sure to stand in the base64 text of anything that holds these bytes, at each of three places."""
    if len(data) < _SHORTEST:
        raise Refused("base64offset needs two bytes or more", "give a longer text")
    return tuple(
        b64encode(b" " * shift + data)[head : _TAILS[(len(data) + shift) % 3]].decode()
        for shift, head in enumerate(_HEADS)
    )
