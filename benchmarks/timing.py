"""Times contenders side by side: in every round each runs once, so that a slow phase of the machine meets them all.

What counts is processor time of this process, so that others on the machine count as little as they can; the time that
passes by the clock is kept beside it.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROUNDS = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds of each contender by round: of the processor, and by the clock."""

    seconds: Mapping[str, list[float]]
    by_clock: Mapping[str, list[float]]

    def median_s(self, name: str) -> float:
        """The median time of a contender."""
        return median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """How much longer than another it took: the median of the ratios within a round."""
        return median(self.ratios(name, to))

    def ratios(self, name: str, to: str, *, is_by_clock: bool = False) -> list[float]:
        """How much longer than another it took, by round."""
        seconds = self.by_clock if is_by_clock else self.seconds
        return [one / other for one, other in zip(seconds[name], seconds[to], strict=True)]

    def spread(self, name: str, to: str, *, is_by_clock: bool = False) -> str:
        """The ratio, and in brackets the smallest and the largest of any round."""
        ratios = self.ratios(name, to, is_by_clock=is_by_clock)
        return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def race(contenders: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS) -> Timings:
    """Run each contender once unmeasured, then `rounds` times, each round beginning with another one."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    by_clock: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    names = list(contenders)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            started_at, started = time.perf_counter(), time.process_time()
            contenders[name]()
            seconds[name].append(time.process_time() - started)
            by_clock[name].append(time.perf_counter() - started_at)
    return Timings(seconds=seconds, by_clock=by_clock)


def machine() -> str:
    """Processor, number of cores, Python and how busy it is, for the record."""
    cpuinfo = Path("/proc/cpuinfo")
    models = (
        [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")] if cpuinfo.exists() else []
    )
    model = models[0].partition(":")[2].strip() if models else platform.processor()
    load, *_ = os.getloadavg()
    python = platform.python_version()
    return f"{model}, {os.cpu_count()} cores at a load of {load:.1f}, {platform.system()}, Python {python}"
