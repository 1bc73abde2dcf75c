"""The id that a delivery keeps over all its tries, by which a receiver knows a repeat."""

from __future__ import annotations

from daemon.model import Delivery


def delivery_key(delivery: Delivery) -> str:
    """`<alert>.<destination>.<kind>.<seq>`: ASCII, without spaces, the same after a restart and a restore."""
    return f"{delivery.alert_id}.{delivery.destination}.{delivery.kind.value}.{delivery.seq}"
