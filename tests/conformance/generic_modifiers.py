"""Sigma modifiers, "Generic Modifiers": all, startswith, endswith, contains, exists, cased, neq."""

from __future__ import annotations

from tests.conformance.cases import Case, Refusal, Section
from tests.conformance.values import agent

_MISSING = "matches every event that lacks its fields"

SECTION = Section(
    title="Generic modifiers",
    about="`all`, `startswith`, `endswith`, `contains`, `exists`, `cased`, `neq`.",
    rows=(
        Case(
            feature="all",
            rule="userAgent|contains|all: [aws, cli]",
            matches=agent("cli of aws"),
            misses=agent("aws", "cli"),
        ),
        Case(
            feature="all with one value",
            rule="userAgent|contains|all: aws",
            matches=agent("aws-cli"),
            misses=agent("cli"),
            warns="'all' has a single value, and changes nothing",
            decision="Not allowed by the specification, yet unmistakable, and public rules have it: a warning.",
        ),
        Case(
            feature="all over placeholders",
            rule="userAgent|contains|all|expand: ['%tools%', cli]",
            variables={"tools": ["aws", "gcp"]},
            matches=agent("aws cli", "gcp cli"),
            misses=agent("aws gcp", "cli"),
            decision="The values of one placeholder are or-linked, as the specification says of placeholders.",
        ),
        Case(feature="startswith", rule="userAgent|startswith: aws", matches=agent("AWS-cli"), misses=agent("an aws")),
        Case(feature="endswith", rule="userAgent|endswith: cli", matches=agent("aws-CLI"), misses=agent("cli 2")),
        Case(feature="contains", rule="userAgent|contains: s-c", matches=agent("AWS-CLI"), misses=agent("aws cli")),
        Case(
            feature="contains with wildcards inside",
            rule="userAgent|contains: 'a?s*li'",
            matches=agent("the aws-cli 2"),
            misses=agent("as-cli"),
        ),
        Case(
            feature="contains of an empty text",
            rule="userAgent|contains: ''",
            matches=agent("", "x"),
            misses=({}, *agent(None, [])),
        ),
        Case(
            feature="contains `*` in an array",
            rule="requestParameters.layers|contains: '*'",
            matches=({"requestParameters": {"layers": ["x"]}},),
            misses=({"requestParameters": {"layers": []}}, {"requestParameters": {}}),
            decision="An empty array holds no text.",
        ),
        Case(
            feature="contains in a number",
            rule="requestParameters.port|contains: '44'",
            matches=({"requestParameters": {"port": 8443}},),
            misses=({"requestParameters": {"port": 80}},),
        ),
        Refusal(
            feature="contains, startswith, endswith of a number",
            rule="requestParameters.port|contains: 44",
            says="'contains' does not take 44; quote it to make it a text: '44'",
            decision="pySigma does not take it either: quoted, the rule runs everywhere.",
        ),
        Case(
            feature="exists: true",
            rule="errorCode|exists: true",
            matches=({"errorCode": "x"}, {"errorCode": ""}, {"errorCode": None}, {"errorCode": []}),
            misses=({},),
            decision="The key is there, whatever it holds.",
        ),
        Case(
            feature="exists: false",
            rule="errorCode|exists: false",
            matches=({},),
            misses=({"errorCode": None}, {"errorCode": "x"}),
            warns=_MISSING,
        ),
        Case(
            feature="exists inside an array: in any member",
            rule="requestParameters.items.cidr|exists: true",
            matches=({"requestParameters": {"items": [{}, {"cidr": None}]}},),
            misses=({"requestParameters": {"items": [{}]}}, {"requestParameters": {"items": []}}),
        ),
        Refusal(feature="exists takes a boolean", rule="errorCode|exists: 'true'", says="exists takes true or false"),
        Case(feature="cased", rule="userAgent|cased: Curl", matches=agent("Curl"), misses=agent("curl", "CURL")),
        Case(
            feature="cased with wildcards",
            rule="userAgent|cased: 'C*l'",
            matches=agent("Curl"),
            misses=agent("curl", "CURL"),
        ),
        Refusal(
            feature="cased of a number",
            rule="requestParameters.n|cased: 5",
            says="the cased modifier is for texts",
        ),
        Case(
            feature="neq",
            rule="selection: {eventName: A}\nother: {userAgent|neq: console}\ncondition: selection and other",
            matches=({"eventName": "A", "userAgent": "x"}, {"eventName": "A"}),
            misses=({"eventName": "A", "userAgent": "Console"},),
            decision="Plain negation: what is missing differs from every value.",
        ),
        Case(
            feature="neq of a list: none of them",
            rule="userAgent|neq: [a, b]",
            matches=agent("c"),
            misses=agent("a", "B"),
            warns=_MISSING,
        ),
        Case(
            feature="neq of a number",
            rule="requestParameters.n|neq: 5",
            matches=({"requestParameters": {"n": 6}},),
            misses=({"requestParameters": {"n": 5}}, {"requestParameters": {"n": "5"}}),
            warns=_MISSING,
        ),
        Case(
            feature="neq of null: something is there",
            rule="errorCode|neq: null",
            matches=({"errorCode": "x"}, {"errorCode": ""}),
            misses=({}, {"errorCode": None}),
        ),
        Case(
            feature="neq with all: not all of them",
            rule="userAgent|contains|all|neq: [aws, cli]",
            matches=agent("aws", "cli", "x"),
            misses=agent("aws-cli"),
            warns=_MISSING,
            decision="The negation of the whole item, as in pySigma.",
        ),
        Refusal(
            feature="neq with exists",
            rule="errorCode|exists|neq: true",
            says="'exists' and 'neq' do not go together; write exists: false",
            decision="`neq` is for texts and numbers.",
        ),
        Refusal(
            feature="two ends at once",
            rule="userAgent|startswith|endswith: a",
            says="'startswith' and 'endswith' do not go together; write two keys",
            decision="pySigma makes `contains` of it.",
        ),
        Refusal(feature="a modifier twice", rule="userAgent|contains|contains: a", says="'contains' stands twice"),
        Refusal(
            feature="a modifier that there is not",
            rule="userAgent|startwith: a",
            says="unknown modifier 'startwith'; did you mean 'startswith'?",
        ),
        Refusal(
            feature="blanks in a chain",
            rule="'userAgent|contains |all': [a, b]",
            says="has blanks around its names; write 'userAgent|contains|all'",
        ),
    ),
)
