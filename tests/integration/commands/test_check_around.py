"""`trailwarden check` looks at what stands beside events: databases of addresses, names of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from daemon.commands.check import check_all
from tests.doubles.address_databases import GERMANY, write_database
from tests.doubles.aws import ACCESS_KEY, REGION, SECRET_KEY, forget_organizations, moto_server
from tests.doubles.rule_text import rule_text

CONFIG = """
sources: [{url: "file:bucket"}]
rules: {paths: [rules]}
state: {url: "sqlite:///state.db"}
destinations: [{name: terminal, type: console}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/rule.yml").write_bytes(rule_text())
    return tmp_path


def check(folder: Path, more: str, *, is_offline: bool = True) -> int:
    path = folder / "config.yaml"
    path.write_text(CONFIG + more)
    return check_all(path, is_offline=is_offline, environment={})


def test_a_database_that_can_be_read_is_fine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_database(folder / "country.mmdb", {"203.0.113.0/24": GERMANY})
    assert check(folder, "geoip: {country: country.mmdb}") == 0
    assert f"ok     geoip: {path} is a database of addresses" in capsys.readouterr().out


def test_each_database_that_cannot_be_used_is_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "asn.mmdb").write_bytes(b"no database")
    assert check(folder, "geoip: {country: country.mmdb, asn: asn.mmdb}") == 1
    told = capsys.readouterr().out
    assert f"FAULT  geoip: {folder}/country.mmdb: No such file or directory; download the database" in told
    assert f"FAULT  geoip: {folder}/asn.mmdb: is no MaxMind database" in told


@pytest.fixture
def organizations(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with moto_server() as url:
        for name, value in {
            "AWS_ENDPOINT_URL_ORGANIZATIONS": url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_DEFAULT_REGION": REGION,
        }.items():
            monkeypatch.setenv(name, value)
        yield url


def test_names_are_asked_for_where_that_is_wanted(
    folder: Path, organizations: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_organizations()
    boto3.client("organizations", endpoint_url=organizations, region_name=REGION).create_organization(FeatureSet="ALL")
    check(folder, "organization: {names: true}", is_offline=False)
    assert "ok     organization: names of 1 accounts" in capsys.readouterr().out


def test_whoever_may_not_ask_hears_what_to_do(
    folder: Path, organizations: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert check(folder, "organization: {names: true}", is_offline=False) == 1
    told = capsys.readouterr().out
    assert "FAULT  organization: " in told
    assert "organization.role_arn, or write the names under accounts" in told


def test_without_being_asked_for_neither_is_looked_at(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder, "organization: {role_arn: x, names: true}", is_offline=False) == 2
    told = capsys.readouterr().out
    assert "ok     organization" not in told
    assert "geoip" not in told


def test_an_account_without_an_id_or_a_name_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder, "accounts: {1111: prod}") == 2
    assert "accounts: '1111' is no account id, which has twelve digits" in capsys.readouterr().out
    assert check(folder, "accounts: {111122223333: {ou: Sandbox}}") == 2
    assert "accounts.111122223333.name: is missing; add it" in capsys.readouterr().out
