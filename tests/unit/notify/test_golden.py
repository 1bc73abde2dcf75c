"""Messages of every kind, as they look: a change to them shows in the difference of the golden files."""

from __future__ import annotations

import json
import re

import pytest

from daemon.notify.blocks import size
from daemon.notify.message import BUDGET
from tests.doubles.slack_limits import refusal
from tests.doubles.webhook_schema import check_payload
from tests.golden.cases import FOLDER, cases
from tests.golden.forms import MADE, slack_text

CASES = cases()


@pytest.mark.parametrize("ending", MADE)
@pytest.mark.parametrize("name", CASES)
def test_a_destination_gets_what_the_golden_file_holds(name: str, ending: str) -> None:
    file = FOLDER / f"{name}.{ending}"
    assert MADE[ending](name, CASES[name]) == (file.read_text(encoding="utf-8") if file.exists() else "")


@pytest.mark.parametrize("ending", ["slack.json", "slack_webhook.json"])
@pytest.mark.parametrize("name", CASES)
def test_slack_takes_it(name: str, ending: str) -> None:
    shown = MADE[ending](name, CASES[name])
    assert not shown or refusal({"channel": "C1", **json.loads(shown)}) is None


@pytest.mark.parametrize("name", CASES)
def test_what_a_webhook_is_sent_follows_the_schema(name: str) -> None:
    shown = MADE["webhook.json"](name, CASES[name])
    if shown:
        check_payload(json.loads(shown))


@pytest.mark.parametrize("name", CASES)
def test_a_message_keeps_within_what_slack_takes(name: str) -> None:
    payload = json.loads(slack_text(name, CASES[name]))
    blocks = payload["blocks"] + [block for each in payload.get("attachments", []) for block in each["blocks"]]
    assert len(blocks) <= 50
    assert size(blocks) <= BUDGET == 10_000
    assert all(len(text) <= 3_000 for text in re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(blocks)))
    assert len(payload["text"]) <= 300


def test_at_least_fifteen_kinds_of_events_and_every_kind_of_identity_are_shown() -> None:
    records = [sample.record for parcel in CASES.values() for alert in parcel.alerts for sample in alert.samples]
    kinds = {(record["eventSource"], record["eventName"]) for record in records if record}
    identities = {record["userIdentity"].get("type") for record in records if record}
    assert len(kinds) >= 20
    assert identities >= {
        *("Root", "IAMUser", "AssumedRole", "FederatedUser", "SAMLUser", "WebIdentityUser"),
        *("AWSService", "AWSAccount", "Directory", "IdentityCenterUser", "Unknown"),
    }


def test_every_golden_file_belongs_to_a_case() -> None:
    files = {path.name.partition(".") for path in FOLDER.iterdir() if path.suffix in (".json", ".txt")}
    assert {(name, ending) for name, _, ending in files} == {
        (name, ending) for name in CASES for ending, make in MADE.items() if make(name, CASES[name])
    }


def test_no_golden_file_holds_the_secret_of_its_event() -> None:
    assert not any(
        "must-not-be-seen" in path.read_text(encoding="utf-8")
        for path in (*FOLDER.glob("*.json"), *FOLDER.glob("*.txt"))
    )
