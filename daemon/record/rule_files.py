"""Each rule file's last good version, kept over restarts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, select

from daemon.ports import StoredRuleFile
from daemon.record.dialect import replace_rows
from daemon.record.engine import Database
from daemon.record.schema import meta, rule_files

_SNAPSHOT = "rules_told"


class SqlRuleMemory:
    """Implements ports.RuleMemory and ports.ToldRules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rule_files(self) -> dict[str, StoredRuleFile]:
        """The stored versions by path."""
        with self._database.reading() as connection:
            return {row.path: StoredRuleFile(**row._mapping) for row in connection.execute(select(rule_files))}

    def keep_rule_files(self, *, keep: Sequence[StoredRuleFile], forget: Iterable[str]) -> None:
        """Store these versions and drop those of removed files, in one transaction."""
        names = ("path", "digest", "content", "loaded_at")
        kept = [{name: getattr(file, name) for name in names} for file in keep]
        dropped = [{"gone": path} for path in forget]
        with self._database.writing() as connection:
            if dropped:
                connection.execute(delete(rule_files).where(rule_files.c.path == bindparam("gone")), dropped)
            if kept:
                connection.execute(replace_rows(connection, rule_files, key="path"), kept)

    def snapshot(self) -> str | None:
        """The rule set that people were last told of, as it was kept; None before the first."""
        with self._database.reading() as connection:
            value: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == _SNAPSHOT))
        return value

    def keep_snapshot(self, text: str) -> None:
        """People know of this rule set from now on."""
        with self._database.writing() as connection:
            connection.execute(replace_rows(connection, meta, key="name"), {"name": _SNAPSHOT, "value": text})
