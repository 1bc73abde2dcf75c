"""A server whose answers break off in the middle of the body, as often as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CuttingServer(ThreadingHTTPServer):
    """Answers every GET with `body`; the first `cuts` answers stop half-way. `asked` counts them all."""

    daemon_threads = True

    def __init__(self, body: bytes, *, cuts: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = body
        self.cuts = cuts
        self.asked = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: CuttingServer

    def do_GET(self) -> None:
        self.server.asked += 1
        is_cut = self.server.asked <= self.server.cuts
        body = self.server.body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_cut else body)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def cutting_server(body: bytes, *, cuts: int) -> Iterator[CuttingServer]:
    """The server, as long as it is used."""
    server = CuttingServer(body, cuts=cuts)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
