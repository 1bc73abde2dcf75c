"""Every file of the corpus through the whole daemon: nothing crashes, nothing good is lost, memory stays bounded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.model import ObjectState
from daemon.record.store import Access, open_store
from daemon.service.clock import utc_now
from tests.corpus.fields import fields
from tests.corpus.gzips import gzips
from tests.corpus.making import ACCOUNT, DONE, RULE, SET_ASIDE, Case
from tests.corpus.shapes import shapes
from tests.corpus.sizes import sizes
from tests.e2e.harness import environment

CASES = (*gzips(), *shapes(), *fields(), *sizes())
SMALL = tuple(case for case in CASES if not case.is_large)
LARGE = tuple(case for case in CASES if case.is_large)
CAP_MB = 450  # what a container is given that reads others' files; docs/decisions/0140 says what takes so much
_CONFIG = """\
sources: [{url: "file:bucket", poll_every: 5m}]
rules: {paths: [rules]}
state: {url: "sqlite:///state.db"}
destinations: [{name: terminal, type: console, min_level: high}]
log: {level: warning, format: json}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of some cases: by case its state, reason and the ids that were matched."""

    states: dict[str, str]
    reasons: dict[str, str | None]
    found: dict[str, set[str]]
    metrics: str
    peak_mb: float
    log: str

    def metric(self, name: str, **labels: str) -> float:
        """The sum of its samples with these labels."""
        lines = re.findall(rf"^trailwarden_{name}(?:{{(.*)}})? (\S+)$", self.metrics, re.MULTILINE)
        return sum(float(value) for given, value in lines if all(f'{k}="{v}"' in given for k, v in labels.items()))


def read(cases: Sequence[Case], folder: Path) -> Outcome:
    """Put the cases into a bucket, and let the daemon read it once."""
    keys = {_key(number): case.name for number, case in enumerate(cases)}
    for key, case in zip(keys, cases, strict=True):
        place = folder / "bucket" / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(case.content())
    (folder / "rules").mkdir()
    (folder / "rules" / "found.yml").write_text(RULE)
    (folder / "config.yaml").write_text(_CONFIG)
    command = [sys.executable, "-m", "tests.corpus.reading", str(folder / "config.yaml")]
    run = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=300, check=False, cwd=folder
    )
    assert run.returncode == 0, run.stderr[-2_000:]
    told = json.loads(run.stdout.splitlines()[-1])
    with open_store(f"sqlite:///{folder / 'state.db'}", now=utc_now(), access=Access.READ) as store:
        rows = store.list_objects(states=list(ObjectState), limit=1_000)
        found: dict[str, set[str]] = {name: set() for name in keys.values()}
        for match in store.iter_matches():
            found[keys[match.object_url.partition("bucket/")[2]]].add(match.event_id)
    return Outcome(
        states={keys[row.object.key]: row.state.value for row in rows},
        reasons={keys[row.object.key]: row.reason for row in rows},
        found=found,
        metrics=told["metrics"],
        peak_mb=told["peak_mb"],
        log=run.stderr,
    )


def _key(number: int) -> str:
    day = f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/03/01"
    return f"{day}/{ACCOUNT}_CloudTrail_us-east-1_20260301T{number // 60:02}{number % 60:02}Z_{number:016}.json.gz"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return read(SMALL, tmp_path_factory.mktemp("corpus"))


def _named(cases: Iterable[Case]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


def _assert_read(case: Case, outcome: Outcome) -> None:
    assert set(case.found) <= outcome.found[case.name]
    expected = (SET_ASIDE if case.reason else DONE, case.reason)
    assert (outcome.states[case.name], outcome.reasons[case.name]) == expected


@pytest.mark.parametrize("case", _named(SMALL))
def test_a_small_file_of_the_corpus_is_read_as_far_as_it_goes(case: Case, small: Outcome) -> None:
    _assert_read(case, small)


def test_reasons_and_rejects_of_the_corpus_are_counted(small: Outcome) -> None:
    for state, count in Counter(SET_ASIDE if case.reason else DONE for case in SMALL).items():
        assert small.metric("objects_total", outcome=state) == count
    assert small.metric("events_total", outcome="rejected") >= sum(case.rejects for case in SMALL)
    assert small.metric("rule_errors_total") == 0


def test_nothing_of_the_corpus_breaks_the_program_or_takes_the_memory(small: Outcome) -> None:
    assert "broke" not in small.log
    assert "Traceback" not in small.log
    assert small.peak_mb < CAP_MB


@pytest.mark.no_cover  # slow enough without it
@pytest.mark.parametrize("case", _named(LARGE))
def test_a_large_file_of_the_corpus_is_read_in_bounded_memory(case: Case, tmp_path: Path) -> None:
    outcome = read([case], tmp_path)
    _assert_read(case, outcome)
    assert outcome.peak_mb < CAP_MB
    assert outcome.metric("events_total", outcome="rejected") >= case.rejects
