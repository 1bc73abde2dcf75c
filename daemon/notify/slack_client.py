"""slack_sdk's client as it is used here: one try a call, saying who calls, and going no further than it was sent."""

from __future__ import annotations

from typing import Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from slack_sdk import WebClient

DEFAULT_API_URL = "https://slack.com/api/"
TIMEOUT_S = 15


def make_client(*, api_url: str, timeout_s: int = TIMEOUT_S) -> WebClient:
    """A client that never retries by itself and follows no redirect."""
    base_url = api_url if api_url.endswith("/") else api_url + "/"
    return _StraightClient(base_url=base_url, timeout=timeout_s, retry_handlers=[], user_agent_prefix="trailwarden")


class _StraightClient(WebClient):
    """The library follows a redirect to wherever it leads, as a GET that has the token with it."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        proxy = ProxyHandler({"http": self.proxy, "https": self.proxy} if self.proxy else None)
        opener = build_opener(proxy, HTTPSHandler(context=self.ssl), _NoRedirects())
        with opener.open(req, timeout=self.timeout) as answer:  # raises HTTPError, which the library reads
            charset = answer.headers.get_content_charset() or "utf-8"
            return {"status": answer.status, "headers": answer.headers, "body": answer.read().decode(charset)}


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *about: Any, **more: Any) -> None:
        """None is wanted."""
