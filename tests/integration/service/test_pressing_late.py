"""Presses that come late, at once, or at several replicas: the state decides, and whoever pressed is told the truth."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.model import AlertState, AnswerKind, AnswerOutcome, DeliveryKind
from daemon.record.store import open_store
from tests.doubles import postgres
from tests.doubles.hostile import FORBIDDEN, HOSTILE
from tests.doubles.slack import TEAM, SlackServer, error
from tests.doubles.slack_socket import SocketServer
from tests.doubles.state_values import NOON, match
from tests.e2e.harness import wait_until
from tests.integration.service.test_pressing import ALICE, BOB, GROUP, Desk, a_desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAROL = {"id": "U0CAROL", "team_id": TEAM}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as made:
        made.socket.wait_connected()
        yield made


@contextmanager
def two_desks() -> Iterator[tuple[Desk, Desk]]:
    """Two replicas on one database, each with a connection of its own to the same Slack."""
    with postgres.database() as url, SlackServer() as slack, ExitStack() as stack:
        slack.members.add("C0AUDIT")
        for name in ("Alice", "Bob", "Carol"):
            slack.add_person(f"U0{name.upper()}", groups=(GROUP,), real_name=name)
        desks = []
        for _ in range(2):
            socket = stack.enter_context(SocketServer())
            slack.socket_url = socket.url
            desk = Desk(stack.enter_context(open_store(url, now=NOON)), slack, socket)
            desk.sockets.start()
            socket.wait_connected()
            desks.append(desk)
        try:
            yield desks[0], desks[1]
        finally:
            for desk in desks:
                desk.sockets.stop(within_s=0)
                desk.socket.hang_up()
                desk.sockets.stop(within_s=20)


def outcomes(desk: Desk, kind: AnswerKind) -> Counter[AnswerOutcome]:
    return Counter(kept.outcome for kept in desk.store.answers.log() if kept.kind is kind)


def replies(desk: Desk) -> int:
    return sum(each.kind is DeliveryKind.ANSWER for each in desk.store.list_deliveries(limit=None))


def ask_for_everybody(desk: Desk) -> str:
    """A mute that waits for a second person; gives what its buttons carry."""
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    desk.submit(scope="all")
    (standing,) = wait_until(lambda: desk.store.answers.mutes(now=desk.now), "the mute is asked for")
    return f"security {standing.mute.id}"


def test_a_press_that_reaches_both_replicas_counts_once() -> None:
    with two_desks() as (first, second):
        value = f"security {first.alert().id}"
        for desk in (first, second):
            desk.press("acknowledge", value, envelope_id="the same")
        assert outcomes(second, AnswerKind.ACKNOWLEDGE) == {AnswerOutcome.DONE: 1}
        assert replies(first) == 1


def test_two_people_who_confirm_a_mute_at_once_make_one_mute() -> None:
    with two_desks() as (first, second):
        value = ask_for_everybody(first)
        together = threading.Barrier(2)

        def confirm(desk: Desk, who: dict[str, str]) -> None:
            together.wait()
            desk.press("confirm_mute", value, who=who)

        others = [threading.Thread(target=confirm, args=each) for each in ((first, BOB), (second, CAROL))]
        for each in others:
            each.start()
        for each in others:
            each.join()
        done = {AnswerOutcome.DONE: 1, AnswerOutcome.AGAIN: 1}
        assert outcomes(first, AnswerKind.CONFIRM_MUTE) == done
        (standing,) = first.store.answers.mutes(now=NOON)
        by = standing.mute.confirmed_by
        assert by is not None
        assert by.name in ("Bob (U0BOB)", "Carol (U0CAROL)")
        assert "That is muted already" in first.whispered()
        assert second.record(match("second")) == {"muted": 1}


def test_an_alert_that_has_closed_can_still_be_answered(desk: Desk) -> None:
    alert = desk.alert()
    desk.now += 3 * HOUR
    found = desk.store.find_alert(alert.id, now=desk.now)
    assert found is not None
    assert found[0].state is AlertState.CLOSED
    desk.press("acknowledge", f"security {alert.id}")
    desk.press("mute", f"security {alert.id}")
    assert desk.submit() == {}
    wait_until(lambda: desk.store.answers.mutes(now=desk.now), "the mute is made")
    desk.send()
    assert [post.text for post in desk.slack.replies() if "acknowledged" in post.text]
    assert desk.record(match("second", at=desk.now)) == {"muted": 1}


@pytest.mark.parametrize("kind", ["acknowledge", "mute"])
def test_a_press_below_a_test_message_says_that_the_buttons_work(desk: Desk, kind: str) -> None:
    desk.press(kind, "security test-20260504T120000Z")
    assert "The buttons work" in desk.whispered()
    desk.press(kind, "security test-20260504T120000Z", who={"id": "U0NOBODY", "team_id": TEAM})
    assert "You may not do this" in desk.whispered()


def test_a_dialog_for_an_alert_that_is_forgotten_meanwhile_mutes_nothing(desk: Desk) -> None:
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    desk.now += 400 * DAY
    desk.store.prune(keep_alerts=90 * DAY, keep_objects=DAY, now=desk.now)
    assert desk.submit() == {}
    assert "may be too old" in desk.whispered()
    assert desk.store.answers.mutes(now=desk.now, with_over=True) == []


def test_a_mute_for_everybody_that_waited_too_long_is_over_when_it_is_confirmed(desk: Desk) -> None:
    value = ask_for_everybody(desk)
    desk.now += 25 * HOUR
    desk.press("confirm_mute", value, who=BOB)
    assert "waited too long for a second person" in desk.whispered()
    assert desk.record(match("second", at=desk.now)) == {}


def test_ending_a_mute_that_has_ended_by_itself_changes_nothing_and_says_so(desk: Desk) -> None:
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    desk.submit(duration="3600")
    (standing,) = wait_until(lambda: desk.store.answers.mutes(now=desk.now), "the mute is made")
    desk.now += 2 * HOUR
    desk.press("unmute", f"security {standing.mute.id}", who=BOB)
    assert "over" in desk.whispered()


@pytest.mark.parametrize("chosen", [{"duration": "60"}, {"duration": "99999999999"}, {"scope": "world"}])
def test_what_the_dialog_did_not_offer_is_given_back(desk: Desk, chosen: dict[str, Any]) -> None:
    alert = desk.alert()
    desk.press("mute", f"security {alert.id}")
    (block,) = chosen
    assert desk.submit(**chosen)["errors"].keys() == {block}
    assert desk.store.answers.mutes(now=NOON) == []


def test_whatever_a_person_types_as_a_reason_is_text_in_thread_audit_and_state(desk: Desk) -> None:
    alert = desk.alert()
    typed = [value.encode("utf-8", "replace").decode()[:300] for value in HOSTILE.values()]
    taken = 0
    for number, reason in enumerate(typed):
        desk.press("mute", f"security {alert.id}")
        if desk.submit(reason=reason):
            continue  # empty, as it is shown
        taken += 1
        made = wait_until(lambda: desk.store.answers.mutes(now=NOON), f"mute {number} is made")
        assert FORBIDDEN.search(made[0].mute.reason) is None
        desk.press("unmute", f"security {made[0].mute.id}", who=BOB)
    assert taken > len(typed) - 6
    desk.send()
    posts = [post for post in desk.slack.posts if "mute" in post.text]
    assert len(posts) == 4 * taken
    for post in posts:
        assert not any(sign in post.text for sign in ("<", ">", "https://evil"))
        assert FORBIDDEN.search(str(post.payload["blocks"])) is None
        assert {block["type"] for block in post.payload["blocks"]} <= {"rich_text", "actions"}


def test_whatever_a_person_is_called_is_text_to_whoever_is_told(desk: Desk) -> None:
    alert = desk.alert()
    for number, value in enumerate(HOSTILE.values()):
        desk.slack.add_person(f"U{number}", groups=(GROUP,), real_name=value.encode("utf-8", "replace").decode())
        verdict = ("expected", "not_expected")[number % 2]
        desk.press(verdict, f"security {alert.id}", who={"id": f"U{number}", "team_id": TEAM})
    desk.press("acknowledge", f"security {alert.id}", who={"id": "U0", "team_id": TEAM})
    desk.press("acknowledge", f"security {alert.id}", who=ALICE)
    desk.send()
    told = [post.text for post in desk.slack.replies()] + [str(each["text"]) for each in desk.slack.whispers]
    assert len(told) > len(HOSTILE)
    for text in told:
        assert not any(sign in text for sign in ("<", ">"))
        assert FORBIDDEN.search(text) is None


def test_while_the_socket_is_down_its_metric_says_so_and_presses_work_again_afterwards(desk: Desk) -> None:
    alert = desk.alert()
    wait_until(lambda: desk.gauge("socket_connected") == 1, "the socket is up")
    desk.slack.always("apps.connections.open", error("internal_error"))
    desk.socket.break_off()
    wait_until(lambda: desk.gauge("socket_connected") == 0, "the socket is down")
    desk.slack.always("apps.connections.open", None)
    desk.socket.wait_connected(2)
    wait_until(lambda: desk.gauge("socket_connected") == 1, "the socket is up again")
    desk.press("acknowledge", f"security {alert.id}")
    assert desk.store.answers.of(alert.id).acknowledged_by is not None
