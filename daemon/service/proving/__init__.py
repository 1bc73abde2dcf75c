"""Proof of completeness while the daemon runs: digests verified each hour, the ledger compared, findings told."""
