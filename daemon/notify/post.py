"""One HTTP POST: to the address that it is given and nowhere else, within a bounded time, reading a bounded answer.

The standard library's client without its redirects. Proxies are those of the environment (HTTPS_PROXY, HTTP_PROXY,
NO_PROXY), as boto3 and Slack's client take them. Certificates are verified against the system's authorities.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from daemon import __version__
from daemon.config.urls import web_fault
from daemon.model import Pause, Retry
from daemon.notify.answers import UNREACHABLE, RetryReason
from daemon.notify.limit import TimeLimit

_MOST_BYTES = 4_096  # of an answer
_TIMEOUT_S = 15.0  # of connecting, and of each wait for an answer
_LIMIT_S = 45.0  # of all of it
BAD_ADDRESS = "bad_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The beginning of what was answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Poster:
    """Posts for one destination. Used by one thread at a time."""

    def __init__(self, *, timeout_s: float = _TIMEOUT_S, limit_s: float = _LIMIT_S) -> None:
        self._timeout_s = timeout_s
        self._limit_s = limit_s
        self._limit = TimeLimit[Answer](limit_s)
        self._opener = _opener()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer | Pause | Retry:
        """Post once. An address that is none pauses; nothing of it is ever told."""
        if wrong := web_fault(url):
            return Pause(reason=BAD_ADDRESS, hint=f"the address cannot be used: {wrong}")
        request = Request(url, data=body, headers=_ours() | dict(headers), method="POST")  # noqa: S310 — looked at above
        try:
            return self._limit.run(lambda: self._open(request))
        except URLError as fault:  # urllib's word for whatever happened before the request was out
            return _unreachable(fault)
        except (OSError, http.client.HTTPException):
            return Retry(reason=RetryReason.LOST_ANSWER)
        except ValueError:  # a host that no name server can be asked for
            return Pause(reason=BAD_ADDRESS, hint="the address cannot be used: its host is none")

    def _open(self, request: Request) -> Answer:
        ends_at = time.monotonic() + self._limit_s
        with self._opener.open(request, timeout=self._timeout_s) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            body = b""
            while len(body) < _MOST_BYTES and time.monotonic() < ends_at:
                part = answer.read1(_MOST_BYTES - len(body))
                if not part:
                    break
                body += part
            return Answer(status=answer.status, headers=headers, body=body)


def _opener() -> OpenerDirector:
    """One without handlers for redirects, for other schemes, and for errors: each status is an answer."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(context=ssl.create_default_context())):
        opener.add_handler(handler)
    return opener


def _ours() -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": f"trailwarden/{__version__}"}


def _unreachable(fault: URLError) -> Pause:
    cause = fault.reason
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = "its certificate is not trusted; have it signed by a known authority, or name yours in SSL_CERT_FILE"
        return Pause(reason=UNREACHABLE, hint=hint)
    word = type(cause).__name__ if isinstance(cause, Exception) else "no connection"
    return Pause(reason=UNREACHABLE, hint=f"it cannot be reached ({word}); check network, proxy and address")
