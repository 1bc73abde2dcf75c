"""The policies of deploy/iam against the code: they allow each call that it makes, and nothing that it does not."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from tests.e2e.harness import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "iam"
POLICIES = sorted(FOLDER.glob("*.json"))
SERVICES = ("s3", "sqs", "sns", "sts", "cloudtrail", "organizations")
FOLDERS = ("sources", "notify")  # those that may call AWS, by an import contract
# What IAM calls an operation by another name than the API does; None: everybody may.
ACTIONS: dict[str, str | None] = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sts:GetCallerIdentity": None,
}
BY_AWS_FOR_US = {"kms:Decrypt", "kms:GenerateDataKey"}  # for an encrypted object, message or topic
WITHOUT_RESOURCES = {"cloudtrail:ListPublicKeys", "organizations:ListAccounts"}  # AWS knows no narrower one


def statements(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["Statement"]
    return found


def actions_of(statement: dict[str, Any]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)


def called() -> Iterator[str]:
    """Every operation of AWS that a module of ours calls."""
    session = botocore.session.get_session()
    known = {
        xform_name(operation): f"{service}:{operation}"
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    }
    for path in [file for folder in FOLDERS for file in (REPOSITORY / "daemon" / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = _called_by(node)
            if name == "AssumeRoleCredentialFetcher":
                yield "sts:AssumeRole"
            elif name in known:
                yield known[name]


def _called_by(node: ast.AST) -> str:
    """The method that a call names, or the paginator that it asks for."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Name):
        return node.func.id
    if not isinstance(node.func, ast.Attribute):
        return ""
    first = node.args[0] if node.args else None
    if node.func.attr == "get_paginator" and isinstance(first, ast.Constant):
        return str(first.value)
    return node.func.attr


def test_the_policies_allow_what_the_code_calls_and_nothing_more() -> None:
    asked = set(called())
    assert {
        "s3:GetObject",
        "s3:ListObjectsV2",
        "sqs:ReceiveMessage",
        "cloudtrail:ListPublicKeys",
        "sns:Publish",
    } <= asked
    needed = {action for each in asked if (action := ACTIONS.get(each, each)) is not None}
    allowed = {action for path in POLICIES for statement in statements(path) for action in actions_of(statement)}
    assert allowed == needed | BY_AWS_FOR_US


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_a_policy_is_narrow_and_every_statement_has_a_name(path: Path) -> None:
    for statement in statements(path):
        assert statement["Effect"] == "Allow"
        assert statement["Sid"].isalnum()
        assert not any("*" in action for action in actions_of(statement)), statement["Sid"]
        assert (statement["Resource"] == "*") == (actions_of(statement) <= WITHOUT_RESOURCES), statement["Sid"]


def test_the_page_on_deployment_names_every_policy() -> None:
    page = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert [path.name for path in POLICIES if f"../deploy/iam/{path.name}" not in page] == []
