"""Which message a delivery asks for."""

from __future__ import annotations

from typing import Literal

from daemon.model import Alert, DeliveryKind
from daemon.notify.buttons import answer_message, with_answers, with_buttons
from daemon.notify.daily import daily_message
from daemon.notify.details import details_message
from daemon.notify.flood import flood_message
from daemon.notify.mentions import with_mentions
from daemon.notify.message import Message
from daemon.notify.notice import notice_message
from daemon.notify.opening import alert_message
from daemon.notify.remarks import with_remarks
from daemon.notify.talk import broadcast_message, reply_message
from daemon.ports import Parcel

Details = Literal["matched", "full", "none"]


def compose(
    parcel: Parcel, *, details: Details, permalink: str | None = None, has_buttons: bool = False
) -> Message | None:
    """Lay a parcel out; None when there is nothing to say (no details wanted, or none there; nothing new).

    `permalink` leads to the message of the alert before this one.
    """
    message = _laid_out(parcel, details=details, permalink=permalink, has_buttons=has_buttons)
    return message and with_mentions(with_remarks(message, parcel.delivery), parcel.delivery.mentions)


def _laid_out(parcel: Parcel, *, details: Details, permalink: str | None, has_buttons: bool) -> Message | None:
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
    if parcel.delivery.kind in (DeliveryKind.ANSWER, DeliveryKind.AUDIT):
        return _answer(parcel, alert, has_buttons=has_buttons)
    if alert.is_notice:
        return daily_message(alert) or with_answers(notice_message(alert), parcel.answers)
    message = with_answers(alert_message(alert, previous=parcel.previous, permalink=permalink), parcel.answers)
    return with_buttons(message, alert, destination=parcel.delivery.destination) if has_buttons else message


def _answer(parcel: Parcel, alert: Alert, *, has_buttons: bool) -> Message | None:
    if parcel.answer is None:
        return None
    return answer_message(
        alert,
        parcel.answer,
        destination=parcel.delivery.destination,
        is_audit=parcel.delivery.kind is DeliveryKind.AUDIT,
        has_buttons=has_buttons,
    )
