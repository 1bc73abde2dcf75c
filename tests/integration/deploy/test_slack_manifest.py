"""The manifest of the Slack app against the code: the scopes of what it calls, and no more."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

import yaml
from slack_sdk import WebClient

from tests.doubles.slack import SCOPES
from tests.e2e.harness import REPOSITORY

MANIFEST: dict[str, Any] = yaml.safe_load((REPOSITORY / "deploy/slack/manifest.yaml").read_text(encoding="utf-8"))
BY_APP_TOKEN = {"apps.connections.open"}  # whose scope, connections:write, no manifest can give
OPTIONAL = {"conversations.info"}  # `check` looks at a channel if it may
_METHOD = re.compile(r'self\.api_call\(\s*"([\w.]+)"')


def called() -> Iterator[str]:
    """Every method of Slack's that a module of ours calls, as the reference names it."""
    for path in (REPOSITORY / "daemon" / "notify").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from _methods(node.func.attr, node.args)


def _methods(name: str, arguments: list[ast.expr]) -> Iterator[str]:
    if name in ("_call", "_try") and arguments and isinstance(arguments[0], ast.Constant):
        yield str(arguments[0].value)
    elif "_" in name.strip("_") and (method := getattr(WebClient, name, None)):
        yield from _METHOD.findall(inspect.getsource(method))


def test_the_scopes_are_those_of_what_is_called() -> None:
    methods = set(called())
    assert {"chat.postMessage", "chat.update", "views.open", "users.info", "apps.connections.open"} <= methods
    needed = {SCOPES[method] for method in methods - BY_APP_TOKEN - OPTIONAL}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed - {None}
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_presses_come_by_socket_mode_and_no_address_of_ours_is_given() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert MANIFEST["settings"]["token_rotation_enabled"] is False
    assert "http" not in str(MANIFEST)


def test_names_are_as_long_as_slack_allows() -> None:
    shown = MANIFEST["display_information"]
    assert (len(shown["name"]) <= 35, len(shown["description"]) <= 140) == (True, True)
    assert re.fullmatch(r"[\w .-]{1,80}", MANIFEST["features"]["bot_user"]["display_name"])
