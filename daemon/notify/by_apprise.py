"""Whatever Apprise can reach, as a destination: one of its addresses, plain text, yes or no for an answer.

Apprise's own words are thrown away, since they may hold the address and with it the credentials; so are those of what
it raises. It is told to follow no redirect, to interpret nothing in the text, and to keep nothing on disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daemon import __version__
from daemon.config.urls import apprise_fault
from daemon.model import Level, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.forms import send_forms
from daemon.notify.limit import TimeLimit
from daemon.notify.plain import PlainText, plain_text
from daemon.notify.post import BAD_ADDRESS
from daemon.ports import Parcel

if TYPE_CHECKING:
    from apprise import NotifyBase

_LIMIT_S = 60.0
NO_LIBRARY = "apprise_missing"
# Where a chat program would see a mention, a labelled link or code. Apprise itself escapes for HTML and Markdown only.
_IN_CHATS = str.maketrans({"@": "＠", "<": "‹", ">": "›", "`": "'"})
_TYPES = {Level.CRITICAL: "failure", Level.HIGH: "failure", Level.MEDIUM: "warning"}


class AppriseNotifier:
    """Sends to one address. `url` is asked anew for each message."""

    def __init__(self, *, name: str, url: Callable[[], str], limit_s: float = _LIMIT_S) -> None:
        self._name = name
        self._url = url
        self._limit_s = limit_s
        self._limit = TimeLimit[bool](limit_s)

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Send once. Apprise does not say why it failed, so each failure is tried again."""
        text = plain_text(parcel)
        if text is None:
            return Sent()
        try:
            service = open_service(self._url().strip(), limit_s=self._limit_s)
        except ImportError:
            return Pause(reason=NO_LIBRARY, hint="pip install 'trailwarden[apprise]'")
        if service is None:
            return Pause(reason=BAD_ADDRESS, hint="Apprise does not understand the address; check url")
        kind = _TYPES.get(parcel.delivery.level, "info")
        return send_forms(apprise_forms(text), parcel.delivery, lambda form: self._try(service, *form, kind=kind))

    def _try(self, service: NotifyBase, subject: str, body: str, *, kind: str) -> SendOutcome:
        try:
            is_sent = self._limit.run(lambda: _send(service, subject, body, kind=kind))
        except TimeoutError:
            return Retry(reason=RetryReason.LOST_ANSWER)
        except Exception:  # its text may hold the address: nobody above may log it
            return Retry(reason=RetryReason.SERVER_ERROR)
        return Sent() if is_sent else Retry(reason=RetryReason.SERVER_ERROR)


def open_service(url: str, *, limit_s: float = _LIMIT_S) -> NotifyBase | None:
    """What the address leads to; None when Apprise does not understand it. Raises ImportError without Apprise."""
    import apprise  # only here, since most do without it

    _silence(apprise.logger.name)
    if apprise_fault(url):
        return None
    asset = apprise.AppriseAsset(
        app_id="Trailwarden",
        app_desc=f"Trailwarden {__version__}",
        async_mode=False,
        http_redirects=False,
        interpret_emojis=False,
        interpret_escapes=False,
        allow_templates=False,
        pem_autogen=False,
        pgp_autogen=False,
        storage_mode="memory",
        service_timeout=limit_s,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is not None and service.overflow_mode == apprise.OverflowMode.UPSTREAM:
        service.overflow_mode = apprise.OverflowMode.TRUNCATE  # else a long text is refused, unless the address says so
    return service


def _send(service: NotifyBase, subject: str, body: str, *, kind: str) -> bool:
    import apprise

    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    sent: Any = sender.notify(
        body=body, title=subject, notify_type=apprise.NotifyType(kind), body_format=apprise.NotifyFormat.TEXT
    )
    return bool(sent)  # newer versions give an object that is true or false


def apprise_forms(text: PlainText) -> tuple[tuple[str, str], tuple[str, str]]:
    """Title and text, and their plainer form, with nothing in them that a chat program takes for more than text."""
    subject = text.subject.translate(_IN_CHATS)
    return (subject, text.body.translate(_IN_CHATS)), (subject, text.bare.translate(_IN_CHATS))


def _silence(logger: str) -> None:
    """Whatever level and handlers our own log has, nothing of Apprise's comes into it or onto standard error."""
    quiet = logging.getLogger(logger)
    quiet.setLevel(logging.CRITICAL + 1)
    quiet.propagate = False
