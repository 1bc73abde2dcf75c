"""Sigma rules specification, "Detection": search identifiers, lists, maps, and where fields are found."""

from __future__ import annotations

from tests.conformance.cases import Case, Refusal, Section

_ROLE = "arn:aws:iam::111122223333:role/deploy"
_IDENTITY = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": _ROLE}}}
_ARRAY = {"containerDefinitions": [{"name": "a", "command": ["sh"]}, {"name": "b", "command": ["curl", "x"]}]}

MAPS = Section(
    title="Lists and maps",
    about="A search identifier is a map (all of its items), a list of maps (any of them), or a list of values.",
    rows=(
        Case(
            feature="a map: all of its items",
            rule="selection:\n  eventSource: iam.amazonaws.com\n  eventName: DeleteGroup\ncondition: selection",
            matches=({"eventSource": "iam.amazonaws.com", "eventName": "DeleteGroup"},),
            misses=({"eventName": "DeleteGroup"}, {"eventSource": "iam.amazonaws.com", "eventName": "ListGroups"}),
        ),
        Case(
            feature="a list of values: any of them",
            rule="eventName: [DeleteGroup, DeleteUser]",
            matches=({"eventName": "DeleteGroup"}, {"eventName": "DeleteUser"}),
            misses=({"eventName": "DeleteRole"},),
        ),
        Case(
            feature="a list of values of several types",
            rule="requestParameters.value: [abc, 5, true, null]",
            matches=(
                {"requestParameters": {"value": "ABC"}},
                {"requestParameters": {"value": 5}},
                {"requestParameters": {"value": True}},
                {},
            ),
            misses=({"requestParameters": {"value": 6}}, {"requestParameters": {"value": False}}),
            warns="matches every event that lacks its fields",
        ),
        Case(
            feature="a list of maps: any of them",
            rule="selection:\n  - eventName: DeleteGroup\n  - errorCode|startswith: Access\ncondition: selection",
            matches=({"eventName": "DeleteGroup"}, {"errorCode": "AccessDenied"}),
            misses=({"eventName": "ListGroups", "errorCode": "Throttling"},),
        ),
        Case(
            feature="a list of maps and values: any of them",
            rule="selection:\n  - curl\n  - eventName: DeleteGroup\ncondition: selection",
            matches=({"userAgent": "curl/8"}, {"eventName": "DeleteGroup"}),
            misses=({"userAgent": "wget", "eventName": "ListGroups"},),
        ),
        Case(
            feature="a list of one map",
            rule="selection:\n  - eventName: DeleteGroup\ncondition: selection",
            matches=({"eventName": "DeleteGroup"},),
            misses=({"eventName": "ListGroups"},),
        ),
        Case(
            feature="one field with several chains of modifiers",
            rule="selection:\n  userAgent|startswith: aws\n  userAgent|endswith: sdk\ncondition: selection",
            matches=({"userAgent": "aws-cli sdk"},),
            misses=({"userAgent": "aws-cli"}, {"userAgent": "sdk"}),
        ),
        Case(
            feature="an empty list",
            rule="eventName: []",
            matches=({}, {"eventName": None}, {"eventName": []}),
            misses=({"eventName": "A"}, {"eventName": ""}),
            warns="the list of values is empty, which means null",
            decision="pySigma reads it as `null`; so do we, with a warning.",
        ),
        Refusal(feature="an empty list with a modifier", rule="eventName|contains: []", says="takes no modifier"),
        Refusal(feature="an empty map", rule="selection: {}\ncondition: selection", says="selection is empty", line=6),
        Refusal(feature="an empty list of maps", rule="selection: []\ncondition: selection", says="is empty", line=6),
        Refusal(feature="a list inside a list of values", rule="eventName: [[A]]", says="a list stands inside a list"),
        Refusal(
            feature="a map as a value",
            rule="requestParameters: {userName: alice}",
            says="write the path with dots, as in 'field.userName'",
        ),
        Refusal(
            feature="a key that stands twice",
            rule="selection:\n  eventName: A\n  eventName: B\ncondition: selection",
            says="twice",
            line=8,
            decision="YAML forbids it; most parsers keep the last and drop the first in silence.",
        ),
        Refusal(
            feature="`timeframe` beside the selections",
            rule="selection: {eventName: A}\ntimeframe: 5m\ncondition: selection",
            says="timeframe has no meaning in a single rule",
            decision="It belongs to the aggregations that Sigma 2 has replaced by correlations.",
        ),
    ),
)

