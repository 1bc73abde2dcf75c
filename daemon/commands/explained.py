"""A condition as it was explained, in lines to print: tests of one field that went alike share a line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from daemon.detect.explain import Explained, Kind, deciding, harmless

_MOST_NAMED = 6  # of the values that a line lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the tree. `saw` is empty for a line that only holds others together."""

    depth: int
    holds: bool
    asked: str
    saw: str = ""

    def __str__(self) -> str:
        """As it stands where there is no colour."""
        there = f"    (there: {self.saw})" if self.saw else ""
        return f"{'  ' * self.depth}{'yes' if self.holds else 'no '}  {self.asked}{there}"


def tree_lines(explained: Explained, *, depth: int = 0) -> list[Line]:
    """Everything, in the order of the condition."""
    match explained.kind:
        case Kind.TEST:
            return list(_tests([explained], depth))
        case Kind.ALL | Kind.ANY if not explained.parts:
            word = "always holds" if explained.holds else "never holds"
            return [Line(depth=depth, holds=explained.holds, asked=f"nothing is asked: it {word}")]
    inner = list(_inner(explained, depth + 1))
    beside = [line for line in inner if line.depth == depth + 1]
    if len(beside) == 1 and explained.kind is not Kind.NOT:  # holding one thing together says nothing
        return [replace(line, depth=line.depth - 1) for line in inner]
    return [Line(depth=depth, holds=explained.holds, asked=explained.kind.value), *inner]


def deciding_lines(explained: Explained) -> list[Line]:
    """Only the tests that settled it."""
    return list(_tests(list(dict.fromkeys(deciding(explained))), 0))


def _inner(explained: Explained, depth: int) -> Iterator[Line]:
    """Tests that stand side by side are put together; what holds others together keeps its place."""
    tests: list[Explained] = []
    for part in explained.parts:
        if part.kind is Kind.TEST:
            tests.append(part)
        else:
            yield from _tests(tests, depth)
            tests = []
            yield from tree_lines(part, depth=depth)
    yield from _tests(tests, depth)


def _tests(tests: Sequence[Explained], depth: int) -> Iterator[Line]:
    """A line for each field that saw the same and said the same."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for test in tests:
        alike.setdefault((test.field, test.saw, test.holds), []).append(test.asks)
    for (field, saw, holds), asks in alike.items():
        yield Line(depth=depth, holds=holds, asked=harmless(f"{field} {_listed(asks)}"), saw=saw)


def _listed(asks: Iterable[str]) -> str:
    """`= 'a', 'b'` of several that compare; the others one after the other."""
    asked = list(dict.fromkeys(asks))
    shown = asked[:_MOST_NAMED]
    if all(each.startswith("= ") for each in shown):
        shown = [shown[0], *(each.removeprefix("= ") for each in shown[1:])]
    left = len(asked) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
