"""A memory of rule files that lives in a dict, and can be told to fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from daemon.errors import StoreError
from daemon.ports import StoredRuleFile


class DictRuleMemory:
    """Keeps what it is given; `is_away` makes writing fail, `writes` counts the transactions."""

    def __init__(self) -> None:
        self.files: dict[str, StoredRuleFile] = {}
        self.is_away = False
        self.writes = 0

    def rule_files(self) -> dict[str, StoredRuleFile]:
        return dict(self.files)

    def keep_rule_files(self, *, keep: Sequence[StoredRuleFile], forget: Iterable[str]) -> None:
        if self.is_away:
            raise StoreError("the disk is full")
        self.writes += 1
        self.files.update({stored.path: stored for stored in keep})
        for path in forget:
            self.files.pop(path, None)
