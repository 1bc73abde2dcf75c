"""Which message a delivery asks for."""

from __future__ import annotations

from typing import Literal

from daemon.model import DeliveryKind
from daemon.notify.correlated import revision_message
from daemon.notify.details import details_message
from daemon.notify.flood import flood_message
from daemon.notify.mentions import with_mentions
from daemon.notify.message import Message
from daemon.notify.notice import notice_message
from daemon.notify.opening import alert_message
from daemon.ports import Parcel

Details = Literal["matched", "full", "none"]


def compose(parcel: Parcel, *, details: Details) -> Message | None:
    """Lay a parcel out; None when there is nothing to say (no details wanted, or none there)."""
    message = _laid_out(parcel, details=details)
    return message and with_mentions(message, parcel.delivery.mentions)


def _laid_out(parcel: Parcel, *, details: Details) -> Message | None:
    if not parcel.alerts:
        return None
    alert = parcel.alerts[0]
    if parcel.delivery.kind is DeliveryKind.SUMMARY:
        return flood_message(parcel.alerts, parcel.delivery.gathers)
    if parcel.delivery.kind is DeliveryKind.DETAILS:
        return None if details == "none" or alert.is_notice else details_message(alert, is_full=details == "full")
    if parcel.delivery.kind is DeliveryKind.REPLY:
        return revision_message(alert)
    return notice_message(alert) if alert.is_notice else alert_message(alert)
