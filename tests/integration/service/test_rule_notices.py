"""What people are told of rule files that cannot be used: what it is, and what of it is still in force."""

from __future__ import annotations

from daemon.service.life import run_cycle
from tests.doubles.daemons import CONFIG, Place

NO_GOOD_ONE = "There is no good version of it from before: nothing of it is in force."
KEPT = "Its last good version stays in force."


def cycle(place: Place, paths: str = "rules") -> str:
    """One cycle with these rules; gives what was printed."""
    place.terminal.seek(0)
    place.terminal.truncate()
    with place.daemon(config=CONFIG.replace("[rules]", f"[{paths}]")) as daemon:
        run_cycle(daemon)
    return place.terminal.getvalue()


def test_a_folder_that_is_not_there_is_not_called_a_broken_file(place: Place) -> None:
    told = cycle(place, "rules, nowhere")
    assert "Rules cannot be read" in told
    assert "nowhere: does not exist" in told
    assert NO_GOOD_ONE in told
    assert "broken" not in told


def test_a_folder_that_was_there_keeps_its_rules_in_force(place: Place) -> None:
    cycle(place)
    (place.folder / "rules").rename(place.folder / "away")
    told = cycle(place)
    assert "Rules cannot be read" in told
    assert KEPT in told


def test_a_new_file_that_is_broken_has_no_good_version(place: Place) -> None:
    place.write_rule(b"title: [", name="new.yml")
    told = cycle(place)
    assert "A rule file is broken" in told
    assert NO_GOOD_ONE in told


def test_a_file_that_broke_stays_in_force_as_it_was(place: Place) -> None:
    cycle(place)
    place.write_rule(b"title: [")
    assert KEPT in cycle(place)


def test_of_several_those_that_are_not_in_force_are_named(place: Place) -> None:
    cycle(place)
    place.write_rule(b"title: [")
    place.write_rule(b"title: [", name="new.yml")
    told = cycle(place)
    assert "Last good versions stay in force, but there is none of: " in told
    assert f"{place.folder}/rules/new.yml." in told
