"""No destination follows a redirect: where an address leads is the configuration's to say, and tokens stay here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from daemon.model import DeliveryKind, Pause, Retry, SendOutcome
from daemon.notify.by_apprise import AppriseNotifier
from daemon.notify.diagnose import diagnose_slack
from daemon.notify.diagnose_sns import diagnose_topic
from daemon.notify.pagerduty import PagerDutyNotifier
from daemon.notify.slack import SlackNotifier
from daemon.notify.slack_webhook import SlackWebhookNotifier
from daemon.notify.sns import SnsNotifier
from daemon.notify.webhook import WebhookNotifier
from daemon.notify.window import Window
from daemon.ports import Notifier
from daemon.sources.aws import AwsAccess, open_session, open_sns
from tests.doubles.alerts import NOW, a_parcel
from tests.doubles.aws import REGION, new_session
from tests.doubles.slack import TOKEN, Answer
from tests.doubles.web import WebServer

# Apprise loads all its plugins at once, and some of their libraries import what Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
STATUSES = [301, 302, 303, 307, 308]


@pytest.fixture
def inside() -> Iterator[WebServer]:
    """Where an attacker would like us to go."""
    with WebServer() as server:
        yield server


@pytest.fixture(params=STATUSES)
def web(request: pytest.FixtureRequest, inside: WebServer) -> Iterator[WebServer]:
    """What the configuration names; it answers everything with a redirect."""
    away = Answer(status=request.param, headers={"Location": f"{inside.url}/latest/meta-data/"})
    with WebServer(usual=away) as server:
        yield server


def slack(web: WebServer) -> Notifier:
    return SlackNotifier(name="x", token=lambda: TOKEN, channel="C0SECURITY", api_url=web.url, timeout_s=2)


DESTINATIONS: dict[str, tuple[Callable[[WebServer], Notifier], bool]] = {
    "slack": (slack, True),
    "slack_webhook": (lambda web: SlackWebhookNotifier(name="x", url=lambda: web.url), True),
    "webhook": (lambda web: WebhookNotifier(name="x", url=lambda: web.url, clock=lambda: NOW), True),
    "pagerduty": (lambda web: PagerDutyNotifier(name="x", routing_key=lambda: "0" * 32, api_url=web.url), True),
    "apprise": (lambda web: AppriseNotifier(name="x", url=lambda: web.url.replace("http", "json", 1)), False),
}


@pytest.mark.parametrize(("make", "says_so"), DESTINATIONS.values(), ids=DESTINATIONS)
def test_a_redirect_is_not_followed_and_the_alert_waits(
    web: WebServer, inside: WebServer, *, make: Callable[[WebServer], Notifier], says_so: bool
) -> None:
    outcome: SendOutcome = make(web).send(a_parcel())
    assert isinstance(outcome, Pause if says_so else Pause | Retry)
    if isinstance(outcome, Pause) and says_so:
        assert (outcome.reason, "redirect" in outcome.hint) == ("redirected", True)
    assert len(web.requests) >= 1
    assert inside.requests == []


@pytest.mark.parametrize("kind", [DeliveryKind.UPDATE, DeliveryKind.REPLY, DeliveryKind.ANSWER])
def test_nor_by_what_follows_an_alert_in_slack(web: WebServer, inside: WebServer, kind: DeliveryKind) -> None:
    slack(web).send(a_parcel(kind=kind, parent_ref="C0SECURITY/1.0"))
    assert inside.requests == []


def test_nor_by_what_is_published_to_a_topic_or_asked_about_it(inside: WebServer) -> None:
    away = Answer(status=302, headers={"Location": f"{inside.url}/latest/meta-data/"})
    with WebServer(usual=away) as web:
        access = AwsAccess(endpoint_url=web.url, region=REGION, attempts=1, new_session=new_session)
        client = open_sns(open_session(access), access, region=REGION)
        arn = f"arn:aws:sns:{REGION}:111122223333:x"
        outcome = SnsNotifier(name="x", topic_arn=arn, open_client=lambda: client).send(a_parcel())
        found = diagnose_topic("x", topic_arn=arn, open_client=lambda: client)
        client.close()
    assert isinstance(outcome, Pause | Retry)
    assert (found.facts, len(found.problems) + len(found.doubts)) == ((), 1)
    assert inside.requests == []


def test_nor_when_slack_is_asked_who_may_press_or_what_a_token_is(web: WebServer, inside: WebServer) -> None:
    window = Window(token=lambda: TOKEN, api_url=web.url, may_press="S0RESPONDERS", monotonic=lambda: 0.0)
    assert window.standing("U0ALICE", team_id="T0EXAMPLE").refusal is not None
    assert not window.open_dialog("trigger", {})
    assert not window.tell("U0ALICE", "x", channel="C0SECURITY")
    (problem,) = diagnose_slack(name="x", token=lambda: TOKEN, channel="C0SECURITY", api_url=web.url).problems
    assert problem.what == "Slack refuses the token: redirected"
    assert inside.requests == []
