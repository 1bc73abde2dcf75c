"""Each rule file's last good version, kept over restarts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, select

from daemon.ports import StoredRuleFile
from daemon.record.dialect import replace_rows
from daemon.record.engine import Database
from daemon.record.schema import rule_files


class SqlRuleMemory:
    """Implements ports.RuleMemory."""

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
