"""Sigma modifiers, "Numeric", "Time", "IP" and "Specific Modifiers": comparisons, parts of times, cidr, fieldref."""

from __future__ import annotations

from tests.conformance.cases import Case, Event, Refusal, Section

_MISSING = "matches every event that lacks its fields"


def _n(*values: object) -> tuple[Event, ...]:
    return tuple({"requestParameters": {"n": value}} for value in values)


def _at(*times: object) -> tuple[Event, ...]:
    return tuple({"eventTime": time} for time in times)


def _from(*addresses: object) -> tuple[Event, ...]:
    return tuple({"sourceIPAddress": address} for address in addresses)


NUMBERS = Section(
    title="Numeric modifiers",
    about="`lt`, `lte`, `gt`, `gte` (`neq` is among the generic ones).",
    rows=(
        Case(feature="lt", rule="requestParameters.n|lt: 5", matches=_n(4, 4.9, "4", -1), misses=_n(5, 6)),
        Case(feature="lte", rule="requestParameters.n|lte: 5", matches=_n(5, "5", 4), misses=_n(5.1, 6)),
        Case(feature="gt", rule="requestParameters.n|gt: 5", matches=_n(6, 5.1, "10"), misses=_n(5, "5", 4)),
        Case(feature="gte", rule="requestParameters.n|gte: -5", matches=_n(-5, 0), misses=_n(-6)),
        Case(feature="a fraction", rule="requestParameters.n|gt: 0.5", matches=_n(0.75, "0.75"), misses=_n(0.5)),
        Case(
            feature="what is no number",
            rule="requestParameters.n|lt: 5",
            matches=_n(1, [9, 1]),
            misses=({}, *_n(None, True, "", "low", "1 day", [], {"n": 1})),
            decision="Compares as nothing; numbers in decimal notation count also as text, booleans never.",
        ),
        Case(
            feature="a negated comparison",
            rule="requestParameters.n|gt|neq: 5",
            matches=({}, *_n(5, "low")),
            misses=_n(6),
            warns=_MISSING,
            decision="Plain negation: also true of what is no number.",
        ),
        Case(
            feature="both bounds, as two keys",
            rule="selection:\n  requestParameters.n|gte: 5\n  requestParameters.n|lt: 8\ncondition: selection",
            matches=_n(5, 7),
            misses=_n(4, 8),
        ),
        Refusal(
            feature="two comparisons in one chain",
            rule="requestParameters.n|gt|lt: 5",
            says="'gt' and 'lt' do not go together; write two keys",
        ),
        Refusal(
            feature="a quoted number",
            rule="requestParameters.n|gt: '5'",
            says="'gt' does not take the text '5'; give a number without quotes",
        ),
        Refusal(feature="a boolean", rule="requestParameters.n|gt: true", says="'gt' does not take true"),
    ),
)

