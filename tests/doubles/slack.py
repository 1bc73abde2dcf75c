"""A loopback HTTP server that speaks the parts of Slack's Web API that this program uses, with scripted refusals.

It keeps what was posted, checks Slack's limits, and can be away and come back on its port. Any process may use it by
`api_url`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from tests.doubles.slack_limits import refusal, view_refusal

TOKEN = "xoxb-test-token"
APP_TOKEN = "xapp-test-token"
TEAM = "T0EXAMPLE"
CHANNELS = {"#security-alerts": "C0SECURITY", "#other": "C0OTHER", "#audit": "C0AUDIT"}

# The scope of a bot token that a method needs, by Slack's reference; None: any token will do.
SCOPES = {
    "auth.test": None,
    "views.open": None,
    "chat.getPermalink": None,
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.info": "channels:read",
    "users.info": "users:read",
    "usergroups.users.list": "usergroups:read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server does next. `is_accepted`: the message counts as posted, whatever the caller hears."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_accepted: bool = False
    hangs_up: bool = False
    delay_s: float = 0.0


def error(code: str, *, status: int = 200) -> Answer:
    """A refusal in Slack's words."""
    return Answer(status=status, body=json.dumps({"ok": False, "error": code}))


def rate_limited(retry_after: str) -> Answer:
    """Too many messages."""
    return Answer(status=429, body='{"ok": false, "error": "ratelimited"}', headers={"Retry-After": retry_after})