FIELDS = Section(
    title="Field usage",
    about="Fields are named as they stand in the log: here by their path in a CloudTrail record, joined with dots.",
    rows=(
        Case(
            feature="a dotted path, every part of it",
            rule="userIdentity.sessionContext.sessionIssuer.userName: deploy",
            matches=({"userIdentity": {"sessionContext": {"sessionIssuer": {"userName": "deploy"}}}},),
            misses=({"userIdentity": {"userName": "deploy"}}, {"userName": "deploy"}),
        ),
        Case(
            feature="names are case-sensitive",
            rule="eventname: DeleteGroup",
            matches=({"eventname": "DeleteGroup"},),
            misses=({"eventName": "DeleteGroup"},),
            warns="'eventname' is no field of a CloudTrail record",
            decision="JSON's names are; a name that no record has at the top is a warning.",
        ),
        Case(
            feature="a key that itself holds dots",
            rule="requestParameters.tag.owner: alice",
            matches=(
                {"requestParameters": {"tag.owner": "alice"}},
                {"requestParameters": {"tag": {"owner": "alice"}}},
                {"requestParameters.tag": {"owner": "alice"}},
            ),
            misses=({"requestParameters": {"owner": "alice"}},),
            decision="Tried at every level beside the nested reading.",
        ),
        Case(
            feature="an array at the end of a path: any member",
            rule="requestParameters.groups: sg-1",
            matches=({"requestParameters": {"groups": ["sg-0", "sg-1"]}},),
            misses=({"requestParameters": {"groups": ["sg-0"]}}, {"requestParameters": {"groups": []}}),
            decision="Sigma has no arrays; a field with several values matches when one of them does.",
        ),
        Case(
            feature="arrays inside a path: any member",
            rule="requestParameters.containerDefinitions.command: curl",
            matches=({"requestParameters": _ARRAY},),
            misses=({"requestParameters": {"containerDefinitions": [{"name": "curl"}]}},),
        ),
        Case(
            feature="two fields of one array",
            rule="selection:\n  resources.type: AWS::S3::Bucket\n  resources.accountId: '1'\ncondition: selection",
            matches=({"resources": [{"type": "AWS::S3::Bucket"}, {"accountId": "1"}]},),
            misses=({"resources": [{"type": "AWS::S3::Bucket", "accountId": "2"}]},),
            decision="Each field by itself: they may hold in different members, as in other Sigma tools.",
        ),
        Case(
            feature="all values in one array",
            rule="requestParameters.groups|all: [sg-1, sg-2]",
            matches=({"requestParameters": {"groups": ["sg-2", "sg-1"]}},),
            misses=({"requestParameters": {"groups": ["sg-1"]}},),
        ),
        Case(
            feature="negation over an array",
            rule="requestParameters.groups|neq: sg-1",
            matches=({"requestParameters": {"groups": ["sg-0"]}},),
            misses=({"requestParameters": {"groups": ["sg-0", "sg-1"]}},),
            warns="matches every event that lacks its fields",
            decision="No member equals it.",
        ),
        Case(
            feature="an object compared as text: its JSON",
            rule='requestParameters|contains: \'"Status":"Suspended"\'',
            matches=({"requestParameters": {"v": {"Status": "Suspended"}}},),
            misses=({"requestParameters": {"v": {"Status": "Enabled"}}},),
            decision="Public rules do it and mean the text: compact JSON, without blanks.",
        ),
        Case(
            feature="an object compared as text: the texts in it",
            rule="requestParameters|contains: 'say \"hi\"'",
            matches=({"requestParameters": {"note": 'say "hi"'}}, {"requestParameters": [{"a": {"b": 'say "hi"'}}]}),
            misses=({"requestParameters": {'say "hi"': 1}},),
            decision="Quotes in a text are escaped in JSON; each text is looked at by itself as well.",
        ),
        Case(
            feature="`derived.principal`, who really acts",
            rule=f"derived.principal: '{_ROLE}'",
            matches=({"userIdentity": _IDENTITY},),
            misses=({"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}},),
            decision="A field of ours, usable wherever a field is: a role's ARN, since sessions are named by callers.",
        ),
        Case(
            feature="`derived.principal` always exists",
            rule="derived.principal|exists: true",
            matches=({}, {"userIdentity": _IDENTITY}),
            misses=(),
            decision="Of a record that says nothing about who acted it is `Unknown:`.",
        ),
        Case(
            feature="`derived.principal` as the field referred to",
            rule="requestParameters.roleArn|fieldref: derived.principal",
            matches=({"userIdentity": _IDENTITY, "requestParameters": {"roleArn": _ROLE}},),
            misses=({"userIdentity": _IDENTITY, "requestParameters": {"roleArn": f"{_ROLE}2"}},),
        ),
        Refusal(
            feature="a derived field that there is not",
            rule="derived.principle: alice",
            says="there is no 'derived.principle'; did you mean 'derived.principal'?",
        ),
        Refusal(
            feature="a path of more than 12 parts",
            rule=".".join(["requestParameters", *"abcdefghijkl"]) + ": x",
            says="has more than 12 parts",
            decision="Each part may be joined to the next by a dot in a key: the ways double with every part.",
        ),
    ),
)
