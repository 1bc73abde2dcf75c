"""Buttons against a local Slack that speaks Web API and Socket Mode: pressed by colleagues, guests, twice, too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.config import Config, SlackConfig
from daemon.model import Alert, AnswerKind, AnswerOutcome, Level, Match
from daemon.notify.slack import SlackNotifier
from daemon.ops.health import Health
from daemon.ops.metrics import Metrics
from daemon.record.store import Store, open_store
from daemon.service.adapters import make_notifier
from daemon.service.notices import REASONS, Notices
from daemon.service.routing import make_plans
from daemon.service.shared import Shared
from daemon.service.sockets import build_sockets
from tests.doubles.slack import APP_TOKEN, TEAM, TOKEN, SlackServer, error
from tests.doubles.slack_socket import SocketServer
from tests.doubles.state_values import NOON, match, result, rule
from tests.e2e.harness import wait_until

GROUP = "S0RESPONDERS"
ALICE = {"id": "U0ALICE", "team_id": TEAM}
BOB = {"id": "U0BOB", "team_id": TEAM}


class Desk:
    """A daemon's state, Slack, and the sockets between them."""

    def __init__(self, store: Store, slack: SlackServer, socket: SocketServer, **changes: Any) -> None:
        self.store, self.slack, self.socket = store, slack, socket
        self.now = NOON
        values = {"name": "security", "type": "slack", "channel": "#security-alerts", "audit_channel": "C0AUDIT"}
        secrets = {"token": TOKEN, "app_token": APP_TOKEN, "may_press": GROUP, "api_url": slack.api_url}
        self.config = SlackConfig.model_validate(values | secrets | changes)
        self.metrics = Metrics(version="1")
        self.metrics.begin(notice_reasons=REASONS)
        whole = Config.model_construct(sources=(), destinations=(self.config,), notices=("security",))
        self.plans = make_plans(whole, [self.config])
        self.shared = self._shared()
        self.sockets = build_sockets([self.config], shared=self.shared, wake=lambda: None)

    def _shared(self) -> Shared:
        recorder = self.store.recorder
        return Shared(
            store=self.store,
            plans=self.plans,
            metrics=self.metrics,
            health=Health(monotonic=lambda: 0.0),
            notices=Notices(
                recorder, plans=self.plans, metrics=self.metrics, clock=lambda: self.now, wake=lambda: None
            ),
            clock=lambda: self.now,
            jitter=lambda: 0.5,
            is_stopping=lambda: False,
        )

    def alert(self, level: Level = Level.HIGH, **changes: Any) -> Alert:
        """An alert, and its message sent."""
        self.record(match("first", of=rule(level=level)))
        self.send()
        return self.store.list_alerts(now=self.now)[0]

    def record(self, *found: Match) -> dict[str, int]:
        done = replace(result(*found), is_of_now=True)
        return self.store.recorder.complete([done], plans=self.plans, ruleset_digest="", now=self.now).suppressed

    def send(self) -> None:
        """Send all that is due."""
        notifier = make_notifier(self.config, stdout=None)  # type: ignore[arg-type]  # no console
        assert isinstance(notifier, SlackNotifier)
        while parcels := self.store.outbox.due("security", now=self.now, limit=1):
            outcome = notifier.send(parcels[0])
            self.store.outbox.settle(parcels[0].delivery, outcome, now=self.now, due_at=self.now + timedelta(hours=1))

    def press(self, kind: str, value: str, *, who: dict[str, str] = ALICE, envelope_id: str | None = None) -> None:
        """Press a button, and wait until that has been worked off."""
        payload = {
            "type": "block_actions",
            "user": who,
            "team": {"id": TEAM},
            "container": {"type": "message", "channel_id": "C0SECURITY", "message_ts": "1.0"},
            "trigger_id": "trigger-1",
            "actions": [{"type": "button", "action_id": f"trailwarden_{kind}", "value": value}],
        }
        before = self.pressed()
        self.socket.press(payload, envelope_id=envelope_id)
        wait_until(lambda: self.pressed() > before, "the press is worked off")

    def submit(self, *, who: dict[str, str] = ALICE, reason: str = "a deployment", **chosen: str) -> Any:
        """Fill in the dialog that was opened last, and send it."""
        picked = {"scope": "identity", "duration": "3600"} | chosen
        values: dict[str, Any] = {name: {name: {"selected_option": {"value": each}}} for name, each in picked.items()}
        values["reason"] = {"reason": {"value": reason}}
        view = {**self.slack.views[-1], "id": f"V{len(self.slack.views)}", "state": {"values": values}}
        return self.socket.press({"type": "view_submission", "user": who, "team": {"id": TEAM}, "view": view})

    def pressed(self) -> float:
        """How many presses have come to an end."""
        samples = next(each for each in self.metrics.presses.collect()).samples
        return sum(sample.value for sample in samples)

    def whispered(self) -> str:
        """What somebody was told alone."""
        return str(wait_until(lambda: self.slack.whispers, "somebody is told alone")[-1]["text"])

    def gauge(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"trailwarden_{name}", {"destination": "security"})


