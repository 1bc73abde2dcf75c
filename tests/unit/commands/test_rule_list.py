from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.commands.rule_list import list_rules
from daemon.config import RulesConfig
from daemon.detect.rulebook import RuleBook
from daemon.detect.undecodable import UNDECODABLE
from tests.doubles.rule_memory import DictRuleMemory
from tests.doubles.rule_text import OTHER_ID, RULE_ID, rule_text
from tests.doubles.terminal import on_a_terminal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
Captured = pytest.CaptureFixture[str]


def test_the_list_shows_each_rule_with_its_state_and_changes_nothing(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, rule_id in (("a.yml", RULE_ID), ("b.yml", OTHER_ID)):
        (folder / name).write_bytes(rule_text(rule_id=rule_id))
    memory = DictRuleMemory()
    config = RulesConfig.model_validate({"paths": [str(folder)]})
    RuleBook(config, memory).reload(now=NOW)
    (folder / "a.yml").write_bytes(b"title: [\n")

    assert list_rules(config, memory=memory, now=NOW, as_json=True) == 1
    listed = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["state"], row["level"], row["mode"]) for row in listed] == [
        (RULE_ID, "last_good", "high", "alert"),
        (OTHER_ID, "loaded", "high", "alert"),
        (UNDECODABLE.id, "built_in", "high", "alert"),
    ]
    assert memory.writes == 1


def test_the_list_is_a_table_with_a_line_a_rule_off_a_terminal(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.yml").write_bytes(rule_text())
    config = RulesConfig.model_validate({"paths": [str(tmp_path)]})
    assert list_rules(config, memory=None, now=NOW, as_json=False) == 0
    head, line, built_in, total = capsys.readouterr().out.splitlines()
    assert head.split() == [
        *("state", "level", "mode", "kind", "status", "id", "title", "techniques", "indexed", "under", "path", "reason")
    ]
    assert re.split("  +", line.strip()) == [
        *("loaded", "high", "alert", "rule"),
        *(RULE_ID, "A group was deleted", "DeleteGroup", f"{tmp_path}/a.yml"),
    ]
    assert built_in.split()[:6] == ["built_in", "high", "alert", "rule", "stable", UNDECODABLE.id]
    assert total == "1 loaded, 0 last good, 0 refused, 0 passed over, 0 disabled, 0 expired; 1 built in"


NAMES = [f"DeleteNumber{number:02}" for number in range(30)]
MANY = rule_text(
    f"selection: {{eventName: [{', '.join(NAMES)}]}}\ncondition: selection",
    title="Thirty ways",
    more="status: experimental\ntags: [attack.impact, attack.t1531, attack.t1078.004]\n",
)
ANY_EVENT = rule_text(
    "selection: {errorCode: null}\ncondition: selection",
    rule_id=OTHER_ID,
    title="Something succeeded",
    more="trailwarden: {mode: shadow}\n",
)


def listed(folder: Path, capsys: Captured, **files: bytes) -> list[dict[str, Any]]:
    for name, content in files.items():
        (folder / f"{name}.yml").write_bytes(content)
    config = RulesConfig.model_validate({"paths": [str(folder)]})
    list_rules(config, memory=None, now=NOW, as_json=True)
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_all_that_a_rule_says_of_itself_and_every_name_it_is_indexed_under(
    tmp_path: Path, capsys: Captured
) -> None:
    many, anything, refused, built_in = listed(tmp_path, capsys, a=MANY, b=ANY_EVENT, c=b"title: [")
    assert (many["kind"], many["status"], many["techniques"]) == ("rule", "experimental", ["T1531", "T1078.004"])
    assert (many["indexed_under"], many["on_every_event"]) == ({"eventName": NAMES}, None)
    assert (anything["indexed_under"], anything["on_every_event"]) == (None, "it asks for what is not there")
    assert (refused["state"], refused["kind"], refused["indexed_under"]) == ("refused", None, None)
    assert built_in["on_every_event"] is None


def test_a_table_counts_the_names_that_it_leaves_out(tmp_path: Path, capsys: Captured) -> None:
    listed(tmp_path, capsys, a=MANY, b=ANY_EVENT)
    list_rules(RulesConfig.model_validate({"paths": [str(tmp_path)]}), memory=None, now=NOW, as_json=False)
    _, many, anything, *_ = capsys.readouterr().out.splitlines()
    assert f"{', '.join(NAMES[:10])} +20  " in many
    assert "T1531, T1078.004" in many
    assert "evaluated on every event" in anything


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
def test_on_a_terminal_the_table_fits_and_says_why_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    for name, content in (("a", MANY), ("b", ANY_EVENT), ("c", b"title: [")):
        (tmp_path / f"{name}.yml").write_bytes(content)
    config = RulesConfig.model_validate({"paths": [str(tmp_path)]})
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    shown = on_a_terminal(monkeypatch, lambda: list_rules(config, memory=None, now=NOW, as_json=False))
    lines = [re.sub(r"\x1b\[\d*m", "", line) for line in shown.splitlines()]
    reasons = [line for line in lines if line.startswith("refused: ")]
    table = lines[: lines.index(reasons[0])]
    assert [line for line in table if len(line.rstrip()) > width] == []
    assert reasons[0].startswith(f"refused: {tmp_path}/c.yml: line 2: broken YAML")
    together = re.sub(" +", " ", " ".join(table))
    assert all(word in together for word in ("DeleteNumber00", "Thirty", "every event"))
    assert ("(shadow)" in together) is (width < 160)
    assert ("T1531" in together) is (width >= 120)
