"""What a Sigma detection says, as a frozen tree of plain values: picklable, hashable, compiled in each process.

`detect.load` builds it from pySigma's output, `detect.compile` turns it into functions. Nothing here evaluates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Wildcard(Enum):
    """A wildcard inside a text pattern, already unescaped. No text, so that it never equals a literal `*` or `?`."""

    ANY = "*"
    ONE = "?"


class Comparison(StrEnum):
    """How a number is compared; the value of the event stands on the left."""

    EQ = "eq"
    NEQ = "neq"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"


class TimeUnit(StrEnum):
    """The part of a timestamp that Sigma's time modifiers take out (UTC)."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Anchor(StrEnum):
    """Where the other field's value must stand inside this field's value."""

    EQUALS = "equals"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The whole value equals this pattern: literal pieces and wildcards in order, `()` being the empty string.

    `contains`, `startswith` and `endswith` arrive as patterns with an ANY at one end or both. Unless `is_cased`,
    literals are compared by `str.casefold`.
    """

    parts: tuple[str | Wildcard, ...]
    is_cased: bool = False

    @property
    def literal(self) -> str | None:
        """The one text it stands for; None where there is a wildcard."""
        literals = [part for part in self.parts if isinstance(part, str)]
        return "".join(literals) if len(literals) == len(self.parts) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Equal as a number, or as its decimal text."""

    value: int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean:
    """Equal as a JSON boolean, or as the text true/false by casefold."""

    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """No non-null value is there: the field is missing, null, or an empty list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """The field is present (even when null), or is not."""

    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """RE2 finds the pattern anywhere in the value; `flags` holds any of `i`, `m`, `s`."""

    pattern: str
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cidr:
    """The value is an address inside this network (`203.0.113.0/24`, `2001:db8::/32`)."""

    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """The value, a number or the text of one, stands in this relation to `value`."""

    comparison: Comparison
    value: int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePart:
    """One part of the value, an ISO 8601 timestamp, stands in this relation to `value`."""

    unit: TimeUnit
    comparison: Comparison
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRef:
    """The value holds another field's value of the same event; unless `is_cased`, by casefold."""

    field: str
    anchor: Anchor = Anchor.EQUALS
    is_cased: bool = False


Test = Text | Number | Boolean | Null | Exists | Regex | Cidr | Compare | TimePart | FieldRef


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTest:
    """A test on one field, named by its dotted path (`userIdentity.sessionContext.attributes.mfaAuthenticated`)."""

    field: str
    test: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A test on every leaf of the whole event (Sigma's keyword search); a text mostly has an ANY at both ends."""

    test: Text | Number | Boolean | Regex


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Every item holds; an empty one always does."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Some item holds; an empty one never does."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The item does not hold."""

    item: Condition


Condition = And | Or | Not | FieldTest | Keyword