@contextmanager
def a_desk(tmp_path: Path, **changes: Any) -> Iterator[Desk]:
    with (
        open_store(f"sqlite:///{tmp_path}/state.db", now=NOON) as store,
        SlackServer() as slack,
        SocketServer() as socket,
    ):
        slack.members.add("C0AUDIT")
        slack.socket_url = socket.url
        slack.add_person("U0ALICE", groups=(GROUP,), real_name="Alice")
        slack.add_person("U0BOB", groups=(GROUP,), real_name="Bob")
        desk = Desk(store, slack, socket, **changes)
        desk.sockets.start()
        try:
            yield desk
        finally:
            desk.sockets.stop(within_s=0)
            socket.hang_up()  # else the client's reading lasts for seconds
            desk.sockets.stop(within_s=20)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as made:
        made.socket.wait_connected()
        yield made


def buttons(post: Any) -> dict[str, str]:
    """The buttons of a message: what each is called, and what it carries."""
    attached = [block for attachment in post.payload.get("attachments", []) for block in attachment["blocks"]]
    blocks = [*post.payload["blocks"], *attached]
    return {
        element["text"]["text"]: element["value"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


def test_an_alert_has_buttons_and_a_press_is_recorded_and_shown_in_the_thread(desk: Desk) -> None:
    alert = desk.alert()
    (opened,) = desk.slack.opens()
    value = f"security {alert.id}"
    assert buttons(opened) == dict.fromkeys(["Acknowledge", "Mute…", "Expected", "Not expected"], value)
    desk.press("acknowledge", value)
    desk.press("not_expected", value, who=BOB)
    answers = desk.store.answers.of(alert.id)
    assert (answers.acknowledged_by and answers.acknowledged_by.id) == f"slack:{TEAM}/U0ALICE"
    assert answers.verdict is AnswerKind.NOT_EXPECTED
    desk.send()
    said = [post.text for post in desk.slack.replies() if post.thread_ts == opened.ts]
    assert "Alice (U0ALICE) acknowledged this alert." in said
    assert "Bob (U0BOB) says that this was not expected." in said


def test_a_mute_is_asked_for_in_a_dialog_and_copied_to_the_audit_channel(desk: Desk) -> None:
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    (view,) = desk.slack.views
    scopes = [option["text"]["text"] for option in view["blocks"][1]["element"]["options"]]
    assert scopes[0] == "Only arn:aws:iam::111122223333:user/alice"
    assert desk.submit() == {}
    wait_until(lambda: desk.store.answers.mutes(now=NOON), "the mute is made")
    assert desk.record(match("second")) == {"muted": 1}
    desk.send()
    (audited,) = (post for post in desk.slack.posts if post.channel == "C0AUDIT")
    assert "a deployment" in audited.text
    assert any("made mute 1" in post.text for post in desk.slack.replies())
    assert buttons(audited) == {"End this mute": "security 1"}
    desk.press("unmute", "security 1", who=BOB)
    assert desk.record(match("third")) == {}


def test_a_mute_for_everybody_waits_for_another_to_confirm_it(desk: Desk) -> None:
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    desk.submit(scope="all")
    wait_until(lambda: desk.store.answers.mutes(now=NOON), "the mute is asked for")
    desk.press("confirm_mute", "security 1")
    assert "second person" in desk.whispered()
    assert desk.record(match("second")) == {}
    desk.press("confirm_mute", "security 1", who=BOB)
    assert desk.record(match("third")) == {"muted": 1}


def test_a_dialog_without_a_reason_is_given_back(desk: Desk) -> None:
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    answer = desk.submit(reason="  ")
    assert answer == {"response_action": "errors", "errors": {"reason": "say why: a mute needs a reason"}}
    assert desk.store.answers.mutes(now=NOON) == []


def test_a_critical_alert_has_no_mute_and_a_forged_press_of_it_does_nothing(desk: Desk) -> None:
    alert = desk.alert(Level.CRITICAL)
    assert "Mute…" not in buttons(desk.slack.opens()[0])
    desk.press("mute", f"security {alert.id}")
    assert desk.slack.views == []
    assert "not muted here" in desk.whispered()
    assert desk.store.answers.log()[0].outcome is AnswerOutcome.CRITICAL


@pytest.mark.parametrize(
    "about",
    [
        {"groups": ()},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"deleted": True},
        {"team_id": "T0OTHER"},
        {"is_restricted": None},
    ],
    ids=lambda about: ",".join(about),
)
def test_whoever_has_no_right_is_told_so_alone_and_it_is_recorded(desk: Desk, about: dict[str, Any]) -> None:
    alert = desk.alert()
    desk.slack.add_person("U0EVE", **{"groups": (GROUP,), **about})
    desk.press("acknowledge", f"security {alert.id}", who={"id": "U0EVE", "team_id": about.get("team_id", TEAM)})
    desk.whispered()
    (whisper,) = desk.slack.whispers
    assert (whisper["user"], whisper["channel"]) == ("U0EVE", "C0SECURITY")
    assert "You may not do this" in whisper["text"]
    (kept,) = desk.store.answers.log()
    assert (kept.outcome, kept.by.id.endswith("U0EVE")) == (AnswerOutcome.NOT_ALLOWED, True)
    assert desk.store.answers.of(alert.id).acknowledged_by is None


@pytest.mark.parametrize("method", ["auth.test", "usergroups.users.list", "users.info"])
def test_where_slack_does_not_say_who_may_nobody_may(desk: Desk, method: str) -> None:
    alert = desk.alert()
    desk.slack.always(method, error("internal_error"))
    desk.press("acknowledge", f"security {alert.id}")
    assert "could not be asked" in desk.whispered()
    assert desk.store.answers.of(alert.id).acknowledged_by is None
    desk.slack.always(method, None)
    desk.press("acknowledge", f"security {alert.id}")
    assert desk.store.answers.of(alert.id).acknowledged_by is not None


def test_the_same_press_twice_and_the_same_envelope_twice_count_once(desk: Desk) -> None:
    alert = desk.alert()
    for _ in range(2):
        desk.press("acknowledge", f"security {alert.id}", envelope_id="same")
    desk.press("acknowledge", f"security {alert.id}")
    assert [kept.outcome for kept in desk.store.answers.log()] == [AnswerOutcome.AGAIN, AnswerOutcome.DONE]
    assert "acknowledged already by Alice" in desk.whispered()


@pytest.mark.parametrize("kind", ["acknowledge", "mute", "expected"])
def test_a_press_below_a_message_whose_alert_is_not_kept_is_answered(desk: Desk, kind: str) -> None:
    desk.press(kind, "security long-gone")
    assert "may be too old" in desk.whispered()
    assert desk.store.answers.log()[0].outcome is AnswerOutcome.UNKNOWN


def test_a_dialog_that_slack_does_not_open_is_told(desk: Desk) -> None:
    alert = desk.alert()
    desk.slack.always("views.open", error("expired_trigger_id"))
    desk.press("mute", f"security {alert.id}")
    assert "Press Mute once more" in desk.whispered()


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "shortcut"},
        {"type": "block_actions", "actions": "x"},
        {"type": "block_actions", "actions": [{"action_id": "trailwarden_unmute", "value": "security ²"}]},
        {"type": "view_submission", "view": {"callback_id": "trailwarden_mute", "private_metadata": "{"}},
        {"type": "view_submission", "view": {"callback_id": "trailwarden_mute", "private_metadata": "[1]"}},
    ],
)
def test_what_is_no_press_of_ours_is_acknowledged_and_passed_over(desk: Desk, payload: dict[str, Any]) -> None:
    assert desk.socket.press(payload) == {}
    assert desk.store.answers.log() == []


