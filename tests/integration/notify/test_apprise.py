"""Apprise for real, to a loopback server: plain text, a bound on the time, and no word of its own in any log."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from daemon.config import LogConfig
from daemon.model import DeliveryKind, Level, Pause, Retry, SendOutcome, Sent
from daemon.notify.by_apprise import AppriseNotifier
from daemon.ops.logs import set_up_logging
from tests.doubles.alerts import a_parcel, a_sample, an_alert
from tests.doubles.slack import Answer
from tests.doubles.web import WebServer

# Apprise loads all its plugins at once, and some of their libraries import what Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def address(web: WebServer, *, scheme: str = "json", more: str = "/hook") -> str:
    return f"{scheme}://{web.url.removeprefix('http://')}{more}"


def send(web: WebServer, url: str | None = None, *, limit_s: float = 10, **changes: object) -> SendOutcome:
    notifier = AppriseNotifier(name="other", url=lambda: url or address(web), limit_s=limit_s)
    return notifier.send(a_parcel(**changes))


def test_an_alert_arrives_as_a_title_and_plain_text(web: WebServer) -> None:
    assert send(web) == Sent()
    told = web.requests[0].json
    assert (told["title"], told["type"]) == ("[HIGH] IAM group deleted", "failure")
    assert "alice called iam:DeleteGroup in 111122223333, us-east-1" in told["message"]


@pytest.mark.parametrize("kind", [DeliveryKind.DETAILS, DeliveryKind.UPDATE, DeliveryKind.REPLY])
def test_what_says_nothing_new_is_done_without_a_call(web: WebServer, kind: DeliveryKind) -> None:
    assert send(web, kind=kind) == Sent()
    assert web.requests == []


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=403), Answer(hangs_up=True)])
def test_a_failure_is_tried_again_later(web: WebServer, answer: Answer) -> None:
    web.usual = answer
    assert send(web) == Retry(reason="server_error")


def test_what_is_refused_alone_is_sent_without_its_event(web: WebServer) -> None:
    send(web, attempts=3, reason="refused_alone")
    assert "DeleteGroup" not in web.requests[0].body.decode()


def test_no_redirect_is_followed(web: WebServer) -> None:
    with WebServer() as inside:
        web.script(Answer(status=307, headers={"Location": f"{inside.url}/latest/meta-data/"}))
        send(web)
        assert inside.requests == []


def test_one_that_takes_too_long_is_given_up_and_none_begins_beside_it(web: WebServer) -> None:
    web.usual = Answer(delay_s=1.5)
    notifier = AppriseNotifier(name="other", url=lambda: address(web), limit_s=0.3)
    assert notifier.send(a_parcel()) == Retry(reason="lost_answer")
    assert notifier.send(a_parcel()) == Retry(reason="lost_answer")
    assert len(web.requests) == 1


@pytest.mark.parametrize("url", ["", "nope://example.com/x", "no address", "json://a json://b"])
def test_an_address_that_is_none_pauses_and_is_not_shown(web: WebServer, url: str) -> None:
    outcome = AppriseNotifier(name="other", url=lambda: url).send(a_parcel())
    assert isinstance(outcome, Pause)
    assert (outcome.reason, "example" in outcome.hint) == ("bad_address", False)


def test_a_library_that_is_missing_pauses_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    outcome = AppriseNotifier(name="other", url=lambda: "json://example.com").send(a_parcel())
    assert isinstance(outcome, Pause)
    assert outcome.hint == "pip install 'trailwarden[apprise]'"


@pytest.mark.parametrize("answer", [Answer(), Answer(status=401), Answer(hangs_up=True)], ids=["sent", "401", "lost"])
def test_nothing_secret_is_logged_at_any_level(
    web: WebServer, answer: Answer, capfd: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logging(LogConfig(level="debug", format="json"), stream=out)
        web.usual = answer
        user = address(web, more="/t0psecret?+X-Key=t0psecret").replace("json://", "json://alice:t0psecret@")
        send(web, user)
        send(web, "nope://t0psecret")
        send(web, "mailto://t0psecret")
    finally:
        root.handlers[:], _ = before
        root.setLevel(before[1])
    told = out.getvalue() + "".join(capfd.readouterr())
    assert "t0psecret" not in told


@pytest.mark.parametrize(
    "value",
    ["@everyone", "<@U123>", "<!channel>", "<https://evil.example.com|x>", "https://evil.example.com", "`x`", ":fire:"],
)
@pytest.mark.parametrize("scheme", ["json", "mmost"])
def test_a_chat_finds_neither_mention_nor_link_in_it(web: WebServer, value: str, scheme: str) -> None:
    """Mattermost takes Markdown, and mentions whom a text names."""
    alert = an_alert(samples=(a_sample(summary=f"made {value}", fields=(("x", value),)),), level=Level.LOW)
    url = address(web, scheme=scheme, more="/abcdefghijklmnopqrstuvwxyz")
    assert AppriseNotifier(name="other", url=lambda: url).send(a_parcel(alert)) == Sent()
    told = web.requests[0].json
    text = f"{told.get('title', '')}{told.get('text', '')}{told.get('message', '')}"
    assert "made" in text
    assert not any(mark in text for mark in ("@", "<", ">", "`", "https://evil"))
