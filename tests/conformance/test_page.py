"""docs/sigma.md is what the table gives."""

from __future__ import annotations

from tests.conformance.page import PATH, page
from tests.conformance.table import SECTIONS


def test_the_page_on_sigma_is_what_the_table_gives() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run: make sigma-page"


def test_every_section_and_every_row_is_on_the_page() -> None:
    text = PATH.read_text(encoding="utf-8")
    for section in SECTIONS:
        part = text.partition(f"## {section.title}\n")[2].partition("\n## ")[0]
        assert part, section.title
        rows = part.count("\n| ") - 1
        assert section.is_generated or rows == len(section.rows)
