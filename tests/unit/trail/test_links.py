from __future__ import annotations

import pytest

from daemon.trail.links import event_link

ID = "4f1a2b3c-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("ap-southeast-7", "ap-southeast-7.console.aws.amazon.com"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
    ],
)
def test_the_link_leads_into_the_console_of_the_partition(region: str, host: str) -> None:
    assert event_link(event_id=ID, region=region) == f"https://{host}/cloudtrailv2/home?region={region}#/events/{ID}"


@pytest.mark.parametrize(
    "region",
    [
        "",
        "evil.example.com/",
        "us-east-1.evil",
        "us-east-1/",
        "us-east-1\n",
        "us-iso-east-1",
        "us-isob-east-1",
        "eusc-de-east-1",
    ],
)
def test_what_is_no_region_with_a_public_console_gives_no_link(region: str) -> None:
    assert event_link(event_id=ID, region=region) is None


@pytest.mark.parametrize("event_id", ["", "sha256:abc"])
def test_an_event_without_an_id_of_its_own_has_no_page(event_id: str) -> None:
    assert event_link(event_id=event_id, region="us-east-1") is None


def test_a_hostile_event_id_stays_inside_the_address() -> None:
    link = event_link(event_id="x|<!channel>/../?a#b ", region="us-east-1")
    assert link is not None
    assert link.endswith("#/events/x%7C%3C%21channel%3E%2F..%2F%3Fa%23b%20")
