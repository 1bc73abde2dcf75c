"""Sigma rules specification, "General", "String Wildcard", "Escaping", "Special Field Values", and YAML's own types."""

from __future__ import annotations

from tests.conformance.cases import Case, Event, Refusal, Section

_TRAP = "YAML 1.1 reads it so; the rule would load and never match. Quote it."


def agent(*values: object) -> tuple[Event, ...]:
    """Events with these user agents."""
    return tuple({"userAgent": value} for value in values)


TEXTS = Section(
    title="Texts and wildcards",
    about="Values are texts without case unless told otherwise; `*` is any text, `?` one character, `\\` escapes.",
    rows=(
        Case(
            feature="texts compare without case",
            rule="additionalEventData.MFAUsed: 'No'",
            matches=({"additionalEventData": {"MFAUsed": "NO"}}, {"additionalEventData": {"MFAUsed": "no"}}),
            misses=({"additionalEventData": {"MFAUsed": "None"}},),
        ),
        Case(
            feature="case beyond ASCII",
            rule="userAgent: straße",
            matches=agent("STRASSE", "Straße"),
            misses=agent("strase"),
            decision="Unicode case folding, which is the same in every locale.",
        ),
        Case(
            feature="a text is the whole value", rule="userAgent: curl", matches=agent("curl"), misses=agent("curl/8")
        ),
        Case(
            feature="`?` is exactly one character",
            rule="eventName: DeleteGrou?",
            matches=({"eventName": "DeleteGroup"},),
            misses=({"eventName": "DeleteGrou"}, {"eventName": "DeleteGroups"}),
        ),
        Case(
            feature="`*` is any text, also none and over lines",
            rule="userAgent: 'a*z'",
            matches=agent("az", "a-z", "a\nz"),
            misses=agent("a", "az1"),
        ),
        Case(
            feature="`*` alone: there is a text",
            rule="userAgent: '*'",
            matches=agent("", "x", 5, ["x"]),
            misses=({}, *agent(None, [])),
            decision="What is missing, null or an empty list is no text.",
        ),
        Case(feature=r"`\*` is a plain asterisk", rule=r"userAgent: 'a\*b'", matches=agent("a*b"), misses=agent("axb")),
        Case(
            feature=r"`\?` is a plain question mark",
            rule=r"userAgent: 'a\?b'",
            matches=agent("a?b"),
            misses=agent("axb"),
        ),
        Case(
            feature="one backslash before another letter is plain",
            rule=r"userAgent: 'a\b'",
            matches=agent("a\\b"),
            misses=agent("ab", "a\\\\b"),
        ),
        Case(
            feature="two backslashes are one",
            rule=r"userAgent: 'a\\b'",
            matches=agent("a\\b"),
            misses=agent("a\\\\b"),
        ),
        Case(
            feature=r"`\\*` is a backslash and a wildcard",
            rule=r"userAgent: 'a\\*'",
            matches=agent("a\\", "a\\bc"),
            misses=agent("a*", "a"),
        ),
        Case(
            feature=r"`\\\*` is a backslash and an asterisk",
            rule=r"userAgent: 'a\\\*'",
            matches=agent("a\\*"),
            misses=agent("a\\b", "a\\"),
        ),
        Case(
            feature="three and four backslashes are two",
            rule=r"userAgent: ['x\\\y', 'z\\\\y']",
            matches=agent("x\\\\y", "z\\\\y"),
            misses=agent("x\\y", "z\\y"),
        ),
        Case(
            feature="an escape at the end",
            rule="userAgent|endswith: '\\'",
            matches=agent("a\\"),
            misses=agent("a"),
        ),
        Case(
            feature="a text against a number in the event",
            rule="requestParameters.port: '22'",
            matches=({"requestParameters": {"port": 22}}, {"requestParameters": {"port": "22"}}),
            misses=({"requestParameters": {"port": 2222}}, {"requestParameters": {"port": True}}),
        ),
        Case(
            feature="a text against a boolean in the event",
            rule="readOnly: 'true'",
            matches=({"readOnly": True}, {"readOnly": "TRUE"}),
            misses=({"readOnly": False}, {"readOnly": 1}),
        ),
    ),
)

