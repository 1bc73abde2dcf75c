"""What is known of accounts and addresses from outside of events: looked after here, put beside alerts when told.

Nothing of it is stored, so a name that is corrected holds for what is told from then on, and nothing of it can cost an
alert: where it is not known the bare id and address stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import structlog

from daemon.model import Level, Notice
from daemon.notify.geoip import Networks
from daemon.notify.known import with_known
from daemon.ports import Parcel
from daemon.service.account_names import AccountNames

log = structlog.get_logger("trailwarden")

LOOP = "surroundings"
REFRESH_EVERY_S = 60.0


class Surroundings:
    """`refresh` is called by a job of its own, `beside` by every thread that sends."""

    def __init__(self, names: AccountNames, networks: Networks, *, tell: Callable[[Notice], object]) -> None:
        self._names = names
        self._networks = networks
        self._tell = tell
        self._told: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Ask for what is due, look at the files, and tell what is wrong with them, once."""
        try:
            self._names.refresh(tell=self._tell)
            faults = frozenset(self._networks.faults())
            for fault in sorted(faults - self._told):
                self._tell(_unusable(fault))
            self._told = faults
        except Exception:  # the top of a job: alerts go on without
            log.exception("loop broke", loop=LOOP)

    def beside(self, parcel: Parcel) -> Parcel:
        """The parcel with what is known of its alerts; as it is where that fails."""
        try:
            names, place_of = (
                self._names.known,
                cache(self._networks.place_of),
            )  # a flood has many alerts of one address
            return replace(parcel, alerts=tuple(with_known(a, names=names, place_of=place_of) for a in parcel.alerts))
        except Exception:  # whatever is wrong with a database, or a record: the alert is worth more
            log.exception("nothing put beside an alert", alert=parcel.delivery.alert_id)
            return parcel

    def close(self) -> None:
        """Let go of the files."""
        self._networks.close()


def _unusable(fault: str) -> Notice:
    text = f"{fault}. Alerts go on without the country and network of addresses; the file is looked at every minute."
    title = "A database of addresses cannot be used"
    return Notice(reason="geoip", title=title, text=text, level=Level.LOW, about=fault.partition(":")[0])
