"""A loopback HTTP server that takes POSTs and answers as it is told: what destinations over HTTP are tested against."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.doubles.slack import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came: names of headers in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, understood."""
        return json.loads(self.body)


@dataclass(slots=True)
class WebServer:
    """Answers with `usual`, unless something is scripted for the next requests. Use as a context manager.

    `certificate` is a file with certificate and key: then it speaks TLS.
    """

    usual: Answer = field(default_factory=lambda: Answer(body="ok"))
    certificate: Path | None = None
    requests: list[Request] = field(default_factory=list)
    _scripted: deque[Answer] = field(default_factory=deque)
    _server: ThreadingHTTPServer | None = None
    _port: int = 0

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self._port}"

    def script(self, *answers: Answer) -> None:
        """Answer the next requests so, one each."""
        self._scripted.extend(answers)

    def answer(self, request: Request) -> Answer:
        """Decide on one request; called by the server's threads."""
        self.requests.append(request)
        return self._scripted.popleft() if self._scripted else self.usual

    def start(self) -> WebServer:
        """Listen; after a `stop` on the same port again."""
        self._server = _Quiet(("127.0.0.1", self._port), _handler_for(self))
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> WebServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has hung up, or did not like the certificate: the test looks at what it makes of that."""


def _handler_for(web: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._reply(web.answer(Request(path=self.path, headers=headers, body=body)))

        def do_GET(self) -> None:
            self._reply(web.answer(Request(path=f"GET {self.path}", headers={}, body=b"")))

        def _reply(self, answer: Answer) -> None:
            if answer.delay_s:
                time.sleep(answer.delay_s)
            if answer.hangs_up:
                self.close_connection = True
                return
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Say nothing: the tests look at what was recorded."""

    return Handler
