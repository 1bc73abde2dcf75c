"""An SQS over HTTP, by hand: answers what the test says, keeps what it was asked. For what moto's does not do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]
Answers = Callable[[dict[str, Any]], Answer]


def refusal(code: str, message: str = "No", *, status: int = 400) -> Answers:
    """An answer that says no."""
    return lambda _: (status, {"__type": f"com.amazonaws.sqs#{code}", "message": message})


def empty(_: dict[str, Any]) -> Answer:
    """An answer that says yes and nothing more."""
    return 200, {}


@dataclass(slots=True)
class SqsStandIn:
    """`answers` by operation; `asked` are the operations and what came with them, in order."""

    url: str = ""
    answers: dict[str, Answers] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return sum(asked == operation for asked, _ in self.asked)


@contextmanager
def sqs_stand_in() -> Iterator[SqsStandIn]:
    """A stand-in on a free port of the loopback; `url` is that of its one queue."""
    stand_in = SqsStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            stand_in.asked.append((operation, content))
            status, answer = stand_in.answers.get(operation, empty)(content)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_address[1]}/111122223333/trail-events"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
