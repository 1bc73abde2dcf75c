"""Which names speak of a secret.

Judged on the safe side: a name that speaks of a secret holds it, unless its last word says that it only describes one
(`secretArn`, `minimumPasswordLength`, `tokenType`).
"""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "[masked]"

_LONGEST = 200
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = re.compile(
    r"password|passwd|pwd|passphrase|passcode|secret|token|privatekey|authorization|signature|assertion|cookie"
    r"|credential|apikey|authkey|sshkey|certkey|sharedkey|userdata|keymaterial|plaintext|bearer|customerkey$|otp$"
    r"|(account|encryption|access)keys?[0-9]*$"
    r"|(mfa|auth|authentication|confirmation|verification|activation|device|user)code[0-9]*$|codeverifier|stringseed"
    r"|qrcodepng"
)
# Too short to be looked for inside others: DB_PASS, but not passRole, bypass or design. `sig` signs Azure's addresses.
_SECRET_ENDING = re.compile(r"[a-z]*(?:psk|pw|(?<!by)(?<!com)(?<!over)(?<!under)(?<!tres)(?<!sur)pass)|sig")
_DESCRIPTIVE = re.compile(
    r"ids?|arns?|names?|types?|length|age|prevention|required|enabled|polic(y|ies)|used|status|versions?|stages?"
    r"|validity|units?|count|duration|expir(ation|y|es)|endpoint|ur[il]|region|date|time|at|algorithm|method|provider"
    r"|limit|format|description|rotation|rules?|md5|source|console|report|from|scopes?|owner"
)
# Tokens that open no door, http tokens, which say whether IMDSv2 is required, and what speaks of somebody's token.
_HARMLESS = re.compile(
    r"(client|clientrequest|idempotency|next|pagination|continuation|creation)token|httptokens"
    r"|subjectfromwebidentitytoken|authorizationconfig"
)
# Keys of conditions in policies: aws:RequestTag/token, token.actions.githubusercontent.com:sub
_CONDITION = re.compile(
    r"(?:aws|s3|sts|iam|kms|ssm|secretsmanager|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w/-]+)?):[\w.:/=+@-]+"
)
# Most names hold none of these: it spares them the costlier search.
_HINT = re.compile(
    "pass|pw|psk|sig|secret|token|key|auth|assertion|cookie|credential|data|code|plain|bearer|seed", re.IGNORECASE
)


def is_secret_name(name: str) -> bool:
    """Whether what goes under this key is a secret."""
    return _is_secret(name[:_LONGEST])


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    if _HINT.search(name) is None and not name.lower().endswith("otp"):
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    if _CONDITION.fullmatch(name):
        return False
    if not words or _DESCRIPTIVE.fullmatch(words[-1]) or _HARMLESS.fullmatch(joined):
        return False
    ending = words[-2] if len(words) > 1 and words[-1].isdecimal() else words[-1]  # DB_PASS_2
    return bool(_SECRET.search(joined) or _SECRET_ENDING.fullmatch(ending))