@pytest.mark.parametrize("loss", ["close_politely", "break_off", "ask_to_connect_anew"])
def test_a_lost_connection_is_made_anew(desk: Desk, loss: str) -> None:
    alert = desk.alert()
    getattr(desk.socket, loss)()
    desk.socket.wait_connected(2)
    wait_until(lambda: desk.gauge("socket_connected") == 1, "the socket is up")
    desk.press("acknowledge", f"security {alert.id}")
    assert desk.store.answers.of(alert.id).acknowledged_by is not None


def test_a_socket_that_slack_refuses_is_told_once_and_costs_nothing_else(tmp_path: Path) -> None:
    with a_desk(tmp_path, app_token="xapp-wrong") as desk:
        wait_until(lambda: desk.store.list_alerts(now=NOON, with_notices=True), "the notice")
        (notice,) = desk.store.list_alerts(now=NOON, with_notices=True)
        assert notice.title == "The buttons of security do not work: invalid_auth"
        assert desk.gauge("socket_connected") == 0
        desk.record(match())
        desk.send()
        assert len(desk.slack.opens()) == 2


def test_without_a_user_group_there_are_neither_buttons_nor_a_socket(tmp_path: Path) -> None:
    with a_desk(tmp_path, may_press=None) as desk:
        desk.alert()
        assert buttons(desk.slack.opens()[0]) == {}
        assert not [call for call in desk.slack.calls if call[0] == "apps.connections.open"]


