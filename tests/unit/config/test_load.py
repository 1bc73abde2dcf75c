"""The configuration file: what it accepts, and how it says what is wrong."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import SlackConfig, find_config, load_config
from daemon.errors import ConfigError
from daemon.model import Level, Mode

EXAMPLE = Path("config.example.yaml")


def load(tmp_path: Path, text: str, **environment: str) -> object:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environment)


def faults(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environment)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_the_example_loads_as_it_stands_and_its_paths_are_absolute() -> None:
    config = load_config(EXAMPLE, {})

    assert config.sources[0].url == f"file:{EXAMPLE.parent.resolve()}/examples/bucket"
    assert config.state.url == f"sqlite:///{EXAMPLE.parent.resolve()}/data/trailwarden.db"
    assert config.sources[0].poll_every == timedelta(minutes=5)
    assert config.without_credential == ("security",)
    assert config.http.listen == ("127.0.0.1", 8099)


def test_the_example_watches_a_bucket_and_posts_to_slack_by_environment_alone() -> None:
    config = load_config(
        EXAMPLE, {"TRAIL_URL": "s3://my-trail/logs/", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C012"}
    )

    slack = config.destinations[1]
    assert config.sources[0].url == "s3://my-trail/logs"
    assert isinstance(slack, SlackConfig)
    assert slack.token.reveal() == "xoxb-1"
    assert slack.channel == "C012"
    assert config.without_credential == ()


def test_a_bucket_without_the_slack_token_is_refused() -> None:
    with pytest.raises(ConfigError, match="destination security: it is enabled and has no token; set SLACK_BOT_TOKEN"):
        load_config(EXAMPLE, {"TRAIL_URL": "s3://my-trail"})


def test_what_only_looks_needs_no_token() -> None:
    config = load_config(EXAMPLE, {"TRAIL_URL": "s3://my-trail"}, is_sending=False)

    assert config.without_credential == ("security",)


QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/trail-events"
MINIMAL = "sources: [{url: file:trail}]\n"
TERMINAL = "\ndestinations: [{name: terminal, type: console}]"


def test_sections_that_are_left_out_have_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(MINIMAL)
    config = load_config(path, {})

    assert config.state.url == f"sqlite:///{tmp_path}/data/trailwarden.db"
    assert config.rules.paths == ("builtin:core",)
    assert config.destinations == ()


def test_every_fault_is_named_at_once_with_path_and_fix(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """
sources:
  - {url: "ftp://x", pol_every: 5m, accounts: [12345], lookback: 3, external_id: x, max_object_bytes: 0}
