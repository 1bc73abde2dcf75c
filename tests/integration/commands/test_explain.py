"""`rules explain` with a configuration, a state store and log files as a daemon leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.commands.explain.command import Asked, explain_rule
from daemon.errors import ConfigError
from daemon.service.life import run_cycle
from tests.doubles.daemons import Place, event, make_place
from tests.doubles.rule_text import OTHER_ID, RULE_ID, rule_text
from tests.doubles.terminal import on_a_terminal

Captured = pytest.CaptureFixture[str]
CONFIG = "sources: [{url: file:bucket}]\nrules: {paths: [rules]}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


def write(place: Place, *events: dict[str, Any], name: str = "events.json") -> str:
    path = place.folder / name
    path.write_text(json.dumps({"Records": events} if len(events) > 1 else events[0]))
    return str(path)


def watch(place: Place, *events: dict[str, Any]) -> Path:
    """Have a daemon alert about these, and leave its configuration behind."""
    path = place.put(*events)
    with place.daemon() as daemon:
        run_cycle(daemon)
    (place.folder / "config.yaml").write_text(CONFIG)
    return path


def run(event: str, *, rule: str = "rules/rule.yml", **options: Any) -> int:
    return explain_rule(Asked(rule=rule, event=event, **options), None, environment={})


def told(capsys: Captured) -> dict[str, Any]:
    """The JSON at the end of what was printed: before it a daemon may have written its log."""
    printed = capsys.readouterr().out
    found: dict[str, Any] = json.loads(printed[printed.index("{\n") :])
    return found


def test_the_exit_code_says_whether_the_rule_holds(place: Place) -> None:
    assert run(write(place, event(1))) == 0
    assert run(write(place, event(1, eventName="ListGroups"))) == 1


def test_off_a_terminal_it_is_plain_text(place: Place, capsys: Captured) -> None:
    path = write(place, event(1, eventName="ListGroups"))
    run(path)
    assert capsys.readouterr().out.splitlines() == [
        "A group was deleted",
        f"high, {RULE_ID}, {place.folder}/rules/rule.yml",
        "",
        f"event of {path}, 2026-05-04T11:01:00Z, iam.amazonaws.com, ListGroups, us-east-1, event-0001",
        "",
        "no   eventName = 'DeleteGroup'    (there: \"ListGroups\")",
        "The rule does not hold.",
        'Index: would have passed the rule over: eventName holds "ListGroups" (indexed under eventName: DeleteGroup).',
    ]


def test_on_a_terminal_it_has_colours_unless_they_are_not_wanted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(place, event(1))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32myes" in on_a_terminal(monkeypatch, lambda: run(path))
    monkeypatch.setenv("NO_COLOR", "1")
    shown = on_a_terminal(monkeypatch, lambda: run(path))
    assert "yes" in shown
    assert "\x1b[32m" not in shown


def test_what_an_event_holds_cannot_touch_the_terminal(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(place, event(1, eventName="\x1b[2J\x9b\u202e", eventSource="\x1b]0;x\x07"))
    run(path)
    run(path, as_json=True)
    printed = capsys.readouterr().out
    assert [line for line in printed.split("\n") if not line.isprintable()] == []
    assert "\\u001b[2J" in printed


def test_a_few_events_are_explained_one_after_the_other(place: Place, capsys: Captured) -> None:
    path = write(place, event(1, eventName="ListGroups"), event(2))
    assert run(path, as_json=True) == 0
    assert [(each["number"], each["holds"]) for each in told(capsys)["events"]] == [(1, False), (2, True)]
    assert run(path, number=1, as_json=True) == 1
    assert [each["number"] for each in told(capsys)["events"]] == [1]


def test_of_many_events_one_must_be_picked_and_those_that_hold_are_named(place: Place) -> None:
    path = write(place, *(event(number, eventName="ListGroups") for number in range(10)), event(11), event(12))
    with pytest.raises(ConfigError, match=r"holds 12 events, and the rule holds for 2 of them \(numbers 11, 12\);"):
        run(path)
    with pytest.raises(ConfigError, match="holds 12 events, and so none of number 13"):
        run(path, number=13)
    assert run(path, number=11) == 0


def test_when_the_rule_holds_for_none_of_many_that_is_said(place: Place) -> None:
    path = write(place, *(event(number, eventName="ListGroups") for number in range(11)))
    with pytest.raises(ConfigError, match="and the rule holds for none of them; pick one with --number"):
        run(path)


def test_an_event_that_cannot_be_decoded_is_told_as_that(place: Place, capsys: Captured) -> None:
    (place.folder / "x.json").write_text('{"Records": [{"eventName": "DeleteGroup", "a": tru}]}')
    assert run("x.json") == 1
    printed = capsys.readouterr().out
    assert "It cannot be decoded (not json), so no rule can look at it." in printed
    assert "'Undecodable record'" in printed


def test_what_looks_like_no_record_is_doubted_and_what_broke_off_is_told(place: Place, capsys: Captured) -> None:
    (place.folder / "x.json").write_text('{"Records": [{"a": 1}')
    assert run("x.json") == 1
    assert capsys.readouterr().err.splitlines() == [
        "x.json: not all of it could be read (truncated)",
        "event 1 has neither eventName nor eventSource: is it a CloudTrail record?",
    ]


def test_the_sample_that_an_alert_keeps_is_explained(place: Place, capsys: Captured) -> None:
    log_file = watch(place, event(1))
    log_file.unlink()
    assert run("event-0001", rule=RULE_ID, as_json=True) == 0
    found = told(capsys)
    assert found["origin"].startswith("the sample that alert ")
    assert found["events"][0]["event"]["eventName"] == "DeleteGroup"


def test_where_the_sample_was_masked_the_log_file_is_read_and_shown_masked(place: Place, capsys: Captured) -> None:
    place.write_rule(rule_text("selection: {requestParameters.password: hunter2}\ncondition: selection"))
    log_file = watch(place, event(1, requestParameters={"password": "hunter2"}))
    assert run("event-0001", rule=RULE_ID, as_json=True) == 0
    found = told(capsys)
    assert found["origin"] == f"the log file file:{log_file}"
    assert found["events"][0]["rules"][0]["tree"]["saw"] == '"[masked]"'
    log_file.unlink()
    assert run("event-0001", rule=RULE_ID, as_json=True) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["origin"].startswith("the sample that alert ")
    assert "parts of the sample are masked or cut, and its log file cannot be read again: " in printed.err


def test_an_event_of_a_crowd_that_no_alert_shows_is_read_from_its_log_file(place: Place, capsys: Captured) -> None:
    log_file = watch(place, *(event(number) for number in range(40)))
    assert run("event-0020", rule=RULE_ID, as_json=True) == 0
    assert told(capsys)["origin"] == f"the log file file:{log_file}"
    log_file.unlink()
    with pytest.raises(ConfigError, match=r"event-0020: no alert keeps it, and its log file cannot be read; .* no l"):
        run("event-0020", rule=RULE_ID)


def test_a_log_file_of_no_configured_source_cannot_be_read_again(place: Place) -> None:
    watch(place, *(event(number) for number in range(40)))
    (place.folder / "elsewhere").mkdir()
    (place.folder / "config.yaml").write_text(CONFIG.replace("bucket", "elsewhere"))
    with pytest.raises(ConfigError, match="in none of the configured sources"):
        run("event-0020", rule=RULE_ID)


def test_a_log_file_that_changed_no_longer_holds_the_event(place: Place) -> None:
    watch(place, *(event(number) for number in range(40)))
    place.put(event(41))
    with pytest.raises(ConfigError, match="does not hold the event"):
        run("event-0020", rule=RULE_ID)


def test_an_event_that_no_rule_matched_is_not_in_the_store(place: Place) -> None:
    watch(place, event(1))
    with pytest.raises(ConfigError, match=r"neither a file nor the id of an event in the state store; .* name the"):
        run("event-0002", rule=RULE_ID)
    with pytest.raises(ConfigError, match="an id means one event; leave --number out"):
        run("event-0001", rule=RULE_ID, number=1)


def test_before_the_first_start_and_without_a_configuration_there_are_only_files(place: Place) -> None:
    with pytest.raises(ConfigError, match=r"gone\.json: no such file; to look an event's id up, the conf"):
        run("gone.json")
    (place.folder / "config.yaml").write_text(CONFIG)
    with pytest.raises(ConfigError, match="no such file, and there is no state store yet"):
        run("gone.json")


def test_the_last_good_version_of_a_broken_file_is_explained(place: Place) -> None:
    watch(place, event(1))
    place.write_rule(b"title: [")
    assert run(write(place, event(1)), rule=RULE_ID) == 0


def test_the_faults_of_a_rule_file_are_told(place: Place) -> None:
    place.write_rule(b"title: [")
    with pytest.raises(ConfigError, match=r"rule\.yml:2: broken YAML"):
        run(write(place, event(1)))


def test_a_file_that_is_passed_over_says_why(place: Place) -> None:
    place.write_rule(rule_text(more="status: deprecated\n"))
    with pytest.raises(ConfigError, match=r"rule\.yml: .*deprecated"):
        run(write(place, event(1)))


def test_a_folder_is_no_rule(place: Place) -> None:
    with pytest.raises(ConfigError, match="rules: is a folder and no rule; name one of its rules, with --rules rules"):
        run(write(place, event(1)), rule="rules")


def test_rules_may_be_named_without_a_configuration(place: Place) -> None:
    place.write_rule(rule_text(rule_id=OTHER_ID, title="Another"), name="other.yml")
    assert run(write(place, event(1)), rule="another", rule_paths=["rules"]) == 0
    with pytest.raises(ConfigError, match="--rules gone: no such file or folder"):
        run(write(place, event(1)), rule="another", rule_paths=["gone"])
    with pytest.raises(ConfigError, match="without a configuration, say where the rules are; --rules"):
        run(write(place, event(1)), rule="another")


def test_a_configuration_with_faults_does_not_keep_a_file_from_being_explained(place: Place, capsys: Captured) -> None:
    (place.folder / "config.yaml").write_text("nonsense: 1\n")
    assert run(write(place, event(1))) == 0
    assert "without the configuration config.yaml, which has faults" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="nonsense"):
        run(write(place, event(1)), rule=RULE_ID)


def test_a_disabled_rule_is_explained_by_its_file(place: Place) -> None:
    (place.folder / "config.yaml").write_text(CONFIG.replace("[rules]}", f"[rules], disable: [{RULE_ID}]}}"))
    with pytest.raises(ConfigError, match=r"not in force: named in rules\.disable; name its file, .*rule\.yml"):
        run(write(place, event(1)), rule=RULE_ID)
    assert run(write(place, event(1))) == 0


def test_a_state_store_that_fails_is_no_answer(place: Place) -> None:
    (place.folder / "config.yaml").write_text(CONFIG)
    (place.folder / "data").mkdir()
    (place.folder / "data/trailwarden.db").write_text("no database, but long enough to look at " * 100)
    with pytest.raises(ConfigError, match="rules explain: "):
        run(write(place, event(1)), rule=RULE_ID)
