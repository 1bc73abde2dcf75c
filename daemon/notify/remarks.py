"""Why a message comes where it comes: since another destination is paused, or since nobody has answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from daemon.model import Delivery, DeliveryKind
from daemon.notify.blocks import context
from daemon.notify.escape import escape
from daemon.notify.facts import duration_text
from daemon.notify.message import TEXT_LIMIT, Message

_OPENING = (DeliveryKind.OPEN, DeliveryKind.SUMMARY, DeliveryKind.UPDATE, DeliveryKind.BROADCAST)


def remarks_of(delivery: Delivery) -> tuple[str, ...]:
    """A sentence for each reason; none for most messages."""
    return tuple(_sentences(delivery)) if delivery.kind in _OPENING else ()


def with_remarks(message: Message, delivery: Delivery) -> Message:
    """The message with its reasons, in its blocks and in each text that may be sent in their stead."""
    told = remarks_of(delivery)
    if not told:
        return message
    lines = "\n".join(escape(each, limit=TEXT_LIMIT) for each in told)
    return replace(
        message,
        text=f"{escape(' '.join(told), limit=TEXT_LIMIT)} {message.text}",
        plain=f"{lines}\n{message.plain}",
        bare=f"{lines}\n{message.bare}",
        headline=(*message.headline, context(told, limit=300)),
    )


def _sentences(delivery: Delivery) -> Iterator[str]:
    if delivery.unanswered_s is not None:
        what = "some of these" if delivery.kind is DeliveryKind.SUMMARY else "this"
        yield f"Nobody has acknowledged {what} for {duration_text(timedelta(seconds=delivery.unanswered_s))}."
    if delivery.instead_of is not None:
        yield f"Meant for {delivery.instead_of}, which was paused: so it comes here too."
