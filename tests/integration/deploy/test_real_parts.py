"""Nothing is skipped in silence: what tests require is what .ci/parts brings, and its absence is said or fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.doubles.real_parts import find, require
from tests.e2e.harness import REPOSITORY

_ASKED = re.compile(r'\brequire\("([a-z-]+)"\)')


def test_every_program_that_a_test_requires_is_brought_by_ci() -> None:
    asked = {name for path in (REPOSITORY / "tests").rglob("*.py") for name in _ASKED.findall(path.read_text("utf-8"))}
    parts = (REPOSITORY / ".ci" / "parts").read_text(encoding="utf-8")
    brought = {*re.findall(r"\[([a-z-]+)\]=", parts), *re.findall(r"\$cache/bin/([a-z]+)", parts)}
    assert asked - {"no-such-program"} <= brought


def test_a_missing_part_skips_its_test_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAILWARDEN_REAL_PARTS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"run \.ci/parts as root"):
        require("no-such-program")


def test_a_missing_part_fails_where_all_were_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAILWARDEN_REAL_PARTS", "required")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        require("no-such-program")


def test_parts_are_found_in_the_cache_folder_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRAILWARDEN_PARTS", str(tmp_path))
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "only-here"
    program.touch(mode=0o755)
    assert find("only-here") == str(program)
