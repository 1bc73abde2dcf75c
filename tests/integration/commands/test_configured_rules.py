"""`rules list|lint|test` with a configuration that is there, is not, or has faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.commands.configured_rules import lint_rules, list_rules
from daemon.commands.configured_rules import try_rules as run_rule_tests
from daemon.errors import ConfigError
from daemon.service.life import run_cycle
from tests.doubles.daemons import Place, make_place
from tests.doubles.rule_text import rule_text

EXPANDING = "selection: {userIdentity.userName|expand: '%admins%'}\ncondition: selection"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


def configure(place: Place, more: str = "") -> Path:
    path = place.folder / "config.yaml"
    path.write_text(f"sources: [{{url: file:bucket}}]\nrules: {{paths: [rules], variables: {{admins: alice}}}}\n{more}")
    return path


def lint(place: Place, config: Path | None) -> int:
    return lint_rules(config, [str(place.folder / "rules")], is_strict=False, as_json=False, environment={})


def test_the_last_good_version_of_a_broken_file_is_listed(place: Place, capsys: Captured) -> None:
    with place.daemon() as daemon:
        run_cycle(daemon)
    place.write_rule(b"title: [")

    assert list_rules(configure(place), as_json=False, environment={}) == 1
    assert "last_good" in capsys.readouterr().out


def test_before_the_first_start_there_is_nothing_to_recall(place: Place, capsys: Captured) -> None:
    assert list_rules(configure(place), as_json=False, environment={}) == 0
    assert capsys.readouterr().err == ""


def test_a_state_store_that_fails_is_told_beside_the_list(place: Place, capsys: Captured) -> None:
    (place.folder / "data").mkdir()
    (place.folder / "data/trailwarden.db").write_text("no database, but long enough to look at " * 100)

    assert list_rules(configure(place), as_json=False, environment={}) == 1
    told = capsys.readouterr()
    assert "A group was deleted" in told.out
    assert "without the last good versions, since the state store fails: " in told.err


def test_the_variables_of_a_configuration_that_is_found_are_used(place: Place) -> None:
    place.write_rule(rule_text(EXPANDING))
    assert lint(place, None) == 1
    configure(place)
    assert lint(place, None) == 0
    assert run_rule_tests(None, [], as_json=False, environment={}) == 0


def test_a_configuration_with_faults_is_told_and_does_not_keep_files_from_being_looked_at(
    place: Place, capsys: Captured
) -> None:
    path = configure(place, more="nonsense: 1\n")

    assert lint(place, None) == 0
    told = "without variables, since the configuration has 1 fault; `trailwarden check` names it"
    assert capsys.readouterr().err.splitlines()[0] == told
    with pytest.raises(ConfigError, match="nonsense"):
        lint(place, path)


def test_many_faults_of_a_configuration_are_counted_and_not_listed_among_those_of_rules(
    place: Place, capsys: Captured
) -> None:
    configure(place, more="".join(f"nonsense{number}: 1\n" for number in range(27)))

    assert lint(place, None) == 0
    told = "without variables, since the configuration has 27 faults; `trailwarden check` names them"
    assert capsys.readouterr().err.splitlines()[0] == told


@pytest.mark.parametrize("named", ["nope", "builtin:nope"])
def test_a_path_that_does_not_exist_is_a_wrong_use(place: Place, named: str) -> None:
    with pytest.raises(ConfigError, match=f"{named}: no such file or folder"):
        lint_rules(None, ["rules", named], is_strict=False, as_json=False, environment={})
    with pytest.raises(ConfigError, match=f"{named}: no such file or folder"):
        run_rule_tests(None, [named], as_json=False, environment={})


def test_a_path_of_the_configuration_that_does_not_exist_is_a_fault_found(place: Place, capsys: Captured) -> None:
    path = configure(place)
    path.write_text(path.read_text().replace("[rules]", "[rules, nope]"))

    assert lint_rules(None, [], is_strict=False, as_json=False, environment={}) == 1
    assert "nope: does not exist" in capsys.readouterr().out


def test_without_paths_a_configuration_is_needed(place: Place) -> None:
    with pytest.raises(ConfigError, match="no file found"):
        run_rule_tests(None, [], as_json=False, environment={})
