"""The simulation of delivery, smaller: months in seconds, on the real poller and the real ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.delivery import POLICY, Plan, Report, Run

SMALL = Plan(files=1000, days=6, shards=2, policy=replace(POLICY, poll_every=timedelta(hours=6)))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return Run(SMALL, tmp_path_factory.mktemp("delivery")).play()


def test_no_file_is_missed_and_none_evaluated_twice(report: Report) -> None:
    assert (report.missed, report.twice) == (0, 0)
    assert report.is_proved


def test_what_could_go_wrong_did(report: Report) -> None:
    assert report.delivered >= SMALL.files
    assert min(report.late, report.deferred, report.restarts) > 0
    assert report.days > 30


def test_rows_stay_within_what_the_sweep_needs(report: Report) -> None:
    assert report.over_bound == 0
    assert 0 < report.most_rows < report.delivered / SMALL.shards


def test_a_sweep_that_reaches_too_short_is_found_out(tmp_path: Path) -> None:
    short = replace(SMALL.policy, horizon=timedelta(hours=6), keep_objects=timedelta(hours=6))
    found = Run(replace(SMALL, policy=short), tmp_path).play()
    assert found.missed > 0
    assert not found.is_proved
