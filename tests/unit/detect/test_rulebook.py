from __future__ import annotations

import time
from pathlib import Path
from uuid import UUID

import pytest

from daemon.config import RulesConfig
from daemon.detect.reload import RuleState
from daemon.detect.rulebook import RuleBook
from daemon.model import Level, Mode
from tests.doubles.rule_shop import BROKEN, NOW, Shop, states, titles
from tests.doubles.rule_text import OTHER_ID, RULE_ID, rule_text


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_what_is_good_is_in_force_and_stored(shop: Shop) -> None:
    path = shop.write("a.yml", rule_text())
    told = shop.reload()
    assert titles(told) == ["A group was deleted"]
    assert (told.is_successful, told.problems) == (True, ())
    assert told.counts == {"loaded": 1, "last_good": 0, "refused": 0, "passed_over": 0, "disabled": 0, "expired": 0}
    stored = shop.memory.files[path]
    assert (stored.content, stored.loaded_at, stored.digest) == (rule_text(), NOW, told.rules[0].digest)


def test_nothing_new_changes_nothing_and_writes_nothing(shop: Shop) -> None:
    shop.write("a.yml", rule_text())
    first, second = shop.reload(), shop.reload()
    assert second.digest == first.digest
    assert second.rules[0] is first.rules[0]
    assert shop.memory.writes == 1


def test_a_changed_file_is_taken_at_the_next_look(shop: Shop) -> None:
    shop.write("a.yml", rule_text())
    before = shop.reload()
    shop.write("a.yml", rule_text(title="New words"))
    told = shop.reload()
    assert titles(told) == ["New words"]
    assert told.digest != before.digest


def test_a_broken_file_leaves_its_last_good_version_in_force_and_the_others_alone(shop: Shop) -> None:
    path = shop.write("a.yml", rule_text())
    shop.write("b.yml", rule_text(rule_id=OTHER_ID, title="Another"))
    before = shop.reload()
    shop.write("a.yml", BROKEN)
    told = shop.reload()
    assert (told.rules, told.digest) == (before.rules, before.digest)
    assert (told.broken, told.mended, told.removed) == ((path,), (), ())
    assert states(told) == {"a.yml": "last_good", "b.yml": "loaded"}
    assert told.entries[0].reason.startswith("line 2: broken YAML")
    assert not told.is_successful


def test_a_broken_file_is_news_once_and_mending_it_is_news_too(shop: Shop) -> None:
    path = shop.write("a.yml", rule_text())
    shop.reload()
    shop.write("a.yml", BROKEN)
    shop.reload()
    again = shop.reload()
    assert (again.broken, again.is_successful) == ((), False)
    shop.write("a.yml", rule_text(title="Mended"))
    mended = shop.reload()
    assert (mended.mended, titles(mended)) == ((path,), ["Mended"])


def test_the_last_good_version_stays_in_force_after_a_restart(shop: Shop) -> None:
    path = shop.write("a.yml", rule_text())
    shop.reload()
    shop.write("a.yml", BROKEN)
    shop.reload()
    shop.restart()
    told = shop.reload()
    assert titles(told) == ["A group was deleted"]
    assert told.broken == (path,)
    assert shop.memory.files[path].content == rule_text()


def test_a_removed_file_takes_its_rule_and_its_memory_with_it(shop: Shop) -> None:
    path = shop.write("a.yml", rule_text())
    shop.write("b.yml", rule_text(rule_id=OTHER_ID))
    shop.reload()
    shop.write("a.yml", BROKEN)
    shop.reload()
    Path(path).unlink()
    told = shop.reload()
    assert [rule.id for rule in told.rules] == [OTHER_ID]
    assert (told.removed, told.mended) == ((path,), ())
    assert path not in shop.memory.files
    assert shop.reload().removed == ()


def test_a_file_that_was_removed_while_the_daemon_was_down_is_forgotten(tmp_path: Path) -> None:
    shop = Shop(tmp_path, min_loaded="0")
    path = shop.write("a.yml", rule_text())
    shop.reload()
    Path(path).unlink()
    shop.restart()
    assert shop.reload().rules == ()
    assert shop.memory.files == {}


def test_a_file_that_was_never_good_is_refused_and_its_removal_is_told(shop: Shop) -> None:
    path = shop.write("a.yml", BROKEN)
    told = shop.reload()
    assert (told.rules, told.broken, states(told)) == ((), (path,), {"a.yml": "refused"})
    Path(path).unlink()
    assert shop.reload().removed == (path,)


def test_a_folder_that_is_not_mounted_keeps_its_rules_in_force(shop: Shop) -> None:
    shop.write("a.yml", rule_text())
    shop.reload()
    away = shop.folder.rename(shop.folder.with_name("away"))
    told = shop.reload()
    assert titles(told) == ["A group was deleted"]
    assert str(shop.folder) in told.broken
    assert states(told) == {"a.yml": "last_good"}
    away.rename(shop.folder)
    back = shop.reload()
    assert str(shop.folder) in back.mended
    assert (back.removed, states(back)) == ((), {"a.yml": "loaded"})


def test_a_folder_that_never_was_there_is_told_and_listed(shop: Shop) -> None:
    shop.folder.rmdir()
    told = shop.reload()
    assert told.broken == (str(shop.folder),)
    assert [(entry.state, entry.reason) for entry in told.entries] == [(RuleState.REFUSED, "does not exist")]


