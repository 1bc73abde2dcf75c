"""Every fault of a configuration in one go, also those between sections, and none that only follows from another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import Draft, draft_config, load_config
from daemon.errors import ConfigError

TERMINAL = "\ndestinations: [{name: terminal, type: console}]"
SLACK = "{name: security, type: slack, channel: c, token: ''}"


def draft(tmp_path: Path, text: str, **environment: str) -> Draft:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return draft_config(path, environment)


def told(tmp_path: Path, text: str, **environment: str) -> list[str]:
    """The faults, in order, without the file's name."""
    problems = draft(tmp_path, text, **environment).problems
    return [str(problem).removeprefix(f"{tmp_path}/config.yaml") for problem in problems]


NO_TOKEN = (
    ": destination security: it is enabled and has no token;"
    " set SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE), or switch the destination off with enabled: false"
)


def test_a_misspelt_key_hides_neither_a_notice_that_leads_nowhere_nor_a_missing_token(tmp_path: Path) -> None:
    text = f"sources: [{{url: 's3://trail', pol_every: 5m}}]\nnotices: [nobody]\ndestinations: [{SLACK}]"

    assert told(tmp_path, text) == [
        ": sources[0].pol_every: unknown key; did you mean 'poll_every'?",
        ": notices[0]: no destination is called 'nobody'; known: security",
        NO_TOKEN,
    ]
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "config.yaml", {})
    assert len(caught.value.problems) == 3


def test_a_real_trail_without_anybody_to_tell_is_a_fault_and_a_folder_without_is_none(tmp_path: Path) -> None:
    nobody = ": destinations: there is none, so nobody would be told of an alert; name one, such as"
    (fault,) = told(tmp_path, "sources: [{url: 's3://a00'}]")
    assert fault.startswith(nobody)
    assert told(tmp_path, "sources: [{url: 's3://a00'}]\ndestinations: [x]")[0].startswith(": destinations[0]: ")
    assert told(tmp_path, "sources: [{url: file:a}]") == []
    assert (
        told(tmp_path, "sources: [{url: 's3://a00'}]\ndestinations: [{name: a, type: console, enabled: false}]") == []
    )


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "sources: [{url: 's3://a00', start: x}, {url: 's3://a00', lookback: x}]" + TERMINAL,
            [
                ": sources[0].start: start is auto",
                ": sources[1].lookback: a duration",
                ": sources: s3://a00 stands twice",
            ],
        ),
        (
            "sources: [{url: 's3://a00', external_id: x, start: y}]" + TERMINAL,
            [
                ": sources[0].start: start is auto",
                ": sources[0].external_id: is sent when a role is assumed; give role_arn",
            ],
        ),
        (
            "sources: [{url: file:a}]\nrules: {overrides: [{match: {id: a, tag: b, x: c}, level: x}]}",
            [
                ": rules.overrides[0].match.x: unknown key",
                ": rules.overrides[0].level: input should be",
                ": rules.overrides[0].match: match names exactly one of id, tag and path",
            ],
        ),
        (
            "sources: [{url: 's3://a00'}]\ndestinations: [{name: security, type: slack}]\nhttp: x",
            [": destinations[0].channel: is missing", ": http: is no section", NO_TOKEN],
        ),
        (
            "sources: [{url: file:a}]\nnotices: [X!, [a], nobody]\n"  # noqa: ISC004 — one text
            "destinations: [{name: X!, type: console}, {name: X!, type: pager}]",
            [
                ": destinations[0].name: is not of the form",
                ": destinations[1]: type is none that is known",
                ": notices[1]: is no text",
                ": destinations: the name 'X!' stands twice",
                ": notices[2]: no destination is called 'nobody'",
            ],
        ),
        (
            f"sources: [{{url: 's3://a00'}}]\ndestinations: [{SLACK}]\nlog: {{level: info}}\nlog: {{levle: info}}",
            [":4: log: the key stands twice; keep one of them", NO_TOKEN],
        ),
        (
            "sources: [{url: file:a, url: file:b, url: file:c, start: x}]\nfoo: 1\nfoo: 2",
            [
                ":1: sources[0].url: the key stands twice",
                ":3: foo: the key stands twice",
                ": sources[0].start: start is auto",
                ": foo: unknown key",
            ],
        ),
        (
            "sources: [{url: '${A}'}]\nnotices: [nobody]",
            [": sources[0].url: the variable A is not set", ": notices[0]"],
        ),
        (
            "sources: [{url: file:a}]\nworkers: many\n"  # noqa: ISC004 — one text
            "destinations: [{name: a, type: console, min_level: x, enabled: flase}]",
            [
                ": destinations[0].enabled: is neither",
                ": destinations[0].min_level: input",
                ": workers: write 1 to 128",
            ],
        ),
        (
            "sources: [{url: 's3://a00'}]\ndestinations: [{name: a, type: slack, slack: x, console: y}]",
            [
                ": destinations[0].channel: is missing",
                ": destinations[0].slack: unknown key",
                ": destinations[0].console: unknown key",
                ": destination a: it is enabled and has no token",
            ],
        ),
    ],
)
def test_faults_of_all_kinds_are_told_together(tmp_path: Path, text: str, faults: list[str]) -> None:
    found = told(tmp_path, text)

    assert [line[: len(begin)] for line, begin in zip(found, faults, strict=True)] == faults


