"""How queues are called in metrics and in alerts."""

from __future__ import annotations

from daemon.service.queues.build import names_of


def test_queues_of_one_name_are_told_apart() -> None:
    urls = [f"https://sqs.{region}.amazonaws.com/111122223333/trail" for region in ("eu-west-1", "us-east-1")]
    assert list(names_of([*urls, "https://sqs.eu-west-1.amazonaws.com/111122223333/calls"]).values()) == [
        "trail",
        "trail#2",
        "calls",
    ]
