"""Too few rules are not taken: the last good rule set stays in force until they are back, also over a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.rule_shop import BROKEN, Shop, titles
from tests.doubles.rule_text import OTHER_ID, rule_text

OTHER = rule_text("selection: {eventName: StopLogging}\ncondition: selection", rule_id=OTHER_ID, title="Stopped")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path, min_loaded="2")
    found.write("a.yml", rule_text())
    found.write("b.yml", OTHER)
    found.reload()
    return found


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_empty_folder_takes_nothing_out(shop: Shop, is_restarted: bool) -> None:
    whole = shop.reload()
    for path in shop.folder.iterdir():
        path.unlink()
    if is_restarted:
        shop.restart()
    told = shop.reload()
    assert titles(told) == titles(whole)
    assert told.digest == whole.digest
    assert told.guard is not None
    assert (told.guard.found, told.guard.wanted, told.guard.is_kept) == (0, 2, True)
    assert (told.broken, told.removed, told.mended, told.is_successful) == ((), (), (), False)
    assert "the last good rule set stays in force" in str(told.problems[-1])
    assert len(shop.memory.files) == 2


def test_also_what_stands_in_a_file_now_is_not_taken_then(shop: Shop) -> None:
    (shop.folder / "b.yml").unlink()
    shop.write("a.yml", rule_text(title="Weakened", level="low"))
    assert "Weakened" not in titles(shop.reload())


def test_when_the_files_are_back_they_count(shop: Shop) -> None:
    (shop.folder / "b.yml").unlink()
    shop.reload()
    shop.write("b.yml", OTHER)
    shop.write("a.yml", rule_text(title="New words"))
    told = shop.reload()
    assert (told.guard, sorted(titles(told)), told.is_successful) == (None, ["New words", "Stopped"], True)


def test_a_file_that_was_broken_before_is_no_news_meanwhile(shop: Shop) -> None:
    path = shop.write("c.yml", BROKEN)
    assert shop.reload().broken == (path,)
    (shop.folder / "b.yml").unlink()
    guarded = shop.reload()
    assert (guarded.broken, guarded.mended) == ((), ())
    shop.write("b.yml", OTHER)
    (shop.folder / "c.yml").unlink()
    assert shop.reload().removed == (path,)


def test_where_nothing_better_is_known_what_is_there_is_in_force_and_called_too_few(tmp_path: Path) -> None:
    shop = Shop(tmp_path, min_loaded="5")
    shop.write("a.yml", rule_text())
    told = shop.reload()
    assert titles(told) == ["A group was deleted"]
    assert told.guard is not None
    assert not told.guard.is_kept
    assert "1 rules are found where there should be 5" in str(told.problems[-1])


def test_by_default_one_rule_must_be_left(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    path = shop.write("a.yml", rule_text())
    shop.reload()
    Path(path).unlink()
    assert titles(shop.reload()) == ["A group was deleted"]
