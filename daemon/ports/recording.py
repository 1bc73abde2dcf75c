"""The one transaction, and what is owed to destinations after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from daemon.model import (
    Alert,
    Answers,
    Correlation,
    Delivery,
    DeliveryKind,
    KeptAnswer,
    Notice,
    ObjectResult,
    Plan,
    Previous,
    SendOutcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one recording transaction did."""

    new_matches: int
    opened: tuple[Alert, ...]
    completed: frozenset[int] = frozenset()  # the rows, without those that were passed over
    matches_by_rule: dict[str, int] = field(default_factory=dict)  # the new ones, by rule id
    suppressed: dict[str, int] = field(default_factory=dict)  # matches not stored or sent, by reason
    grown: int = 0  # alerts that took more in, or of which the trail says something else
    contradicted: tuple[str, ...] = ()  # of events that came inline, what the trail says otherwise, a sentence each


class Recorder(Protocol):
    """The one transaction: matches, alerts, deliveries due and objects done."""

    def complete(
        self,
        results: Sequence[ObjectResult],
        *,
        plans: Sequence[Plan],
        ruleset_digest: str,
        now: datetime,
        correlations: Sequence[Correlation] = (),
    ) -> Recorded:
        """Record whole objects, all or none, and look at those windows of the correlations in force that are due.

        What was completed before, or another daemon has taken over, is passed over.

        `correlations` are given from the lower to the upper: one that is a base of another comes before it.
        """

    def next_look_at(self, correlations: Sequence[Correlation]) -> datetime | None:
        """When windows of these correlations are to be looked at next; None when none waits."""

    def notify(self, notice: Notice, *, plans: Sequence[Plan], now: datetime) -> bool:
        """Record a notice as an alert with its deliveries.

        False when its like was told within the hour, or many others of its reason were.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery and what it tells: one alert, or for a summary every alert held back in that flood.

    `previous` is the alert of the same rule and group before it, where there was one. `answer` is what somebody did
    about the alert, where that is told, and `answers` how it stands, for a message that shows the alert as it is.
    """

    delivery: Delivery
    alerts: tuple[Alert, ...]
    previous: Previous | None = None
    answer: KeptAnswer | None = None
    answers: Answers | None = None


class Outbox(Protocol):
    """Deliveries owed."""

    def due(
        self,
        destination: str,
        *,
        now: datetime,
        limit: int,
        drain: bool = False,
        tried: Collection[int] | None = None,
        without: Collection[DeliveryKind] = (),
    ) -> list[Parcel]:
        """Due deliveries by level (highest first), then age; children only once their parent was sent.

        Those that are singled out come last. `tried`, unless None, are those that failed since the destination last
        took one, so that it may be away: they come behind these, and the rest by age, from either end in turn, or else
        a message that fails by itself could be every probe. While there are none, nothing is known of the destination:
        what has failed often comes last. With `drain` flood summaries count as due before their minute is over.
        Updates and replies, which ring nobody, come behind the others. Those of the kinds in `without` are left out.
        Where several daemons share the state the deliveries are claimed for this one, as ports.Ledger.pending's rows.
        """

    def settle(self, delivery: Delivery, outcome: SendOutcome, *, now: datetime, due_at: datetime | None) -> None:
        """Write down what became of an attempt; `due_at` says when to try again (Retry)."""

    def next_due_at(self, destination: str) -> datetime | None:
        """When something next falls due there; None when nothing is owed."""


class Notifier(Protocol):
    """A destination's adapter. It never retries by itself and never raises for what the outcome types can say."""

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""

    def send(self, parcel: Parcel) -> SendOutcome:
        """Try once."""
