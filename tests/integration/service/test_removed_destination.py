"""A destination that is taken out of the configuration, renamed, or switched off while messages wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import DestinationConfig, load_config
from daemon.model import DeliveryState, SendOutcome
from daemon.ports import Notifier, Parcel
from daemon.service.adapters import make_notifier
from daemon.service.compose import compose
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from daemon.service.makers import Makers
from tests.doubles.daemons import CONFIG, Place, event, make_place

TERMINAL = "{name: terminal, type: console}"
OLD = "{name: old, type: console}"
OFF = "{name: old, type: console, enabled: false}"


class Away:
    """A destination that takes nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Refuse."""
        raise OSError


@contextmanager
def daemon_with(
    place: Place, *destinations: str, notifier: Callable[[DestinationConfig], Notifier] | None = None
) -> Iterator[Daemon]:
    """A daemon with these destinations on the state of the one before."""
    path = place.folder / "config.yaml"
    path.write_text(CONFIG.format(more="").replace(TERMINAL, ", ".join(destinations)))
    prints = notifier or (lambda config: make_notifier(config, stdout=place.terminal))
    with compose(load_config(path, {}), makers=Makers(clock=place.clock, notifier=prints)) as daemon:
        yield daemon


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """One alert is owed to `old`, which would not take it."""
    place = make_place(tmp_path)
    place.put(event(1))

    def notifier(config: DestinationConfig) -> Notifier:
        return Away("old") if config.name == "old" else make_notifier(config, stdout=place.terminal)

    with daemon_with(place, TERMINAL, OLD, notifier=notifier) as daemon:
        run_cycle(daemon)
        assert daemon.shared.store.counts().destinations["old"].pending == 1
    return place


def test_what_a_removed_destination_is_owed_is_set_aside_and_told(place: Place) -> None:
    with daemon_with(place, TERMINAL) as daemon:
        assert daemon.shared.store.counts().destinations.keys() == {"terminal"}  # the notice
        (dead,) = daemon.shared.store.list_deliveries(state=DeliveryState.DEAD)
        assert (dead.destination, dead.reason) == ("old", "destination_removed")
        assert run_cycle(daemon) == 0
    assert "1 for old" in place.terminal.getvalue()


def test_once_it_is_configured_again_a_person_can_have_it_sent(place: Place) -> None:
    with daemon_with(place, TERMINAL):
        pass
    with daemon_with(place, TERMINAL, OLD) as daemon:
        assert daemon.shared.store.retry_deliveries(None, now=place.clock()) == 1
        assert run_cycle(daemon) == 0
    assert place.terminal.getvalue().count("A group was deleted") == 2  # by each of the two


def test_a_destination_that_is_switched_off_keeps_what_it_is_owed(place: Place) -> None:
    with daemon_with(place, TERMINAL, OFF) as daemon:
        (owed,) = (d for d in daemon.shared.store.list_deliveries() if d.destination == "old")
        assert owed.state is DeliveryState.DUE
    place.clock.advance(timedelta(minutes=1))
    with daemon_with(place, TERMINAL, OLD) as daemon:
        assert run_cycle(daemon) == 0
