"""A daemon with names of accounts and databases of addresses: what alerts say, and that neither ever costs one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import OrganizationConfig
from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Notice
from daemon.service.life import run_cycle
from tests.doubles.address_databases import EXAMPLE_NET, GERMANY, write_database
from tests.doubles.daemons import Place, event, make_place

ACCOUNT = "111122223333"
REFUSED = SourceUnavailable("the organisation: access denied", reason=EnvironmentReason.ACCESS_DENIED)
AWAY = SourceUnavailable("the organisation: no answer", reason=EnvironmentReason.UNREACHABLE)


@dataclass(slots=True)
class Organization:
    """What stands for AWS Organizations; `answer` is what it says now."""

    answer: Mapping[str, str] | Exception = field(default_factory=dict)
    asked: int = 0

    def __call__(self, config: OrganizationConfig) -> Mapping[str, str]:
        assert config.names
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.put(event(1, sourceIPAddress="203.0.113.7"))
    return place


def test_alerts_and_notices_name_the_account_that_the_configuration_names(place: Place) -> None:
    with place.daemon(more=f"accounts: {{{ACCOUNT}: {{name: prod, ou: Workloads}}}}") as daemon:
        assert run_cycle(daemon) == 0
        daemon.shared.notices.tell(Notice(reason="account_silent", title=f"Account {ACCOUNT} is silent", text="x"))
        run_cycle(daemon)
    told = place.terminal.getvalue()
    assert f"where       account prod ({ACCOUNT}) · us-east-1" in told
    assert f"in prod ({ACCOUNT}), us-east-1" in told
    assert f"Account prod ({ACCOUNT}) is silent" in told


def test_what_is_stored_has_no_names_so_that_a_corrected_one_holds_at_once(place: Place) -> None:
    with place.daemon(more=f"accounts: {{{ACCOUNT}: prod}}") as daemon:
        run_cycle(daemon)
        (alert,) = daemon.shared.store.list_alerts(now=place.clock(), with_notices=False)
    assert "prod" not in repr(alert)


def test_the_organisation_is_asked_once_a_day_and_the_configuration_goes_first(place: Place) -> None:
    asked = Organization({ACCOUNT: "by AWS", "444455556666": "dev"})
    more = f"organization: {{names: true}}\naccounts: {{{ACCOUNT}: by us}}"
    with place.daemon(more=more, account_names=asked) as daemon:
        run_cycle(daemon)
        run_cycle(daemon)
        assert asked.asked == 1
        daemon.shared.notices.tell(Notice(reason="account_silent", title="444455556666 is silent", text="x"))
        place.clock.advance(timedelta(days=1))
        run_cycle(daemon)
        assert asked.asked == 2
    told = place.terminal.getvalue()
    assert f"account by us ({ACCOUNT})" in told
    assert "dev (444455556666) is silent" in told


def test_nobody_is_asked_unless_the_configuration_says_so(place: Place) -> None:
    asked = Organization()
    with place.daemon(account_names=asked) as daemon:
        run_cycle(daemon)
    assert asked.asked == 0


def test_a_refusal_is_told_once_and_costs_no_alert_and_no_name(place: Place) -> None:
    asked = Organization({ACCOUNT: "prod"})
    with place.daemon(more="organization: {names: true}", account_names=asked) as daemon:
        daemon.surroundings.refresh()
        asked.answer = REFUSED
        for _ in range(30):
            place.clock.advance(timedelta(hours=1))
            daemon.surroundings.refresh()
        run_cycle(daemon)
    told = place.terminal.getvalue()
    assert told.count("The names of accounts cannot be asked for") == 1
    assert "organization.role_arn" in told
    assert f"account prod ({ACCOUNT})" in told
    assert 5 <= asked.asked <= 9  # an hour after each refusal, from the second day on


def test_another_kind_of_refusal_is_news_and_so_is_one_after_an_answer(place: Place) -> None:
    asked = Organization(REFUSED)
    with place.daemon(more="organization: {names: true}", account_names=asked) as daemon:
        answers: tuple[Mapping[str, str] | Exception, ...] = (REFUSED, AWAY, {}, AWAY)
        for answer in answers:
            asked.answer = answer
            daemon.surroundings.refresh()
            place.clock.advance(timedelta(days=1, hours=1))
        run_cycle(daemon)
    assert place.terminal.getvalue().count("The names of accounts cannot be asked for") == 3


def test_what_nobody_thought_of_costs_no_alert(place: Place) -> None:
    with place.daemon(more="organization: {names: true}", account_names=Organization(RuntimeError("x"))) as daemon:
        assert run_cycle(daemon) == 0
    assert "alice called iam:DeleteGroup" in place.terminal.getvalue()


def test_an_address_is_told_with_its_country_and_network(place: Place) -> None:
    write_database(place.folder / "country.mmdb", {"203.0.113.0/24": GERMANY})
    write_database(place.folder / "asn.mmdb", {"203.0.113.0/24": EXAMPLE_NET})
    with place.daemon(more="geoip: {country: country.mmdb, asn: asn.mmdb}") as daemon:
        assert run_cycle(daemon) == 0
    assert "from        203.0.113.7 (Germany, AS64500 Example Net)" in place.terminal.getvalue()


@pytest.mark.parametrize("content", [None, b"no database"], ids=["missing", "broken"])
def test_a_database_that_cannot_be_used_is_told_once_and_costs_no_alert(place: Place, content: bytes | None) -> None:
    path = place.folder / "country.mmdb"
    if content is not None:
        path.write_bytes(content)
    with place.daemon(more="geoip: {country: country.mmdb}") as daemon:
        assert run_cycle(daemon) == 0
        place.clock.advance(timedelta(hours=2))
        run_cycle(daemon)
    told = place.terminal.getvalue()
    assert "from        203.0.113.7\n" in told
    assert told.count("A database of addresses cannot be used") == 1
    assert str(path) in told


class Broken:
    """A place of addresses that nobody has thought of."""

    def place_of(self, source: str) -> object:
        raise RuntimeError(source)

    def faults(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to do."""


def test_a_fault_while_something_is_put_beside_an_alert_costs_only_that(place: Place) -> None:
    with place.daemon() as daemon:
        daemon.surroundings._networks = Broken()  # type: ignore[assignment]
        assert run_cycle(daemon) == 0
    assert "from        203.0.113.7\n" in place.terminal.getvalue()
