"""`replay`: what would these rules have said about that history? Reads, evaluates and prints; sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from heapq import merge
from operator import attrgetter
from pathlib import Path

from rich.console import Console

from daemon.commands.replay.asked import Asked, Reading
from daemon.commands.replay.firsts import Firsts
from daemon.commands.replay.inputs import open_inputs
from daemon.commands.replay.learn import learn, open_memory
from daemon.commands.replay.output import Format, Line, rendered
from daemon.commands.replay.rules import load_rules
from daemon.commands.replay.run import Tally
from daemon.commands.replay.told import Told
from daemon.commands.replay.window import asked_window
from daemon.commands.sink import check_output, write_file
from daemon.commands.standard_output import write_out
from daemon.commands.terminating import Terminated, terminating
from daemon.config import Config, LogConfig, SourceConfig, find_config, load_config
from daemon.detect.ruleset import RuleSet
from daemon.errors import ConfigError, Problem, StoreError, TrailwardenError
from daemon.model import ObjectResult
from daemon.ops.logs import set_up_logging
from daemon.ports import Source
from daemon.record.iter_firings import StoredFiring
from daemon.record.matches import StoredMatch
from daemon.record.store import Store, open_scratch_store
from daemon.sources.build import build_source
from daemon.sources.inputs.window import Window

INTERRUPTED, TERMINATED = 130, 143
THE_END = datetime.max.replace(tzinfo=UTC)  # of a history: every window in it is over


def replay(
    urls: Sequence[str],
    *,
    config: Path | None,
    rule_paths: Sequence[str],
    since: str | None,
    until: str | None,
    output_format: str,
    output: Path | None,
    environment: Mapping[str, str],
) -> int:
    """Run the backtest; gives the exit code. Raises ConfigError for what was asked wrongly, before anything is read."""
    now = datetime.now(UTC)
    window = asked_window(since, until, now=now)
    if output is not None:
        check_output(output)
    loaded = _config(config, rule_paths, environment)
    return _run(_ask(urls, rule_paths, loaded, window=window, form=Format(output_format), output=output), _backtest)


def learn_history(
    urls: Sequence[str],
    *,
    config: Path | None,
    rule_paths: Sequence[str],
    since: str | None,
    until: str | None,
    output_format: str,
    environment: Mapping[str, str],
) -> int:
    """Let first-seen rules learn from history, in the state of the configuration; gives the exit code.

    Raises ConfigError for what was asked wrongly and StoreError without a state, before anything is read.
    """
    window = asked_window(since, until, now=datetime.now(UTC))
    loaded = load_config(find_config(config, environment), environment, is_sending=False)
    asked = _ask(urls, rule_paths, loaded, window=window, form=Format(output_format), output=None)
    with open_memory(asked, loaded.state) as memory:
        return _run(asked, lambda reading: learn(reading, memory))


def _ask(
    urls: Sequence[str],
    rule_paths: Sequence[str],
    loaded: Config | None,
    *,
    window: Window,
    form: Format,
    output: Path | None,
) -> Asked:
    now = datetime.now(UTC)
    rules = load_rules(rule_paths, loaded, now=now)
    inputs = open_inputs(urls, configured=loaded.sources if loaded else (), open_source=_open_source, window=window)
    set_up_logging(LogConfig(level="warning"))
    return Asked(inputs=inputs, rules=rules, window=window, form=form, output=output, now=now)


def _config(named: Path | None, rule_paths: Sequence[str], environment: Mapping[str, str]) -> Config | None:
    """The configuration, when one is asked for or needed: with `--rules` there need be none."""
    if named is None and rule_paths:
        return None
    try:
        return load_config(find_config(named, environment), environment, is_sending=False)
    except ConfigError as fault:
        hint = Problem(
            where="replay", what="needs no configuration when it is told its rules", fix="--rules builtin:core"
        )
        raise ConfigError([*fault.problems, hint]) from fault


def _open_source(config: SourceConfig) -> Source:
    return build_source(config, clock=lambda: datetime.now(UTC))


def _run(asked: Asked, work: Callable[[Reading], None]) -> int:
    console = Console(stderr=True)
    told = Told(console)
    for problem in asked.rules.problems:
        told.say(str(problem))
    tally = Tally()
    code = 0
    try:
        with terminating():
            work(Reading(asked=asked, console=console, told=told, tally=tally))
    except KeyboardInterrupt as stopped:
        code = TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED
        told.say("stopped before the end: the summary tells what was read until then")
    except TrailwardenError as fault:
        code = 1
        told.say(f"trailwarden: {fault}")
    told.end(tally.summary())
    return code or int(tally.faults > 0 or not asked.rules.is_successful)


def _backtest(reading: Reading) -> None:
    rules, now = reading.asked.rules, reading.asked.now
    ruleset = RuleSet(rules.rules, digest=rules.digest, correlations=rules.correlations)
    with _scratch_store(now) as store:

        def record(results: list[ObjectResult]) -> int:
            return store.recorder.complete(results, plans=(), ruleset_digest=ruleset.digest, now=now).new_matches

        reading.read(ruleset, record)
        reading.tally.conclude(store.recorder.conclude(rules.correlations, now=THE_END))
        firsts = Firsts(rules.rules, began_at=reading.reaches_back_to)
        matched = map(_line, firsts.only(store.iter_matches(with_last_seen=bool(firsts))))
        fired = map(_firing_line, store.iter_firings(rules.correlations))
        _print(reading.asked, merge(matched, fired, key=attrgetter("order")))
        for line in firsts.told():
            reading.told.say(line)


@contextmanager
def _scratch_store(now: datetime) -> Iterator[Store]:
    try:
        with open_scratch_store(now=now) as store:
            yield store
    except (StoreError, FileNotFoundError) as fault:
        raise TrailwardenError(f"{fault}; TMPDIR names the folder for what is only kept meanwhile") from fault


def _print(asked: Asked, lines: Iterable[Line]) -> None:
    out = Console()
    if asked.output is None:
        write_out(rendered(lines, asked.form, width=out.width if out.is_terminal else None))
    else:
        write_file(rendered(lines, asked.form, width=None), asked.output)


def _line(match: StoredMatch) -> Line:
    return Line(
        rule_id=match.rule_id,
        title=match.title,
        level=match.level,
        event_id=match.event_id,
        time=match.event_time,
        name=match.event_name,
        source=match.event_source,
        account=match.account,
        region=match.region,
        actor=match.actor,
        object_url=match.object_url,
        at=match.event_at,
    )


def _firing_line(firing: StoredFiring) -> Line:
    told = _line(firing.completed)
    return replace(told, group=firing.group, count=firing.count, events=firing.events)
