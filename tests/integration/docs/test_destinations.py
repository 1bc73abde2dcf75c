"""docs/destinations.md, run: each piece of configuration sends a test alert, and the Python verifies one."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from daemon.commands.check import check_all
from daemon.commands.send_test import send_test_alert
from daemon.notify.webhook import WebhookNotifier
from daemon.service.clock import utc_now
from tests.doubles.alerts import a_parcel
from tests.doubles.aws import ACCESS_KEY, SECRET_KEY, moto_server
from tests.doubles.web import Request, WebServer
from tests.doubles.webhook_schema import check_schema
from tests.e2e.harness import REPOSITORY
from tests.integration.docs.pages import Block, blocks

PAGE = "docs/destinations.md"
EXAMPLES = [block for block in blocks("yaml") if block.page == PAGE]
# Apprise loads all its plugins at once, and some of their libraries import what Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with moto_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        yield url


def written(block: Block, web: WebServer, folder: Path, **changes: str) -> tuple[Path, dict[str, str]]:
    """The example in a file, and the variables that its reader would set."""
    tree = yaml.load(block.text, Loader=yaml.BaseLoader)
    tree["destinations"][0] |= changes
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "bucket").mkdir(exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"sources": [{"url": "file:bucket"}]} | tree), encoding="utf-8")
    return path, {
        "SLACK_WEBHOOK_URL": f"{web.url}/services/T0/B0/t0psecret",
        "WEBHOOK_URL": f"{web.url}/hook?key=t0psecret",
        "WEBHOOK_SECRET": "t0psecret",
        "WEBHOOK_AUTHORIZATION": "Bearer t0psecret",
        "PAGERDUTY_ROUTING_KEY": "t0psecret00000000000000000000000",
        "APPRISE_URL": web.url.replace("http", "json", 1) + "/t0psecret",
    }


def test_the_page_has_an_example_of_each_type() -> None:
    kinds = {yaml.load(block.text, Loader=yaml.BaseLoader)["destinations"][0]["type"] for block in EXAMPLES}
    assert kinds == {"slack_webhook", "webhook", "sns", "pagerduty", "apprise"}


@pytest.mark.parametrize("block", EXAMPLES, ids=[block.text.split()[4] for block in EXAMPLES])
def test_an_example_sends_and_shows_no_secret(
    block: Block, web: WebServer, aws: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    boto3.client("sns", region_name="eu-west-1").create_topic(Name="security-alerts")
    changes: dict[str, str] = {}
    if "type: pagerduty" in block.text:
        changes["api_url"] = web.url
    if "type: sns" in block.text:
        changes["topic_arn"] = "arn:aws:sns:eu-west-1:123456789012:security-alerts"
    config, variables = written(block, web, tmp_path, **changes)
    assert check_all(config, is_offline=False, environment=variables) in (0, 1)  # 1: there is nothing in the bucket
    assert web.requests == []
    assert send_test_alert(config, environment=variables) == 0
    told = capfd.readouterr()
    assert "FAULT  destination" not in told.out
    assert ": sent" in told.err
    assert "t0psecret" not in told.out + told.err
    assert len(web.requests) == (0 if "type: sns" in block.text else 1)


def verifier() -> Callable[[dict[str, str], bytes, str], bool]:
    (block,) = (block for block in blocks("python") if block.page == PAGE)
    names: dict[str, Any] = {}
    exec(block.text, names)
    found: Callable[[dict[str, str], bytes, str], bool] = names["is_genuine"]
    return found


def test_the_python_on_the_page_tells_our_messages_from_others(web: WebServer) -> None:
    notifier = WebhookNotifier(name="soc", url=lambda: web.url, secret=lambda: "s3cret", clock=utc_now)
    notifier.send(a_parcel())
    (request,) = web.requests
    is_genuine = verifier()
    assert is_genuine(dict(request.headers), request.body, "s3cret")
    assert not is_genuine(dict(request.headers), request.body, "another")
    assert not is_genuine(dict(request.headers), request.body + b" ", "s3cret")
    assert not is_genuine({}, request.body, "s3cret")
    assert not is_genuine(dict(request.headers) | {"x-trailwarden-signature": "v1=é"}, request.body, "s3cret")
    unsigned = hmac.new(b"", request.headers["x-trailwarden-timestamp"].encode() + b"." + request.body, "sha256")
    forged = dict(request.headers) | {"x-trailwarden-signature": f"v1={unsigned.hexdigest()}"}
    assert not is_genuine(forged, request.body, "")
    assert not is_genuine(moved(request, seconds=1), request.body, "s3cret")


def test_the_python_on_the_page_refuses_what_is_old(web: WebServer) -> None:
    old = utc_now().fromtimestamp(time.time() - 600, tz=utc_now().tzinfo)
    WebhookNotifier(name="soc", url=lambda: web.url, secret=lambda: "s3cret", clock=lambda: old).send(a_parcel())
    (request,) = web.requests
    assert not verifier()(dict(request.headers), request.body, "s3cret")


def moved(request: Request, *, seconds: int) -> dict[str, str]:
    """Its headers with another moment, as somebody would send it again later."""
    at = int(request.headers["x-trailwarden-timestamp"]) + seconds
    return dict(request.headers) | {"x-trailwarden-timestamp": str(at)}


def test_the_schema_is_a_schema_and_the_page_links_it() -> None:
    check_schema()
    assert "](webhook.schema.json)" in (REPOSITORY / PAGE).read_text(encoding="utf-8")
