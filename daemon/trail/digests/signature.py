"""Whether a signature is that of a key: SHA-256 with RSA, PKCS #1 v1.5, as CloudTrail signs its digests.

Among the pure modules, since verifying asks no clock, no chance and no machine: the same three values always give the
same answer.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def is_signed_by(der: bytes, *, message: bytes, signature: bytes) -> bool:
    """Whether the holder of this key (DER, PKCS #1 or SubjectPublicKeyInfo) signed the message."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
