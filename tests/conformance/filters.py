"""Sigma filters specification: exceptions to rules that others wrote."""

from __future__ import annotations

from tests.conformance.cases import Event, FilterCase, LinkRefusal, Section
from tests.conformance.streams import BASES, ONE, TWO, WHO, correlation, documents, exception, id_of, rule, stream

_CI = f"ci: {{{WHO}: ci}}\ncondition: not ci"
_NETWORK = "sourceIPAddress|cidr"


def _events(*written: str) -> tuple[Event, ...]:
    return tuple(event.record for event in stream(*written))


def _row(
    feature: str,
    section: str,
    matches: tuple[Event, ...] = _events("0 A alice", "0 B ci"),
    kept_out: tuple[Event, ...] = _events("0 A ci"),
    *,
    more: str = "",
    logs: str = "{product: aws, service: cloudtrail}",
    rules: str = BASES,
    others: tuple[str, ...] = (),
    variables: dict[str, list[str]] | None = None,
    warns: str = "",
    decision: str = "",
) -> FilterCase:
    return FilterCase(
        feature=feature,
        rules=documents(rules, exception(section, more=more, logs=logs)),
        matches=matches,
        kept_out=kept_out,
        variables=variables or {},
        others=others,
        warns=warns,
        decision=decision,
    )


def _refused(
    feature: str, section: str, says: str, *, more: str = "", rules: str = ONE, decision: str = ""
) -> LinkRefusal:
    return LinkRefusal(
        feature=feature, rules=documents(rules, exception(section, more=more)), says=says, decision=decision
    )


_CI_ALONE = _events("0 A ci", "0 B ci", "0 C ci")
_AT_HOME: tuple[Event, ...] = tuple(
    {"eventName": "A", "sourceIPAddress": address} for address in ("192.0.2.7", "192.0.2.255", "2001:db8::1")
)
_ABROAD: tuple[Event, ...] = tuple(
    {"eventName": "A", "sourceIPAddress": address} for address in ("198.51.100.7", "2001:db9::1", "iam.amazonaws.com")
)
_CALLED: tuple[Event, ...] = tuple(
    {"eventName": "A", "userIdentity": {"invokedBy": f"{name}.amazonaws.com"}} for name in ("autoscaling", "ssm")
)
_ENDED = "It says so, and `rules list` shows it as expired; from a fortnight before its end that is told."
_DEPLOY = "arn:aws:iam::111122223333:role/deploy"
_COUNTING = correlation("type: event_count\nrules: one\ntimespan: 10m\ncondition: {gte: 2}")

