from __future__ import annotations

from datetime import datetime

import pytest

from daemon.model import (
    DeliveryKind,
    Level,
    Notice,
)
from daemon.record.store import Store
from tests.doubles.owing import HOUR, MINUTE, due, flood
from tests.doubles.state_values import NOON, plan


class TestNotices:
    NOTICE = Notice(reason="access_denied", title="Cannot read", text="s3:GetObject is missing", level=Level.LOW)

    def notify(self, store: Store, *, now: datetime = NOON, text: str = "s3:GetObject is missing") -> bool:
        notice = Notice(reason="access_denied", title="Cannot read", text=text, level=Level.LOW)
        plans = [plan(min_level=Level.CRITICAL), plan("other", takes_notices=False)]
        return store.recorder.notify(notice, plans=plans, now=now)

    def test_a_notice_is_an_alert_sent_whatever_its_level_to_those_who_take_notices(self, store: Store) -> None:
        assert self.notify(store)
        (alert,) = store.list_alerts(now=NOON, with_notices=True)
        assert (alert.rule_id, alert.is_notice, alert.title) == ("notice:access_denied", True, "Cannot read")
        assert alert.samples[0].summary == "s3:GetObject is missing"
        assert [(d.destination, d.kind) for d in store.list_deliveries()] == [("security", DeliveryKind.OPEN)]

    def test_a_reason_is_told_once_an_hour_and_counted_in_between(self, store: Store) -> None:
        assert self.notify(store)
        assert not self.notify(store, now=NOON + 59 * MINUTE, text="latest")
        assert self.notify(store, now=NOON + HOUR)
        newest, first = store.list_alerts(now=NOON, with_notices=True)
        assert (first.count, first.samples[-1].summary, len(first.samples)) == (2, "latest", 2)
        assert newest.count == 1

    def test_a_notice_about_an_odd_name_is_recorded(self, store: Store) -> None:
        odd = "folder \ud800\0"
        notice = Notice(reason=f"no_shards:{odd}", title=f"Nothing in {odd}", text=odd)
        assert store.recorder.notify(notice, plans=[plan()], now=NOON)
        assert not store.recorder.notify(notice, plans=[plan()], now=NOON)

    def test_two_reasons_are_two_notices(self, store: Store) -> None:
        assert self.notify(store)
        assert store.recorder.notify(Notice(reason="state_new", title="t", text="x"), plans=[plan()], now=NOON)

    def tell(self, store: Store, *abouts: str, now: datetime = NOON, reason: str = "access_denied") -> list[str]:
        """Of these sources, files or the like those that were told."""
        plans = [plan()]
        told = {
            about: store.recorder.notify(Notice(reason=reason, title="t", text="x", about=about), plans=plans, now=now)
            for about in abouts
        }
        return [about for about, was_told in told.items() if was_told]

    def test_one_source_does_not_hide_another_that_is_refused_for_the_same_reason(self, store: Store) -> None:
        assert self.tell(store, "s3://a", "s3://b") == ["s3://a", "s3://b"]
        assert self.tell(store, "s3://a", "s3://b", now=NOON + 30 * MINUTE) == []
        counts = [(alert.group, alert.count) for alert in store.list_alerts(now=NOON, with_notices=True)]
        assert sorted(counts) == [((("about", "s3://a"),), 2), ((("about", "s3://b"),), 2)]
        assert self.tell(store, "s3://a", "s3://b", now=NOON + HOUR) == ["s3://a", "s3://b"]

    def test_a_name_that_no_store_takes_is_told_once_too(self, store: Store) -> None:
        odd = "\ud800\0" + "x" * 9999
        assert self.tell(store, odd, odd + "y") == [odd, odd + "y"]
        assert self.tell(store, odd) == []

    def test_many_sources_do_not_flood_the_channel(self, store: Store) -> None:
        many = [f"s3://{number}" for number in range(40)]
        assert self.tell(store, *many) == many[:5]
        assert self.tell(store, *many, now=NOON + 59 * MINUTE) == []
        assert len(due(store)) == 5
        assert self.tell(store, "s3://0", reason="throttled") == ["s3://0"]  # each reason has room of its own

    def test_sources_that_are_told_each_hour_leave_room_for_those_that_were_not(self, store: Store) -> None:
        many = [f"s3://{number}" for number in range(12)]
        told = [self.tell(store, *many, now=NOON + number * HOUR) for number in range(8)]
        assert set(many) == {about for some in told for about in some}
        assert {len(some) for some in told} <= {3, 4, 5}
        assert self.tell(store, *many[:3], now=NOON + 9 * HOUR) == many[:3]

    def test_notices_from_a_clock_that_was_ahead_use_up_no_room(self, store: Store) -> None:
        self.tell(store, *"abcde")
        assert self.tell(store, "f", now=NOON - 3 * HOUR) == ["f"]

    def test_what_was_told_a_day_ago_is_news_again(self, store: Store) -> None:
        many = [f"s3://{number}" for number in range(5)]
        self.tell(store, *many)
        assert self.tell(store, *many, now=NOON + 23 * HOUR + 30 * MINUTE) == many[:3]
        assert self.tell(store, *many[3:], now=NOON + 24 * HOUR) == many[3:]

    def test_notices_are_listed_only_when_asked_for(self, store: Store) -> None:
        self.notify(store)
        assert store.list_alerts(now=NOON) == []

    def test_a_notice_is_never_held_back_in_a_flood(self, store: Store) -> None:
        flood(store, 30)
        self.notify(store)
        assert [p.alerts[0].title for p in due(store)].count("Cannot read") == 1

    def test_notices_use_up_no_room_of_alerts(self, store: Store) -> None:
        for number in range(5):
            store.recorder.notify(Notice(reason=f"r{number}", title="t", text="x"), plans=[plan()], now=NOON)
        assert flood(store, 20).suppressed == {}

    @pytest.mark.parametrize("clock", [NOON - HOUR, NOON - 30 * MINUTE])
    def test_a_clock_that_stepped_back_silences_no_notice(self, store: Store, clock: datetime) -> None:
        self.notify(store)
        assert self.notify(store, now=clock)