def hang_up(*, is_accepted: bool) -> Answer:
    """The connection breaks instead of an answer, after the message was taken or before."""
    return Answer(hangs_up=True, is_accepted=is_accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that the channel now holds."""

    channel: str
    ts: str
    payload: Mapping[str, Any]
    received_at: float

    @property
    def text(self) -> str:
        """What its notification says."""
        return str(self.payload.get("text", ""))

    @property
    def thread_ts(self) -> str | None:
        """The message it replies to."""
        return self.payload.get("thread_ts")

    @property
    def alert_id(self) -> str | None:
        """The alert's id in its metadata."""
        payload = (self.payload.get("metadata") or {}).get("event_payload") or {}
        return payload.get("alert_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What chat.update made of a message."""

    channel: str
    ts: str
    payload: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What its notification would say."""
        return str(self.payload.get("text", ""))


class SlackServer:
    """A workspace with a few channels. Use as a context manager, or `start` and `stop`."""

    def __init__(self, *, tokens: tuple[str, ...] = (TOKEN,), channels: Mapping[str, str] = CHANNELS) -> None:
        self.tokens = set(tokens)
        self.channels = dict(channels)  # ids by name
        self.members = set(channels.values())  # channels that the app is in
        self.scopes = "chat:write,channels:read"
        self.is_strict = False  # about scopes
        self.people: dict[str, dict[str, Any]] = {}  # users.info by id
        self.groups: dict[str, list[str]] = {}  # user ids by user group
        self.socket_url = ""
        self.views: list[Mapping[str, Any]] = []  # dialogs that were opened
        self.whispers: list[Mapping[str, Any]] = []  # what only one person sees
        self.posts: list[Post] = []
        self.changes: list[Change] = []  # in order; messages that were deleted can be changed no more
        self.deleted: set[str] = set()  # by ts
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.called = threading.Event()  # set with the first call
        self._scripts: dict[str, deque[Answer | None]] = defaultdict(deque)
        self._standing: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def api_url(self) -> str:
        """What to give as `api_url`."""
        return f"http://127.0.0.1:{self._port}/api/"

    def script(self, method: str, *answers: Answer | None) -> None:
        """Answer the next calls of a method so, one each; None is as ever."""
        with self._lock:
            self._scripts[method].extend(answers)

    def always(self, method: str, answer: Answer | None) -> None:
        """Answer a method so until told otherwise; None goes back to normal."""
        with self._lock:
            if answer is None:
                self._standing.pop(method, None)
            else:
                self._standing[method] = answer

    def opens(self) -> list[Post]:
        """The messages that are no replies."""
        return [post for post in self.posts if post.thread_ts is None]

    def replies(self) -> list[Post]:
        """The messages in threads."""
        return [post for post in self.posts if post.thread_ts is not None]

    def broadcasts(self) -> list[Post]:
        """The replies that the channel was shown too."""
        return [post for post in self.replies() if post.payload.get("reply_broadcast")]

    def shown(self, ts: str) -> Mapping[str, Any]:
        """A message as the channel shows it now: as posted, or as last changed."""
        changed = [change.payload for change in self.changes if change.ts == ts]
        return changed[-1] if changed else next(post.payload for post in self.posts if post.ts == ts)

    def start(self) -> SlackServer:
        """Listen; after a `stop` on the same port again."""
        self._server = _Listener(("127.0.0.1", self._port), _handler_for(self))
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> SlackServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, method: str, payload: Mapping[str, Any], *, token: str) -> Answer:
        """Decide on one call; called by the server's threads."""
        with self._lock:
            self.calls.append((method, payload))
            self.called.set()
            scripted = self._scripts[method].popleft() if self._scripts[method] else self._standing.get(method)
            if scripted is None:
                return self._ok(method, payload, token=token)
            if scripted.is_accepted:
                self._change(payload) if method == "chat.update" else self._post(payload)
            return scripted

    def _ok(self, method: str, payload: Mapping[str, Any], *, token: str) -> Answer:
        if method == "apps.connections.open":
            is_ours = token == APP_TOKEN and self.socket_url
            return _good({"url": self.socket_url}, scopes="connections:write") if is_ours else error("invalid_auth")
        if token not in self.tokens:
            return error("not_authed" if not token else "invalid_auth")
        if self.is_strict and SCOPES[method] not in {None, *self.scopes.split(",")}:
            return error("missing_scope")
        if method == "auth.test":
            return _good(
                {"user": "trailwarden", "team": "Example", "team_id": TEAM, "bot_id": "B0BOT"}, scopes=self.scopes
            )
        if method == "conversations.info":
            return self._channel_info(str(payload.get("channel")))
        if method == "chat.postMessage":
            code = self._refusal(payload)
            return error(code) if code else self._post(payload)
        if method == "chat.update":
            code = self._refusal_of_change(payload)
            return error(code) if code else self._change(payload)
        if method == "chat.getPermalink":
            return self._permalink(payload)
        return self._interact(method, payload)

    def add_person(self, user_id: str, *, groups: tuple[str, ...] = (), **about: Any) -> None:
        """Somebody of this workspace, unless `about` says otherwise."""
        plain = {"id": user_id, "team_id": TEAM, "name": user_id.lower(), "is_restricted": False}
        self.people[user_id] = plain | {"is_ultra_restricted": False, "is_bot": False, "deleted": False} | about
        for each in groups:
            self.groups.setdefault(each, []).append(user_id)

    def _interact(self, method: str, payload: Mapping[str, Any]) -> Answer:
        if method == "users.info":
            user = self.people.get(str(payload.get("user")))
            return _good({"user": user}, scopes=self.scopes) if user else error("user_not_found")
        if method == "usergroups.users.list":
            users = self.groups.get(str(payload.get("usergroup")))
            return _good({"users": users}, scopes=self.scopes) if users is not None else error("no_such_subteam")
        if method == "views.open":
            if code := view_refusal(payload):
                return error(code)
            self.views.append(payload["view"])
            return _good({"view": {"id": f"V{len(self.views)}"}}, scopes=self.scopes)
        if method == "chat.postEphemeral":
            self.whispers.append(payload)
            return _good({"message_ts": "1.0"}, scopes=self.scopes)
        return error("unknown_method")

    def _channel_info(self, channel: str) -> Answer:
        names = {channel_id: name.lstrip("#") for name, channel_id in self.channels.items()}
        if channel not in names:
            return error("channel_not_found")
        about = {"id": channel, "name": names[channel], "is_archived": False, "is_member": channel in self.members}
        return _good({"channel": about}, scopes=self.scopes)

    def _refusal(self, payload: Mapping[str, Any]) -> str | None:
        channel = self._channel_id(payload)
        if channel is None:
            return "channel_not_found"
        if channel not in self.members:
            return "not_in_channel"
        thread = payload.get("thread_ts")
        if thread is not None and thread not in {post.ts for post in self.posts if post.channel == channel}:
            return "cannot_reply_to_message"
        if thread in self.deleted:
            return "thread_not_found"
        if payload.get("reply_broadcast") and thread is None:
            return "invalid_arguments"
        return refusal(dict(payload))

    def _refusal_of_change(self, payload: Mapping[str, Any]) -> str | None:
        channel = payload.get("channel")
        if channel not in self.channels.values():  # unlike a post's, it must be the id
            return "channel_not_found"
        if unknown := {"mrkdwn", "unfurl_links", "unfurl_media", "thread_ts"} & payload.keys():
            return f"unknown_arguments_{'_'.join(sorted(unknown))}"
        known = {post.ts for post in self.posts if post.channel == channel} - self.deleted
        return refusal(dict(payload)) if payload.get("ts") in known else "message_not_found"

    def _change(self, payload: Mapping[str, Any]) -> Answer:
        channel, ts = str(payload.get("channel")), str(payload.get("ts"))
        self.changes.append(Change(channel=channel, ts=ts, payload=payload))
        return _good({"channel": channel, "ts": ts, "text": payload.get("text", "")}, scopes=self.scopes)

    def _permalink(self, payload: Mapping[str, Any]) -> Answer:
        channel, ts = str(payload.get("channel")), str(payload.get("message_ts"))
        if ts not in {post.ts for post in self.posts if post.channel == channel} - self.deleted:
            return error("message_not_found")
        link = f"https://example.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        return _good({"channel": channel, "permalink": link}, scopes=self.scopes)

    def _post(self, payload: Mapping[str, Any]) -> Answer:
        ts = f"1700000000.{len(self.posts) + 1:06d}"
        channel = self._channel_id(payload) or ""
        self.posts.append(Post(channel=channel, ts=ts, payload=payload, received_at=time.monotonic()))
        return _good({"channel": channel, "ts": ts, "message": {}}, scopes=self.scopes)

    def _channel_id(self, payload: Mapping[str, Any]) -> str | None:
        channel = str(payload.get("channel"))
        return self.channels.get(channel, channel if channel in self.channels.values() else None)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # else whoever asked was killed before the answer


def _good(body: Mapping[str, Any], *, scopes: str) -> Answer:
    return Answer(body=json.dumps({"ok": True, **body}), headers={"X-OAuth-Scopes": scopes})


def _handler_for(slack: SlackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in (self.headers.get("Content-Type") or "")
            payload = json.loads(raw) if is_json and raw else dict(parse_qsl(raw.decode()))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            self._reply(slack.answer(self.path.rpartition("/")[2], payload, token=token))

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            self._reply(slack.answer(path.rpartition("/")[2], dict(parse_qsl(query)), token=token))

        def _reply(self, answer: Answer) -> None:
            if answer.delay_s:
                time.sleep(answer.delay_s)
            if answer.hangs_up:
                self.close_connection = True
                return
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Say nothing: the tests look at what was recorded."""

    return Handler
