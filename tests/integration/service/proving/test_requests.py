"""What a round of proofs asks of AWS is what docs/guarantees.md counts with."""

from __future__ import annotations

import re
from collections import Counter

from daemon.service.daemon import Daemon
from tests.doubles.digests import Trail
from tests.doubles.proven import HOUR, Proven, deliver

_REQUESTS = re.compile(r'^trailwarden_aws_requests_total\{operation="(\w+)"\} (\S+)$', re.MULTILINE)
EACH_ROUND = 2 + 2 * 1 + 2  # a LIST for each shard, two an account, two for the root


def asked(daemon: Daemon) -> Counter[str]:
    return Counter(
        {name: int(float(count)) for name, count in _REQUESTS.findall(daemon.shared.metrics.render().decode())}
    )


def test_a_round_lists_once_a_shard_besides_discovery_and_gets_each_digest_once(place: Proven) -> None:
    place.keys.add(region="us-east-1")  # beside the one of eu-west-1
    for region in ("eu-west-1", "us-east-1"):
        deliver(place, Trail(bucket=place.bucket.name, region=region))
    with place.daemon() as daemon:
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
        before = asked(daemon)
        assert daemon.proving.prove(daemon.watched[0]) is not None
        first = asked(daemon)
        place.clock.advance(HOUR)
        daemon.proving.prove(daemon.watched[0])
        second = asked(daemon)
    assert first - before == Counter(ListObjectsV2=EACH_ROUND, GetObject=2 * 5, ListPublicKeys=2)
    assert second - first == Counter(ListObjectsV2=EACH_ROUND)