rules: {overides: [], overrides: [{match: {id: a, tag: b}, levle: low}]}
state: {url: "sqlite:///:memory:"}
destinations: [{name: a, type: slack, tokn: x, channel: c}, {name: b}, {type: pager, name: c}]
http: {listen: here}
log: {level: loud}
workers: 0
""",
    )

    assert "config.yaml: sources[0].pol_every: unknown key; did you mean 'poll_every'?" in told
    assert "config.yaml: sources[0].url: a source is s3://bucket[/prefix] or file:path" in told
    assert "config.yaml: sources[0].lookback: a duration is a number and a unit" in told
    assert "config.yaml: sources[0].accounts[0]: is not of the form" in told
    assert "config.yaml: sources[0].max_object_bytes: a size is a number" in told
    assert "config.yaml: rules.overides: unknown key; did you mean 'overrides'?" in told
    assert "config.yaml: rules.overrides[0].levle: unknown key; did you mean 'level'?" in told
    assert "config.yaml: rules.overrides[0].match: match names exactly one of id, tag and path" in told
    assert "config.yaml: destinations[0].tokn: unknown key; did you mean 'token'?" in told
    assert "config.yaml: destinations[1]: type is missing; write type: console, slack," in told
    assert "config.yaml: destinations[2]: " in told
    assert "config.yaml: state.url: state must outlive the process" in told
    assert "config.yaml: http.listen: listen is an address and a port" in told
    assert "config.yaml: log.level: input should be" in told
    assert "config.yaml: workers: write 1 to 128 processes, or auto for one a processor" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "config.yaml: is not a mapping of sections"),
        ("", "config.yaml: is not a mapping of sections"),
        ("sources: [", "config.yaml:1: broken YAML"),
        ("a: 1\na: 2", "config.yaml:2: a: the key stands twice; keep one of them"),
        ("a: &a {b: 1}\nc: {<<: *a, <<: *a}", "config.yaml:2: broken YAML: the key << stands twice"),
        ("a: \x00", "config.yaml: broken YAML"),
        ("sources: []", "config.yaml: sources: is empty; give at least one"),
        ("{}", "config.yaml: sources: is missing; add it"),
        ("{a: {b: {[x]: 1}}}", "config.yaml:1: broken YAML"),
        ("a: " + "[" * 3000, "config.yaml: broken YAML: it is nested too deeply"),
        (MINIMAL + "workers: !!int one", "config.yaml:2: broken YAML: could not determine a constructor for the tag"),
        (MINIMAL + "log: !!timestamp x", "config.yaml:2: broken YAML: could not determine a constructor for the tag"),
        (MINIMAL + "notices: &a [*a]", "config.yaml: holds itself, or is nested too deeply; take the alias out"),
        ("sources:\n", "config.yaml: sources: is missing; add it"),
        (MINIMAL + "~: 1", "config.yaml: None: is no key; write a name before the colon"),
        (MINIMAL + "log: loud", "config.yaml: log: is no section; write its keys below it, or take it out"),
        ("sources: {url: file:a}", "config.yaml: sources: is no list; write it as [one, another]"),
        ("sources: [{url: file:a, accounts: [1]}]", "accounts[0]: is not of the form that it must have"),
        ("sources: [{url: file:a, accounts: [1]}]", "; an account id has twelve digits"),
        (
            MINIMAL + "destinations: [{name: a, type: pager}]",
            "[0]: type is none that is known; write type: console, slack",
        ),
        (
            "sources: [{url: file:a, lookback: 999999w}]",
            "lookback: a duration must be longer than nothing, and at most",
        ),
        ("sources: [{url: file:a, start: -999999w}]", "start is auto, now, a look back"),
        ("sources: [{url: file:a, start: '0001-01-01T00:00:00+14:00'}]", "start is auto, now, a look back"),
        ("sources: [{url: s3://b00/p}, {url: s3://b00/p/AWSLogs/o-1}]", "sources: s3://b00/p stands twice"),
        (MINIMAL + "log: {level: '${LOG-LEVEL}'}", "log.level: it holds a ${ that begins no variable; write ${NAME}"),
        (MINIMAL + "log: {level: '${A:-${B}}'}", "log.level: it holds a ${ that begins no variable; write ${NAME}"),
        (MINIMAL + "rules: {variables: {'${A}': x}}", "rules.variables.${A}: a variable cannot stand in a key"),
        (
            MINIMAL + "state: {url: postgresql+psycopg://x}",
            "state.url: PostgreSQL is named as postgresql+psycopg://user",
        ),
        (MINIMAL + "state: {url: 'postgresql://h/d?password=x'}", "state.url: PostgreSQL is named as"),
        (MINIMAL + "state: {url: postgresql+asyncpg://h/d}", "state.url: state is sqlite:///path/to/file.db"),
        (MINIMAL + "state: {url: mysql://x}", "state.url: state is sqlite:///path/to/file.db"),
        (MINIMAL + "notices: [nobody]", "notices[0]: no destination is called 'nobody'"),
        ("sources: [{url: file:a}, {url: file:a}]", "stands twice; keep one of them"),
        ("sources: [{url: 'file:'}]", "a file: source names a folder"),
        ("sources: [{url: file:a, start: yesterday}]", "start is auto, now, a look back"),
        ("sources: [{url: file:a, start: 2026-01-01T00:00:00}]", "start is auto, now, a look back"),
        ("sources: [{url: 's3://bucket', external_id: x}]", "give role_arn too"),
        (f"sources: [{{url: file:a, queue_url: '{QUEUE}'}}]", "a queue tells of a bucket, not of a folder"),
        (
            f"sources: [{{url: 's3://arn:aws:s3:eu-west-1:111122223333:accesspoint/a', queue_url: '{QUEUE}'}}]",
            "name the bucket",
        ),
        (f"sources: [{{url: 's3://a-s3alias', queue_url: '{QUEUE}'}}]", "not by their access points"),
        ("sources: [{url: 's3://bucket', inline_events: true}]", "give queue_url too"),
        ("sources: [{url: 's3://bucket', queue_url: 'arn:aws:sqs:eu-west-1:111122223333:q'}]", "queue_url"),
        (MINIMAL + "destinations: [{name: a, type: slack, channel: c, token: [x]}]", "a secret is a text"),
        (
            MINIMAL + "destinations: [{name: a, type: console}, {name: a, type: console}]",
            "the name 'a' stands twice; give each its own",
        ),
        (
            MINIMAL + "notices: ['${NOBODY}']",
            "notices[0]: the variable NOBODY is not set; set it, or write ${NOBODY:-}",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, told: str) -> None:
    assert told in faults(tmp_path, text)


def test_one_cause_is_told_once(tmp_path: Path) -> None:
    assert faults(tmp_path, "sources: [{url: '${NOWHERE}'}]").count("\n") == 0
    assert faults(tmp_path, "sources: [{url: 'ftp://x'}]").count("\n") == 0


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    levels = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 10))

    assert "holds more values than a configuration can have" in faults(tmp_path, f"x0: &x0 [a]\n{levels}\n")


def test_a_file_without_end_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="/dev/zero: is larger than 1024 KiB"):
        load_config(Path("/dev/zero"), {})
    path = tmp_path / "config.yaml"
    path.write_bytes(MINIMAL.encode("utf-16"))
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        load_config(path, {})


def test_a_section_whose_keys_are_all_commented_out_has_its_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL + "rules:\n  # paths: [mine]\nlog:\n")

    assert config.rules.paths == ("builtin:core",)  # type: ignore[attr-defined]


def test_an_alias_may_say_once_what_several_sources_share(tmp_path: Path) -> None:
    config = load(tmp_path, "sources:\n- &a {url: file:a, poll_every: 7m}\n- {<<: *a, url: file:b}\n")

    assert config.sources[1].poll_every == timedelta(minutes=7)  # type: ignore[attr-defined]


def test_an_empty_value_switches_an_optional_setting_off(tmp_path: Path) -> None:
    config = load(
        tmp_path, "sources: [{url: 's3://bucket', role_arn: '${R:-}', endpoint_url: '', external_id: ''}]" + TERMINAL
    )

    source = config.sources[0]  # type: ignore[attr-defined]
    assert (source.role_arn, source.endpoint_url, source.external_id) == (None, None, None)


@pytest.mark.parametrize(
    ("listen", "address"),
    [("0.0.0.0:8099", ("0.0.0.0", 8099)), ("[::1]:0", ("::1", 0)), ("localhost:1", ("localhost", 1))],
)
def test_an_address_to_listen_on_is_a_host_and_a_port(tmp_path: Path, listen: str, address: tuple[str, int]) -> None:
    config = load(tmp_path, f"{MINIMAL}http: {{listen: '{listen}'}}")

    assert config.http.listen == address  # type: ignore[attr-defined]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "nowhere.yaml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, {})


def test_account_ids_stay_text(tmp_path: Path) -> None:
    config = load(tmp_path, "sources: [{url: file:a, accounts: [012345670123, 111122223333]}]")

    assert config.sources[0].accounts == ("012345670123", "111122223333")  # type: ignore[attr-defined]


def test_variables_are_filled_in_after_parsing_so_that_a_value_cannot_add_keys(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "sources: [{url: 'file:${A}/${B:-b}', endpoint_url: 'https://${C}'}]",
        A="x, role_arn: y",
        C="example.com",
    )

    assert config.sources[0].url.endswith("/x, role_arn: y/b")  # type: ignore[attr-defined]
    assert config.sources[0].role_arn is None  # type: ignore[attr-defined]


SLACK = MINIMAL + "destinations: [{name: a, type: slack, channel: c, token: '${TOKEN}'}]"


def test_a_secret_from_a_file_follows_the_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("xoxb-old\n")
    config = load(tmp_path, SLACK, TOKEN_FILE=str(secret))
    token = config.destinations[0].token  # type: ignore[attr-defined]

    assert token.reveal() == "xoxb-old"
    secret.write_text("xoxb-new\n")
    assert token.reveal() == "xoxb-new"
    secret.write_text("")  # as it is for a moment while somebody writes it anew
    assert token.reveal() == "xoxb-new"
    secret.unlink()
    assert token.reveal() == "xoxb-new"


def test_a_token_that_is_left_blank_is_none(tmp_path: Path) -> None:
    config = load(tmp_path, SLACK.replace("'${TOKEN}'", ""))

    assert config.without_credential == ("a",)  # type: ignore[attr-defined]


def test_a_secret_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert "the file in TOKEN_FILE cannot be read" in faults(tmp_path, SLACK, TOKEN_FILE="/nowhere/at/all")


def test_a_secret_never_shows_itself(tmp_path: Path) -> None:
    config = load(tmp_path, SLACK, TOKEN="xoxb-hidden")

    assert "xoxb-hidden" not in repr(config) + str(config)
    assert "xoxb-hidden" not in faults(tmp_path, SLACK + "\nrules: {path: ${TOKEN}}", TOKEN="xoxb-hidden")


def test_overrides_and_variables_take_one_value_or_several(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        MINIMAL
        + "rules: {variables: {admins: [alice, bob], office: 203.0.113.0/24},"
        + " overrides: [{match: {tag: attack.t1078}, level: low, mode: shadow, group_by: recipientAccountId}]}",
    )
    override = config.rules.overrides[0]  # type: ignore[attr-defined]

    assert config.rules.variables == {"admins": ("alice", "bob"), "office": ("203.0.113.0/24",)}  # type: ignore[attr-defined]
    assert (override.level, override.mode, override.group_by) == (Level.LOW, Mode.SHADOW, ("recipientAccountId",))


@pytest.mark.parametrize(
    "url",
    ["s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/trail/prefix", "s3://bucket", "s3://bucket/a/AWSLogs/o-x"],
)
def test_buckets_and_access_points_are_sources(tmp_path: Path, url: str) -> None:
    config = load(tmp_path, f"sources: [{{url: '{url}'}}]{TERMINAL}")

    assert config.sources[0].is_remote  # type: ignore[attr-defined]


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    config = load(tmp_path, "sources: [{url: '${TRAIL_URL:-file:trail}'}]", TRAIL_URL="")

    assert config.sources[0].url == f"file:{tmp_path}/trail"  # type: ignore[attr-defined]


def test_the_file_is_found_by_option_then_environment_then_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"no file found at config\.yaml, /etc/trailwarden/config\.yaml"):
        find_config(None, {})

    (tmp_path / "config.yaml").write_text(MINIMAL)
    assert find_config(None, {}) == Path("config.yaml")
    assert find_config(None, {"TRAILWARDEN_CONFIG": "b.yaml"}) == Path("b.yaml")
    assert find_config(Path("a.yaml"), {"TRAILWARDEN_CONFIG": "b.yaml"}) == Path("a.yaml")
    assert os.getcwd() == str(tmp_path)


def test_an_external_id_from_a_file_follows_the_file_and_never_shows_itself(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("old-id\n")
    role = "role_arn: 'arn:aws:iam::111122223333:role/x'"
    source = f"{{url: 's3://bucket', {role}, external_id: '${{ID}}'}}"
    config = load(tmp_path, f"sources: [{source}]{TERMINAL}", ID_FILE=str(secret))
    external_id = config.sources[0].external_id  # type: ignore[attr-defined]

    secret.write_text("new-id\n")
    assert external_id.reveal() == "new-id"
    assert "new-id" not in repr(config)
