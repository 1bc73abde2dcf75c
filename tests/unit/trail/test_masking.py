from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.trail.masking import mask_record, mask_value
from daemon.trail.secrets import MASK, is_secret_name
from daemon.trail.shapes import mask_shapes

SECRET = "Sup3r-geheim"
BIG = 1_000_000


def masked(value: Any) -> Any:
    return mask_record({"requestParameters": value}, max_bytes=BIG)["requestParameters"]


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "masterUserPassword",
        "MasterUserPassword",
        "newPassword",
        "secretString",
        "SecretString",
        "secretAccessKey",
        "sessionToken",
        "X-Amz-Security-Token",
        "authToken",
        "AuthorizationToken",
        "Authorization",
        "privateKey",
        "userData",
        "user_data",
        "clientSecret",
        "webIdentityToken",
        "SAMLAssertion",
        "keyMaterial",
        "plaintext",
        "apiKey",
        "preSharedKey",
        "DB_PASSWORD",
        "passwd",
        "signature",
        "smsOtp",
        "authenticationCode1",
        "confirmationCode",
        "deviceCode",
        "codeVerifier",
        "activationCode",
        "base32StringSeed",
        "qRCodePNG",
        "authKey",
        "sshKey",
        "certKey",
        "dbPassword",
        "passwordData",
        "SigninToken",
        "API-KEY",
        "pass",
        "dbPass",
        "db_pass",
        "DB_PASS_2",
        "dbpass",
        "userpass",
        "DB_PW",
        "PSK",
        "tunnelPsk",
        "sig",
        "accessKey",
        "AccountKey",
        "SharedAccessKey",
        "storageAccountKey1",
        "encryptionKey",
    ],
)
def test_a_value_under_a_secret_name_is_masked_wherever_it_stands(key: str) -> None:
    shown = json.dumps(masked({"deep": [{key: SECRET}], key: {"value": [SECRET, 12345678]}}))
    assert SECRET not in shown
    assert "12345678" not in shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("secretId", "prod/db"),
        ("secretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf"),
        ("accessKeyId", "AKIAIOSFODNN7EXAMPLE"),
        ("minimumPasswordLength", 8),
        ("passwordResetRequired", True),
        ("clientToken", "3c0b1b4e"),
        ("httpTokens", "required"),
        ("tokenType", "Bearer"),
        ("kmsKeyId", "alias/prod"),
        ("groupName", "testgroup"),
        ("expiration", "Jul 10, 2026"),
        ("subjectFromWebIdentityToken", "system:serviceaccount:payments:api"),
        ("authorizationScopes", ["email"]),
        ("authorizationConfig", {"iam": "ENABLED"}),
        ("errorCode", "AccessDenied"),
        ("secrets", [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:us-east-1:111122223333:parameter/db"}]),
        ("runtimeEnvironmentSecrets", {"DB": "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"}),
        ("token.actions.githubusercontent.com:sub", "repo:example/app:ref:refs/heads/main"),
        ("s3:signatureversion", "AWS4-HMAC-SHA256"),
        ("aws:RequestTag/token", "no"),
        ("", "x"),
        ("keyId", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("kmsKeyId", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("encryptionKeyArn", "x"),
        ("encryptionKeyType", "CUSTOMER"),
        ("encryptionKey", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("encryptionKey", {"id": "alias/pipeline", "type": "KMS"}),
        ("encryptionKey", "alias/aws/s3"),
        ("accessKey", "AKIAIOSFODNN7EXAMPLE"),
        ("accessKeyLastUsed", {"region": "us-east-1", "serviceName": "s3"}),
        ("accessKeyMetadata", [{"userName": "bob", "status": "Active", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}]),
        ("publicKey", "ssh-ed25519 AAAA"),
        ("hostKeyPair", "laptop"),
        ("passRole", "deploy"),
        ("PassRoleArn", "x"),
        ("passwordLastUsed", "2026-03-01T00:00:00Z"),
        ("passThrough", "x"),
        ("bypass", "x"),
        ("compass", "x"),
        ("overpass", "x"),
        ("passed", "x"),
        ("design", "x"),
        ("pskId", "x"),
    ],
)
def test_what_only_describes_a_secret_stays_readable(key: str, value: Any) -> None:
    assert masked({key: value}) == {key: value}


def test_temporary_credentials_keep_their_id_and_lose_their_secret() -> None:
    credentials = {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": SECRET, "sessionToken": SECRET, "expiration": "now"}
    assert masked({"credentials": credentials})["credentials"] == {
        "accessKeyId": "ASIAEXAMPLE",
        "secretAccessKey": MASK,
        "sessionToken": MASK,
        "expiration": "now",
    }


@pytest.mark.parametrize(
    "pair",
    [
        {"name": "DB_PASSWORD", "value": SECRET},
        {"parameterKey": "AdminPassword", "parameterValue": SECRET},
        {"optionName": "API_TOKEN", "value": SECRET},
        {"name": "/prod/db", "type": "SecureString", "value": SECRET},
        {"Key": "client_secret", "Value": SECRET},
    ],
)
def test_a_pair_of_name_and_value_is_masked_by_its_name(pair: dict[str, Any]) -> None:
    assert SECRET not in json.dumps(masked({"environment": [pair]}))
    assert MASK in json.dumps(masked({"environment": [pair]}))


@pytest.mark.parametrize(
    "request_parameters",
    [
        {"environment": {"variables": {"STRIPE": SECRET}}},
        {"containerDefinitions": [{"environment": [{"name": "STRIPE", "value": SECRET}]}]},
        {"environment": {"environmentVariables": [{"name": "STRIPE", "value": SECRET, "type": "PLAINTEXT"}]}},
        {"primaryContainer": {"environment": {"STRIPE": SECRET}}},
        {"environment": {"DB": SECRET, "x": SECRET}},
        {"environment": {"x": SECRET, "DB": SECRET}},
        {"environment": ["STAGE=prod", f"STRIPE={SECRET}"]},
        {"environment": ["prod", {"name": "STRIPE", "value": SECRET}]},
        {"imageConfiguration": {"runtimeEnvironmentVariables": {"STRIPE": SECRET}}},
        {"optionSettings": [{"namespace": "aws:elasticbeanstalk:application:environment", "value": SECRET}]},
        {"headerParameters": [{"key": "X-Custom", "value": SECRET, "isValueSecret": True}]},
    ],
    ids=[
        "lambda",
        "ecs",
        "codebuild",
        "sagemaker",
        "one in capitals",
        "the last in capitals",
        "lines",
        "pairs among others",
        "app runner",
        "beanstalk",
        "eventbridge",
    ],
)
def test_the_environment_of_a_program_is_masked_whatever_its_names(request_parameters: dict[str, Any]) -> None:
    assert SECRET not in json.dumps(masked(request_parameters))


def test_an_environment_that_only_describes_a_machine_stays() -> None:
    build = {"environment": {"image": "aws/codebuild/standard:7.0", "type": "LINUX_CONTAINER"}, "stage": "prod"}
    assert masked(build) == build
    named = {"environment": "prod", "deep": [{"environment": ["prod", "test", 7]}, {"environment": {}}]}
    assert masked(named) == named


def test_an_environments_value_is_masked_by_its_path_too() -> None:
    assert mask_value("requestParameters.environment.variables.STRIPE", SECRET) == MASK
    assert mask_value("requestParameters.environment.variables", {"STRIPE": SECRET}) == {"STRIPE": MASK}


def test_the_value_of_a_new_api_key_is_masked_though_nothing_names_it() -> None:
    record = {"eventName": "CreateApiKey", "responseElements": {"id": "abc", "value": SECRET, "name": "web"}}
    shown = mask_record(record, max_bytes=BIG)
    assert shown["responseElements"] == {"id": "abc", "value": MASK, "name": "web"}


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowSecretRead",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122223333:role/ProductionAdministratorAccessRole01",
                "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            },
            "Action": ["secretsmanager:GetSecretValue", "sts:AssumeRoleWithWebIdentity", "ssm:GetParameter*"],
            "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf",
            "Condition": {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "s3:signatureversion": "AWS4-HMAC-SHA256",
                    "secretsmanager:SecretId": "prod/db",
                    "aws:RequestTag/token": "no",
                },
                "Null": {"aws:TokenIssueTime": "true"},
            },
        }
    ],
}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), None], ids=["compact", "spaced", "indented"])
def test_a_policy_is_kept_letter_by_letter(separators: tuple[str, str] | None) -> None:
    text = json.dumps(POLICY, separators=separators, indent=None if separators else 2)
    assert masked({"policyDocument": text, "bucketPolicy": POLICY}) == {"policyDocument": text, "bucketPolicy": POLICY}


