"""The language of summary templates: text, placeholders and optional parts; no attributes, no conversions, no code.

`{a.b}` is a field, `{a.b|c.d|'text'}` the first that has a value, `[ on {a.b}]` a part that is left out when something
in it has none. A doubled brace or bracket stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

TEMPLATE_LIMIT = 1_000
DERIVED = ("actor", "called", "derived.principal", "outcome")  # words of our own; everything else is a record's field
_TOKEN = re.compile(
    r"(?P<literal>\{\{|\}\}|\[\[|\]\])"
    r"|\{(?P<placeholder>[^{}]*)\}"
    r"|\[(?P<optional>(?:[^\[\]{}]|\{\{|\}\}|\{[^{}]*\})*)\]"
    r"|(?P<stray>[{}\[\]])"
)
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w:/ -]+)*", re.ASCII)
_TEXT = re.compile(r"'[^']*'")
_RECORD_FIELDS = """
    additionalEventData addendum apiVersion awsRegion edgeDeviceDetails errorCode errorMessage eventCategory
    eventContext eventID eventName eventSource eventTime eventType eventVersion insightDetails managementEvent
    readOnly recipientAccountId requestID requestParameters resources responseElements serviceEventDetails
    sessionCredentialFromConsole sharedEventID sourceIPAddress tlsDetails userAgent userIdentity vpcEndpointAccountId
    vpcEndpointId actor called derived.principal outcome
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """The first of `paths` that has a value, else `otherwise`."""

    paths: tuple[str, ...]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Optional:
    """Text and placeholders that are shown together or not at all."""

    pieces: tuple[str | Placeholder, ...]


Piece = str | Placeholder | Optional


def parse(template: str) -> Iterator[Piece]:
    """Take a template apart; never raises, what is faulty stands for itself or for a field that no record has."""
    end = 0
    for token in _TOKEN.finditer(template := template[:TEMPLATE_LIMIT]):
        yield template[end : token.start()]
        yield _piece(token)
        end = token.end()
    yield template[end:]


def check_template(template: str) -> list[str]:
    """Tell every fault of a template, for `rules lint`; an empty list when it is fine."""
    too_long = [f"longer than {TEMPLATE_LIMIT} characters"] if len(template) > TEMPLATE_LIMIT else []
    return too_long + [fault for token in _TOKEN.finditer(template) for fault in _faults(token)]


def _piece(token: re.Match[str]) -> Piece:
    if token["placeholder"] is not None:
        return _placeholder(token["placeholder"])
    if token["optional"] is not None:
        # Neither brackets nor stray braces can stand in there, so what comes out is text and placeholders.
        return Optional(pieces=tuple(piece for piece in parse(token["optional"]) if not isinstance(piece, Optional)))
    return token[0][0]


def _placeholder(body: str) -> Placeholder:
    parts = [part.strip() for part in body.split("|")]
    if _TEXT.fullmatch(parts[-1]):
        return Placeholder(paths=tuple(parts[:-1]), otherwise=parts[-1][1:-1])
    return Placeholder(paths=tuple(parts))


def _faults(token: re.Match[str]) -> Iterator[str]:
    if token["placeholder"] is not None:
        yield from _placeholder_faults(token["placeholder"])
    elif token["optional"] is not None:
        yield from check_template(token["optional"])
        if not any(isinstance(piece, Placeholder) for piece in parse(token["optional"])):
            yield f"{token[0]} has no field in it that could be missing; write [{token[0]}] for text in brackets"
    elif token["stray"]:
        mark = token[0]
        kind = "brace" if mark in "{}" else "bracket"
        yield f"'{mark}' at character {token.start() + 1} has no partner; write '{mark * 2}' for a {kind}"


def _placeholder_faults(body: str) -> Iterator[str]:
    if not body.strip():
        yield "empty placeholder {}; name a field, for example {actor} or {requestParameters.groupName}"
        return
    placeholder = _placeholder(body)
    if not placeholder.paths:
        yield f"{{{body}}} names no field; text needs no braces"
    for path in placeholder.paths:
        yield from _path_faults(path)


def _path_faults(path: str) -> Iterator[str]:
    root = path.partition(".")[0]
    if _TEXT.fullmatch(path):
        yield f"{{...|{path}|...}} hides what comes after it; a text stands last"
    elif not _PATH.fullmatch(path):
        yield f"{{{path}}} is no field path; names with dots between them, '|' and a last 'text' may stand in braces"
    elif path not in DERIVED and root not in _RECORD_FIELDS.split():
        near = get_close_matches(root, _RECORD_FIELDS.split(), n=1)
        yield f"{{{path}}} is no field of a CloudTrail record" + (f"; did you mean '{near[0]}'?" if near else "")


def paths_of(template: str) -> tuple[str, ...]:
    """The fields that a template may show, in order, each once."""
    pieces = [part for piece in parse(template) for part in (piece.pieces if isinstance(piece, Optional) else (piece,))]
    return tuple(dict.fromkeys(path for part in pieces if isinstance(part, Placeholder) for path in part.paths))
