"""What a test asks in words, for people who ask why a rule did or did not match: `= 'DeleteGroup'`. Pure."""

from __future__ import annotations

from daemon.condition import (
    Boolean,
    Cidr,
    Compare,
    Comparison,
    Exists,
    FieldRef,
    Null,
    Number,
    Regex,
    Test,
    Text,
    TimePart,
    Wildcard,
)

_SIGNS = {
    Comparison.EQ: "=",
    Comparison.NEQ: "!=",
    Comparison.LT: "<",
    Comparison.LTE: "<=",
    Comparison.GT: ">",
    Comparison.GTE: ">=",
}


def describe_test(test: Test) -> str:
    """What is asked of a value, to be read after the field's name."""
    match test:
        case Text():
            return f"= '{_pattern(test)}'" + (" (case-sensitive)" if test.is_cased else "")
        case Number() | Boolean():
            return f"= {str(test.value).lower()}"
        case Null():
            return "is null or missing"
        case Exists():
            return "exists" if test.expected else "does not exist"
        case Regex():
            return f"matches /{test.pattern}/{''.join(sorted(test.flags))}"
        case Cidr():
            return f"is in {test.network}"
        case _:
            return _relation(test)


def _relation(test: Compare | TimePart | FieldRef) -> str:
    match test:
        case Compare():
            return f"{_SIGNS[test.comparison]} {test.value}"
        case TimePart():
            return f"has {test.unit} {_SIGNS[test.comparison]} {test.value}"
        case FieldRef():
            return f"{test.anchor} the value of {test.field}" + (" (case-sensitive)" if test.is_cased else "")


def _pattern(test: Text) -> str:
    """The text with wildcards as they are written in rules."""
    pieces = (
        part.value if isinstance(part, Wildcard) else part.replace("*", r"\*").replace("?", r"\?")
        for part in test.parts
    )
    return "".join(pieces)
