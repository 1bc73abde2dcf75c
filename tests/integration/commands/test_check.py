"""`trailwarden check`: every fault at once, each with what to do, and an exit code that tells."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.commands.check import check_all
from tests.doubles.daemons import Place, event, make_place
from tests.doubles.rule_text import rule_text
from tests.doubles.slack import TOKEN, SlackServer, error


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def check(place: Place, text: str, *, is_offline: bool = False, **environment: str) -> int:
    path = place.folder / "config.yaml"
    path.write_text(text)
    return check_all(path, is_offline=is_offline, environment=environment)


FOLDER = "sources: [{url: file:bucket}]\nrules: {paths: [rules]}\n"
TERMINAL = "destinations: [{name: terminal, type: console}]\n"


def with_slack(slack: SlackServer) -> str:
    security = f"{{name: security, type: slack, token: '${{T}}', channel: C0SECURITY, api_url: '{slack.api_url}'}}"
    return f"{FOLDER}destinations: [{security}]"


def told_by(capsys: pytest.CaptureFixture[str], mark: str) -> list[str]:
    """What was said under this mark."""
    lines = capsys.readouterr().out.splitlines()
    return [line.removeprefix(mark).strip() for line in lines if line.startswith(mark)]


def test_a_sound_set_up_is_fine(place: Place, slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    place.put(event(1))

    assert check(place, with_slack(slack), T=TOKEN) == 0
    told = capsys.readouterr().out
    assert "rules: 1 in force" in told
    assert "1 shard, of 1 account and 1 region" in told
    assert "will be made at the first start" in told
    assert "destination security: posts as" in told
    assert not (place.folder / "data").exists()  # looking makes no state: its birth must stay news


def test_every_fault_is_told_at_once(place: Place, slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    place.write_rule(b"title: [", "broken.yml")
    (place.folder / "bucket").rmdir()
    (place.folder / "data").write_text("a file where the state's folder should be")
    slack.always("auth.test", error("invalid_auth"))

    assert check(place, with_slack(slack), T=TOKEN) == 1
    faults = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAULT")]
    assert [
        word for word in ("broken.yml:", "state: ", "bucket", "Slack refuses the token") if word not in str(faults)
    ] == []


def test_offline_asks_nobody(place: Place, slack: SlackServer) -> None:
    slack.always("auth.test", error("invalid_auth"))

    assert check(place, with_slack(slack), is_offline=True, T=TOKEN) == 0


def test_no_rules_and_no_destination_are_faults(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (place.folder / "rules/rule.yml").unlink()

    assert check(place, FOLDER) == 1
    told = capsys.readouterr().out
    assert "none is in force" in told
    assert "alerts would go nowhere" in told


def test_a_token_that_is_missing_is_a_doubt_for_a_folder_and_a_fault_for_a_bucket(
    place: Place, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(event(1))
    text = with_slack(slack).replace("${T}", "${T:-}") + "\n"

    check(place, text)
    assert "doubt  destination security: left out, it has no token" in capsys.readouterr().out

    assert check(place, text.replace("file:bucket", "s3://trail"), is_offline=True) == 2
    (fault,) = told_by(capsys, "FAULT")
    assert fault.startswith(f"{place.folder}/config.yaml: destination security: it is enabled and has no token; set")


def test_state_that_is_there_tells_its_age_also_while_its_daemon_runs(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(event(1))
    with place.daemon():
        assert check(place, FOLDER + TERMINAL) == 0
    assert "since 2026-05-04" in capsys.readouterr().out


def test_state_on_something_that_is_no_database_is_a_fault(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.put(event(1))
    (place.folder / "data").mkdir()
    (place.folder / "data/trailwarden.db").write_text("no database, but long enough to look at " * 100)

    assert check(place, FOLDER + TERMINAL) == 1
    assert "FAULT  state: " in capsys.readouterr().out


def test_a_bucket_that_cannot_be_reached_names_the_credentials_and_the_address(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # nobody listens there once it is closed
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    text = f"sources: [{{url: 's3://trail', region: eu-west-1, endpoint_url: 'http://127.0.0.1:{port}'}}]\n"

    assert check(place, text + "rules: {paths: [rules]}\n" + TERMINAL) == 1
    told = capsys.readouterr().out
    assert "credentials come from env" in told
    assert "FAULT  s3://trail: " in told


def test_a_warning_in_a_rule_is_a_doubt(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.put(event(1))
    place.write_rule(rule_text("selection: {eventNane: DeleteGroup}\ncondition: selection"))

    assert check(place, FOLDER + TERMINAL) == 0
    told = capsys.readouterr().out
    assert "rule.yml:6: 'eventNane' is no field of a CloudTrail record" in told.partition("doubt  ")[2]
    assert "configuration: 1 source, 1 destination\n" in told


def test_a_part_that_breaks_is_a_fault_and_the_next_parts_are_checked(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(event(1))
    name = "x" * 300  # longer than a file's name may be, which the system tells in its own way

    assert check(place, f"{FOLDER}{TERMINAL}state: {{url: 'sqlite:///{name}/s.db'}}") == 1
    told = capsys.readouterr().out
    assert "FAULT  state: " in told
    assert "1 shard, of 1 account and 1 region" in told


def test_faults_of_the_configuration_hide_none_elsewhere_and_exit_2(
    place: Place, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write_rule(b"title: [", "broken.yml")
    (place.folder / "bucket").rmdir()
    (place.folder / "data").write_text("a file where the state's folder should be")
    slack.always("auth.test", error("invalid_auth"))
    text = with_slack(slack).replace("{url: file:bucket}", "{url: file:bucket, pol_every: 5m}")

    assert check(place, text + "\nnotices: [nobody]", T=TOKEN) == 2
    faults = told_by(capsys, "FAULT")
    wanted = ("pol_every", "nobody", "broken.yml:", "state: ", "bucket", "Slack refuses the token")
    assert [word for word in wanted if word not in str(faults)] == []


def test_a_missing_token_keeps_nobody_from_looking_at_rules_state_and_bucket(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"  # nobody listens there once it is closed
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    text = (
        f"sources: [{{url: 's3://trail', region: eu-west-1, endpoint_url: '{address}'}}]\nrules: {{paths: [rules]}}\n"
    )
    slack = "destinations: [{name: security, type: slack, channel: c}]"

    assert check(place, text + slack) == 2
    told = capsys.readouterr().out
    assert "FAULT  s3://trail: " in told
    assert "ok     rules: 1 in force" in told
    assert "will be made at the first start" in told
    assert told.count("security") == 1
    assert "nowhere" not in told


@pytest.mark.parametrize(
    ("text", "passed_over"),
    [
        ("sources: [{url: file:nowhere, role_arm: x}]\n", "sources[0]"),
        ("sources: [{url: file:bucket}, {url: '${NOWHERE}'}]\n", "sources[1]"),
        (FOLDER.replace("[rules]", "[no/such], disabled: x"), "rules"),
        (FOLDER + "state: {uri: 'sqlite:////proc/1/x.db'}\n", "state"),
        (FOLDER + "destinations: [{name: terminal, type: console}, {name: b, type: slack, chanel: x, token: y}]\n", ""),
    ],
    ids=["role", "variable", "rules", "state", "slack"],
)
def test_what_a_fault_may_have_spoilt_is_not_looked_at(
    place: Place, capsys: pytest.CaptureFixture[str], text: str, passed_over: str
) -> None:
    place.put(event(1))

    assert check(place, text + ("" if "destinations" in text else TERMINAL)) == 2
    doubts = told_by(capsys, "doubt")
    assert doubts == [f"{passed_over or 'destinations[1]'}: not looked at, since its configuration has a fault"]


def test_an_override_that_cannot_be_read_keeps_nobody_from_looking_at_the_rules(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(event(1))
    text = FOLDER.replace("[rules]", "[rules], overrides: [{match: {}, level: low}]")

    assert check(place, text + TERMINAL) == 2
    told = capsys.readouterr().out
    assert told.count("FAULT") == 1
    assert "match names exactly one of id, tag and path" in told
    assert "doubt" not in told
    assert "rules: 1 in force" in told


def test_a_file_that_is_no_configuration_is_a_fault_like_any_other(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(place, "sources: [") == 2
    assert "broken YAML" in told_by(capsys, "FAULT")[0]


def test_a_destination_whose_name_cannot_be_used_is_asked_all_the_same_and_told_by_its_number(
    place: Place, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(event(1))

    assert check(place, with_slack(slack).replace("name: security", "name: Security!"), T=TOKEN) == 2
    assert "destination number 1: posts as trailwarden" in capsys.readouterr().out


def test_a_token_that_could_not_be_had_is_not_called_missing_besides(
    place: Place, slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(event(1))

    assert check(place, with_slack(slack)) == 2  # ${T} is not set
    told = capsys.readouterr().out
    assert "the variable T is not set" in told
    assert "left out" not in told
    assert "nowhere" not in told
