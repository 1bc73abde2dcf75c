"""Makes docs/sigma.md of the table: `python -m tests.conformance.page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.cases import Case, CorrelationCase, FilterCase, LinkRefusal, PassedOver, Refusal, Row, Section
from tests.conformance.components import document
from tests.conformance.conditions import NAMES
from tests.conformance.table import SECTIONS

PATH = Path(__file__).parents[2] / "docs" / "sigma.md"
_SHOWN = (
    *("all", "neq", "expand", "cased", "contains", "windash", "utf16le", "base64", "base64offset"),
    *("re", "i", "cidr", "exists", "fieldref", "gt", "hour"),
)
_LIKE = (
    "`contains` stands for `startswith` and `endswith` too (one of the three in a chain), `utf16le` for `wide`, "
    "`utf16be` and `utf16`, `i` for `m` and `s`, `gt` for `gte`, `lt` and `lte`, `hour` for the other parts of a time."
)
_SAME = ("title: ", "id: ", "name: ", "logsource: {product: aws")
_HEADS = ("correlation:", "filter:")
_HEAD = """# Sigma, as it is understood here

<!-- Made by `make sigma-page` from tests/conformance: change the table there, not this page. -->

Every row is a test: a rule with events that it must match and must not, asked in the way the daemon asks (index and
projection included) and by the condition alone; or a rule that is refused with its file and line. {rows} rows and
{chains} chains of modifiers. A correlation is asked of a stream of events that must make it fire, in these groups
and of these events, and of one that must not: in memory, and as `replay` does it. The rules `one`, `two` and `three`
are about events of the names A, B and C. The sections are those of the [Sigma specification](https://github.com/SigmaHQ/sigma-specification),
version 2.1 of its modifiers. The last column says what was decided where the specification leaves something open, or
where pySigma, which reads the rules, says otherwise. How to write rules is told in [rules](rules.md).
"""


def page() -> str:
    """The whole page."""
    listed = sum(len(section.rows) for section in SECTIONS if not section.is_generated)
    chains = sum(len(section.rows) for section in SECTIONS if section.is_generated)
    head = _HEAD.format(rows=listed, chains=f"{chains:,}")
    return "\n".join([head, *(line for section in SECTIONS for line in _section(section))])


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    yield f"{section.about}\n"
    if section.is_generated:
        yield from _matrix(section)
        return
    yield "| feature | here | example | decision, and why |\n|---|---|---|---|"
    for row in section.rows:
        cells = (row.feature, _state(row), _example(row), row.decision)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _state(row: Row) -> str:
    match row:
        case Refusal(says=says) | LinkRefusal(says=says):
            return f"refused: {says}"
        case PassedOver():
            return "passed over"
        case Case(warns=warns) if warns and "lacks its fields" not in warns and "does not use" not in warns:
            return f"supported, with a warning: {warns}"
        case CorrelationCase(warns=warns) | FilterCase(warns=warns) if warns:
            return f"supported, with a warning: {warns}"
        case _:
            return "supported"


def _example(row: Row) -> str:
    if isinstance(row, CorrelationCase | FilterCase | LinkRefusal):
        lines = _last_document(row.rules)
    else:
        lines = row.rule.strip().splitlines()
    known = {*document().splitlines(), *NAMES.splitlines(), "condition: selection"}
    return "<br>".join(f"`{line}`" for line in lines if line not in known)


def _last_document(rules: str) -> list[str]:
    """What a row on files is about, without what is the same for all."""
    written = rules.strip().rpartition("---\n")[2].replace(" # here", "").splitlines()
    lines = [line for line in written if line.strip() and not line.startswith(_SAME)]
    if any(line not in _HEADS and not line.startswith(" ") for line in lines):  # something stands beside the section
        return [line.replace("  ", 2 * "\N{NO-BREAK SPACE}") for line in lines]
    return [line.removeprefix("  ") for line in lines if line not in _HEADS]


def _matrix(section: Section) -> Iterator[str]:
    yield (
        "How two modifiers stand together: *yes* in either order, *row first* or *column first* where what one does to "
        "the value goes before the other, a dash where they do not.\n"
    )
    yield f"{_LIKE}\n"
    legal = {row.feature for row in section.rows if isinstance(row, Case)}
    yield f"| | {' | '.join(f'`{name}`' for name in _SHOWN)} |\n|---|{'---|' * len(_SHOWN)}"
    for one in _SHOWN:
        yield f"| `{one}` | {' | '.join(_together(one, other, legal) for other in _SHOWN)} |"
    yield ""


def _together(one: str, other: str, legal: set[str]) -> str:
    is_first, is_second = f"{one}|{other}" in legal, f"{other}|{one}" in legal
    if is_first and is_second:
        return "yes"
    return "row first" if is_first else "column first" if is_second else "–"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