def test_json_inside_a_text_stays_json_when_something_in_it_is_masked() -> None:
    inner = {
        "user": "bob",
        "password": SECRET,
        "passwords": [SECRET],
        "pin_token": 12345678,
        "deep": {"apiKey": SECRET},
    }
    shown = json.loads(masked({"text": json.dumps(inner)})["text"])
    assert shown == {"user": "bob", "password": MASK, "passwords": [MASK], "pin_token": MASK, "deep": {"apiKey": MASK}}


def test_json_in_json_in_a_text_is_looked_into() -> None:
    inner = json.dumps({"body": json.dumps({"password": SECRET, "user": "bob"})})
    assert json.loads(json.loads(masked({"text": inner})["text"])["body"]) == {"password": MASK, "user": "bob"}


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "%s", "password": "harmless"}',
        '{"a": 1, "password": "%s"',
        '{"passwords": ["%s", "x"], "a": tru',
        '{"password": "%s", "n": 1' + "0" * 5000 + "}",
        "[" * 5000 + '{"password": "%s"}',
    ],
    ids=["key twice", "cut off", "list cut off", "huge number", "deep"],
)
def test_a_text_that_only_looks_like_json_is_masked_as_a_text(text: str) -> None:
    assert SECRET not in masked({"text": text.replace("%s", SECRET)})["text"]


