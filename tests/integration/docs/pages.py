"""The Markdown pages of the repository, taken apart: code blocks, shell commands, links and what code names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.harness import REPOSITORY

_FOLDERS = ("docs", "examples", "rules", "benchmarks", "deploy", "tests", ".ci")
_BLOCK = re.compile(
    r"(?P<source><!-- (?P<path>\S+) -->\n)?(?P<indent> *)(?:\d\. )?```(?P<language>\w*)\n(?P<text>.*?)```", re.DOTALL
)
_INDENTED = re.compile(r"^    (\.venv/bin/.*|make .*|trailwarden .*)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block; `source` is the file that the comment above it says it shows."""

    page: str
    language: str
    text: str
    source: str | None


def pages() -> dict[str, str]:
    """Every page by its path in the repository."""
    found = list(REPOSITORY.glob("*.md"))
    for folder in _FOLDERS:
        found += (REPOSITORY / folder).rglob("*.md")
    return {str(path.relative_to(REPOSITORY)): path.read_text(encoding="utf-8") for path in sorted(found)}


def blocks(language: str) -> Iterator[Block]:
    """The blocks of one language on every page."""
    for page, text in pages().items():
        for found in _BLOCK.finditer(text):
            if found["language"] == language:
                lines = found["text"].splitlines()
                margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
                unindented = "".join(f"{line[margin:]}\n" for line in lines)
                yield Block(page=page, language=language, text=unindented, source=found["path"])


def commands() -> Iterator[tuple[str, str]]:
    """Every command of a `sh` block, or of an indented one, as (page, command): without comments, lines joined."""
    for block in blocks("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield block.page, shlex.join(words)
    for page, text in pages().items():
        for line in _INDENTED.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            yield page, shlex.join(shlex.split(line, comments=True))


def links() -> Iterator[tuple[str, str]]:
    """Every link and image as (page, target)."""
    for page, text in pages().items():
        for found in _LINK.finditer(re.sub(r"```.*?```|`[^`\n]*`", _blank_unless_link, text, flags=re.DOTALL)):
            yield page, found[1] or found[2]


def code_spans() -> Iterator[tuple[str, str]]:
    """Everything in backticks within a line as (page, code)."""
    for page, text in pages().items():
        for code in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            yield page, code


def anchors(text: str) -> set[str]:
    """The names by which a page's headings are linked to."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def exists(page: str, target: str) -> bool:
    """Whether a link of this page leads to a file of the repository, and its anchor to a heading there."""
    path, _, anchor = target.partition("#")
    file = (REPOSITORY / page).parent / path if path else REPOSITORY / page
    if not file.exists():
        return False
    return not anchor or anchor in anchors(Path(file).read_text(encoding="utf-8"))


def _blank_unless_link(code: re.Match[str]) -> str:
    """Code holds no links, but a link's own text may be code."""
    return "" if code[0].startswith("```") else "code"
