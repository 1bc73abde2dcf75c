"""One connection by Socket Mode: kept up by a thread of its own, which nothing else waits for.

slack_sdk's client reads and answers pings. Connecting again is ours, since it would spin on a connection that the other
end has closed, never doubt one that answers no ping from the start, and sleep for as long as Slack says.
"""

from __future__ import annotations

import http.client
import logging
import select
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from daemon.notify.slack_client import make_client

log = structlog.get_logger("trailwarden")

_LOOK_EVERY_S = 1.0
_RENEW_AFTER_S = 3600.0  # behind some gateways a connection dies without a word
_NO_PONG_S = 30.0
_READ_S = 1.0
_LONGEST_WAIT_S = 60.0
_TOLD_AFTER_S = 120.0
_FAULTS = (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError, KeyError, SlackClientError)
REFUSALS = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketHooks:
    """`on_payload` gives what the acknowledgement is to say, and a deed for afterwards; it must not wait.

    `on_state` is told whether there is a connection, `on_away` once an outage, with a reason.
    """

    on_payload: Callable[[Mapping[str, Any], str], tuple[Mapping[str, Any] | None, Callable[[], None] | None]]
    on_state: Callable[[bool], None]
    on_away: Callable[[str], None]


class SlackSocket:
    """A connection by an app token, which is asked anew at each connecting."""

    def __init__(self, *, app_token: Callable[[], str], api_url: str, hooks: SocketHooks) -> None:
        self._hooks = hooks
        self._client = _Client(make_client(api_url=api_url, timeout_s=15), app_token=app_token)
        self._client.socket_mode_request_listeners.append(self._take)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slack socket", daemon=True)
        self._failures = 0
        self._next_at_s = 0.0
        self._connected_at_s = self._away_since_s = monotonic()
        self._is_told = False

    def start(self) -> None:
        """Begin to connect; comes back at once."""
        self._thread.start()

    def stop(self, *, within_s: float) -> None:
        """Close it. What takes longer goes on by itself."""
        self._stopping.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        while not self._stopping.wait(0 if self._next_at_s == 0 else _LOOK_EVERY_S):
            try:
                self._look(monotonic())
            except Exception:  # whatever breaks here must cost the buttons only, and them for a moment
                log.exception("the socket's keeper broke")
                self._put_off(monotonic())
        self._client.close()

    def _look(self, now_s: float) -> None:
        session = self._client.current_session
        if self._client.is_connected() and session is not None and self._is_dead(now_s):
            log.info("the socket is dead and is replaced")
            session.disconnect()
        if self._client.is_connected():
            self._up(now_s)
            if now_s - self._connected_at_s > _RENEW_AFTER_S:
                self._connect(now_s, is_renewal=True)
            return
        self._down(now_s)
        if now_s >= self._next_at_s:
            self._connect(now_s, is_renewal=False)

    def _connect(self, now_s: float, *, is_renewal: bool) -> None:
        try:
            self._client.connect_to_new_endpoint(force=is_renewal)
        except SlackApiError as refusal:
            self._put_off(now_s)
            code = str(refusal.response.get("error") or "refused")[:80]
            log.warning("Slack gives no socket", reason=code)
            if code in REFUSALS:
                self._tell(code)
            return
        except _FAULTS as fault:
            self._put_off(now_s)
            log.warning("the socket could not be opened", fault=type(fault).__name__)
            return
        if self._client.is_connected():
            self._connected_at_s = now_s
            self._failures, self._next_at_s = 0, now_s
            self._up(now_s)
        else:
            self._put_off(now_s)

    def _put_off(self, now_s: float) -> None:
        self._failures += 1
        self._next_at_s = now_s + min(2.0 ** min(self._failures, 10), _LONGEST_WAIT_S)

    def _up(self, now_s: float) -> None:
        self._away_since_s, self._is_told = now_s, False
        self._hooks.on_state(True)

    def _down(self, now_s: float) -> None:
        self._hooks.on_state(False)
        if now_s - self._away_since_s > _TOLD_AFTER_S:
            self._tell("unreachable")

    def _tell(self, reason: str) -> None:
        if not self._is_told:
            self._is_told = True
            self._hooks.on_away(reason)

    def _is_dead(self, now_s: float) -> bool:
        session = self._client.current_session
        sock = session.sock if session is not None else None
        if session is None or sock is None:
            return False
        if session.last_ping_pong_time is None and now_s - self._connected_at_s > _NO_PONG_S:
            return True
        hung_up = select.poll()
        hung_up.register(sock, select.POLLRDHUP)
        return bool(hung_up.poll(0))

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledge first: Slack waits for three seconds."""
        payload = request.payload if request.type == "interactive" and isinstance(request.payload, Mapping) else {}
        answer, deed = self._hooks.on_payload(payload, request.envelope_id)
        body = dict(answer) if answer is not None else None
        try:
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=body))
        except _FAULTS as fault:  # whoever pressed is told by Slack, and may press again
            log.warning("a press could not be acknowledged", fault=type(fault).__name__)
        if deed is not None:
            deed()


class _Client(SocketModeClient):
    """slack_sdk's, which connects when it is told to, by a token that may change, and never sleeps over a refusal."""

    def __init__(self, web_client: WebClient, *, app_token: Callable[[], str]) -> None:
        library = logging.getLogger(f"{__name__}.library")
        library.setLevel(logging.CRITICAL + 1)  # what matters of it is told by us
        super().__init__(
            app_token="", web_client=web_client, logger=library, auto_reconnect_enabled=False, concurrency=2
        )
        self._ask_token = app_token

    def issue_new_wss_url(self) -> str:
        return str(self.web_client.apps_connections_open(app_token=self._ask_token().strip())["url"])

    def connect(self) -> None:
        super().connect()
        sock = self.current_session.sock if self.current_session is not None else None
        if sock is not None:  # a connection that is replaced is waited for as long: presses on the new one wait too
            sock.settimeout(_READ_S)
