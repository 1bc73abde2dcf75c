"""A proxy in front of a double that a test can make refuse, cut off or hold its answers; it notes every request."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Gate:
    """One answer held back: `arrived` is set when the program asks, and it waits until `open`."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.arrived = threading.Event()
        self.open = threading.Event()


class FaultProxy:
    """Forwards to `host:port` unless told otherwise; use as a context."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._gates: list[Gate] = []
        self._is_denied: Callable[[str], bool] = lambda path: False
        self._cut_off: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Where the program is to look for S3."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        for gate in self._gates:
            gate.open.set()
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def denying(self, is_denied: Callable[[str], bool] = lambda path: True) -> Iterator[None]:
        """Inside, requests whose path this says yes to are answered AccessDenied."""
        self._is_denied = is_denied
        try:
            yield
        finally:
            self._is_denied = lambda path: False

    @contextmanager
    def holding(self, part: str) -> Iterator[Gate]:
        """Inside, the answer to a request whose path holds `part` is held back until the gate is opened."""
        gate = Gate(part)
        self._gates.append(gate)
        try:
            yield gate
        finally:
            self._gates.remove(gate)
            gate.open.set()

    def cut_off_once(self, part: str) -> None:
        """The next body whose path holds `part` breaks off halfway."""
        self._cut_off.add(part)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What to answer; waits at a gate with the true answer in hand."""
        self.requests.append((method, path))
        if self._is_denied(path):
            return Answer(403, {"Content-Type": "application/xml"}, _DENIED)
        answer = self._forward(method, path, headers, body)
        for gate in [gate for gate in self._gates if gate.part in path]:
            gate.arrived.set()
            gate.open.wait(60)
        for part in [part for part in self._cut_off if part in path and method == "GET"]:
            self._cut_off.discard(part)
            answer.sent = answer.body[: len(answer.body) // 2]
        return answer

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(*self._target, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
            return Answer(response.status, kept, response.read())
        finally:
            connection.close()


class Answer:
    """A response; `sent` is what of the body really goes out."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.sent = body


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: FaultProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A program that was killed leaves broken connections behind: that is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.proxy.answer(self.command, self.path, dict(self.headers.items()), body)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.sent)
        self.close_connection = len(answer.sent) < len(answer.body)

    do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815 — the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the standard library's name
        """Requests are in `proxy.requests`."""
