from __future__ import annotations

import json
from typing import Any

import pytest

from daemon.trail.masking import is_whole, mask_record, mask_value
from daemon.trail.secrets import MASK

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
    ("record", "expected"),
    [
        ({"eventName": "PutItem", "requestParameters": {"tableName": "t", "list": [1, 2]}}, True),
        ({"requestParameters": {"password": "hunter2"}}, False),
        ({"requestParameters": {"text": "x" * 20_000}}, False),
        ({"requestParameters": {"list": [1] * 600}}, False),
        ({"requestParameters": {str(key): 1 for key in range(600)}}, False),
        ({"requestParameters": {"n": 10**40}}, False),
    ],
    ids=["nothing", "a secret", "a long text", "a long list", "many keys", "a large number"],
)
def test_a_record_tells_whether_anything_was_taken_out_of_it(record: dict[str, Any], expected: bool) -> None:
    assert is_whole(mask_record(record, max_bytes=100_000)) is expected
