"""A folder of rules in which tests write and remove files, and the book that is kept over it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon.config import RulesConfig
from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from tests.doubles.rule_memory import DictRuleMemory

NOW = datetime(2026, 1, 31, tzinfo=UTC)
BROKEN = b"title: [\n"


class Shop:
    """A folder of rules, a memory, and the book that is kept over both."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.folder = folder / "rules"
        self.folder.mkdir()
        self.memory = DictRuleMemory()
        self.config = RulesConfig.model_validate({"paths": [str(self.folder)], **config})
        self.restart()

    def restart(self) -> None:
        self.book = RuleBook(self.config, self.memory)

    def write(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def reload(self, *, now: datetime = NOW) -> Reload:
        return self.book.reload(now=now)


def titles(reload: Reload) -> list[str]:
    return [rule.title for rule in reload.rules]


def states(reload: Reload) -> dict[str, str]:
    return {Path(entry.path).name: str(entry.state) for entry in reload.entries}
