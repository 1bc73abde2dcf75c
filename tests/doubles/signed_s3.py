"""An S3 that gives objects to signed requests alone, and remembers how each was asked for.

The signature is reckoned anew from what arrived, by
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


class SignedS3(ThreadingHTTPServer):
    """Objects by their path. `secrets` are by access key; `asked` are the headers of each request.

    `answers` are given instead, one a request, while there are some: status and body, and the length that is told.
    """

    daemon_threads = True

    def __init__(self, objects: Mapping[str, bytes], secrets: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects = dict(objects)
        self.secrets = dict(secrets)
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, bytes, int]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: SignedS3
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value.strip() for name, value in self.headers.items()}
        self.server.asked.append(headers)
        if not self._is_signed(headers):
            self._answer(403, _error("SignatureDoesNotMatch"))
        elif self.server.answers:
            self._answer(*self.server.answers.pop(0))
        elif (body := self.server.objects.get(unquote(self.path))) is None:
            self._answer(404, _error("NoSuchKey"))
        else:
            self._answer(200, body)

    def _is_signed(self, headers: Mapping[str, str]) -> bool:
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if found is None:
            return False
        access_key, scope, names, signature = found.groups()
        content = headers["x-amz-content-sha256"]
        signed = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
        canonical = f"GET\n{self.path}\n\n{signed}\n{names}\n{content}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
        key = f"AWS4{self.server.secrets.get(access_key, '')}".encode()
        for part in (*scope.split("/"), to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.compare_digest(key.hex(), signature)

    def _answer(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length not in (None, len(body)):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
        """Say nothing."""


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>No</Message></Error>".encode()


@contextmanager
def signed_s3(objects: Mapping[str, bytes], secrets: Mapping[str, str]) -> Iterator[SignedS3]:
    """One that runs."""
    with SignedS3(objects, secrets) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
