"""Routes, quiet hours and backlogs: what may be written, and what is refused in which words."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from daemon.config import Config, SlackConfig, load_config
from daemon.errors import ConfigError
from daemon.model import DeliveryKind, Level, Route
from daemon.service.adapters import make_pacers, usable_destinations
from daemon.service.routing import channels_of, make_plans, make_quiet, make_routes, route_doubts, route_remarks

TEXT = """
sources: [{{url: "file:bucket"}}]
destinations:
  - {{name: terminal, type: console}}
  - {{name: security, type: slack, token: x, channel: "#security" {slack}}}
  - {{name: oncall, type: slack, token: x, channel: "#oncall"}}
{more}
"""
UNITS = """
accounts:
  "111122223333": {name: prod, ou: Workloads}
  "444455556666": {name: payments-test, ou: /Workloads/Test/}
  "777788889999": {name: audit, ou: Security}
  "123456789012": alone
"""


def loaded(folder: Path, more: str = "", *, slack: str = "") -> Config:
    path = folder / "config.yaml"
    path.write_text(TEXT.format(more=more, slack=slack))
    return load_config(path, {})


def test_a_route_as_it_is_written_is_the_one_that_is_made(tmp_path: Path) -> None:
    text = """
routes:
  - match:
      {min_level: high, rule: [Root Signed In, RULE-1], tag: attack.T1531, account: "012345678901", region: eu-west-1}
    to: security
    channel: "#payments"
    mention: {high: S0SECURITY, critical: [S0ONCALL00, here]}
    allow_channel_mention: true
    continue: true
  - {to: [terminal, security], mention: [U0ALICE000]}
"""
    first, last = make_routes(loaded(tmp_path, text).routes)
    assert first == Route(
        destinations=("security",),
        levels=frozenset({Level.HIGH, Level.CRITICAL}),
        rules=frozenset({"root signed in", "rule-1"}),
        tags=frozenset({"attack.t1531"}),
        accounts=frozenset({"012345678901"}),
        regions=frozenset({"eu-west-1"}),
        channel="#payments",
        mentions={Level.HIGH: ("S0SECURITY",), Level.CRITICAL: ("S0ONCALL00", "here")},
        is_continued=True,
    )
    assert last.takes_everything
    assert last.mentioned_at(Level.INFORMATIONAL) == ("U0ALICE000",)


def test_levels_that_never_meet_leave_a_route_that_takes_nothing(tmp_path: Path) -> None:
    (route,) = make_routes(loaded(tmp_path, "routes: [{match: {level: low, min_level: high}, to: terminal}]").routes)
    assert route.levels == frozenset()


def test_a_unit_takes_the_accounts_in_it_and_below_it(tmp_path: Path) -> None:
    routes = """
routes:
  - {match: {ou: Workloads}, to: security}
  - {match: {ou: " Workloads/Test "}, to: security}
  - {match: {ou: [Workloads/Test, Security], account: ["777788889999", "111122223333"]}, to: security}
  - {match: {ou: Security, account: "111122223333"}, to: security}
