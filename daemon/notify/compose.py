"""Which message a delivery asks for."""

from __future__ import annotations

from typing import Literal

from daemon.model import DeliveryKind
from daemon.notify.details import details_message
from daemon.notify.flood import flood_message
from daemon.notify.mentions import with_mentions
from daemon.notify.message import Message
from daemon.notify.notice import notice_message
from daemon.notify.opening import alert_message
from daemon.notify.talk import broadcast_message, reply_message
from daemon.ports import Parcel

Details = Literal["matched", "full", "none"]


def compose(parcel: Parcel, *, details: Details, permalink: str | None = None) -> Message | None:
    """Lay a parcel out; None when there is nothing to say (no details wanted, or none there; nothing new).

    `permalink` leads to the message of the alert before this one.
    """
    message = _laid_out(parcel, details=details, permalink=permalink)
    return message and with_mentions(message, parcel.delivery.mentions)


def _laid_out(parcel: Parcel, *, details: Details, permalink: str | None) -> Message | None:
    if not parcel.alerts:
        return None
    alert = parcel.alerts[0]
    if parcel.delivery.kind is DeliveryKind.SUMMARY:
        return flood_message(parcel.alerts, parcel.delivery.gathers)
    if parcel.delivery.kind is DeliveryKind.DETAILS:
        return None if details == "none" or alert.is_notice else details_message(alert, is_full=details == "full")
    if parcel.delivery.kind is DeliveryKind.REPLY:
        return reply_message(alert, parcel.delivery)
    if parcel.delivery.kind is DeliveryKind.BROADCAST:
        return broadcast_message(alert, parcel.delivery)
    if alert.is_notice:
        return notice_message(alert)
    return alert_message(alert, previous=parcel.previous, permalink=permalink)
