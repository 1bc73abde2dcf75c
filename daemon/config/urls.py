"""What is wrong with an address or a header that something is to be sent by. Nothing of it is repeated: it is secret.

Addresses come from the configuration only; that they are asked again before each send is for those that follow a file.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LONGEST_URL = 2_000
_LONGEST_VALUE = 4_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = {"content-type", "content-length", "content-encoding", "host", "connection", "transfer-encoding", "user-agent"}
_OUR_PREFIX = "x-trailwarden-"


def web_fault(url: str) -> str:
    """Why nothing can be posted to this address; empty when nothing is wrong with it."""
    if not _is_plain(url) or len(url) > _LONGEST_URL:
        return "an address is one line of at most 2000 characters, without spaces"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "the host or port of the address cannot be understood"
    if parts.scheme not in ("https", "http"):
        return "begin it with https://"
    if not host:
        return "the address names no host"
    if "@" in parts.netloc:
        return "a user and password do not belong in the address; give them as a header"
    return "leave out the # and what follows it" if "#" in url else ""


def apprise_fault(url: str) -> str:
    """Why this cannot be an address of Apprise's; empty when nothing is wrong that shows without Apprise."""
    if not url.isprintable() or len(url) > _LONGEST_URL:
        return "an address is one line of at most 2000 characters"
    if not _SCHEME.match(url):
        return "write it as Apprise does, such as mailto://… or tgram://…"
    return "give one address; a further one is a destination of its own" if len(url.split(None, 1)) > 1 else ""


def header_fault(name: str, value: str) -> str:
    """Why this cannot be sent as a header; empty when it can."""
    if not _TOKEN.fullmatch(name):
        return "a header's name has letters, digits and hyphens"
    if name.lower() in _OURS or name.lower().startswith(_OUR_PREFIX):
        return f"the header {name} is set by Trailwarden itself"
    if not (value.isascii() and value.isprintable()) or len(value) > _LONGEST_VALUE:
        return f"the header {name} has a value that no header can carry"
    return ""


def is_encrypted(url: str) -> bool:
    """Whether nobody on the way can read it, unless it does not leave this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
