from __future__ import annotations

from typing import Any

import pytest

from daemon.trail.masking import mask_record
from daemon.trail.secrets import MASK
from daemon.trail.shapes import mask_shapes

SECRET = "Sup3r-geheim"
BIG = 1_000_000


def masked(value: Any) -> Any:
    return mask_record({"requestParameters": value}, max_bytes=BIG)["requestParameters"]


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