def test_a_harmless_pair_stays() -> None:
    assert masked([{"name": "STAGE", "value": "prod"}]) == [{"name": "STAGE", "value": "prod"}]


@pytest.mark.parametrize(
    "text",
    [
        f"mysql --user admin --password {SECRET} -h db",
        f"export DB_PASSWORD={SECRET}",
        f'{{"username": "admin", "password": "{SECRET}"}}',
        f'{{\\"password\\":\\"{SECRET}\\"}}',
        f"password: {SECRET}",
        f"postgresql://admin:{SECRET}@db.example.com/prod",
        f"Authorization: Bearer {SECRET}abcdef",
        f"curl -H 'x-api-key: {SECRET}'",
        f"https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature={SECRET}&x=1",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
        f"<ike><pre_shared_key>{SECRET}</pre_shared_key></ike>",
        f"curl -u admin:{SECRET} https://example.com",
        f'$env:DB_PASSWORD = "{SECRET}"',
        f"password == {SECRET}",
        f'"password" => "{SECRET}"',
        f"password := {SECRET}",
        f"passwords=[{SECRET}",
        f'password="a, {SECRET}',
        f"passwords=[a{', b' * 900}, {SECRET}]{SECRET} x",
        f"password: {{value: {SECRET}}}",
        f'password="a\\"{SECRET}" x',
        f'{{\\"password\\":\\"a\\\\\\"{SECRET}\\", x',
        f"parameters='DbPassword={SECRET}'",
        f'config="a=b;DbPassword={SECRET}"',
        f"list=[password={SECRET}]",
        f'<password>"a"{SECRET}</password>',
        f"{'x' * 90}.password={SECRET}",
        f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={SECRET}==;EndpointSuffix=core.windows.net",
        f"https://x.blob.core.windows.net/c?sv=2024-11-04&sig={SECRET}&se=2026",
        f"mysql -p{SECRET} -u root",
        f"/usr/bin/mysqldump -h mysql.example.com --port=3306 -p{SECRET} db",
        f"sshpass -p {SECRET} ssh host",
        f"sshpass -v -p{SECRET} ssh host",
        f"docker login -u AWS -p {SECRET} 111122223333.dkr.ecr.us-east-1.amazonaws.com",
        f"https://hooks.slack.com/services/T00000000/B00000000/{SECRET}",
        f"https://discord.com/api/webhooks/1/{SECRET}",
        f"https://x.webhook.office.com/webhookb2/{SECRET}",
        f"https://events.pagerduty.com/integration/{SECRET}/enqueue",
    ],
)
def test_a_secret_inside_a_text_is_masked(text: str) -> None:
    shown = masked({"commands": [text]})["commands"][0]
    assert SECRET not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
        "xoxb-123456789012-abcdefghijkl",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "IQoJb3JpZ2luX2VjEC0aCXVzLWVhc3QtMSJIMEYCIQC3XqEpGN6q8FLR",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1",
    ],
    ids=["jwt", "slack", "github", "session token", "secret access key"],
)
def test_a_secret_is_known_by_its_shape(text: str) -> None:
    assert mask_shapes(text) == MASK