@pytest.mark.parametrize(
    "text",
    [
        f"sources: [{{url: 's3://a00'}}]\ndestinations: [{SLACK.replace('token', 'tokn')}]",
        f"sources: [{{url: 's3://a00'}}]\ndestinations: [{SLACK.replace('token:', 'enabled: flase, token:')}]",
        "sources: [{url: 's3://a00'}]\ndestinations: [{name: a, type: slack, channel: c, token: '${T}'}]",
        "sources: [{url: 's3://a00', external_id: x, role_arm: 'arn:aws:iam::111122223333:role/x'}]" + TERMINAL,
        "sources: [{url: 's3://a00', external_id: x, role_arn: x}]" + TERMINAL,
        "sources: [{url: '${A}'}, {url: file:.}]",
        "sources: []",
        "sources: 3",
        "sources: [{url: file:a}]\nrules: {overrides: [{match: {idd: a}}]}",
        "sources: [{url: file:a}]\nrules: {overrides: [{match: 3}]}",
        "sources: [{url: file:a}]\nrules: {overrides: [3]}",
        "sources: [{url: file:a}]\nrules: {overrides: 3}",
        "sources: [{url: file:a}]\ndestinaions: [{name: a, type: console}]\nnotices: [a]",
        "sources: [{url: file:a}]\ndestinations: [a]\nnotices: [a]",
        "sources: [{url: file:a}]\ndestinations: [{name: '${A}', type: console}]\nnotices: [a]",
        "sources: [{url: file:a}]\ndestinations: {name: a, type: console}\nnotices: [a]",
        "sources: [{url: file:a}]\ndestinations: [{name: a, type: pager}]\nnotices: [a]",
        "sources: [{url: file:a}]\nnotices: ['${NOBODY}']",
        "sources: [{url: file:a, accounts: ['${A}', '111122223333']}]",
        "sources: [{url: file:a}]\nnotices: {a: b}",
        "sources: [{url: file:a}]\n~: x",
        "sources: [{url: file:a}]\nlog: {level: {a: '${A}'}, level: debug}",
    ],
)
def test_what_follows_from_a_fault_is_no_fault_of_its_own(tmp_path: Path, text: str) -> None:
    assert len(told(tmp_path, text)) == 1


def test_what_has_no_fault_can_be_used_and_what_has_is_known(tmp_path: Path) -> None:
    found = draft(
        tmp_path,
        "sources: [{url: file:a, pol_every: 1m}, {url: file:b, role_arm: x, regions: ['${R}', eu-west-1]}, 3]\n"
        "rules: {paths: [mine], reload_every: x}\n",
    )

    assert [source.url for source in found.config.sources][:2] == [f"file:{tmp_path}/a", f"file:{tmp_path}/b"]
    assert found.is_sure_of("sources", 0, "url")
    assert not found.is_sure_of("sources", 0, "poll_every")
    assert not found.is_sure_of("sources", 0)
    assert found.is_sure_of("sources", 1, "url")
    assert not found.is_sure_of("sources", 1, "role_arn")
    assert not found.is_sure_of("sources", 1, "regions")
    assert not found.is_sure_of("sources", 2, "url")
    assert found.config.rules.paths == (f"{tmp_path}/mine",)
    assert found.is_sure_of("rules", "paths")
    assert found.is_sure_of("state")


def test_without_a_source_that_can_be_read_there_is_none(tmp_path: Path) -> None:
    assert draft(tmp_path, "sources: []").config.sources == ()
    assert draft(tmp_path, "source: [{url: file:a}]").config.sources == ()


def test_a_key_that_is_merged_in_and_said_anew_stands_once(tmp_path: Path) -> None:
    text = (
        "sources:\n- &a {url: file:a, poll_every: 7m}\n- &b {<<: *a, url: file:b}\n- {<<: *b, url: file:c}\n"
        "- {<<: [*b, *a], poll_every: x}\n"
    )

    assert told(tmp_path, text) == [
        ": sources[3].poll_every: a duration is a number and a unit: 30s, 5m, 1h, 3d or 2w",
        f": sources: file:{tmp_path}/b stands twice; keep one of them",
    ]


SOUND = yaml.load(Path("config.example.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
JUNK = st.recursive(
    st.sampled_from(["", "x", "${A}", "${", None, "5m", "s3://trail"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["url", "name", "nme", "type"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(tree: Any, at: tuple[int | str, ...] = ()) -> list[tuple[int | str, ...]]:
    """Where there is something that may be replaced."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else []
    return [place for step, below in inner for place in [(*at, step), *places(below, (*at, step))]]


def replaced(tree: Any, place: tuple[int | str, ...], by: Any) -> Any:
    """The tree with something else at this place, if it has it."""
    if not place:
        return by
    if isinstance(tree, dict):
        return {step: replaced(below, place[1:], by) if step == place[0] else below for step, below in tree.items()}
    if isinstance(tree, list):
        return [replaced(below, place[1:], by) if n == place[0] else below for n, below in enumerate(tree)]
    return tree


@given(changes=st.lists(st.tuples(st.sampled_from(places(SOUND)), JUNK), min_size=1, max_size=4))
def test_whatever_stands_where_the_rest_can_be_used(
    changes: list[tuple[tuple[int | str, ...], Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = SOUND
    for place, junk in changes:
        tree = replaced(tree, place, junk)
    found = draft(tmp_path_factory.getbasetemp(), yaml.safe_dump(tree))

    assert len(set(found.problems)) == len(found.problems)
    assert found.problems or not found.unsure