def test_a_newcomer_cannot_take_the_id_of_a_rule_in_force(shop: Shop) -> None:
    shop.write("m.yml", rule_text())
    shop.reload()
    shop.write("a.yml", rule_text(title="Newcomer"))
    told = shop.reload()
    assert titles(told) == ["A group was deleted"]
    assert states(told) == {"a.yml": "refused", "m.yml": "loaded"}
    assert f"is already used by {shop.folder}/m.yml:2" in str(told.problems[0])


def test_a_file_that_turns_into_a_copy_of_another_falls_back_to_what_it_was(shop: Shop) -> None:
    shop.write("a.yml", rule_text())
    shop.write("b.yml", rule_text(rule_id=OTHER_ID, title="Another"))
    shop.reload()
    shop.write("b.yml", rule_text(title="Copy"))
    told = shop.reload()
    assert titles(told) == ["A group was deleted", "Another"]
    assert states(told) == {"a.yml": "loaded", "b.yml": "last_good"}


def test_a_rule_may_move_from_one_file_to_another(shop: Shop) -> None:
    old = shop.write("a.yml", rule_text())
    shop.reload()
    Path(old).rename(shop.folder / "b.yml")
    told = shop.reload()
    assert (len(told.rules), told.is_successful) == (1, True)


def test_a_disabled_rule_is_listed_and_not_in_force(tmp_path: Path) -> None:
    shop = Shop(tmp_path, disable=[RULE_ID.upper()])
    shop.write("a.yml", rule_text())
    told = shop.reload()
    assert (told.rules, states(told), told.problems) == ((), {"a.yml": "disabled"}, ())


def test_what_is_passed_over_is_listed_with_its_reason(shop: Shop) -> None:
    shop.write("a.yml", rule_text(logs="{product: windows}"))
    (entry,) = shop.reload().entries
    assert (entry.state, entry.reason) == (RuleState.PASSED_OVER, "is for windows, not for aws/cloudtrail")


def test_overrides_change_what_is_in_force_and_the_rulesets_digest(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "tuned").mkdir()
    plain = Shop(tmp_path / "plain")
    tuned = Shop(tmp_path / "tuned", overrides=[{"match": {"id": RULE_ID}, "level": "low", "mode": "shadow"}])
    for shop in (plain, tuned):
        shop.write("a.yml", rule_text())
    told = tuned.reload()
    assert (told.rules[0].level, told.rules[0].options.mode) == (Level.LOW, Mode.SHADOW)
    assert told.digest != plain.reload().digest


def test_an_override_or_a_disabled_id_that_is_for_no_rule_is_a_warning(tmp_path: Path) -> None:
    shop = Shop(tmp_path, disable=["nobody"], overrides=[{"match": {"tag": "attack.nothing"}, "level": "low"}])
    shop.write("a.yml", rule_text())
    told = shop.reload()
    assert [str(problem) for problem in told.problems] == [
        "rules.disable[0]: warning: no rule has the id 'nobody'; check it, or take it out",
        "rules.overrides[0].match: warning: no rule has the tag 'attack.nothing'; check it, or take it out",
    ]
    assert told.is_successful


def test_values_of_placeholders_come_from_the_configuration(tmp_path: Path) -> None:
    shop = Shop(tmp_path, variables={"who": ["alice"]})
    shop.write("a.yml", rule_text("selection: {userIdentity.userName|expand: '%who%'}\ncondition: selection"))
    assert len(shop.reload().rules) == 1


def test_what_could_not_be_stored_is_told_and_stored_at_the_next_look(shop: Shop) -> None:
    shop.write("a.yml", rule_text())
    shop.memory.is_away = True
    told = shop.reload()
    assert titles(told) == ["A group was deleted"]
    assert "could not be stored: the disk is full" in str(told.problems[0])
    shop.memory.is_away = False
    assert shop.reload().problems == ()
    assert len(shop.memory.files) == 1


def test_without_a_memory_the_last_good_version_lives_as_long_as_the_book(shop: Shop) -> None:
    shop.write("a.yml", rule_text())
    book = RuleBook(shop.config)
    book.reload(now=NOW)
    shop.write("a.yml", BROKEN)
    assert titles(book.reload(now=NOW)) == ["A group was deleted"]
    assert RuleBook(shop.config).reload(now=NOW).rules == ()


def test_a_last_good_version_that_no_longer_loads_is_not_used(tmp_path: Path) -> None:
    shop = Shop(tmp_path, variables={"who": ["alice"]})
    shop.write("a.yml", rule_text("selection: {userIdentity.userName|expand: '%who%'}\ncondition: selection"))
    shop.reload()
    shop.write("a.yml", BROKEN)
    shop.config = RulesConfig.model_validate({"paths": [str(shop.folder)]})
    shop.restart()
    assert states(shop.reload()) == {"a.yml": "refused"}


def test_looking_again_at_very_many_files_that_did_not_change_is_quick(shop: Shop) -> None:
    for number in range(4_000):
        shop.write(f"{number}.yml", rule_text(rule_id=str(UUID(int=number + 1))))
    before = shop.reload()
    started_s = time.process_time()
    assert shop.reload().digest == before.digest
    assert time.process_time() - started_s < 3  # 0.2 s; the same set of names, made 4,000 times, took many seconds