def test_an_audit_channel_that_refuses_holds_up_no_alert(desk: Desk) -> None:
    alert = desk.alert()
    desk.slack.members.discard("C0AUDIT")
    desk.press("mute", f"security {alert.id}")
    desk.submit()
    wait_until(lambda: desk.store.answers.mutes(now=NOON), "the mute is made")
    desk.send()
    (audit,) = (each for each in desk.store.list_deliveries() if each.kind.value == "audit")
    assert (audit.state.value, audit.reason) == ("due", "not_in_channel")
    desk.record(replace(match("x"), rule=rule("rule-2")))
    desk.send()
    assert len(desk.slack.opens()) == 2


def test_what_an_attacker_chose_is_plain_text_in_dialog_thread_and_audit(desk: Desk) -> None:
    hostile = "<!channel> `x` *b* <https://evil.example|click>\u202e" + "A" * 5000
    found = match("first", of=replace(rule(), title=hostile))
    actor = replace(found.event.actor, label=hostile, principal=f"arn:aws:iam::111122223333:user/{hostile}")
    desk.record(replace(found, event=replace(found.event, actor=actor)))
    desk.send()
    alert = desk.store.list_alerts(now=NOON)[0]
    desk.press("mute", f"security {alert.id}")
    assert desk.slack.views, "Slack took the dialog"
    assert "mrkdwn" not in str(desk.slack.views[-1])
    desk.submit(reason=hostile[:200])
    wait_until(lambda: desk.store.answers.mutes(now=NOON), "the mute is made")
    desk.send()
    told = [post for post in desk.slack.posts if "made mute" in post.text]
    assert len(told) == 2
    for post in told:
        assert "<!channel>" not in post.text
        assert "\u202e" not in str(post.payload)
        assert {block["type"] for block in post.payload["blocks"]} <= {"rich_text", "actions"}


def test_the_message_shows_who_answered_and_keeps_its_buttons(desk: Desk) -> None:
    alert = desk.alert()
    (opened,) = desk.slack.opens()
    desk.press("acknowledge", f"security {alert.id}")
    desk.send()
    changed = str(desk.slack.shown(opened.ts))
    assert "✔ acknowledged by Alice (U0ALICE) 2026" in changed
    assert "trailwarden_acknowledge" in changed


def test_what_is_not_set_up_is_told_in_a_notice_once(desk: Desk) -> None:
    alert = desk.alert()
    desk.slack.always("usergroups.users.list", error("missing_scope"))
    desk.press("acknowledge", f"security {alert.id}")
    assert "not set up for this (missing_scope)" in desk.whispered()
    desk.press("acknowledge", f"security {alert.id}")
    notices = [each for each in desk.store.list_alerts(now=NOON, with_notices=True) if each.is_notice]
    assert [each.title for each in notices] == ["Nobody may press the buttons of security: missing_scope"]
