"""Destinations in the configuration: what is wrong with one is told at once, and nothing of a secret with it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from daemon.config import Draft, draft_config
from daemon.config.urls import apprise_fault, header_fault, is_encrypted, web_fault

REMOTE = "sources: [{url: 's3://trail'}]\n"
FOLDER = "sources: [{url: file:trail}]\n"
TOPIC = "topic_arn: 'arn:aws:sns:eu-west-1:111122223333:a'"


def draft(tmp_path: Path, destination: str, *, sources: str = FOLDER, **environment: str) -> Draft:
    path = tmp_path / "config.yaml"
    path.write_text(f"{sources}destinations: [{{name: a, {destination}}}]\n", encoding="utf-8")
    return draft_config(path, environment)


def told(tmp_path: Path, destination: str, *, sources: str = FOLDER, **environment: str) -> list[str]:
    problems = draft(tmp_path, destination, sources=sources, **environment).problems
    return [str(problem).removeprefix(f"{tmp_path}/config.yaml: ") for problem in problems]


@pytest.mark.parametrize(
    "destination",
    [
        "type: slack_webhook, url: 'https://hooks.slack.com/services/T0/B0/x'",
        "type: webhook, url: 'https://example.com/hook', secret: s, headers: {Authorization: Bearer x}, details: full",
        f"type: sns, {TOPIC}, format: json",
        "type: pagerduty, routing_key: 0123456789abcdef0123456789abcdef",
        "type: apprise, url: 'json://localhost'",
    ],
)
def test_each_type_is_known_and_shows_no_secret(tmp_path: Path, destination: str) -> None:
    found = draft(tmp_path, destination, sources=REMOTE)
    assert found.problems == ()
    shown = repr(found.config) + found.config.model_dump_json(fallback=repr)
    assert not any(secret in shown for secret in ("services/T0", "example.com", "Bearer", "0123456789abcdef"))


@pytest.mark.parametrize(
    ("destination", "fault"),
    [
        ("type: webhook, url: 't0psecret'", "url: begin it with https://"),
        ("type: webhook, url: 'ftp://t0psecret/'", "url: begin it with https://"),
        ("type: webhook, url: 'https://u:t0psecret@example.com/'", "do not belong in the address"),
        ("type: slack_webhook, url: 'https://t0 psecret/'", "without spaces"),
        ("type: webhook, url: 'https://a/', headers: {Host: t0psecret}", "headers: the header Host is set by"),
        ("type: webhook, url: 'https://a/', headers: {X-Trailwarden-Delivery: t0psecret}", "is set by Trailwarden"),
        ("type: webhook, url: 'https://a/', headers: {'a b': t0psecret}", "a header's name has letters"),
        ("type: webhook, url: 'https://a/', headers: {A: 'ü t0psecret'}", "a value that no header can carry"),
        ("type: webhook, url: 'https://a/', secrt: t0psecret", "secrt: unknown key; did you mean 'secret'?"),
        (
            "type: slack_webhook, channel: t0psecret",
            "channel: unknown key; known here: enabled, fallback, min_level, name",
        ),
        ("type: pagerduty, routing_key: t0psecret", "routing_key: a routing key has 32 letters and digits"),
        ("type: apprise, url: t0psecret", "url: write it as Apprise does"),
        ("type: apprise, url: 'json://t0psecret json://b'", "give one address"),
        ("type: sns, topic_arn: t0psecret", "topic_arn: is not of the form that it must have; such as arn:aws:sns"),
        (f"type: sns, {TOPIC}, external_id: t0psecret", "external_id: is sent when a role is assumed"),
    ],
)
def test_a_fault_is_told_with_what_to_do_and_never_with_the_secret(
    tmp_path: Path, destination: str, fault: str
) -> None:
    (problem,) = told(tmp_path, destination)
    assert fault in problem
    assert "t0psecret" not in problem


@pytest.mark.parametrize(
    ("kind", "credential"),
    [("slack_webhook", "url"), ("webhook", "url"), ("pagerduty", "routing_key"), ("apprise", "url")],
)
def test_one_without_its_credential_is_a_fault_beside_a_real_trail_only(
    tmp_path: Path, kind: str, credential: str
) -> None:
    written = f"type: {kind}, {credential}: '${{NONE:-}}'"
    (problem,) = told(tmp_path, written, sources=REMOTE)
    assert f"destination a: it is enabled and has no {credential}; give " in problem
    assert told(tmp_path, written) == []
    assert draft(tmp_path, written).config.without_credential == ("a",)
    assert told(tmp_path, f"{written}, enabled: false", sources=REMOTE) == []


def test_a_library_that_is_missing_is_told_with_the_command_that_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    (problem,) = told(tmp_path, "type: apprise, url: 'json://localhost'")
    assert "destination a: the library apprise is not installed; pip install 'trailwarden[apprise]'" in problem
    assert told(tmp_path, "type: apprise, url: 'json://localhost', enabled: false") == []


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://example.com/hook\n")
    found = draft(tmp_path, "type: webhook, url: '${HOOK}'", HOOK_FILE=str(tmp_path / "url"))
    (destination,) = found.config.destinations
    assert destination.url.reveal() == "https://example.com/hook"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://a:b/", "https:///x", "https://a/#b", "https://a/" + "b" * 3_000, "https://ü/"]
)
def test_what_can_be_no_address_is_found_out(url: str) -> None:
    assert web_fault(url)


def test_what_is_in_order_is_no_fault() -> None:
    assert web_fault("https://example.com:8443/a?b=c") == ""
    assert apprise_fault("tgram://bottoken/ChatID") == ""
    assert header_fault("X-Api-Key", "abc") == ""
    assert apprise_fault("json://" + "a" * 3_000)


@pytest.mark.parametrize(
    ("url", "answer"), [("https://a/", True), ("http://127.0.0.1/", True), ("http://example.com/", False)]
)
def test_what_others_may_read_on_the_way_is_known(url: str, answer: bool) -> None:
    assert is_encrypted(url) is answer
