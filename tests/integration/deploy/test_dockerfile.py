"""The Dockerfile as text, and the health check that the image and ECS run."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from daemon.config import load_config
from tests.e2e.harness import REPOSITORY

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")


@contextmanager
def _answering(status: int) -> Iterator[str]:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep still."""

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"0.0.0.0:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _health_check(listen: str) -> int:
    script = REPOSITORY / "deploy" / "docker" / "healthcheck.py"
    # A proxy that leads nowhere: the check must not ask it.
    environment = {"HTTP_LISTEN": listen, "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run([sys.executable, "-I", script], env=environment, check=False).returncode


def test_hadolint_has_nothing_to_say() -> None:
    command = [str(Path(sys.executable).with_name("hadolint")), str(REPOSITORY / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)], ids=["well", "ill"])
def test_the_health_check_tells_well_from_ill(status: int, code: int) -> None:
    with _answering(status) as listen:
        assert _health_check(listen) == code


def test_the_health_check_fails_when_nobody_answers() -> None:
    with _answering(200) as listen:
        pass
    assert _health_check(listen) == 1


def test_the_program_runs_as_a_user_given_by_number() -> None:
    assert re.search(r"^USER \d+:\d+$", DOCKERFILE, flags=re.MULTILINE)


def test_inside_the_image_everybody_may_ask_for_the_pages_and_elsewhere_only_this_machine() -> None:
    (listen,) = re.findall(r"\bHTTP_LISTEN=(\S+)", DOCKERFILE)
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, flags=re.MULTILINE)
    example = REPOSITORY / "config.example.yaml"

    assert "COPY config.example.yaml /etc/trailwarden/config.yaml" in DOCKERFILE
    assert load_config(example, {"HTTP_LISTEN": listen}).http.listen == ("0.0.0.0", int(port))
    assert load_config(example, {}).http.listen == ("127.0.0.1", int(port))


def test_every_dependency_is_installed_by_its_hash_and_from_no_named_index() -> None:
    installs = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if " -r requirements/" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    assert not re.search(r"index-url|find-links|https?://", DOCKERFILE)


def test_only_what_the_image_is_made_of_goes_to_the_builder() -> None:
    first, *rest = [
        line for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] != "#"
    ]
    assert first == "*"
    sent = {line[1:] for line in rest if line.startswith("!")}
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
        for word in line.split()
    }
    assert {name for name in copied if not any(name == top or name.startswith(f"{top}/") for top in sent)} == set()
    assert {name for name in sent if not any(word == name or word.startswith(f"{name}/") for word in copied)} == set()
