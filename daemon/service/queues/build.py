"""From the sources that name queues to a reader for each queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from daemon.config import SourceConfig
from daemon.detect.ruleset import RuleSet
from daemon.service.queues.inline import InlineEvents
from daemon.service.queues.reading import Queue, QueueReader
from daemon.service.shared import Shared, Watched
from daemon.sources.arrivals import Place
from daemon.sources.build import scope_of, split_bucket

TOLERANCE = timedelta(minutes=10)  # a long poll, a store that is busy, AWS that is slow to refuse


def loop_name(queue: str) -> str:
    """What the watchdog calls the reading of a queue."""
    return f"queue {queue}"


def place_of(config: SourceConfig, source: str) -> Place:
    """Where the log files of a source of this name lie, and which of them are wanted."""
    bucket, prefix = split_bucket(config.url)
    return Place(source=source, bucket=bucket, prefix=prefix, scope=scope_of(config), takes_events=config.inline_events)


def build_readers(
    watched: Iterable[Watched],
    *,
    shared: Shared,
    make_queue: Callable[..., Queue],
    ruleset: Callable[[], RuleSet | None],
    on_found: Callable[[], None],
    on_opened: Callable[[], None],
) -> tuple[QueueReader, ...]:
    """A reader for each queue, which is asked as the first source asks that names it."""

    def count(operation: str) -> None:
        shared.metrics.aws_requests.labels(operation).inc()

    by_queue: dict[str, list[Watched]] = {}
    for each in watched:
        if each.config.queue_url:
            by_queue.setdefault(each.config.queue_url, []).append(each)
    names = names_of(list(by_queue))
    return tuple(
        QueueReader(
            make_queue(url, told[0].config, on_request=count),
            name=names[url],
            places=[place_of(each.config, each.source.name) for each in told],
            shared=shared,
            inline=InlineEvents(names[url], shared=shared, ruleset=ruleset),
            on_found=on_found,
            on_opened=on_opened,
        )
        for url, told in by_queue.items()
    )


def names_of(urls: Sequence[str]) -> Mapping[str, str]:
    """What queues are called: the last part of their URLs, with a number where several share it."""
    names: dict[str, str] = {}
    for url in urls:
        name = url.rpartition("/")[2]
        number = sum(taken.partition("#")[0] == name for taken in names.values())
        names[url] = f"{name}#{number + 1}" if number else name
    return names
