"""What an edit of the rules came to, by kinds, and that it is remembered as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daemon.config import RulesConfig
from daemon.detect.difference import (
    Snapshot,
    differences,
    read_snapshot,
    snapshot_of,
    write_snapshot,
)
from daemon.detect.rulebook import RuleBook
from tests.doubles.rule_shop import NOW, Shop
from tests.doubles.rule_text import OTHER_ID, RULE_ID, filter_text, rule_text

SHADOW = "trailwarden: {mode: shadow}\n"
OTHER = rule_text("selection: {eventName: StopLogging}\ncondition: selection", rule_id=OTHER_ID, title="Stopped")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path)
    found.write("a.yml", rule_text())
    found.write("b.yml", OTHER)
    return found


def look(shop: Shop, **config: Any) -> Snapshot:
    settings = RulesConfig.model_validate({"paths": [str(shop.folder)], **config})
    return snapshot_of(RuleBook(settings).reload(now=NOW))


def changes(before: Snapshot, after: Snapshot) -> list[tuple[str, str, str]]:
    return [(change.kind.value, change.title, change.detail) for change in differences(before, after)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (rule_text(level="low"), [("level lowered", "A group was deleted", "high to low")]),
        (rule_text(level="critical"), [("level raised", "A group was deleted", "high to critical")]),
        (rule_text(more=SHADOW), [("put into shadow", "A group was deleted", "high")]),
        (
            rule_text("selection: {eventName: Nothing}\ncondition: selection"),
            [("edited", "A group was deleted", "high")],
        ),
        (rule_text(title="New words"), [("edited", "New words", "high")]),
        (
            rule_text(level="low", more=SHADOW),
            [
                ("put into shadow", "A group was deleted", "low"),
                ("level lowered", "A group was deleted", "high to low"),
            ],
        ),
        (rule_text(), []),
    ],
)
def test_an_edit_of_a_file_is_told_by_what_it_does(
    shop: Shop, content: bytes, expected: list[tuple[str, str, str]]
) -> None:
    before = look(shop)
    shop.write("a.yml", content)
    assert changes(before, look(shop)) == expected


def test_removed_and_added_are_told_apart_from_disabled(shop: Shop) -> None:
    both = look(shop)
    (shop.folder / "b.yml").unlink()
    one = look(shop)
    assert changes(both, one) == [("removed", "Stopped", "high")]
    assert changes(one, both) == [("added", "Stopped", "high")]
    assert changes(one, look(shop, disable=[RULE_ID])) == [("disabled", "A group was deleted", "high")]


def test_what_comes_out_of_shadow_or_comes_in_shadow_is_told(shop: Shop) -> None:
    shop.write("a.yml", rule_text(more=SHADOW))
    shadow = look(shop)
    assert [kind for kind, *_ in changes(Snapshot(rules={}), shadow)] == ["added", "added"]
    assert ("added", "A group was deleted", "high, in shadow") in changes(Snapshot(rules={}), shadow)
    shop.write("a.yml", rule_text())
    assert changes(shadow, look(shop)) == [("taken out of shadow", "A group was deleted", "high")]


def test_an_override_is_an_edit_too(shop: Shop) -> None:
    after = look(shop, overrides=[{"match": {"id": RULE_ID}, "level": "low"}])
    assert changes(look(shop), after) == [("level lowered", "A group was deleted", "high to low")]


def test_a_filter_that_comes_changes_or_goes_is_told_with_its_rules(shop: Shop) -> None:
    bare = look(shop)
    shop.write("f.yml", filter_text())
    for_any = look(shop)
    named = f"rules: [{RULE_ID}]\nselection:\n  userIdentity.arn|contains: role/ci\ncondition: not selection"
    shop.write("f.yml", filter_text(named))
    for_one = look(shop)
    assert changes(bare, for_any) == [("newly filtered", "The pipeline may", "a new filter for every rule")]
    edited = "an edited filter for A group was deleted"
    assert changes(for_any, for_one) == [("newly filtered", "The pipeline may", edited)]
    assert changes(for_one, look(shop)) == []
    gone = "a filter for A group was deleted is gone"
    assert changes(for_one, bare) == [("no longer filtered", "The pipeline may", gone)]


def test_a_filter_for_many_rules_names_a_few() -> None:
    several = read_snapshot(
        '{"rules": {}, "filters": {"f": ["f", "x", ["1", "2", "3", "4", "5"]], "g": ["g", "x", []]}, "disabled": []}'
    )
    assert changes(Snapshot(rules={}), several) == [
        ("newly filtered", "f", "a new filter for 1, 2, 3 and 2 more"),
        ("newly filtered", "g", "a new filter for no rule"),
    ]


def test_a_snapshot_is_read_as_it_was_written(shop: Shop) -> None:
    shop.write("f.yml", filter_text())
    snapshot = look(shop, disable=[OTHER_ID])
    assert read_snapshot(write_snapshot(snapshot)) == snapshot


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"rules": {"x": []}}', '{"rules": {"x": ["t", "worse", "alert", ""]}}']
)
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_snapshot(text)
