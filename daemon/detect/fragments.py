"""Which pieces of text a condition cannot do without in the bytes of a record, before anything of it is decoded. Pure.

Where a record's bytes are plain (`PLAIN` says when), a text that stands in one of its values stands in them too, letter
by letter, but for what JSON writes in more than one way. So a condition on a text is dismissed where no piece of it is
there. The pieces are ASCII and in lower case; the bytes are compared without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from daemon.condition import And, Condition, FieldTest, Keyword, Not, Or, Text, Wildcard
from daemon.detect.required import turn_around

# Bytes that are not plain: any \u may stand for a letter, letters beyond ASCII may fold into ASCII (ſ, K, ß), and a
# control character in a text is JSON only in its escaped form. Tabs and line ends stand between values, too.
NOT_PLAIN = rb"\\u|[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\xff]"
# What JSON may or must write with a backslash, and whatever is not ASCII.
_ESCAPED = r'"\\/\x00-\x1f\x80-\U0010ffff'
_IN_TEXT = re.compile(f"[{_ESCAPED}]+")
# The JSON text of an object or array is matched too, and there white space is dropped around these.
_IN_JSON = re.compile(f"[{_ESCAPED},{{}}\\[\\]]+")
_SHORTEST = 4  # shorter ones stand in nearly every record
# What stands in nearly every record, as far as it can be told beforehand: to search for it would dismiss nothing.
_EVERYWHERE = (
    "eventversion useridentity type assumedrole principalid arn:aws:sts:: accountid accesskeyid sessioncontext"
    " sessionissuer role arn:aws:iam:: :role/ username webidfederationdata attributes creationdate mfaauthenticated"
    " true false null eventtime eventsource .amazonaws.com eventname awsregion sourceipaddress useragent"
    " requestparameters responseelements requestid eventid readonly eventtype awsapicall managementevent"
    " recipientaccountid eventcategory management tlsdetails tlsversion tlsv1.3 ciphersuite tls_aes_128_gcm_sha256"
    " clientprovidedhostheader errorcode errormessage"
)
_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]*(e[+-]?[0-9]*)?")  # 1e5 is matched as 100000.0, so no part of one is sure


def fragments(condition: Condition) -> frozenset[str] | None:
    """Pieces of which one must stand in the record; None where the condition may hold without any."""
    match condition:
        case Keyword(test=Text() as test):
            return _longest(test, _IN_TEXT, before="")
        case FieldTest(field=field, test=Text() as test) if not field.startswith("derived."):
            # A line end in a text is \n in its JSON text, so this n may be none of the record's letters.
            return _longest(test, _IN_JSON, before=":nrt")
        case And(items=items):
            found = [one for item in items if (one := fragments(item)) is not None]
            return max(found, key=_worth, default=None)
        case Or(items=items):
            return _of_any(map(fragments, items))
        case Not(item=inner):
            turned = turn_around(inner)
            return fragments(turned) if turned else None
    return None


def _longest(test: Text, cut: re.Pattern[str], *, before: str) -> frozenset[str] | None:
    """The longest piece of a pattern's literals that cannot be written otherwise."""
    literals = (part if test.is_cased else part.casefold() for part in test.parts if not isinstance(part, Wildcard))
    pieces = (piece.lstrip(before).lower() for literal in literals for piece in cut.split(literal))
    found = [piece for piece in pieces if _is_telling(piece)]
    return frozenset({max(found, key=len)}) if found else None


def _is_telling(piece: str) -> bool:
    return len(piece) >= _SHORTEST and not _NUMBER.fullmatch(piece) and piece not in _EVERYWHERE


def _of_any(alternatives: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    together: set[str] = set()
    for one in alternatives:
        if one is None:
            return None
        together |= one
    return frozenset(together)


def _worth(pieces: frozenset[str]) -> tuple[int, int]:
    """Long pieces are rare; few are better than many."""
    return min(map(len, pieces), default=1_000), -len(pieces)
