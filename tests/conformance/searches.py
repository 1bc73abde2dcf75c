"""Sigma rules specification, "Placeholders" and "Keywords search"."""

from __future__ import annotations

from tests.conformance.cases import Case, Refusal, Section
from tests.conformance.values import agent

_WHO = {"who": ["alice", "ops-*"], "where": ["eu", "us"]}

PLACEHOLDERS = Section(
    title="Placeholders",
    about="`expand`: `%name%` stands for each of the values that the configuration's `rules: variables:` gives it.",
    rows=(
        Case(
            feature="a placeholder with several values",
            rule="userAgent|expand: '%who%'",
            variables=_WHO,
            matches=agent("ALICE", "ops-1"),
            misses=agent("bob", "%who%"),
            decision="Values may hold wildcards.",
        ),
        Case(
            feature="several placeholders, and text around them",
            rule="userAgent|contains|expand: '%who%@%where%'",
            variables=_WHO,
            matches=agent("I am alice@eu.", "ops-7@us"),
            misses=agent("alice@ap"),
        ),
        Case(
            feature="in a network",
            rule="sourceIPAddress|cidr|expand: '%trusted%'",
            variables={"trusted": ["10.0.0.0/8", "2001:db8::/32"]},
            matches=({"sourceIPAddress": "10.1.2.3"}, {"sourceIPAddress": "2001:db8::1"}),
            misses=({"sourceIPAddress": "11.1.2.3"},),
        ),
        Case(
            feature="in a regular expression",
            rule="userAgent|re|expand: '^%tool%/[0-9]'",
            variables={"tool": ["aws-.*", "boto"]},
            matches=agent("aws-cli/2", "boto/1"),
            misses=agent("my boto/1"),
            decision="There a value is a piece of the expression, as in pySigma.",
        ),
        Case(
            feature="encoded",
            rule="userAgent|base64|expand: '%word%'",
            variables={"word": ["foo"]},
            matches=agent("Zm9v"),
            misses=agent("foo"),
            decision="Placeholders are filled in first, wherever `expand` stands.",
        ),
        Case(
            feature=r"`\%` is a plain percent sign",
            rule=r"userAgent|expand: '\%plain%who%'",
            variables=_WHO,
            matches=agent("%plainalice"),
            misses=agent("%plain%who%"),
        ),
        Case(
            feature="without expand it is text",
            rule="userAgent: '%who%'",
            matches=agent("%WHO%"),
            misses=agent("alice"),
            warns="'%who%' is compared as it stands",
        ),
        Refusal(
            feature="a placeholder without a value",
            rule="userAgent|expand: '%who%'",
            says="the placeholder %who% has no value; give it one in the configuration",
            decision="The specification has a tool that cannot fill it in reject the rule.",
        ),
        Refusal(
            feature="an empty list of values",
            rule="userAgent|expand: '%who%'",
            variables={"who": []},
            says="an empty list",
        ),
        Refusal(feature="expand of a number", rule="userAgent|expand: 5", says="expand modifier needs a text"),
        Refusal(
            feature="a value that does not fit",
            rule="sourceIPAddress|cidr|expand: '%who%'",
            variables=_WHO,
            says="'alice' is no network",
        ),
    ),
)

KEYWORDS = Section(
    title="Keywords search",
    about="A value, or list of values, without a field is searched in the whole event.",
    rows=(
        Case(
            feature="a list of texts: any of them, anywhere inside any value",
            rule="selection: ['mimi', 'event::clear']\ncondition: selection",
            matches=({"userAgent": "a MIMIkatz"}, {"requestParameters": {"a": [{"b": "Event::Clear"}]}}),
            misses=({"userAgent": "cat"}, {"mimi": "x"}, {}),
            decision="Values are searched, names of fields are not.",
        ),
        Case(
            feature="a single text",
            rule="selection: mimi\ncondition: selection",
            matches=({"errorMessage": "no mimi here"},),
            misses=({"errorMessage": "nothing"},),
        ),
        Case(
            feature="wildcards inside",
            rule="selection: ['a?c*e']\ncondition: selection",
            matches=agent("xabcdey"),
            misses=agent("ace"),
        ),
        Case(
            feature="`|all`: all of them, each anywhere",
            rule="selection: {'|all': [alice, curl]}\ncondition: selection",
            matches=({"userAgent": "curl", "userIdentity": {"userName": "alice"}}, {"userAgent": "curl of alice"}),
            misses=({"userAgent": "curl"},),
        ),
        Case(
            feature="`|all` in a list of maps",
            rule="selection:\n  - '|all': [alice, curl]\n  - '|all': [bob, wget]\ncondition: selection",
            matches=agent("curl alice", "wget bob"),
            misses=agent("curl bob"),
        ),
        Case(
            feature="`|contains`",
            rule="selection: {'|contains': urn}\ncondition: selection",
            matches=agent("a urn:x"),
            misses=agent("ur n"),
        ),
        Case(
            feature="`|startswith`, `|endswith`: of a value",
            rule="selection: {'|startswith': cur}\ncondition: selection",
            matches=agent("curl"),
            misses=agent("a curl"),
        ),
        Case(
            feature="`|cased`",
            rule="selection: {'|cased': Curl}\ncondition: selection",
            matches=agent("a Curl"),
            misses=agent("a curl"),
        ),
        Case(
            feature="`|re`",
            rule="selection: {'|re|i': '^cu.l'}\ncondition: selection",
            matches=agent("CURL/8"),
            misses=agent("a curl"),
        ),
        Case(
            feature="`|windash`, `|base64offset`, `|wide`",
            rule="selection: {'|wide|base64offset': cmd}\ncondition: selection",
            matches=agent("xxYwBtAGQA", "eABjAG0AZAA="),
            misses=agent("cmd"),
        ),
        Case(
            feature="`|expand`",
            rule="selection: {'|expand': '%who%'}\ncondition: selection",
            variables=_WHO,
            matches=agent("it is alice"),
            misses=agent("it is bob"),
        ),
        Case(
            feature="`|neq`: in no value",
            rule="selection: {eventName: A}\nother: {'|neq': curl}\ncondition: selection and other",
            matches=({"eventName": "A", "userAgent": "x"}, {"eventName": "A"}),
            misses=({"eventName": "A", "userAgent": "curl/8"},),
        ),
        Case(
            feature="numbers",
            rule="selection: [4711]\ncondition: selection",
            matches=({"requestParameters": {"n": 4711}}, *agent("id 47110")),
            misses=agent("471 1"),
            decision="The value itself, or its digits inside a text.",
        ),
        Case(
            feature="booleans",
            rule="selection: [true]\ncondition: selection",
            matches=({"readOnly": True}, {"readOnly": "True"}),
            misses=({"readOnly": False}, *agent("it is true")),
        ),
        Refusal(
            feature="a search for nothing",
            rule="selection: ['*']\ncondition: selection",
            says="a search for nothing finds every event",
            line=6,
        ),
        Refusal(feature="a search for null", rule="selection: null\ncondition: selection", says="takes texts", line=6),
        *(
            Refusal(
                feature=f"`|{name}` without a field",
                rule=f"selection: {{'|{name}': {value}}}\ncondition: selection",
                says=f"'{name}' needs a field",
                line=6,
            )
            for name, value in (
                ("exists", "true"),
                ("cidr", "10.0.0.0/8"),
                ("gt", "5"),
                ("hour", "5"),
                ("fieldref", "eventName"),
            )
        ),
    ),
)
