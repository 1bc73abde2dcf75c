from __future__ import annotations

from pathlib import Path
from random import Random

from benchmarks.detection import evaluating, gunzip, naive
from benchmarks.memory import make_object, peak_mb
from benchmarks.rules_for_benchmarks import on_the_same_calls, shipped_rules, with_other_names
from benchmarks.timing import machine, race
from benchmarks.trailgen import generate_trail


def few(_rng: Random) -> int:
    return 300


OBJECTS = [data for _, data in generate_trail(3, 2, few)]


def test_the_whole_path_and_the_naive_loop_find_the_same_number() -> None:
    rules = shipped_rules()
    assert evaluating(rules, OBJECTS)() == naive(rules, OBJECTS)() > 0


def test_ten_times_the_rules_are_really_other_rules() -> None:
    rules = shipped_rules()
    other, same = with_other_names(rules, 10), on_the_same_calls(rules, 10)
    assert len({rule.id for rule in other}) == len({rule.id for rule in same}) == 10 * len(rules)
    assert (
        len({repr(rule.condition) for rule in other}) == len({repr(rule.condition) for rule in same}) == 10 * len(rules)
    )
    hits = evaluating(rules, OBJECTS)()
    assert evaluating(other, OBJECTS)() == hits
    assert evaluating(same, OBJECTS)() == 10 * hits


def test_contenders_take_turns_and_are_compared_within_a_round() -> None:
    ran: list[str] = []
    timings = race({"one": lambda: ran.append("one"), "two": lambda: ran.append("two")}, rounds=2)
    assert ran == ["one", "two", "one", "two", "two", "one"]
    assert timings.ratio("one", "one") == 1
    assert timings.spread("two", "two", is_by_clock=True) == "1.00 (1.00–1.00)"
    assert timings.median_s("two") > 0
    assert "Python" in machine()


def test_the_object_for_the_memory_benchmark_has_the_size_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "object.json.gz"
    content = make_object(path, compressed_mb=1)
    assert len(gunzip(path.read_bytes())) == content
    assert 0.7 < path.stat().st_size / (1 << 20) < 2.5
    assert peak_mb() > 10
