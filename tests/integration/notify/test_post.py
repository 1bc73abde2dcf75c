"""One POST over real sockets: nowhere but where it was sent, never for ever, and what went wrong told apart."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daemon.model import Pause, Retry
from daemon.notify.answers import RetryReason
from daemon.notify.post import Answer as Posted
from daemon.notify.post import Poster
from tests.doubles.slack import Answer
from tests.doubles.web import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def post(url: str, *, timeout_s: float = 5, limit_s: float = 10) -> Posted | Pause | Retry:
    return Poster(timeout_s=timeout_s, limit_s=limit_s).post(url, b'{"a": 1}', {"X-More": "yes"})


def test_a_body_and_headers_arrive_as_they_are(web: WebServer) -> None:
    answer = post(f"{web.url}/hook?key=1")
    assert isinstance(answer, Posted)
    assert (answer.status, answer.body) == (200, b"ok")
    (request,) = web.requests
    assert (request.path, request.body) == ("/hook?key=1", b'{"a": 1}')
    assert (request.headers["x-more"], request.headers["content-type"]) == ("yes", "application/json")
    assert request.headers["user-agent"].startswith("trailwarden/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_never_followed(web: WebServer, status: int) -> None:
    """What an address leads to is nobody's to choose but the configuration's: http://169.254.169.254/ for one."""
    with WebServer() as inside:
        web.script(Answer(status=status, headers={"Location": f"{inside.url}/latest/meta-data/"}))
        answer = post(web.url)
        assert isinstance(answer, Posted)
        assert answer.status == status
        assert inside.requests == []
    assert len(web.requests) == 1


def test_only_the_beginning_of_an_answer_is_read(web: WebServer) -> None:
    web.usual = Answer(body="x" * 5_000_000)
    answer = post(web.url)
    assert isinstance(answer, Posted)
    assert len(answer.body) == 4_096


def test_a_server_that_is_away_pauses(web: WebServer) -> None:
    web.stop()
    outcome = post(web.url)
    assert isinstance(outcome, Pause)
    assert (outcome.reason, "ConnectionRefusedError" in outcome.hint) == ("unreachable", True)


@pytest.mark.parametrize("answer", [Answer(hangs_up=True), Answer(delay_s=2)], ids=["hangs up", "says nothing"])
def test_an_answer_that_never_comes_may_have_been_taken(web: WebServer, answer: Answer) -> None:
    web.script(answer)
    assert post(web.url, timeout_s=0.5) == Retry(reason=RetryReason.LOST_ANSWER)


def test_a_server_that_drips_is_given_up_after_the_whole_of_the_time() -> None:
    """Each byte comes in time, the answer never: no lane may wait for that."""
    ending = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                while not ending.wait(0.05):
                    connection.send(b"H")

        thread = threading.Thread(target=drip)
        thread.start()
        poster = Poster(timeout_s=5, limit_s=0.5)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert poster.post(url, b"{}", {}) == Retry(reason=RetryReason.LOST_ANSWER)
        assert poster.post(url, b"{}", {}) == Retry(reason=RetryReason.LOST_ANSWER)  # the first has not ended
        ending.set()
        thread.join()


@pytest.mark.parametrize(
    "url", ["", "ftp://example.com/", "file:///etc/passwd", "http://user:pw@example.com/", "http://x y/", "http://[::1"]
)
def test_what_is_no_web_address_is_never_tried_and_never_told(url: str) -> None:
    outcome = post(url)
    assert isinstance(outcome, Pause)
    assert outcome.reason == "bad_address"
    assert "pw" not in outcome.hint
    assert "passwd" not in outcome.hint


def test_a_host_that_can_be_no_host_is_an_address_to_be_mended() -> None:
    outcome = post(f"http://{'a' * 70}.example.com/")
    assert isinstance(outcome, Pause)


def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_that_is_named_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = a_certificate(tmp_path)
    with WebServer(certificate=certificate) as web:
        outcome = post(web.url)
        assert isinstance(outcome, Pause)
        assert "SSL_CERT_FILE" in outcome.hint
        assert web.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert isinstance(post(web.url), Posted)


def test_a_proxy_of_the_environment_is_used(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", web.url)
    monkeypatch.setenv("no_proxy", "")
    assert isinstance(post("http://hooks.example.com/x"), Posted)
    assert web.requests[0].path == "http://hooks.example.com/x"


def test_no_proxy_is_used_for_what_is_exempt(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert isinstance(post(web.url), Posted)


def a_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
