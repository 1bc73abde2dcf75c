"""What proof of completeness remembers: found again after a restart, once, and bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from daemon.model import (
    ChainState,
    CheckedDigest,
    DigestOutcome,
    Head,
    ListedFile,
    ObjectState,
    Outstanding,
    Proof,
    PublicKey,
    Settlement,
)
from daemon.record.store import Store
from tests.doubles.state_values import EUROPE, NOON, SOURCE, finding, listing, log_object, result

HEAD = Head(key="d1", sha256="aa", signature="bb", ended_at=NOON)
CHAIN = ChainState(name="shard/main", log_path=EUROPE.path, began_at=NOON - timedelta(hours=1), head=HEAD)
CHECKED = CheckedDigest(key="d1", etag="e1", outcome=DigestOutcome.VERIFIED, chain=CHAIN)
HASH = "ab" * 32


def opened(store: Store) -> Store:
    store.ledger.open_source(SOURCE, start_at=NOON, now=NOON)
    return store


def named(key: str, sha256: str = HASH) -> Outstanding:
    return Outstanding(
        file=ListedFile(bucket="trail", key=key, sha256=sha256), digest_key="d1", trail="main", ended_at=NOON
    )


def test_a_digest_moves_its_chain_and_is_known_by_its_etag(store: Store) -> None:
    digests = opened(store).digests
    digests.record(SOURCE, CHECKED, now=NOON)
    assert digests.chains(SOURCE) == {CHAIN.name: CHAIN}
    assert digests.checked(SOURCE, ["d1", "d2"]) == {"d1": ("e1", DigestOutcome.VERIFIED)}
    assert digests.chains("s3://other") == {}
    moved = replace(CHAIN, head=replace(HEAD, key="d2"))
    digests.record(SOURCE, replace(CHECKED, key="d2", chain=moved), now=NOON)
    assert digests.chains(SOURCE) == {CHAIN.name: moved}


def test_a_source_that_was_never_listed_is_not_known(store: Store) -> None:
    assert store.digests.began_at(SOURCE) == (False, None)
    assert opened(store).digests.began_at(SOURCE) == (True, NOON)


def test_the_hash_of_a_finished_file_is_found_by_its_key(store: Store) -> None:
    opened(store).ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
    key = log_object().key
    known = store.digests.known(SOURCE, [key, "no/key"])[key]
    assert (known.state, known.sha256) == (ObjectState.PENDING, None)
    done = replace(result(row_id=known.row_id), sha256=HASH)
    store.recorder.complete([done], plans=(), ruleset_digest="", now=NOON)
    known = store.digests.known(SOURCE, [key])[key]
    assert (known.state, known.sha256, known.proof) == (ObjectState.DONE, HASH, None)
    store.digests.settle(SOURCE, Settlement(proofs={known.row_id: Proof.PROVED}), now=NOON)
    assert store.digests.known(SOURCE, [key])[key].proof is Proof.PROVED


def test_a_file_that_was_gone_and_is_back_has_neither_hash_nor_proof(store: Store) -> None:
    opened(store).ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
    (row,) = store.ledger.pending(SOURCE, now=NOON, limit=9)
    gone = replace(result(row_id=row.row_id, state=ObjectState.GONE), sha256=HASH)
    store.recorder.complete([gone], plans=(), ruleset_digest="", now=NOON)
    store.digests.settle(SOURCE, Settlement(proofs={row.row_id: Proof.PROVED}), now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
    known = store.digests.known(SOURCE, [log_object().key])[log_object().key]
    assert (known.state, known.sha256, known.proof) == (ObjectState.PENDING, None, None)


def test_files_stay_outstanding_until_they_are_settled_and_remember_when_they_were_first_missed(store: Store) -> None:
    digests = opened(store).digests
    digests.record(SOURCE, replace(CHECKED, files=(named("a"), named("b"), named("c"))), now=NOON)
    digests.settle(SOURCE, Settlement(proofs={}, settled=("a",), missed=("b",)), now=NOON)
    digests.settle(SOURCE, Settlement(proofs={}, missed=("b",)), now=NOON + timedelta(hours=1))
    left = digests.outstanding(SOURCE, after="", limit=9)
    assert [(each.file.key, each.missed_at) for each in left] == [("b", NOON), ("c", None)]
    assert digests.count_outstanding(SOURCE) == 1
    assert [each.file.key for each in digests.outstanding(SOURCE, after="b", limit=9)] == ["c"]


def test_a_finding_waits_until_it_is_told_and_never_comes_again(store: Store) -> None:
    digests = opened(store).digests
    both = Settlement(proofs={}, findings=(finding("one"), finding("two", since=NOON)))
    assert digests.settle(SOURCE, both, now=NOON) == 2
    assert digests.settle(SOURCE, both, now=NOON) == 0
    waiting = digests.untold(limit=9)
    assert {each for _, each in waiting} == set(both.findings)
    digests.tell([event_id for event_id, _ in waiting], now=NOON)
    assert digests.settle(SOURCE, both, now=NOON) == 0
    assert digests.untold(limit=9) == []


def test_digests_and_findings_are_forgotten_in_time_and_chains_are_not(store: Store) -> None:
    digests = opened(store).digests
    digests.record(SOURCE, replace(CHECKED, findings=(finding(),)), now=NOON)
    digests.tell([event_id for event_id, _ in digests.untold(limit=9)], now=NOON)
    keep = timedelta(days=1)
    store.prune(keep_alerts=keep, keep_objects=keep, now=NOON + timedelta(days=5))
    assert digests.checked(SOURCE, ["d1"]) == {}
    assert digests.record(SOURCE, replace(CHECKED, findings=(finding(),)), now=NOON) == 0
    store.prune(keep_alerts=keep, keep_objects=keep, now=NOON + timedelta(days=70))
    assert digests.record(SOURCE, replace(CHECKED, findings=(finding(),)), now=NOON) == 1
    assert digests.chains(SOURCE) == {CHAIN.name: CHAIN}


def test_keys_are_kept_and_replaced(store: Store) -> None:
    key = PublicKey(region="r", fingerprint="f", der=b"1", valid_from=NOON, valid_until=NOON)
    later = replace(key, valid_until=NOON + timedelta(days=1))
    for given in ([key], [later], []):
        store.digests.keep_public_keys(given)
    assert store.digests.public_keys() == [later]
