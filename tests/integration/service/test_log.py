"""What a cycle says in its log: a line for a batch and for a turn; one for each file or message only in detail."""

from __future__ import annotations

from structlog.testing import capture_logs
from structlog.typing import EventDict

from daemon.service.life import run_cycle
from tests.doubles.daemons import Place, event


def lines(place: Place) -> list[EventDict]:
    with capture_logs() as logs, place.daemon() as daemon:
        run_cycle(daemon)
    return list(logs)


def levels(logs: list[EventDict], name: str) -> list[str]:
    return [str(line["log_level"]) for line in logs if line["event"] == name]


def test_files_and_messages_are_summed_up_in_a_line_and_named_only_in_detail(place: Place) -> None:
    for number in range(3):
        place.put(event(number), unique=f"{number}AAABBBBCCCCDDDD")
    logs = lines(place)

    assert levels(logs, "object recorded") == ["debug"] * 3
    (summed,) = [line for line in logs if line["event"] == "log files recorded"]
    assert (summed["log_level"], summed["files"], summed["events"], summed["matches"]) == ("info", 3, 3, 3)
    (sent,) = [line for line in logs if line["event"] == "deliveries sent"]
    assert levels(logs, "delivery sent") == ["debug"] * sent["count"]
    assert (sent["log_level"], sent["destination"]) == ("info", "terminal")


def test_a_file_that_is_set_aside_is_named_all_the_same(place: Place) -> None:
    place.put(event(1)).write_bytes(b"no log")
    (line,) = [line for line in lines(place) if line["event"] == "object recorded"]
    assert (line["log_level"], line["state"]) == ("info", "quarantined")


def test_a_cycle_in_which_nothing_happens_sums_nothing_up(place: Place) -> None:
    lines(place)
    logs = lines(place)
    assert levels(logs, "log files recorded") == levels(logs, "deliveries sent") == []


def test_a_new_state_store_is_told_as_what_it_is_at_a_first_start(place: Place) -> None:
    (notice,) = [line for line in lines(place) if line["event"] == "notice" and line["reason"] == "state_new"]
    first, *_ = str(notice["text"]).split(". ")
    assert first == "This is normal at the first start"
    assert "If Trailwarden has run here before, its old state is gone" in notice["text"]
