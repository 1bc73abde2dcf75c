"""What a person should hear of before anything is polled: a state store that is new, alerts that lead nowhere."""

from __future__ import annotations

import structlog

from daemon.config import Config
from daemon.model import Level, Notice
from daemon.service.shared import Shared

log = structlog.get_logger("trailwarden")


def tell_first_things(config: Config, shared: Shared) -> None:
    """Log and tell it. Raises StoreError."""
    for each in config.destinations:
        if each.lacks_credential:
            log.warning("destination left out: it lacks its credential", destination=each.name, lacks=each.credential)
    if not shared.plans:
        log.error("alerts go nowhere: no destination is enabled")
    removed = shared.store.set_removed_aside([each.name for each in config.destinations], now=shared.clock())
    counts = shared.store.counts()
    if shared.store.is_new or not counts.sources:  # the latter: it was new, and we died before anybody was told
        shared.notices.tell(_new_store(config))
    in_use = {plan.destination for plan in shared.plans}
    waiting = {name: of.pending for name, of in counts.destinations.items() if name not in in_use}
    if removed or waiting:
        shared.notices.tell(_gone(removed, waiting))


def _new_store(config: Config) -> Notice:
    text = (
        "This is normal at the first start. Log files from before the start of each source are not covered: "
        + ", ".join(f"{each.url} ({each.start})" for each in config.sources)
        + ". If Trailwarden has run here before, its old state is gone: look after its volume; alerts may come again."
    )
    return Notice(reason="state_new", title="A new state store was made", text=text, level=Level.MEDIUM)


def _gone(removed: dict[str, int], waiting: dict[str, int]) -> Notice:
    parts = []
    if removed:
        parts.append(
            f"Not configured any more, so its messages were set aside: {_counted(removed)}. To have them sent, "
            "configure a destination of that name again and run `trailwarden deliveries retry --all-dead`."
        )
    if waiting:
        parts.append(
            f"Switched off or without its credential, so its messages wait: {_counted(waiting)}. "
            "They are sent once it is back."
        )
    text = " ".join([*parts, "`trailwarden deliveries list` shows them."])
    return Notice(reason="destination_gone", title="Messages go to nobody", text=text, level=Level.MEDIUM)


def _counted(owed: dict[str, int]) -> str:
    return ", ".join(f"{count} for {name}" for name, count in sorted(owed.items()))