@pytest.mark.parametrize(
    "text",
    [
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "s3://bucket/AWSLogs/111122223333/CloudTrail/us-east-1",
        "aws-cli/2.15.0 md/Botocore#1.34.0 ua/2.0 os/linux#6.1",
        "User is not authorized to perform: iam:DeleteGroup",
        "arn:aws:iam::111122223333:role/ProductionAdministratorAccessRole01",
        "<credentials><user>bob</user></credentials>",
        "short",
        "User: arn:aws:sts::111122223333:assumed-role/dev/bob may not perform: iam:PassRole on resource: x",
        "mkdir -p /opt/app; mysql -u root -p; docker run -p 8080:80 web",
        "docker run --name mysql -p3306:3306 mysql",
        "sshpass -e ssh -p 22 host",
        "https://app.slack.com/client/T00000000",
        "design=new, signed: yes, bypass: no, accessKeyId=AKIAIOSFODNN7EXAMPLE, kmsKeyId: alias/prod",
        "password= ",
    ],
)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert mask_shapes(text) == text


@pytest.mark.parametrize("mark", ["HIDDEN_DUE_TO_SECURITY_REASONS", "***", ""])
def test_what_cloudtrail_hid_already_keeps_its_mark(mark: str) -> None:
    assert masked({"password": mark}) == {"password": mark}


@pytest.mark.parametrize(
    "value",
    [
        "x" * 5_000_000,
        ["y" * 50_000] * 2_000,
        {f"k{number}": "z" * 500 for number in range(20_000)},
        [[["é" * 1_000] * 50] * 50] * 3,
    ],
    ids=["one text", "a list", "many keys", "nested lists"],
)
def test_any_size_is_brought_under_the_bound(value: Any) -> None:
    record = {"eventID": "e-1", "requestParameters": value}
    shown = mask_record(record, max_bytes=20_000)
    assert len(json.dumps(shown, ensure_ascii=False).encode()) <= 21_000
    assert shown["eventID"] == "e-1"
    assert "more" in json.dumps(shown)


def test_a_records_own_fields_outlast_a_huge_request() -> None:
    record = (
        {"eventVersion": "1"}
        | {f"k{n}": n for n in range(30)}
        | {"requestParameters": ["x" * 99] * 999, "eventID": "e"}
    )
    assert mask_record(record, max_bytes=3_000)["eventID"] == "e"