TIMES = Section(
    title="Time modifiers",
    about="`minute`, `hour`, `day`, `week`, `month`, `year`, alone or followed by a comparison.",
    rows=(
        *(
            Case(
                feature=unit,
                rule=f"eventTime|{unit}: {number}",
                matches=_at("2026-03-02T08:05:59Z"),
                misses=_at("2025-12-31T23:59:59Z", "2026", "", None, 5),
            )
            for unit, number in (("minute", 5), ("hour", 8), ("day", 2), ("week", 10), ("month", 3), ("year", 2026))
        ),
        Case(
            feature="followed by a comparison",
            rule="eventTime|hour|gte: 22",
            matches=_at("2026-03-02T22:00:00Z", "2026-03-02T23:59:59Z"),
            misses=_at("2026-03-02T21:59:59Z"),
        ),
        Case(
            feature="outside of working hours, as two keys",
            rule="selection:\n  - eventTime|hour|lt: 7\n  - eventTime|hour|gte: 19\ncondition: selection",
            matches=_at("2026-03-02T06:59:00Z", "2026-03-02T19:00:00Z"),
            misses=_at("2026-03-02T07:00:00Z"),
        ),
        Case(
            feature="time zones",
            rule="eventTime|hour: 23",
            matches=_at("2026-01-31T23:10:00Z", "2026-02-01T01:10:00+02:00"),
            misses=_at("2026-02-01T23:10:00+02:00"),
            decision="The part is that of UTC, in which CloudTrail writes; the specification leaves zones out.",
        ),
        Case(
            feature="weeks",
            rule="eventTime|week: 53",
            matches=_at("2026-12-31T00:00:00Z", "2027-01-03T00:00:00Z"),
            misses=_at("2027-01-04T00:00:00Z", "2025-12-31T00:00:00Z"),
            decision="Those of ISO 8601, 1 to 53: the specification ends at 52, and some years do not.",
        ),
        Case(
            feature="any field that holds an ISO 8601 time",
            rule="userIdentity.sessionContext.attributes.creationDate|day|neq: 2",
            matches=({"userIdentity": {"sessionContext": {"attributes": {"creationDate": "2026-03-03T00:00:00Z"}}}},),
            misses=({"userIdentity": {"sessionContext": {"attributes": {"creationDate": "2026-03-02T00:00:00Z"}}}},),
            warns=_MISSING,
            decision="Other notations have no parts, and match no comparison.",
        ),
        Refusal(feature="an hour that there is not", rule="eventTime|hour: 24", says="hour can never be 24"),
        Refusal(feature="a week that there is not", rule="eventTime|week|lt: 54", says="week can never be 54"),
        Refusal(
            feature="a fraction of an hour",
            rule="eventTime|hour: 5.5",
            says="a part of a time is a whole number, not 5.5",
            decision="pySigma cuts it off.",
        ),
        Refusal(
            feature="two parts in one chain",
            rule="eventTime|day|hour: 5",
            says="'day' and 'hour' do not go together; write two keys",
            decision="pySigma drops the first.",
        ),
        Refusal(feature="a comparison first", rule="eventTime|gt|hour: 5", says="write hour|gt"),
    ),
)

NETWORKS = Section(
    title="IP modifiers",
    about="`cidr`, for IPv4 and IPv6.",
    rows=(
        Case(
            feature="an IPv4 network",
            rule="sourceIPAddress|cidr: 203.0.113.0/24",
            matches=_from("203.0.113.0", "203.0.113.255", "::ffff:203.0.113.9"),
            misses=_from("203.0.114.0", "cloudtrail.amazonaws.com", "AWS Internal", "2001:db8::1", None, 5, ""),
            decision="An IPv4 address written as IPv6 is that address.",
        ),
        Case(
            feature="an IPv6 network",
            rule="sourceIPAddress|cidr: 2001:db8::/32",
            matches=_from("2001:db8::1", "2001:DB8:FFFF::"),
            misses=_from("2001:db9::", "203.0.113.9"),
        ),
        Case(
            feature="a list of networks of both kinds",
            rule="sourceIPAddress|cidr: [10.0.0.0/8, 'fd00::/8']",
            matches=_from("10.1.2.3", "fd12::1"),
            misses=_from("11.1.2.3", "fe80::1"),
        ),
        Case(
            feature="a single address",
            rule="sourceIPAddress|cidr: 203.0.113.9",
            matches=_from("203.0.113.9"),
            misses=_from("203.0.113.90"),
        ),
        Case(
            feature="not in a network",
            rule="sourceIPAddress|cidr|neq: 10.0.0.0/8",
            matches=_from("11.0.0.1", "cloudtrail.amazonaws.com"),
            misses=_from("10.0.0.1"),
            warns=_MISSING,
        ),
        Case(
            feature="everything",
            rule="sourceIPAddress|cidr: 0.0.0.0/0",
            matches=_from("203.0.113.9", ["x", "203.0.113.9"]),
            misses=_from("2001:db8::1", "sns.amazonaws.com"),
        ),
        Refusal(
            feature="bits beyond the prefix",
            rule="sourceIPAddress|cidr: 10.0.0.1/8",
            says="'10.0.0.1/8' has bits set beyond its prefix; write 10.0.0.0/8",
        ),
        Refusal(feature="what is no network", rule="sourceIPAddress|cidr: 10.0.*", says="'10.0.*' is no network"),
        Refusal(
            feature="cidr with contains",
            rule="sourceIPAddress|cidr|contains: 10.0.0.0/8",
            says="'cidr' and 'contains' do not go together",
        ),
    ),
)

