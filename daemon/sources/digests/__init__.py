"""Digest files as they lie in a trail: found, fetched, and verified by the keys that AWS gives."""
