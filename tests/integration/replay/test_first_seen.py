"""First-seen rules over history: a backtest prints what would have alerted, `--learn` teaches the daemon's state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from daemon.cli import app
from daemon.commands.replay import learn_history
from daemon.commands.replay.asked import Asked, Reading
from daemon.commands.replay.learn import learn as learn_from
from daemon.commands.replay.output import Format
from daemon.commands.replay.rules import load_rules
from daemon.commands.replay.run import Tally
from daemon.commands.replay.told import Told as Said
from daemon.config import load_config
from daemon.errors import ConfigError, StoreError
from daemon.record.store import Access, Store, open_store
from daemon.service.compose import compose
from daemon.service.life import run_cycle
from daemon.sources.inputs.found import Found
from daemon.sources.inputs.window import Window
from tests.doubles.rule_text import RULE_ID, rule_text
from tests.integration.replay.conftest import AT, History, Told, event

DAY = timedelta(days=1)


def novelty(**options: Any) -> bytes:
    said = {"fields": ["derived.principal", "awsRegion"], "learn": "7d", "forget": "90d"} | options
    return rule_text(more=f"trailwarden: {{first_seen: {json.dumps(said)}}}")


def seen(name: str, region: str, *, days: float) -> dict[str, Any]:
    return event(name, at=AT + timedelta(days=days)) | {"awsRegion": region}


@pytest.fixture
def past(history: History) -> History:
    (history.rules / "rule.yml").write_bytes(novelty())
    return history


def lay(history: History, name: str, *events: dict[str, Any]) -> None:
    history.write(f"{name}.json", json.dumps(events).encode())


class TestBacktest:
    def test_only_what_was_not_seen_before_is_printed_once_it_has_learned(self, past: History) -> None:
        lay(past, "1", seen("a", "r1", days=0), seen("b", "r2", days=6), seen("c", "r2", days=8))
        lay(past, "2", seen("d", "r3", days=8), seen("e", "r3", days=9), seen("f", "r1", days=80))
        told = past.replay()
        assert told.events == ["d"]
        assert (
            f"first seen: A group was deleted ({RULE_ID}): 1 match alert; silent: 3 seen before, "
            "2 while it was learning, until 2026-03-09T09:00:00Z"
        ) in told.err.splitlines()
        assert (told.code, told.summary["matches"]) == (0, 6)

    def test_it_goes_by_the_time_of_events_whatever_files_they_came_in(self, past: History) -> None:
        lay(past, "1", seen("late", "r1", days=9))
        lay(past, "2", seen("later", "r1", days=10), seen("first", "r0", days=0))
        lay(past, "3", seen("first of it", "r1", days=8))
        assert past.replay().events == ["first of it"]

    def test_what_was_forgotten_is_printed_again(self, past: History) -> None:
        lay(past, "1", *(seen(f"{days:03}", "r1", days=days) for days in (0, 90, 181, 182, 272.5)))
        assert past.replay().events == ["181", "272.5"]

    def test_without_a_learning_time_everything_new_is_printed(self, past: History) -> None:
        (past.rules / "rule.yml").write_bytes(novelty(learn=0))
        lay(past, "1", seen("a", "r1", days=0), seen("b", "r1", days=1), seen("c", "r2", days=1))
        assert past.replay().events == ["a", "c"]

    def test_learning_begins_where_the_history_does_that_was_asked_for(self, past: History) -> None:
        lay(past, "1", seen("a", "r1", days=0), seen("b", "r1", days=8), seen("c", "r2", days=16))
        assert past.replay(since="2026-03-08").events == ["c"]

    def test_of_a_trail_it_begins_with_the_first_log_file_also_if_nothing_in_it_matched(self, past: History) -> None:
        past.deliver(seen("x", "r1", days=-9) | {"eventName": "ListGroups"}, stamp="20260221T0905Z")
        past.deliver(seen("a", "r1", days=0))
        assert past.replay().events == ["a"]

    def test_it_does_not_begin_before_what_was_asked_for(self, past: History) -> None:
        past.deliver(seen("a", "r1", days=0), stamp="20260302T0905Z")
        past.deliver(seen("b", "r2", days=7.01), stamp="20260309T0930Z")
        assert past.replay().events == ["b"]
        assert past.replay(since="2026-03-02T09:30:00Z").events == []

    def test_an_event_without_a_readable_time_counts_as_of_its_file(self, past: History) -> None:
        past.deliver(seen("a", "r1", days=0) | {"eventTime": "garbled"}, stamp="20260302T0905Z")
        past.deliver(seen("b", "r1", days=8), stamp="20260310T0905Z")
        assert past.replay().events == []

    def test_other_rules_are_printed_as_ever(self, past: History) -> None:
        other = rule_text(rule_id="22222222-3333-4444-8555-666666666666", title="Any")
        (past.rules / "other.yml").write_bytes(other)
        lay(past, "1", seen("a", "r1", days=0), seen("b", "r1", days=8))
        assert [line["rule"]["title"] for line in past.replay().lines] == ["Any", "Any"]

    def test_of_very_many_rules_only_some_are_named(self, past: History) -> None:
        for number in range(22):
            rule_id = f"11111111-2222-4333-8444-{number:012}"
            text = novelty().replace(RULE_ID.encode(), rule_id.encode())
            (past.rules / f"{number}.yml").write_bytes(text)
        lay(past, "1", seen("a", "r1", days=0))
        assert "first seen: 3 more rules like that" in past.replay().err.splitlines()


Learn = Callable[..., Told]


@pytest.fixture
def state(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/trailwarden.db"


@pytest.fixture
def learn(past: History, tmp_path: Path, state: str, capsysbinary: pytest.CaptureFixture[bytes]) -> Learn:
    """`replay --learn` over the folder, with a configuration that names the rules and a state."""
    config = tmp_path / "config.yaml"
    config.write_text(
        f"sources: [{{url: 'file:history'}}]\nrules: {{paths: [rules]}}\nstate: {{url: '{state}'}}\n"
        "destinations: [{name: terminal, type: console}]\n"
    )

    def call(
        *,
        since: str | None = None,
        until: str | None = None,
        output_format: str = "json",
        rule_paths: Sequence[str] = (),
    ) -> Told:
        code = learn_history(
            [str(past.folder)],
            config=config,
            rule_paths=rule_paths,
            since=since,
            until=until,
            output_format=output_format,
            environment={},
        )
        said = capsysbinary.readouterr()
        return Told(code=code, out=said.out, err=said.err.decode())

    return call


def days_ago(days: float) -> float:
    """As `seen` counts."""
    return (datetime.now(UTC) - AT) / DAY - days


def teach(history: History) -> None:
    lay(history, "1", seen("a", "r1", days=days_ago(9)), seen("b", "r2", days=days_ago(2)))
    lay(history, "2", seen("c", "r1", days=days_ago(1)), seen("b", "r2", days=days_ago(2)))


def open_new(state: str) -> Store:
    return open_store(state, now=datetime.now(UTC))


class TestLearning:
    def test_it_prints_what_each_rule_has_learned_and_since_when(self, past: History, learn: Learn, state: str) -> None:
        open_new(state).close()
        teach(past)
        told = learn()
        (row,) = json.loads(told.out)
        first = f"{AT + timedelta(days=days_ago(9)):%Y-%m-%dT%H:%M}"
        assert (told.code, told.summary["matches"]) == (0, 4)
        assert (row["rule_id"], row["title"], row["learned"], row["remembered"]) == (
            RULE_ID,
            "A group was deleted",
            2,
            2,
        )
        assert row["learning_since"].startswith(first)
        assert datetime.fromisoformat(row["learning_until"]) - datetime.fromisoformat(row["learning_since"]) == 7 * DAY

    def test_the_state_remembers_it_and_nothing_else_was_written(self, past: History, learn: Learn, state: str) -> None:
        open_new(state).close()
        teach(past)
        learn()
        with open_store(state, now=AT, access=Access.READ) as store:
            assert list(store.iter_matches()) == []
            assert store.list_alerts(now=AT, with_notices=True) == []
            assert store.list_deliveries() == []

    def test_twice_is_as_good_as_once(self, past: History, learn: Learn, state: str) -> None:
        open_new(state).close()
        teach(past)
        first, second = (json.loads(learn().out)[0] for _ in range(2))
        assert second == first | {"learned": 0}

    def test_a_daemon_may_have_the_state_open_meanwhile(self, past: History, learn: Learn, state: str) -> None:
        teach(past)
        with open_new(state):
            assert learn().code == 0

    def test_it_can_be_asked_for_a_stretch_of_time(self, past: History, learn: Learn, state: str) -> None:
        open_new(state).close()
        teach(past)
        (row,) = json.loads(learn(since="-3d").out)
        since = datetime.fromisoformat(row["learning_since"])
        assert (row["remembered"], round((datetime.now(UTC) - since) / DAY)) == (2, 2)

    def test_history_in_which_nothing_was_read_leaves_the_beginning_as_it_was(self, learn: Learn, state: str) -> None:
        open_new(state).close()
        told = learn()
        assert (told.code, json.loads(told.out)) == (1, [])

    @pytest.mark.parametrize("form", ["table", "ndjson"])
    def test_it_prints_in_the_format_that_is_asked_for(
        self, past: History, learn: Learn, state: str, form: str
    ) -> None:
        open_new(state).close()
        teach(past)
        lines = learn(output_format=form).out.decode().splitlines()
        if form == "ndjson":
            assert [json.loads(line)["remembered"] for line in lines] == [2]
        else:
            assert (lines[0].split()[:3], len(lines)) == (["rule_id", "title", "learned"], 2)

    def test_what_there_was_no_room_for_is_said(self, past: History, learn: Learn, state: str) -> None:
        (past.rules / "rule.yml").write_bytes(novelty(max_combinations=1))
        open_new(state).close()
        teach(past)
        told = learn()
        assert json.loads(told.out)[0]["remembered"] == 1
        assert f"{RULE_ID}: no room for 2 sightings: it remembers max_combinations, and no more" in told.err

    def test_without_a_state_nothing_is_read_and_the_way_out_is_told(self, past: History, learn: Learn) -> None:
        teach(past)
        with pytest.raises(StoreError, match="there is no state yet; start the daemon first"):
            learn()

    def test_without_a_rule_that_could_learn_it_is_a_wrong_use(self, past: History, learn: Learn, state: str) -> None:
        open_new(state).close()
        (past.rules / "rule.yml").write_bytes(rule_text())
        with pytest.raises(ConfigError, match="--learn: no rule in force has first_seen"):
            learn()

    def test_stopped_before_its_end_it_leaves_the_learning_time_as_it_was(self, past: History, state: str) -> None:
        reload = load_rules([str(past.rules)], None, now=AT)
        with open_new(state) as store:
            store.first_seen.begin(reload.rules, now=AT)
            asked = Asked(
                inputs=Interrupted(),  # type: ignore[arg-type]
                rules=reload,
                window=Window(),
                form=Format.JSON,
                output=None,
                now=AT,
            )
            console = Console(stderr=True)
            tally = Tally(objects=9, oldest_at=AT - 30 * DAY)
            with pytest.raises(KeyboardInterrupt):
                learn_from(Reading(asked=asked, console=console, told=Said(console), tally=tally), store)
            assert [each.began_at for each in store.first_seen.remembered(reload.rules)] == [AT]


class Interrupted:
    """Inputs over which somebody loses patience."""

    max_bytes = 1

    def walk(self) -> Iterator[Found]:
        """Ctrl-C at once."""
        yield from ()
        raise KeyboardInterrupt


def test_the_command_line_takes_learn_and_refuses_an_output_with_it(
    past: History, tmp_path: Path, learn: Learn, state: str
) -> None:
    open_new(state).close()
    teach(past)
    asked = ["replay", str(past.folder), "--learn", "-c", str(tmp_path / "config.yaml"), "--format", "ndjson"]
    taught = CliRunner().invoke(app, asked)
    assert (taught.exit_code, json.loads(taught.stdout)["learned"]) == (0, 2)
    refused = CliRunner().invoke(app, [*asked, "--output", str(tmp_path / "out")])
    assert refused.exit_code == 2
    assert "with --learn there are no matches to write" in refused.stderr


def test_what_a_running_state_learned_from_history_a_daemon_does_not_tell(
    past: History, tmp_path: Path, learn: Learn, state: str
) -> None:
    """The whole way: the daemon has been started, learns, and goes on with what it has learned."""
    config = load_config(tmp_path / "config.yaml", {})
    with compose(config):
        teach(past)
        learn()
    now = datetime.now(UTC)
    past.deliver(
        seen("known", "r2", days=days_ago(0)), seen("new", "r9", days=days_ago(0)), stamp=f"{now:%Y%m%dT%H%MZ}"
    )
    with compose(load_config(tmp_path / "config.yaml", {})) as daemon:
        assert run_cycle(daemon) == 0
        alerts = daemon.shared.store.list_alerts(now=now)
    assert [dict(alert.group)["awsRegion"] for alert in alerts] == ["r9"]
