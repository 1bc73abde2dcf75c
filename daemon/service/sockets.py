"""The sockets of a configuration: one for each Slack app that has buttons, all on one desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from time import monotonic

from daemon.config import DestinationConfig, Secret, SlackConfig
from daemon.model import Level, Notice
from daemon.notify.socket import REFUSALS, SlackSocket, SocketHooks
from daemon.notify.window import Window
from daemon.service.pressing import PRESS_OUTCOMES, Desk, Presses
from daemon.service.shared import Shared


class Sockets:
    """Starts and stops them; without buttons there is nothing to do."""

    def __init__(self, sockets: Sequence[SlackSocket], presses: Presses) -> None:
        self._sockets = tuple(sockets)
        self._presses = presses

    def start(self) -> None:
        """Begin to connect; comes back at once."""
        if self._sockets:
            self._presses.start()
        for socket in self._sockets:
            socket.start()

    def stop(self, *, within_s: float) -> None:
        """Take nothing more in, finish what was."""
        for socket in self._sockets:
            socket.stop(within_s=within_s)
        if self._sockets:
            self._presses.stop(within_s=within_s)


def build_sockets(usable: Sequence[DestinationConfig], *, shared: Shared, wake: Callable[[], None]) -> Sockets:
    """Destinations of the same app share a socket: Slack hands a press to any connection of an app."""
    answered = [each for each in usable if isinstance(each, SlackConfig) and each.has_buttons]
    for outcome in PRESS_OUTCOMES if answered else ():
        shared.metrics.presses.labels(outcome)
    desk = Desk(
        store=shared.store,
        plans=shared.plans,
        windows={each.name: _window(each, shared=shared) for each in answered},
        metrics=shared.metrics,
        clock=shared.clock,
        wake=wake,
    )
    presses = Presses(desk)
    by_app: dict[tuple[str, str], list[SlackConfig]] = defaultdict(list)
    for each in answered:
        shared.metrics.socket_connected.labels(each.name).set(0)
        by_app[_secret(each.app_token).reveal(), each.api_url].append(each)
    return Sockets([_socket(some, presses, shared=shared) for some in by_app.values()], presses)


def _window(config: SlackConfig, *, shared: Shared) -> Window:
    return Window(
        token=config.token.reveal,
        api_url=config.api_url,
        may_press=config.may_press or "",
        monotonic=monotonic,
        on_not_set_up=lambda code: _tell(shared, _not_set_up(config.name, code)),
    )


def _tell(shared: Shared, notice: Notice) -> None:
    shared.notices.tell(notice)


def _not_set_up(destination: str, code: str) -> Notice:
    mend = "check may_press, and the app's scopes usergroups:read and users:read; `trailwarden check` asks Slack anew"
    return Notice(
        reason="socket_down",
        title=f"Nobody may press the buttons of {destination}: {code}",
        text=f"Slack does not say who may press. `trailwarden alerts ack|mute` works. To mend it: {mend}.",
        level=Level.MEDIUM,
        about=f"{destination} {code}",
    )


def _socket(configs: Sequence[SlackConfig], presses: Presses, *, shared: Shared) -> SlackSocket:
    first = configs[0]

    def on_state(is_connected: bool) -> None:  # noqa: FBT001 — the socket's signature
        for each in configs:
            shared.metrics.socket_connected.labels(each.name).set(is_connected)

    def on_away(reason: str) -> None:
        shared.notices.tell(_away(first.name, reason))

    hooks = SocketHooks(on_payload=presses.take, on_state=on_state, on_away=on_away)
    return SlackSocket(app_token=_secret(first.app_token).reveal, api_url=first.api_url, hooks=hooks)


def _away(destination: str, reason: str) -> Notice:
    mend = "give an app token (xapp-…) with connections:write" if reason in REFUSALS else "check network and proxy"
    return Notice(
        reason="socket_down",
        title=f"The buttons of {destination} do not work: {reason}",
        text=f"Alerts are sent all the same, and `trailwarden alerts ack|mute` works. To mend it: {mend}.",
        level=Level.MEDIUM,
        about=destination,
    )


def _secret(secret: Secret | None) -> Secret:
    return secret or Secret("")
