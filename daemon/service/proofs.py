"""Proves sources by the hour: moves the metrics, says what a person must know, wakes who has work by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from daemon.errors import StoreError
from daemon.model import Notice
from daemon.service.keeping import listing_of
from daemon.service.notices import crashed
from daemon.service.proving.outcome import ProofSheet
from daemon.service.shared import Shared, Watched

log = structlog.get_logger("trailwarden")

PROVE_EVERY = timedelta(hours=1)  # as often as CloudTrail writes digests
FIRST_AFTER = timedelta(minutes=2)  # the first poll comes before it, so that the ledger knows what there is


def loop_name(source: str) -> str:
    """What the watchdog calls the proving of a source."""
    return f"prove {source}"


class Proving:
    """One call of `prove` is one round over one source. `on_found` is called when there is work."""

    def __init__(self, *, shared: Shared, on_found: Callable[[], None]) -> None:
        self._shared = shared
        self._on_found = on_found
        self._told: set[tuple[str, str]] = set()
        self._left: set[str] = set()  # to another daemon

    def prove(self, watched: Watched) -> ProofSheet | None:
        """None when something broke that is no refusal of the source, or where digests are off.

        Of a source that another daemon lists nothing is looked at.
        """
        if watched.prover is None:
            return None
        source = watched.source.name
        self._shared.health.beat(loop_name(source))
        try:
            if not self._is_ours(source):
                return ProofSheet()
            sheet = watched.prover.prove()
        except Exception as fault:  # the top of the round: the next one must come
            self._tell_broken(source, fault)
            return None
        self._count(source, sheet)
        self._tell(source, sheet)
        if sheet.unexpected is not None:
            self._tell_broken(source, sheet.unexpected)
        if sheet.findings or sheet.fetched:
            self._on_found()
        return sheet

    def _is_ours(self, source: str) -> bool:
        """Whoever lists a source proves it too. Of what another proves this daemon's metrics say nothing."""
        if self._shared.store.leases.hold(listing_of(source)):
            self._left.discard(source)
            return True
        if source not in self._left:
            self._left.add(source)
            for gauge in (self._shared.metrics.last_proof, self._shared.metrics.digest_files_missing):
                gauge.remove(source)
        return False

    def _tell(self, source: str, sheet: ProofSheet) -> None:
        """A refusal once, until there was a round without: a right that is lacking would else be told every hour."""
        if sheet.is_complete:
            self._told = {told for told in self._told if told[0] != source}
        for reason, message in sheet.messages.items():
            if (source, reason.value) in self._told:
                continue
            self._told.add((source, reason.value))
            title, about = f"Digests of {source} cannot be verified", f"digests of {source}"
            self._shared.notices.tell(Notice(reason=reason.value, title=title, text=message, about=about))

    def _count(self, source: str, sheet: ProofSheet) -> None:
        metrics = self._shared.metrics
        for outcome, count in sheet.digests.items():
            metrics.digests.labels(source, outcome).inc(count)
        for outcome, count in sheet.files.items():
            metrics.digest_files.labels(source, outcome).inc(count)
        metrics.digest_files_missing.labels(source).set(sheet.missing)
        for reason, count in sheet.faults.items():
            metrics.poll_errors.labels(source, reason.value).inc(count)
        if sheet.is_complete and sheet.has_proof:
            metrics.last_proof.labels(source).set(self._shared.clock().timestamp())
        log.info(
            "proved",
            source=source,
            digests=sum(sheet.digests.values()),
            files=sheet.files["proved"],
            findings=sheet.findings,
            fetched=sheet.fetched,
            is_complete=sheet.is_complete,
        )

    def _tell_broken(self, source: str, fault: Exception) -> None:
        is_state = isinstance(fault, StoreError)
        self._shared.metrics.poll_errors.labels(source, "state" if is_state else "crashed").inc()
        if is_state:
            log.error("proving held up by the state store", source=source, error=str(fault))
            return
        log.error("proving broke", source=source, exc_info=fault)
        self._shared.notices.tell(crashed(f"Proving {source}", fault))