"""
    config = loaded(tmp_path, UNITS + routes)
    assert [sorted(route.accounts or ()) for route in make_plans(config, config.destinations)[0].routes] == [
        ["111122223333", "444455556666"],
        ["444455556666"],
        ["777788889999"],
        [],
    ]
    doubts = list(route_doubts(config, (), config.destinations))
    assert "routes[3]: can never take an alert: none of its accounts is in its organisational units" in doubts


def test_faults_of_accounts_bring_none_of_routes_along(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "accounts: {111122223333: {ou: prod}}\nroutes: [{match: {ou: prod}, to: security}]")
    assert "no account under accounts" not in str(caught.value)


def test_a_unit_stands_for_its_accounts(tmp_path: Path) -> None:
    config = loaded(tmp_path, "routes: [{to: terminal}]")
    (plain,) = config.routes
    both = plain.match.model_copy(update={"ou": ("prod",), "account": ("111122223333", "444455556666")})
    one = plain.match.model_copy(update={"ou": ("prod",)})
    routes = [plain.model_copy(update={"match": match}) for match in (both, one)]
    made = make_routes(routes, accounts_of={"prod": ["111122223333", "777788889999"]})
    assert made[0].accounts == frozenset({"111122223333"})
    assert made[1].accounts == frozenset({"111122223333", "777788889999"})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("routes: [{to: nowhere}]", "no destination is called 'nowhere'"),
        ("routes: [{match: {level: high}}]", "routes\\[0\\].to: is missing"),
        ("routes: [{to: []}]", "is empty"),
        ('routes: [{to: terminal, channel: "#x"}]', "no destination of this route has channels"),
        ("routes: [{to: security, mention: [here]}]", "here wakes everybody"),
        ("routes: [{to: security, mention: [everyone]}]", "a mention is the id"),
        ('routes: [{to: security, mention: ["<!channel>"]}]', "a mention is the id"),
        ('routes: [{to: security, mention: ["S0AAAAAAA\\n<!channel>"]}]', "a mention is the id"),
        ("routes: [{to: security, mention: {grave: [S0AAAAAAA]}}]", "should be 'informational'"),
        (f"routes: [{{to: security, mention: [{', '.join(['S0AAAAAAA'] * 11)}]}}]", "at most 10"),
        ('routes: [{to: security, match: {account: "12"}}]', "twelve digits"),
        ("routes: [{to: security, match: {ou: prod}}]", "in the unit 'prod'; no account has an ou"),
        (f"{UNITS}\nroutes: [{{to: security, match: {{ou: Workload}}}}]", "known: Security, Workloads, Workloads/Test"),
        (f"{UNITS}\nroutes: [{{to: security, match: {{ou: Workloads/Tes}}}}]", "in the unit 'Workloads/Tes'"),
        ("routes: [{to: security, continu: true}]", "did you mean 'continue'"),
        ("backlog: {late_after: 5m}", "at least 1h"),
        ("backlog: {messages: -1}", "greater than or equal to 0"),
    ],
)
def test_what_leads_nowhere_is_refused(more: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        loaded(tmp_path, more)


@pytest.mark.parametrize(
    ("quiet", "told"),
    [
        ('{begin: "25:00", end: "07:00"}', 'written "22:00"'),
        ('{begin: "7:00", end: "08:00"}', 'written "22:00"'),
        ('{begin: "07:00", end: "07:00"}', "different times"),
        ('{begin: "22:00", end: "07:00", time_zone: Mars/Olympus}', "no time zone of that name"),
        ('{begin: "22:00", end: "07:00", time_zone: ../../etc/passwd}', "no time zone of that name"),
        ('{begin: "22:00", end: "07:00", days: [monday]}', "days"),
        ('{end: "07:00"}', "begin: is missing"),
    ],
)
def test_quiet_hours_that_cannot_be_are_refused(quiet: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        loaded(tmp_path, slack=f", quiet_hours: {quiet}")


def test_quiet_hours_as_they_are_written_are_those_that_are_made(tmp_path: Path) -> None:
    quiet = '{begin: "22:00", end: "07:00", time_zone: Europe/Berlin, days: [fri, sat], min_level: medium}'
    security = loaded(tmp_path, slack=f", quiet_hours: {quiet}").destinations[1]
    made = make_quiet(security.quiet_hours)
    assert made is not None
    assert (made.begins, made.ends, made.days, made.min_level) == (time(22), time(7), frozenset({4, 5}), Level.MEDIUM)


def test_every_plan_has_routes_quiet_hours_and_the_bounds_of_a_backlog(tmp_path: Path) -> None:
    more = "routes: [{to: security}]\nbacklog: {late_after: 2d, messages: 5}"
    config = loaded(tmp_path, more, slack=', quiet_hours: {begin: "22:00", end: "07:00"}')
    terminal, security, _ = make_plans(config, usable_destinations(config))
    assert config.backlog.late_after == timedelta(days=2)
    assert (terminal.quiet, terminal.late_messages, len(terminal.routes)) == (None, 5, 1)
    assert security.quiet is not None


def test_destinations_that_post_into_one_channel_by_one_token_share_a_pacer(tmp_path: Path) -> None:
    def paced(config: Config) -> bool:
        pacers = make_pacers(config.destinations, channels=lambda name: channels_of(config, name))
        return pacers["security"] is pacers["oncall"]

    assert not paced(loaded(tmp_path, 'routes: [{to: security, channel: "#other"}]'))
    config = loaded(tmp_path, 'routes: [{to: security, channel: "#oncall"}]')
    assert paced(config)
    assert isinstance(config.destinations[1], SlackConfig)


def test_a_digest_is_off_unless_somebody_is_named_and_then_comes_at_eight(tmp_path: Path) -> None:
    assert loaded(tmp_path).daily_digest.to == ()
    wanted = loaded(tmp_path, "daily_digest: {to: security, days: [sat, mon]}").daily_digest
    assert (wanted.to, wanted.at, wanted.time_zone) == (("security",), time(8, 0), "UTC")
    assert wanted.weekdays == {0, 5}


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        ("{to: nowhere}", r"daily_digest.to: no destination is called 'nowhere'; known: terminal, security, oncall"),
        ("{to: [security, pager]}", r"daily_digest.to: pager is of type pagerduty, and would wake somebody; take it"),
        ('{to: security, at: "8:00"}', 'written "22:00"'),
        ("{to: security, time_zone: Mars/Olympus}", "no time zone of that name"),
        ("{to: security, days: []}", "days"),
        ("{to: security, hour: 8}", "hour"),
    ],
)
def test_a_digest_that_cannot_be_meant_so_is_refused(digest: str, told: str, tmp_path: Path) -> None:
    more = f"  - {{name: pager, type: pagerduty, routing_key: {'x' * 32}}}" if "pager" in digest else ""
    with pytest.raises(ConfigError, match=told):
        loaded(tmp_path, f"{more}\ndaily_digest: {digest}")


def test_whoever_gets_only_the_digest_is_no_doubt_and_who_is_switched_off_is_one(tmp_path: Path) -> None:
    config = loaded(tmp_path, "routes: [{to: [security, oncall]}]\ndaily_digest: {to: [terminal, oncall]}")
    usable = [each for each in config.destinations if each.name != "oncall"]
    assert list(route_doubts(config, (), usable)) == [
        "routes[0]: oncall is off or has no credential, so this route tells it nothing",
        "daily_digest: oncall is switched off or lacks its credential, so it gets none",
    ]


def test_a_route_to_what_is_switched_off_swallows_no_alert(tmp_path: Path) -> None:
    config = loaded(tmp_path, "routes: [{to: [oncall]}]\nnotices: [terminal]")
    usable = [each for each in config.destinations if each.name == "terminal"]
    (plan,) = make_plans(config, usable)
    assert [route.is_continued for route in plan.routes] == [True]
    (doubt,) = route_doubts(config, (), usable)
    assert doubt.startswith("routes[0]: all that it names (oncall) are off")
    (remark,) = route_remarks(config, usable)
    assert remark.startswith("destination terminal: no route leads to it, so it gets only what no route takes")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("slack_webhook", "url: https://example.com/x"),
        ("webhook", "url: https://example.com/x"),
        ("sns", "topic_arn: arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("pagerduty", f"routing_key: {'x' * 32}"),
        ("apprise", "url: json://example.com/x"),
    ],
)
def test_whoever_has_no_threads_hears_what_rings_and_no_repeats(kind: str, more: str, tmp_path: Path) -> None:
    config = loaded(tmp_path, f"  - {{name: other, type: {kind}, {more}}}")
    plan = make_plans(config, config.destinations)[-1]
    assert (DeliveryKind.BROADCAST in plan.kinds, plan.repeat_interval) == (True, None)
    assert not {DeliveryKind.UPDATE, DeliveryKind.REPLY} & set(plan.kinds)


def test_a_mention_without_slack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no destination of this route can mention anybody"):
        loaded(tmp_path, "routes: [{to: terminal, mention: [S0ONCALL00]}]")


def test_a_time_zone_in_brackets_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="time_zone"):
        loaded(tmp_path, slack=', quiet_hours: {begin: "22:00", end: "07:00", time_zone: [UTC]}')
