"""All tests of a rule set on one field, asked together: a leaf in, the tests that it passes out. Pure.

What a test means is settled in `values`. Here those are looked up that compare with a whole text, a beginning, an end
or a network; what texts contain and regular expressions are searched for as one, and asked singly only if that hits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

import msgspec
import re2

from daemon.condition import Boolean, Cidr, Number, Regex, Test, Text, Wildcard
from daemon.detect.values import ValuesTest, address_of, compared_parts, compile_patterns, compile_test

_FEW = 8  # so many searches cost less than one for all of them
_Found = defaultdict[Any, list[int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers of the tests that a leaf passes, and of those that raise over it."""

    holds: frozenset[int]
    raises: frozenset[int] = frozenset()


class FieldTests:
    """The tests on one field, numbered. `outcome` says of a leaf what `values.compile_test` would say for each."""

    def __init__(self, tests: Iterable[Test]) -> None:
        # By `repr`, since 1 and 1.0 are equal here but differ as text.
        self._tests = list({repr(test): test for test in tests}.values())
        self._numbers = {repr(test): number for number, test in enumerate(self._tests)}
        self._each: list[ValuesTest] = list(map(compile_test, self._tests))
        self._folded, self._exact = _Texts(), _Texts()
        self._networks = _Networks()
        self._regexes: list[int] = []
        self._singly: list[int] = []
        for number, test in enumerate(self._tests):
            self._sort_in(number, test)
        self._folded.close()
        self._exact.close()
        self._may_match = _any_regex([test for test in self._tests if isinstance(test, Regex)])

    def number_of(self, test: Test) -> int:
        """The number of one of the tests."""
        return self._numbers[repr(test)]

    def outcome(self, leaf: Any) -> Outcome:
        """What a leaf passes: a text, anything else, or msgspec's UNSET where the field is missing."""
        if not isinstance(leaf, str):
            return self._ask(range(len(self._each)), leaf)
        folded = leaf.casefold()
        looked_up = [*self._folded.equal_or_at_an_end(folded), *self._exact.equal_or_at_an_end(leaf)]
        asked = [*self._singly, *self._folded.inside(folded), *self._exact.inside(leaf)]
        if self._regexes and self._may_match([leaf]):
            asked += self._regexes
        found = self._ask(asked, leaf)
        return Outcome(found.holds.union(looked_up, self._networks.around(leaf)), found.raises)

    def _sort_in(self, number: int, test: Test) -> None:
        match test:
            case Text(is_cased=is_cased):
                texts = self._exact if is_cased else self._folded
                is_sorted = texts.take(number, compared_parts(test))
            case Number(value=value):
                is_sorted = self._exact.take(number, [str(value)])
            case Boolean(value=value):
                is_sorted = self._folded.take(number, ["true" if value else "false"])
            case Cidr(network=network):
                is_sorted = self._networks.take(number, network)
            case Regex():
                is_sorted = True
                self._regexes.append(number)
            case _:
                is_sorted = False
        if not is_sorted:
            self._singly.append(number)

    def _ask(self, numbers: Iterable[int], leaf: Any) -> Outcome:
        values = [] if leaf is msgspec.UNSET else [leaf]
        holds: list[int] = []
        raises: list[int] = []
        for number in numbers:
            try:
                if self._each[number](values):
                    holds.append(number)
            except Exception:  # evaluated in full it raises again, and is counted there
                raises.append(number)
        return Outcome(frozenset(holds), frozenset(raises))


class _Texts:
    """Patterns by what they ask for, all compared with the same form of a text: folded, or as it is."""

    def __init__(self) -> None:
        self._equal: _Found = defaultdict(list)
        self._starts: dict[int, _Found] = {}
        self._ends: dict[int, _Found] = {}
        self._inside: list[tuple[int, str]] = []
        self._may_hold_one: Any = None

    def take(self, number: int, parts: list[str | Wildcard]) -> bool:
        """Sort a pattern in; no for one that is none of these kinds."""
        match parts:
            case [str(literal)]:
                self._equal[literal].append(number)
            case [str(literal), Wildcard.ANY]:
                self._starts.setdefault(len(literal), defaultdict(list))[literal].append(number)
            case [Wildcard.ANY, str(literal)]:
                self._ends.setdefault(len(literal), defaultdict(list))[literal].append(number)
            case [Wildcard.ANY, str(literal), Wildcard.ANY]:
                self._inside.append((number, literal))
            case _:
                return False
        return True

    def close(self) -> None:
        """Make the search for all that may stand inside ready."""
        if len(self._inside) > _FEW:
            self._may_hold_one = _any_regex([Regex(pattern=re2.escape(literal)) for _, literal in self._inside])

    def equal_or_at_an_end(self, text: str) -> Iterator[int]:
        """Those that the text is equal to, begins with or ends in."""
        yield from self._equal.get(text, ())
        for length, literals in self._starts.items():
            yield from literals.get(text[:length], ())
        for length, literals in self._ends.items():
            yield from literals.get(text[-length:], ())

    def inside(self, text: str) -> Iterable[int]:
        """Those that may stand inside of the text."""
        if self._may_hold_one is None or self._may_hold_one([text]):
            return [number for number, literal in self._inside if literal in text]
        return ()


class _Networks:
    """Networks by the length of their prefix."""

    def __init__(self) -> None:
        self._v4: dict[int, _Found] = {}
        self._v6: dict[int, _Found] = {}

    def take(self, number: int, network: str) -> bool:
        """Sort a network in."""
        wanted = ip_network(network, strict=False)
        by_shift = self._v6 if wanted.version == 6 else self._v4
        shift = wanted.max_prefixlen - wanted.prefixlen
        by_shift.setdefault(shift, defaultdict(list))[int(wanted.network_address) >> shift].append(number)
        return True

    def around(self, leaf: str) -> Iterator[int]:
        """Those that the leaf is an address of; an IPv4 address written as IPv6 is both."""
        address = address_of(leaf) if self._v4 or self._v6 else None
        mapped: IPv4Address | None = address.ipv4_mapped if isinstance(address, IPv6Address) else address
        for one, by_shift in ((mapped, self._v4), (address if isinstance(address, IPv6Address) else None, self._v6)):
            if one is not None:
                for shift, networks in by_shift.items():
                    yield from networks.get(int(one) >> shift, ())


def _any_regex(patterns: list[Regex]) -> ValuesTest:
    """Whether some text has one of these; without any, no."""
    return compile_patterns(patterns) if patterns else lambda _: False