_ACCOUNTS = ("userIdentity.accountId", "recipientAccountId")


def _pair(one: object, other: object) -> Event:
    return {"userIdentity": {"accountId": one}, "recipientAccountId": other}


REFERENCES = Section(
    title="Specific modifiers: fieldref",
    about="The value of another field of the same event. `expand` is told of under placeholders.",
    rows=(
        Case(
            feature="fieldref",
            rule="userIdentity.accountId|fieldref: recipientAccountId",
            matches=(_pair("a", "A"), _pair(1, "1"), _pair(["x", "a"], ["a"])),
            misses=(_pair("a", "b"), _pair("a", None), _pair(None, None), {}),
            decision="Texts without case; a value that is missing on either side equals nothing.",
        ),
        Case(
            feature="fieldref|neq",
            rule="selection: {eventName: A}\nother: {userIdentity.accountId|fieldref|neq: recipientAccountId}\n"
            "condition: selection and other",
            matches=({"eventName": "A", **_pair("1", "2")}, {"eventName": "A"}),
            misses=({"eventName": "A", **_pair("1", "1")},),
        ),
        Case(
            feature="fieldref|startswith",
            rule="userIdentity.accountId|fieldref|startswith: recipientAccountId",
            matches=(_pair("abc", "AB"),),
            misses=(_pair("abc", "bc"), _pair("ab", "abc")),
        ),
        Case(
            feature="fieldref|endswith",
            rule="userIdentity.accountId|fieldref|endswith: recipientAccountId",
            matches=(_pair("abc", "BC"),),
            misses=(_pair("abc", "ab"),),
        ),
        Case(
            feature="fieldref|contains",
            rule="userIdentity.accountId|fieldref|contains: recipientAccountId",
            matches=(_pair("abc", "B"),),
            misses=(_pair("abc", "ac"),),
        ),
        Case(
            feature="fieldref|cased",
            rule="userIdentity.accountId|fieldref|cased: recipientAccountId",
            matches=(_pair("a", "a"),),
            misses=(_pair("a", "A"),),
        ),
        Case(
            feature="fieldref to several fields",
            rule="userIdentity.accountId|fieldref: [recipientAccountId, vpcEndpointAccountId]",
            matches=(_pair("1", "1"), {**_pair("1", "2"), "vpcEndpointAccountId": "1"}),
            misses=(_pair("1", "2"),),
        ),
        Case(
            feature="fieldref into arrays and objects",
            rule="userIdentity.accountId|fieldref: resources.accountId",
            matches=({"userIdentity": {"accountId": "1"}, "resources": [{"accountId": "2"}, {"accountId": "1"}]},),
            misses=({"userIdentity": {"accountId": "1"}, "resources": [{"accountId": "2"}]},),
        ),
        Refusal(
            feature="fieldref with wildcards",
            rule="userIdentity.accountId|fieldref: 'resources.*'",
            says="Field references must not contain wildcards",
        ),
        Refusal(feature="fieldref to nothing", rule="eventName|fieldref: ''", says="fieldref names no field"),
        Refusal(feature="fieldref of a number", rule="eventName|fieldref: 5", says="'fieldref' does not take 5"),
        Refusal(
            feature="contains before fieldref", rule="eventName|contains|fieldref: a", says="write fieldref|contains"
        ),
    ),
)