def test_when_nothing_else_fits_who_and_what_are_kept() -> None:
    identity = {"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    record = {"eventID": "e-1", "eventName": "RunInstances", "userIdentity": identity}
    bloated = record | {f"k{n}": {"a": "b" * 64} for n in range(50)}
    assert mask_record(bloated, max_bytes=400) == record | {"[cut]": "50 more"}
    assert mask_record(bloated, max_bytes=60) == {"eventID": "e-1", "eventName": "RunInstances"}


def test_a_secret_at_the_edge_of_a_cut_leaves_no_half() -> None:
    shown = masked({"text": "x" * 16_380 + f" password={SECRET}"})
    assert SECRET[:3] not in json.dumps(shown)


def test_nesting_of_any_depth_is_cut() -> None:
    value: Any = "bottom"
    for _ in range(900):
        value = [value]
    assert "nested deeper" in json.dumps(masked(value))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (1.5, 1.5),
        (10**400, "[a very large number]"),
        ("\ud800", "?"),
        ((1, 2), [1, 2]),
        (b"bytes", "[bytes]"),
        (None, None),
    ],
)
def test_what_no_json_can_hold_becomes_text(value: Any, shown: Any) -> None:
    assert masked(value) == shown


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ-",
        "-eyJ",
        "eyJaaaaaaaaaa.",
        'a="',
        "x=[ ",
        "x: [ ",
        "pwd=[ ",
        "pwd={ ",
        "--x [ ",
        "--pwd [ ",
        'password="\\\\',
        'password=\\\\\\"',
        "://a:b",
        "--a ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN AAAAAAAAAAAAAAAAAAAA",
        "token=",
        "\\",
        "xoxb-",
        "aA1/",
        "token=[",
        "<a>",
        "<pwd>",
        "-u a:",
        "mysql -u ",
        "x-mysql ",
        "sshpass -v ",
        "-sshpass ",
        "docker login ",
        "a.",
        "a ",
    ],
)
def test_no_text_takes_much_longer_to_search_than_an_ordinary_one(piece: str) -> None:
    assert seconds_of_searching(piece) < 8 * seconds_of_searching("key=value, ") + 0.1  # it took 25 times as long


def seconds_of_searching(piece: str) -> float:
    marks = ' pwd="a" eyJ :// mysql -p docker login sshpass .com/ -----BEGIN '
    text = marks + piece * (200_000 // len(piece)) + marks
    started_s = time.process_time()
    mask_shapes(text)
    return time.process_time() - started_s


def hostile_texts(count: int) -> list[str]:
    return [f"pwd {number} {'x=[ ' * 5_000}" for number in range(count)]


@pytest.mark.parametrize(
    "value",
    [
        hostile_texts(200),
        {f"k{number}": text for number, text in enumerate(hostile_texts(200))},
        [f'["{text}"]' for text in hostile_texts(200)],
        [{"password": "x", "a": {"b": {}}} for _ in range(100_000)],
        [json.dumps({"password": list(range(9_000))}) for _ in range(80)],
        [f"pwd='{'x' * 10_000}{number}'" for number in range(400)],
    ],
    ids=["texts", "under keys", "documents", "keys", "secret documents", "masked to nothing"],
)
def test_however_large_a_record_is_masking_it_takes_no_longer_than_its_bound_allows(value: Any) -> None:
    started_s = time.process_time()
    shown = [mask_record({"eventID": "e-1", "requestParameters": value}, max_bytes=65_536) for _ in range(5)]
    assert time.process_time() - started_s < 3  # now a half; of texts it took 8
    assert [one["eventID"] for one in shown] == ["e-1"] * 5


def test_of_what_takes_too_long_to_search_only_who_and_what_are_kept() -> None:
    shown = mask_record(
        {"eventID": "e-1", "requestParameters": [json.dumps({"password": ["x"] * 9_000})] * 80}, max_bytes=2_000
    )
    assert shown == {"eventID": "e-1", "[cut]": "1 more"}


def test_a_text_is_searched_once_however_often_the_record_must_be_cut_harder() -> None:
    text = f"password={SECRET} " + "x" * 20_000
    shown = json.dumps(mask_record({"requestParameters": [f"{n}{text}" for n in range(60)]}, max_bytes=10_000))
    assert "more characters" in shown
    assert f"password={MASK}" in shown
    assert SECRET[:3] not in shown


def test_one_value_is_masked_by_its_dotted_path() -> None:
    assert mask_value("responseElements.credentials.sessionToken", "abc") == MASK
    assert mask_value("requestParameters.password.current", "abc") == MASK
    assert mask_value("requestParameters.groupName", "testgroup") == "testgroup"
    assert mask_value("requestParameters.text", "x" * 100, max_chars=10) == "x" * 10 + "[90 more characters]"


def test_names_are_judged_by_their_words() -> None:
    assert is_secret_name("masterUserPassword")
    assert not is_secret_name("_")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_every_record_comes_out_as_strict_json_and_masking_again_changes_nothing(record: dict[str, Any]) -> None:
    shown = mask_record(record, max_bytes=BIG)
    json.dumps(shown, allow_nan=False, ensure_ascii=False).encode()
    assert mask_record(shown, max_bytes=BIG) == shown
