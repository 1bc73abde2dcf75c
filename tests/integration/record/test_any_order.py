"""Whatever is recorded, sent, failed, put back and restarted in whatever order: nothing is lost, nothing told twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from daemon.model import Alert, Dead, DeliveryKind, Level, Pause, Retry, SendOutcome, Sent
from daemon.ports import Parcel
from daemon.record.store import Store, open_store
from tests.doubles import state_values
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result

OUTCOMES: list[SendOutcome] = [
    Sent(remote_ref="C1/1.0"),
    Sent(),
    Retry(reason="ratelimited", after=timedelta(seconds=5)),
    Pause(reason="not_in_channel", hint="invite the bot"),
    Dead(reason="invalid_blocks"),
]


class AnyOrder(RuleBasedStateMachine):
    """Keeps a book of what should be, beside the store."""

    @initialize()
    def open(self) -> None:
        self.room = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.room.name) / 'state.db'}"
        self.now = NOON
        self.objects = 0
        self.events: set[str] = set()
        self.told: Counter[str] = Counter()
        self.on_the_way: list[Parcel] = []
        self.store: Store = open_store(self.url, now=self.now)
        self.store.ledger.open_source(SOURCE, start_at=None, now=self.now)

    @rule(seconds=st.integers(min_value=-4000, max_value=5000))
    def wait(self, seconds: int) -> None:
        """The clock goes on, or is set back."""
        self.now += timedelta(seconds=seconds)

    @rule(events=st.lists(st.integers(min_value=0, max_value=200), max_size=40), groups=st.integers(1, 40))
    def record(self, events: list[int], groups: int) -> None:
        self.objects += 1
        obj = log_object(f"{self.objects:016d}")
        self.store.ledger.record_listing(SOURCE, listing(obj), is_sweep=False, now=self.now)
        (row,) = self.store.ledger.pending(SOURCE, now=self.now, limit=9)
        of = state_values.rule(level=Level.LOW)
        found = [match(f"e{number}", group=f"g{number % groups}", of=of) for number in events]
        done = result(*found, row_id=row.row_id, obj=obj)
        recorded = self.store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=self.now)
        new = {f"e{number}" for number in events} - self.events
        assert recorded.new_matches == len(new)
        self.events |= new

    @rule(outcome=st.sampled_from(OUTCOMES), limit=st.integers(1, 30), drain=st.booleans())
    def send(self, outcome: SendOutcome, limit: int, drain: bool) -> None:
        if self.on_the_way:  # a destination has one lane
            return
        for parcel in self.store.outbox.due("security", now=self.now, limit=limit, drain=drain):
            self.settle(parcel, outcome)

    def settle(self, parcel: Parcel, outcome: SendOutcome) -> None:
        if isinstance(outcome, Sent) and parcel.delivery.kind is not DeliveryKind.DETAILS:
            self.told.update(alert.id for alert in parcel.alerts)
        self.store.outbox.settle(parcel.delivery, outcome, now=self.now, due_at=None)

    @rule(limit=st.integers(1, 30))
    def begin_to_send(self, limit: int) -> None:
        """What is taken out here is answered later: others record meanwhile."""
        self.on_the_way = self.on_the_way or self.store.outbox.due("security", now=self.now, limit=limit)

    @rule(outcome=st.sampled_from(OUTCOMES))
    def end_sending(self, outcome: SendOutcome) -> None:
        for parcel in self.on_the_way:
            self.settle(parcel, outcome)
        self.on_the_way = []

    @rule()
    def put_back(self) -> None:
        self.store.retry_deliveries(None, now=self.now)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = open_store(self.url, now=self.now)

    @invariant()
    def every_event_is_counted_in_one_alert(self) -> None:
        assert sum(alert.count for alert in self.alerts()) == len(self.events)
        assert len(list(self.store.iter_matches())) == len(self.events)

    @invariant()
    def nobody_is_told_twice(self) -> None:
        assert max(self.told.values(), default=0) <= 1

    def teardown(self) -> None:
        """In the end, with a destination that takes everything, every alert is told exactly once."""
        if not hasattr(self, "store"):
            return
        self.end_sending(Sent())
        self.now += timedelta(hours=10)
        self.put_back()
        for _ in range(3):
            self.send(Sent(), 10_000, False)
        assert set(self.told) == {alert.id for alert in self.alerts()}
        self.nobody_is_told_twice()
        assert self.store.outbox.next_due_at("security") is None
        assert {delivery.state.value for delivery in self.store.list_deliveries(limit=None)} <= {"sent"}
        self.store.close()
        self.room.cleanup()

    def alerts(self) -> list[Alert]:
        return self.store.list_alerts(now=self.now, limit=10_000)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
