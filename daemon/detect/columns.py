"""Reads a few fields of many records at once: JSON text of an array in, one hashable key a record out.

A field becomes a column, and a key is a row of them. Of fields with many values (addresses, agents) the key holds
only which tests the value passes, so that keys stay few and can be remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from daemon.detect.outcomes import FieldTests, Outcome

TIME_FIELD = "eventTime"
# Few values each over a whole trail; all others are classed by the tests on them.
_NARROW = {
    "eventName", "eventSource", "eventType", "eventCategory", "eventVersion", "userIdentity.type", "errorCode",
    "awsRegion", "readOnly", "managementEvent", "recipientAccountId", "userIdentity.accountId",
}  # fmt: skip
# Anything but text, a boolean or null on a field that is read makes the decoder refuse. The record is then evaluated
# in full: numbers because 1, 1.0 and true would be one key, containers because their leaves count one by one.
_LEAF = str | bool | None | msgspec.UnsetType
# A literal key with dots is one more candidate for its path. Nothing passes this type, so the decoder refuses it.
_REFUSED = Annotated[int, msgspec.Meta(gt=1, lt=0)] | msgspec.UnsetType
# msgspec takes the first three for no name; the last also stands for bytes that are no text, in a record read in full.
_UNNAMEABLE = re.compile(r'[\x00-\x1f"\\\ufffd]')
_CALLER = ("userIdentity.", "sourceIPAddress", "userAgent")
LONGEST_KEPT = 500  # letters; the longest names and most agents have fewer
_ORDER = ("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress")

Tree = dict[str, Any]  # part -> the tree below, or None at a leaf


class _Outcomes(dict[Any, Outcome]):
    """Value of a field -> the tests that it passes."""

    def __init__(self, tests: FieldTests, *, memory: int) -> None:
        super().__init__()
        self._tests = tests
        self._memory = memory

    def __missing__(self, value: Any) -> Outcome:
        outcome = self._tests.outcome(value)
        if len(self) >= self._memory:
            self.clear()
        if is_short(value):
            self[value] = outcome
        return outcome


class _Classes(dict[Any, int]):
    """Row of some fields -> number of the class of rows that pass the same tests; `outcomes` says which, by number.

    A number is never used twice, so what was remembered by it elsewhere stays true when the classes are forgotten.
    """

    def __init__(self, row: _Row, tests: Mapping[str, FieldTests], *, memory: int) -> None:
        super().__init__()
        self.row = row
        self._tests = {field: _Outcomes(one, memory=memory) for field, one in tests.items()}
        self._memory = memory
        self._numbers: dict[tuple[Outcome, ...], int] = {}
        self._given = 0
        self.outcomes: dict[int, tuple[Outcome, ...]] = {}
        self.number = self.__getitem__

    def __missing__(self, value: Any) -> int:
        leaves = self.row.leaves(value)
        outcomes = tuple(known[leaf] for known, leaf in zip(self._tests.values(), leaves, strict=True))
        if len(self) >= self._memory or len(self.outcomes) >= self._memory:
            self.clear()
            self._numbers.clear()
            self.outcomes.clear()
        number = self._numbers.get(outcomes)
        if number is None:
            number = self._numbers[outcomes] = self._given
            self.outcomes[number] = outcomes
            self._given += 1
        if all(map(is_short, leaves)):
            self[value] = number
        return number

    def known(self, number: int) -> Iterable[tuple[str, Outcome]]:
        """Which tests hold on each of the fields for a class; it must have been given just now."""
        return zip(self._tests, self.outcomes[number], strict=True)

    @property
    def remembered(self) -> int:
        """How many rows, classes and values are held, at most of one kind."""
        return max(len(self) + len(self.outcomes), *map(len, self._tests.values()))


def is_readable(field: str) -> bool:
    """Whether a field can be a column. Below the time, which is always one, there is none."""
    return not field.startswith(f"{TIME_FIELD}.") and not _UNNAMEABLE.search(field)


def is_short(value: Any) -> bool:
    """Whether a value is worth its place in memory: hostile content could fill it with long ones."""
    return not isinstance(value, str) or len(value) <= LONGEST_KEPT


class Columns:
    """Reads the fields of these tests. Keys of two records are equal only if none of the tests tells them apart.

    A key is the row of the narrow fields, and where there are wide ones a tuple of it and their classes.
    """

    def __init__(self, tests: Mapping[str, FieldTests], *, memory: int) -> None:
        fields = tuple(tests)
        struct, attributes = _build(dict.fromkeys([*fields, TIME_FIELD]))
        self.decode = msgspec.json.Decoder(list[struct]).decode  # type: ignore[valid-type]  # made at run time
        self._time = attrgetter(attributes[TIME_FIELD])
        self._narrow = {field: _Outcomes(tests[field], memory=memory) for field in fields if field in _NARROW}
        self._row = _Row([attributes[field] for field in self._narrow])
        # Who calls says from where and with what, so that these come in few combinations.
        wide = [field for field in fields if field not in _NARROW]
        callers = [field for field in wide if field.startswith(_CALLER)]
        groups = [callers] * bool(callers) + [[field] for field in wide if field not in callers]
        self._wide = [
            _Classes(_Row([attributes[f] for f in group]), {f: tests[f] for f in group}, memory=memory)
            for group in groups
        ]

    def keys(self, items: Sequence[Any]) -> Iterable[Any]:
        """One hashable key an item, in order."""
        rows = self._row.read(items)
        if not self._wide:
            return rows
        return zip(rows, *(map(classes.number, classes.row.read(items)) for classes in self._wide), strict=True)

    def known(self, key: Any) -> dict[str, Outcome]:
        """Which tests hold on each field, as a key says that was made just now."""
        row, *numbers = key if self._wide else (key,)
        leaves = zip(self._narrow.items(), self._row.leaves(row), strict=True)
        known = {field: outcomes[leaf] for (field, outcomes), leaf in leaves}
        for classes, number in zip(self._wide, numbers, strict=True):
            known.update(classes.known(number))
        return known

    def is_worth_keeping(self, key: Any) -> bool:
        """Whether the narrow fields of a key are short."""
        row = key[0] if self._wide else key
        return all(map(is_short, self._row.leaves(row)))

    @property
    def remembered(self) -> int:
        """How many values and classes of them are held."""
        return sum(classes.remembered for classes in self._wide)

    def times(self, items: Sequence[Any]) -> list[Any]:
        """The eventTime of each item: a text, or whatever stands there."""
        return list(map(self._time, items))


class _Row:
    """Some attributes of each item, read at once: one as it is, several as a tuple."""

    def __init__(self, attributes: Sequence[str]) -> None:
        self._count = len(attributes)
        self._paths = [attribute.split(".") for attribute in attributes]
        self._fast = attrgetter(*attributes) if attributes else lambda _: ()

    def read(self, items: Sequence[Any]) -> list[Any]:
        try:
            return list(map(self._fast, items))
        except AttributeError:  # a null stands where an object was expected, so the field below it is missing
            return list(map(self._slow, items))

    def leaves(self, row: Any) -> tuple[Any, ...]:
        return (row,) if self._count == 1 else row

    def _slow(self, item: Any) -> Any:
        leaves = tuple(reduce(_below, path, item) for path in self._paths)
        return leaves if self._count > 1 else leaves[0]


def _below(item: Any, name: str) -> Any:
    return getattr(item, name, msgspec.UNSET)


def _build(paths: Iterable[str]) -> tuple[type[msgspec.Struct], dict[str, str]]:
    """A Struct that reads just these paths, and for each path the attributes that lead to it, joined by dots."""
    attributes: dict[str, str] = {}
    struct = _struct([(path, path.split(".")) for path in paths], prefix="", attributes=attributes)
    return struct, attributes


def _struct(paths: list[tuple[str, list[str]]], *, prefix: str, attributes: dict[str, str]) -> type[msgspec.Struct]:
    """The Struct for the paths below one object; each is given whole and as the parts that are left of it."""
    below: dict[str, list[tuple[str, list[str]]]] = {}
    for path, parts in paths:
        below.setdefault(parts[0], []).append((path, parts[1:]))
    keys = sorted(below, key=lambda key: (_ORDER.index(key) if key in _ORDER else 99, key))
    names = {key: f"k{number}" for number, key in enumerate(keys)}
    members: list[tuple[str, Any, Any]] = []
    for key, name in names.items():
        further = [(path, parts) for path, parts in below[key] if parts]
        if further:
            inner = _struct(further, prefix=f"{prefix}{name}.", attributes=attributes)
            members.append((name, inner | None, msgspec.field(default_factory=inner)))
        else:
            members.append((name, _LEAF, msgspec.UNSET))
            attributes[below[key][0][0]] = prefix + name
    dotted = {".".join(parts[:end]) for _, parts in paths for end in range(2, len(parts) + 1)}
    for number, key in enumerate(sorted(dotted)):
        name = f"d{number}"
        names[key] = name
        members.append((name, _REFUSED, msgspec.UNSET))
    return msgspec.defstruct("Projected", members, rename={name: key for key, name in names.items()}, gc=False)
