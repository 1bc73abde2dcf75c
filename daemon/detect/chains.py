"""Correlations over correlations: which of them go in circles, and which are piled up too high. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MAX_CHAIN = 8

Graph = Mapping[str, Sequence[str]]  # a correlation -> the correlations that it is about


def circle_through(start: str, graph: Graph) -> tuple[str, ...]:
    """The shortest way from a correlation to itself, both ends named; nothing where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        longer: list[tuple[str, ...]] = []
        for way in ways:
            for lower in graph.get(way[-1], ()):
                if lower == start:
                    return (*way, start)
                if lower not in seen:
                    seen.add(lower)
                    longer.append((*way, lower))
        ways = longer
    return ()


def heights(graph: Graph) -> dict[str, int]:
    """How many correlations lie under each, itself counted; those in or over a circle are not told."""
    height: dict[str, int] = {}
    waiting = list(graph)
    while waiting:
        ready = [each for each in waiting if all(lower in height for lower in graph[each])]
        for each in ready:
            height[each] = 1 + max((height[lower] for lower in graph[each]), default=0)
        if not ready:
            break
        waiting = [each for each in waiting if each not in height]
    return height
