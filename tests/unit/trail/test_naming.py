from __future__ import annotations

import pytest

from daemon.trail.naming import named_account, with_names

PROD, DEV = "111122223333", "444455556666"
NAMES = {PROD: "prod", DEV: "dev"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Account {PROD} has fallen silent.", f"Account prod ({PROD}) has fallen silent."),
        (f"root of {PROD} and {DEV}, both", f"root of prod ({PROD}) and dev ({DEV}), both"),
        (f"{PROD}: gone", f"prod ({PROD}): gone"),
        (f"({PROD})", f"(prod ({PROD}))"),
        ("of 999999999999", "of 999999999999"),
        (f"arn:aws:iam::{PROD}:role/x", f"arn:aws:iam::{PROD}:role/x"),
        (f"arn:aws:iam::{PROD}:root", f"arn:aws:iam::{PROD}:root"),
        (f"AWSLogs/{PROD}/CloudTrail/{PROD}_CloudTrail", f"AWSLogs/{PROD}/CloudTrail/{PROD}_CloudTrail"),
        (f"s3://trail-{PROD}-logs", f"s3://trail-{PROD}-logs"),
        (f"{PROD}.dkr", f"prod ({PROD}).dkr"),
        (f"1{PROD} {PROD}1 {PROD}.5", f"1{PROD} {PROD}1 {PROD}.5"),
        ("١١١١٢٢٢٢٣٣٣٣", "١١١١٢٢٢٢٣٣٣٣"),
    ],
)
def test_an_id_that_stands_alone_gets_its_name_and_one_within_something_does_not(text: str, expected: str) -> None:
    assert with_names(text, NAMES) == expected


def test_without_names_a_text_stays_as_it_is() -> None:
    assert with_names(f"Account {PROD}", {}) == f"Account {PROD}"


def test_a_name_is_cleaned_and_cut_since_whoever_owns_an_account_names_it() -> None:
    assert named_account(PROD, {PROD: "p\u202er\x1bod\n" + "x" * 100}) == f"prod {'x' * 54}… ({PROD})"
    assert named_account(PROD, {PROD: "\u200b"}) == PROD
