"""A proxy in front of a double that a test can make refuse, cut off or hold its answers; it notes every request."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_SLOW = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_XML = {"Content-Type": "application/xml"}
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Gate:
    """One kind of request held back: `arrived` is set when the program asks, and its answer waits until `open`.

    A gate that `is_before` keeps the request from the double for good: when it opens, the program is told 503.
    """

    def __init__(self, part: str, *, is_before: bool) -> None:
        self.part = part
        self.is_before = is_before
        self.arrived = threading.Event()
        self.open = threading.Event()

    def pass_through(self) -> None:
        """Wait here until the test opens the gate."""
        self.arrived.set()
        self.open.wait(120)


class FaultProxy:
    """Forwards to `host:port` unless told otherwise; use as a context."""

    def __init__(self, target_url: str) -> None:
        self._target = urlsplit(target_url).netloc
        self._gates: list[Gate] = []
        self._is_denied: Callable[[str], bool] = _nothing
        self._is_throttled: Callable[[str], bool] = _nothing
        self._cut_off: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self._server = _Server(self)
        self._port = self._server.server_address[1]

    @property
    def url(self) -> str:
        """Where the program is to look for the double."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> FaultProxy:
        self._serve()
        return self

    def __exit__(self, *exc: object) -> None:
        for gate in self._gates:
            gate.open.set()
        self._close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, nobody listens: connections are refused."""
        self._close()
        try:
            yield
        finally:
            self._server = _Server(self, self._port)
            self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def denying(self, is_denied: Callable[[str], bool]) -> Iterator[None]:
        """Inside, requests whose path this says yes to are answered AccessDenied."""
        self._is_denied = is_denied
        try:
            yield
        finally:
            self.allow()

    @contextmanager
    def throttling(self, is_throttled: Callable[[str], bool]) -> Iterator[None]:
        """Inside, requests whose path this says yes to are answered 503 SlowDown."""
        self._is_throttled = is_throttled
        try:
            yield
        finally:
            self._is_throttled = _nothing

    def allow(self) -> None:
        """Deny nothing any more."""
        self._is_denied = _nothing

    @contextmanager
    def holding(self, part: str, *, is_before: bool = False) -> Iterator[Gate]:
        """Inside, the answer to a request whose path holds `part` is held back until the gate is opened."""
        gate = Gate(part, is_before=is_before)
        self._gates.append(gate)
        try:
            yield gate
        finally:
            gate.open.set()
            self._gates.remove(gate)

    def cut_off_once(self, part: str) -> None:
        """The next body whose path holds `part` breaks off halfway."""
        self._cut_off.add(part)

    def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, send: Callable[[Answer], None]
    ) -> None:
        """Answer one request by way of `send`."""
        self.requests.append((method, path))
        gates = [gate for gate in self._gates if gate.part in path]
        for gate in gates:
            if gate.is_before:
                gate.pass_through()
                send(Answer(status=503, headers={}, body=b""))
                return
        answer = self._answer(method, path, headers, body)
        for gate in gates:
            gate.pass_through()
        send(answer)

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if self._is_denied(path):
            return Answer(status=403, headers=_XML, body=_DENIED)
        if self._is_throttled(path):
            return Answer(status=503, headers=_XML, body=_SLOW)
        answer = self._forward(method, path, headers, body)
        for part in [part for part in self._cut_off if part in path and method == "GET"]:
            self._cut_off.discard(part)
            return replace(answer, missing=len(answer.body) // 2)
        return answer

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self._target, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
            return Answer(status=response.status, headers=kept, body=response.read())
        except ConnectionError:
            return Answer(status=502, headers={}, body=b"")
        finally:
            connection.close()


def _nothing(path: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response; so many bytes are `missing` at the end of its body."""

    status: int
    headers: dict[str, str]
    body: bytes
    missing: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: FaultProxy, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A program that was killed leaves broken connections behind: that is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.proxy.handle(self.command, self.path, dict(self.headers.items()), body, self._send)

    do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815 — the standard library's names

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        length = answer.headers.get("Content-Length") if self.command == "HEAD" else None
        for name, value in {**answer.headers, "Content-Length": length or str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) - answer.missing])
            self.wfile.flush()
        self.close_connection = answer.missing > 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the standard library's name
        """Requests are in `proxy.requests`."""
