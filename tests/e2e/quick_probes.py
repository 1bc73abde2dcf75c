"""The daemon as it is, but for one number: a destination that is away is tried again after one second, not after 30.

`python -m tests.e2e.quick_probes FILE` runs on a configuration. How long the real pauses are, and that they double, is
shown by the tests of `notify`; here it is shown that they end by themselves.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from daemon.config import DestinationConfig, load_config
from daemon.model import Pause, SendOutcome
from daemon.ops.logs import set_up_logging
from daemon.ports import Notifier, Parcel
from daemon.service.adapters import make_notifier
from daemon.service.compose import compose
from daemon.service.life import run_until_stopped
from daemon.service.makers import Makers
from daemon.service.signals import stopped_by_signals


class Impatient:
    """A destination whose every pause lasts a second."""

    def __init__(self, destination: Notifier) -> None:
        self._destination = destination

    @property
    def name(self) -> str:
        """That of the destination."""
        return self._destination.name

    def send(self, parcel: Parcel) -> SendOutcome:
        """As the destination does."""
        outcome = self._destination.send(parcel)
        return replace(outcome, after=timedelta(seconds=1)) if isinstance(outcome, Pause) else outcome


def impatient(config: DestinationConfig) -> Notifier:
    """The real adapter, in a hurry."""
    return Impatient(make_notifier(config, stdout=sys.stdout))


def run(config: str, *, makers: Makers) -> int:
    """What `trailwarden run` does, with other parts."""
    settings = load_config(Path(config), os.environ)
    set_up_logging(settings.log)
    with (
        stopped_by_signals(code_if_held_up=0) as stopping,
        compose(settings, makers=makers, stopping=stopping) as daemon,
    ):
        return run_until_stopped(daemon, listen=settings.http.listen)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], makers=Makers(notifier=impatient)))