SPECIAL = Section(
    title="Special field values, numbers and booleans",
    about="`null` and `''` are not the same, nor is a field that is missing the same as an empty one.",
    rows=(
        Case(
            feature="`null`: no value is there",
            rule="errorCode: null",
            matches=({}, {"errorCode": None}, {"errorCode": []}, {"errorCode": [None]}),
            misses=({"errorCode": ""}, {"errorCode": "x"}, {"errorCode": False}, {"errorCode": 0}),
            warns="matches every event that lacks its fields",
            decision="A missing field counts as null, as public rules mean it.",
        ),
        Case(
            feature="`not` null",
            rule="selection: {eventName: A}\nfilter: {errorCode: null}\ncondition: selection and not filter",
            matches=({"eventName": "A", "errorCode": ""}, {"eventName": "A", "errorCode": "x"}),
            misses=({"eventName": "A"}, {"eventName": "A", "errorCode": None}),
        ),
        Case(
            feature="`''`: an empty text",
            rule="errorCode: ''",
            matches=({"errorCode": ""},),
            misses=({}, {"errorCode": None}, {"errorCode": []}, {"errorCode": " "}),
        ),
        Case(
            feature="what is missing equals nothing, its negation holds",
            rule="selection: {eventName: A}\nfilter: {userAgent: console}\ncondition: selection and not filter",
            matches=({"eventName": "A"}, {"eventName": "A", "userAgent": None}),
            misses=({"eventName": "A", "userAgent": "console"},),
        ),
        Case(
            feature="a number",
            rule="requestParameters.port: 22",
            matches=({"requestParameters": {"port": 22}}, {"requestParameters": {"port": 22.0}}),
            misses=({"requestParameters": {"port": 23}}, {"requestParameters": {"port": [2, 2]}}, {}),
        ),
        Case(
            feature="a number against a text in the event",
            rule="recipientAccountId: 111122223333",
            matches=({"recipientAccountId": "111122223333"}, {"recipientAccountId": 111122223333}),
            misses=({"recipientAccountId": "1111222233334"}, {"recipientAccountId": "111122223333.0"}),
            decision="Equal as a number, or as its decimal text: CloudTrail writes most numbers as texts.",
        ),
        Case(
            feature="a number is no boolean",
            rule="requestParameters.n: 1",
            matches=({"requestParameters": {"n": 1}}, {"requestParameters": {"n": "1"}}),
            misses=({"requestParameters": {"n": True}}, {"requestParameters": {"n": "true"}}),
        ),
        Case(
            feature="a fraction",
            rule="requestParameters.n: 0.5",
            matches=({"requestParameters": {"n": 0.5}}, {"requestParameters": {"n": "0.5"}}),
            misses=({"requestParameters": {"n": 5}},),
        ),
        Case(
            feature="a boolean",
            rule="readOnly: true",
            matches=({"readOnly": True}, {"readOnly": "true"}, {"readOnly": "True"}),
            misses=({"readOnly": False}, {"readOnly": 1}, {"readOnly": "yes"}, {}),
        ),
        Case(
            feature="a boolean in an array",
            rule="requestParameters.flags: false",
            matches=({"requestParameters": {"flags": [True, False]}},),
            misses=({"requestParameters": {"flags": [True]}}, {"requestParameters": {"flags": 0}}),
        ),
        Refusal(
            feature="unquoted yes, no, on, off",
            rule="additionalEventData.MFAUsed: No",
            says="the boolean false",
            decision=_TRAP,
        ),
        Refusal(
            feature="a number with a leading zero",
            rule="recipientAccountId: 012345671234",
            says="octal, because of the leading zero",
            decision=_TRAP,
        ),
        Refusal(
            feature="an unquoted version", rule="tlsDetails.tlsVersion: 1.10", says="the number 1.1", decision=_TRAP
        ),
        Refusal(feature="an unquoted date", rule="eventTime: 2026-01-31", says="a date", decision=_TRAP),
        Refusal(feature="an unquoted time", rule="eventTime: 12:30", says="counted in sixties", decision=_TRAP),
        Refusal(
            feature="a number beyond 2^53",
            rule="requestParameters.n: 9007199254740993",
            says="too large to be compared exactly",
            decision="JSON readers keep no more digits. Quote it, and it is compared as text.",
        ),
    ),
)
