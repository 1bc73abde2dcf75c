"""From a source's configuration to what watches it: requests counted, long listings and proofs kept alive."""

from __future__ import annotations

from daemon.config import Config, SourceConfig
from daemon.ports import Source
from daemon.service.makers import Makers
from daemon.service.polling import loop_name as poll_loop
from daemon.service.proofs import loop_name as proof_loop
from daemon.service.proving.prover import SourceProver
from daemon.service.shared import Shared, Watched
from daemon.sources.build import policy_of, scope_of, source_name
from daemon.sources.poll import Poller
from daemon.sources.purpose import LIST_OPERATION, Purpose, purpose_now


def watch(each: SourceConfig, *, config: Config, shared: Shared, made: Makers) -> Watched:
    """The source, its poller, and what proves it, with what they tell of themselves."""
    name = source_name(each)

    def on_request(operation: str) -> None:
        shared.metrics.aws_requests.labels(operation).inc()
        if operation == LIST_OPERATION:
            shared.metrics.list_requests.labels(name, purpose_now()).inc()

    source = made.source(each, clock=made.clock, on_request=on_request)
    shared.metrics.begin_source(source.name, purposes=Purpose if each.is_remote else ())
    shared.metrics.poll_every.labels(source.name).set(each.poll_every.total_seconds())

    def is_stopping() -> bool:
        """Asked after each shard, so that a listing of a hundred thousand of them counts as alive."""
        shared.health.beat(poll_loop(source.name))
        return shared.is_stopping()

    poller = Poller(
        source,
        shared.store.ledger,
        clock=made.clock,
        scope=scope_of(each),
        policy=policy_of(each, keep_objects=config.state.keep_objects),
        is_stopping=is_stopping,
    )
    return Watched(
        config=each,
        source=source,
        poller=poller,
        prover=None if each.digest == "off" else _prover(each, source, config=config, shared=shared, made=made),
    )


def _prover(each: SourceConfig, source: Source, *, config: Config, shared: Shared, made: Makers) -> SourceProver:
    def is_stopping() -> bool:
        shared.health.beat(proof_loop(source.name))
        return shared.is_stopping()

    return made.prover(
        each,
        source,
        store=shared.store,
        keep_objects=config.state.keep_objects,
        clock=made.clock,
        is_stopping=is_stopping,
        on_request=lambda operation: shared.metrics.aws_requests.labels(operation).inc(),
    )
