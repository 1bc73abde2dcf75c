"""What the daily digest needs of other keys: destinations of these names, of a kind that may be told of nothing new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.config.destinations import PagerDutyConfig
from daemon.config.faults import Fault, Sure
from daemon.config.models import Config

_LOC = ("daily_digest", "to")


def daily_faults(config: Config, *, names: Sequence[str | None], is_sure_of: Sure) -> Iterator[Fault]:
    """Every such fault. `names` is what the destinations are called, as written, None where that is not known."""
    if not is_sure_of(*_LOC):
        return
    for n, each in enumerate(config.destinations):
        is_sure = is_sure_of("destinations", n, "type") and is_sure_of("destinations", n, "name")
        if is_sure and isinstance(each, PagerDutyConfig) and each.name in config.daily_digest.to:
            fix = "take it out; a digest comes also when there is nothing"
            yield Fault(loc=_LOC, what=f"{each.name} is of type pagerduty, and would wake somebody", fix=fix)
    if None in names or not is_sure_of("destinations", len(names)):  # whether there may be a further one
        return
    known = ", ".join(name for name in names if name)
    for name in config.daily_digest.to:
        if name not in names:
            fix = f"known: {known}" if known else "name one under destinations, or take it out"
            yield Fault(loc=_LOC, what=f"no destination is called {name!r}", fix=fix)
