"""/metrics, /healthz and /readyz on one socket, bound before the thread that serves it starts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from daemon.errors import ConfigError, Problem
from daemon.ops.metrics import CONTENT_TYPE


def build_app(
    *, metrics: Callable[[], bytes], ailments: Callable[[], Sequence[str]], missing: Callable[[], Sequence[str]]
) -> Starlette:
    """The three pages. A check answers 200 and `ok`, or 503 and what is wrong, a line each."""

    # Plain functions: Starlette runs them on threads, so a slow store never holds up a health check.
    def show_metrics(request: Request) -> Response:
        return Response(metrics(), media_type=CONTENT_TYPE)

    def show_health(request: Request) -> Response:
        return _verdict(ailments())

    def show_readiness(request: Request) -> Response:
        return _verdict(missing())

    pages = {"/metrics": show_metrics, "/healthz": show_health, "/readyz": show_readiness}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


def _verdict(faults: Sequence[str]) -> Response:
    return PlainTextResponse("\n".join(faults or ["ok"]) + "\n", status_code=503 if faults else 200)


def bind(listen: tuple[str, int]) -> socket.socket:
    """The listening socket. Raises ConfigError when the address cannot be had."""
    host, port = listen
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
        server.listen(64)
    except (OSError, UnicodeError) as fault:  # the latter: no host has such a name
        server.close()
        fix = "another program may hold the port: change http.listen (HTTP_LISTEN)"
        what = f"cannot listen on {host}:{port}: {getattr(fault, 'strerror', None) or fault}"
        raise ConfigError([Problem(where="http.listen", what=what, fix=fix)]) from fault
    return server


class HttpServer:
    """Serves an app from a thread of its own; `on_death` is told when it ends without being asked to."""

    def __init__(self, app: Starlette, *, listener: socket.socket, on_death: Callable[[str], None]) -> None:
        self._listener = listener
        self._on_death = on_death
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on, also when the system chose it."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=3)
        self._listener.close()

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._listener.close()  # else a probe would wait for an answer that nobody gives
            if not self._server.should_exit:
                self._on_death("the HTTP server has ended")
