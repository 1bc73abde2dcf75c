"""A folder to lay history into, one rule, and the command called as the command line calls it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.commands.replay import replay
from tests.e2e.trail import ACCOUNT, RULE, deleted_group

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one call said."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The ndjson lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def events(self) -> list[str]:
        """The ids of the events, in order."""
        return [line["event"]["id"] for line in self.lines]

    @property
    def summary(self) -> dict[str, Any]:
        """The last line of standard error."""
        summary: dict[str, Any] = json.loads(self.err.splitlines()[-1])
        return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A folder of files, and a folder with the rule."""

    folder: Path
    rules: Path
    call: Callable[..., Told]

    def write(self, name: str, content: bytes) -> Path:
        """Lay a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def deliver(self, *events: dict[str, Any], stamp: str = "20260302T0905Z", region: str = "us-east-1") -> str:
        """Lay a file as CloudTrail would; gives its URL."""
        day = f"{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}"
        name = f"{ACCOUNT}_CloudTrail_{region}_{stamp}_{'a' * 16}.json.gz"
        content = gzip.compress(json.dumps({"Records": events}).encode())
        return f"file:{self.write(f'AWSLogs/{ACCOUNT}/CloudTrail/{region}/{day}/{name}', content)}"

    def replay(self, *urls: str | Path, **options: Any) -> Told:
        """Call the command over these inputs, by default over the folder and as ndjson."""
        return self.call(list(map(str, urls)) or [str(self.folder)], **options)


@pytest.fixture
def history(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> History:
    folder, rules = tmp_path / "history", tmp_path / "rules"
    folder.mkdir()
    rules.mkdir()
    (rules / "rule.yml").write_text(RULE, encoding="utf-8")

    def call(
        urls: Sequence[str],
        *,
        config: Path | None = None,
        rule_paths: Sequence[str] = (str(rules),),
        since: str | None = None,
        until: str | None = None,
        output_format: str = "ndjson",
        output: Path | None = None,
    ) -> Told:
        code = replay(
            urls,
            config=config,
            rule_paths=rule_paths,
            since=since,
            until=until,
            output_format=output_format,
            output=output,
            environment={},
        )
        said = capsysbinary.readouterr()
        return Told(code=code, out=said.out, err=said.err.decode())

    return History(folder=folder, rules=rules, call=call)


def event(name: str, *, at: datetime = AT) -> dict[str, Any]:
    """An event the rule says yes to, at a fixed time; its id is its name."""
    return {**deleted_group(name, at=at), "eventID": name}
