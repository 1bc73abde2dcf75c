"""GETs of small objects, signed by botocore and sent over a client's own connections, without the rest of boto3.

Of the 1.6 ms of a processor that boto3 takes for a small object this needs a third. It only ever does what an ordinary
GET has just been seen to do, for another key; whatever does not come back whole is left to an ordinary GET, which
knows of retries, redirects and refusals. See docs/decisions/0129.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_EVENT = "before-send.s3.GetObject"
_SCOPE = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/s3/aws4_request,")
_KEPT = ("User-Agent", "x-amz-request-payer")  # headers of an ordinary GET that say who asks and who pays


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """What an ordinary GET looked like: its URL up to the key, the region it was signed for, and headers."""

    base: str
    region: str
    headers: dict[str, str]


class QuickGet:
    """Beside one client. `credentials` gives what to sign with at the moment. May be used from several threads."""

    def __init__(self, client: S3Client, *, credentials: Callable[[], Any]) -> None:
        self._events: Any = client.meta.events
        self._credentials = credentials
        # Not public: where another botocore has none such, every GET is an ordinary one.
        self._http: Any = getattr(getattr(client, "_endpoint", None), "http_session", None)
        self._pattern: _Pattern | None = None
        self._sent = threading.local()
        self._events.register(_EVENT, self._see)

    def _see(self, request: AWSPreparedRequest, **_: Any) -> None:
        self._sent.request = request

    def learn(self, key: str) -> None:
        """An ordinary GET of this key by this thread has succeeded."""
        request = getattr(self._sent, "request", None)
        if request is None or self._http is None or self._pattern is not None:
            return
        scope = _SCOPE.match(_text(request.headers.get("Authorization", "")))
        name = _quoted(key)
        if scope and request.method == "GET" and request.url.endswith(f"/{name}"):
            headers = {name: _text(value) for name in _KEPT if (value := request.headers.get(name))}
            base = request.url[: -len(name)]
            self._pattern = _Pattern(base=base, region=scope["region"], headers=headers)

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        """The object, or None where an ordinary GET has to see what there is."""
        pattern = self._pattern
        if pattern is None:
            return None
        try:
            data = self._read(pattern, key, max_bytes=max_bytes)
        except MemoryError:
            raise
        except Exception:  # whatever it is: an ordinary GET meets it too, and says what it means
            data = None
        if data is None:
            self._pattern = None  # until one has succeeded
        return data

    def _read(self, pattern: _Pattern, key: str, *, max_bytes: int) -> bytes | None:
        url = pattern.base + _quoted(key)
        request = AWSRequest(method="GET", url=url, headers=pattern.headers, stream_output=True)
        S3SigV4Auth(self._credentials(), "s3", pattern.region).add_auth(request)
        prepared = request.prepare()
        answer = self._events.emit_until_response(_EVENT, request=prepared)[1] or self._http.send(prepared)
        with closing(answer.raw):
            length = int(answer.headers.get("Content-Length", -1))
            if answer.status_code != 200 or not 0 <= length <= max_bytes:
                return None
            data: bytes = answer.raw.read()
        return data if len(data) == length else None


def _quoted(key: str) -> str:
    return quote(key, safe="/~")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