SECTION = Section(
    title="Filters",
    about=(
        "A filter is a condition that must hold besides that of the rules that it names, so that an exception reads "
        "`condition: not selection`. Everything that a rule may look for, a filter may."
    ),
    rows=(
        _row("rules by name", f"rules: one\n{_CI}"),
        _row("rules by id", f"rules: {id_of('one')}\n{_CI}"),
        _row(
            "a list of names and ids",
            f"rules: [{id_of('one')}, two]\n{_CI}",
            _events("0 A alice", "0 C ci"),
            _events("0 A ci", "0 B ci"),
        ),
        _row("`rules: any`", f"rules: any\n{_CI}", matches=_events("0 A alice"), kept_out=_CI_ALONE),
        _row(
            "`rules: []`",
            f"rules: []\n{_CI}",
            matches=_events("0 A alice"),
            kept_out=_CI_ALONE,
            decision="As `any`, which is what the specification says.",
        ),
        _row("rules of another file", f"rules: one\n{_CI}", rules=TWO, others=(ONE,)),
        _row(
            "several filters on one rule",
            "rules: one\nbob: {userIdentity.userName: bob}\ncondition: not bob",
            _events("0 A alice"),
            _events("0 A ci", "0 A bob"),
            rules=documents(BASES, exception(f"rules: any\n{_CI}", name="other")),
            decision="All of them must hold: each takes something out.",
        ),
        _row(
            "several selections",
            "rules: one\nci: {userIdentity.userName: ci}\nhere: {awsRegion: eu-west-1}\ncondition: not (ci and here)",
            ({"eventName": "A", "awsRegion": "eu-west-1"}, *_events("0 A ci")),
            ({"eventName": "A", "awsRegion": "eu-west-1", "userIdentity": {"userName": "ci"}},),
        ),
        _row(
            "`1 of` and `them`",
            "rules: one\nci: {userIdentity.userName: ci}\nbot: {userAgent: bot}\ncondition: not 1 of them",
            _events("0 A alice"),
            ({"eventName": "A", "userAgent": "bot"}, *_events("0 A ci")),
        ),
        _row(
            "an exception for a role",
            "rules: one\nrole: {userIdentity.sessionContext.sessionIssuer.arn|endswith: ':role/deploy'}\n"
            "condition: not role",
            _events("0 A alice"),
            (
                {
                    "eventName": "A",
                    "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": _DEPLOY}}},
                },
            ),
            decision="An event without the field is not the role's, and is told: `not` of a missing field is true.",
        ),
        _row(
            "an exception for AWS services",
            "rules: any\nservice: {userIdentity.invokedBy|endswith: .amazonaws.com}\ncondition: not service",
            _events("0 A alice"),
            _CALLED,
        ),
        _row(
            "an exception for a network",
            f"rules: any\nhome: {{{_NETWORK}: [192.0.2.0/24, '2001:db8::/32']}}\ncondition: not home",
            _ABROAD,
            _AT_HOME,
            decision="What is no address (a service calls under its name) lies in no network, and is told.",
        ),
        _row(
            "an exception for a network by a placeholder",
            f"rules: any\nhome: {{{_NETWORK}|expand: '%home%'}}\ncondition: not home",
            _ABROAD,
            _AT_HOME,
            variables={"home": ["192.0.2.0/24", "2001:db8::/32"]},
        ),
        _row(
            "a condition without `not`",
            "rules: one\npeople: {userIdentity.userName|exists: true}\ncondition: people",
            _events("0 A alice"),
            _events("0 A"),
            warns="lets only those events through",
            decision="Is what the specification says, and hardly ever what is meant.",
        ),
        _row(
            "a filter that changes nothing",
            "rules: one\nnobody: {eventID: null}\ncondition: not not nobody or not nobody",
            _events("0 A alice", "0 A ci"),
            (),
            warns="changes nothing",
        ),
        _row(
            "`expires`",
            f"rules: one\n{_CI}",
            more="trailwarden: {expires: 2026-06-30, reason: we move, owner: alice}",
        ),
        _row(
            "an expired filter",
            f"rules: one\n{_CI}",
            _events("0 A alice", "0 A ci"),
            (),
            more="trailwarden: {expires: 2026-01-30}",
            warns="the filter expired at 2026-01-31 00:00 UTC, and no longer applies",
            decision=_ENDED,
        ),
        _row(
            "a filter that expires soon",
            f"rules: one\n{_CI}",
            more="trailwarden: {expires: 2026-02-05}",
            warns="the filter expires at 2026-02-06 00:00 UTC",
            decision="It applies to the end of the day that is named (UTC), or up to a time with its zone.",
        ),
        _row(
            "a filter for other logs",
            f"rules: any\n{_CI}",
            _events("0 A alice", "0 A ci"),
            (),
            logs="{product: windows}",
            decision="Is passed over.",
        ),
        _row(
            "a filter for `product: aws` alone",
            f"rules: any\n{_CI}",
            logs="{product: aws}",
            matches=_events("0 A alice"),
            kept_out=_CI_ALONE,
        ),
        _row(
            "a rule that is passed over",
            f"rules: [one, old]\n{_CI}",
            rules=documents(BASES, rule("old", "eventName: D", more="status: deprecated\n")),
            warns="'old' is passed over (its status is deprecated); the filter has no effect there",
        ),
        FilterCase(
            feature="a filter without an id",
            rules=documents(BASES, exception(f"rules: one\n{_CI}").replace(f"id: {id_of('exception')}\n", "")),
            matches=_events("0 A alice"),
            kept_out=_events("0 A ci"),
            warns="the filter has no id",
            decision="Optional, as in the specification; one is made of its path and title.",
        ),
        _refused(
            "a filter that suppresses everything",
            "rules: one\nall: {eventName: '*'}\ncondition: not all # here",
            "the filter suppresses every event",
            decision="An exception for everything switches rules off, and `rules: disable` is there for that.",
        ),
        _refused("no `rules`", _CI, "does not say which rules it is for", decision="`any` must be written out."),
        _refused(
            "an unknown rule",
            f"rules:\n  - one\n  - oen # here\n{_CI}",
            "no rule has the name or id 'oen'; did you mean 'one'?",
            decision="pySigma takes it in silence, and the exception would not apply.",
        ),
        _refused(
            "an unknown id",
            f"rules:\n  - {id_of('nobody')} # here\n{_CI}",
            f"no rule has the name or id '{id_of('nobody')}'",
            decision="As for a name.",
        ),
        _refused(
            "a correlation among its rules",
            f"rules: many # here\n{_CI}",
            "'many' is a correlation, and a filter is for single events; name its rules: one",
            rules=documents(ONE, _COUNTING),
            decision="pySigma never applies it there, in silence.",
        ),
        _refused(
            "a filter among its rules",
            f"rules: other # here\n{_CI}",
            "'other' is a filter; name rules",
            rules=documents(ONE, exception(f"rules: any\n{_CI}", name="other")),
        ),
        _refused(
            "a name that two rules have",
            f"rules: one # here\n{_CI}",
            "belongs to several rules",
            rules=documents(ONE, ONE.replace(id_of("one"), id_of("another"))),
        ),
        _refused("`any` among names", f"rules: [one, any] # here\n{_CI}", "write rules: any, alone"),
        _refused("a rule twice", f"rules: [one, one] # here\n{_CI}", "'one' stands twice"),
        _refused("rules that are no names", f"rules: 5 # here\n{_CI}", "takes names, and '5' is none"),
        _refused("no condition", f"rules: one\nci: {{{WHO}: ci}}", "the filter has no condition"),
        _refused(
            "several conditions",
            f"rules: one\nci: {{{WHO}: ci}}\ncondition: [not ci] # here",
            "a filter has one condition",
            decision="Several conditions are several rules; of a filter nothing says how they would be joined.",
        ),
        _refused(
            "a selection that is not there",
            "rules: one\nci: {eventName: A}\ncondition: not ic # here",
            "names 'ic', which is no selection here",
        ),
        _refused(
            "an unknown modifier",
            "rules: one\nci:\n  eventName|startwith: A # here\ncondition: not ci",
            "unknown modifier 'startwith'",
        ),
        _refused(
            "a placeholder without a value",
            "rules: one\nhome:\n  sourceIPAddress|expand: '%home%' # here\ncondition: not home",
            "%home%",
            decision="An exception that is not known must not be guessed.",
        ),
        _refused(
            "an end that is no date",
            f"rules: one\n{_CI}",
            "a date such as 2026-12-31",
            more="trailwarden:\n  expires: soon # here",
        ),
        _refused(
            "an unknown key of ours",
            f"rules: one\n{_CI}",
            "unknown key trailwarden.until",
            more="trailwarden:\n  until: 2026-12-31 # here",
        ),
        LinkRefusal(
            feature="no logsource",
            rules=exception(f"rules: any\n{_CI}")
            .replace("title: exception", "title: exception # here")
            .replace("logsource: {product: aws}\n", ""),
            says="does not say which logs it is for",
        ),
        LinkRefusal(
            feature="detection and filter in one document",
            rules=rule("one", "eventName: A", more="filter: # here\n  rules: any\n"),
            says="detection and filter stand in one document",
        ),
    ),
)
