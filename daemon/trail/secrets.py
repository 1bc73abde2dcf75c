"""What a secret looks like: by the name it goes under, and by its own shape.

Names are judged on the safe side: one that speaks of a secret holds it, unless its last word says that it only
describes one (`secretArn`, `minimumPasswordLength`, `tokenType`).
"""

from __future__ import annotations

import re

MASK = "[masked]"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = re.compile(
    r"password|passwd|pwd|passphrase|passcode|secret|token|privatekey|authorization|signature|assertion|cookie"
    r"|credential|apikey|authkey|sshkey|certkey|sharedkey|userdata|keymaterial|plaintext|bearer|customerkey$|otp$"
    r"|(mfa|auth|authentication|confirmation|verification|activation|device|user)code[0-9]*$|codeverifier|stringseed"
    r"|qrcodepng"
)
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
# Most names and texts hold none of these: it spares them the costlier search.
_HINT = re.compile(
    "pass|pwd|secret|token|key|auth|signature|assertion|cookie|credential|data|code|plain|bearer|seed", re.IGNORECASE
)
_SHORTEST = 8  # pwd=abcd
_SHAPES = (  # a mark that must be there, and the shape; what could be searched for long is bounded
    (
        "-----BEGIN",
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
    ),
    ("eyJ", re.compile(r"\beyJ[\w-]{8,2000}+\.[\w-]{8,}+\.[\w-]*+")),  # JSON web token
    ("x", re.compile(r"\b(?:xox[a-z]|xapp)-[\w-]{10,}")),  # Slack
    ("_", re.compile(r"\b(?:gh[a-z]_|github_pat_|[rs]k_live_)\w{16,}")),  # GitHub, Stripe
    ("glpat-", re.compile(r"\bglpat-[\w-]{16,}")),  # GitLab
    ("JpZ2lu", re.compile(r"\bIQoJb3JpZ2lu[A-Za-z0-9/+=]{16,}")),  # AWS session token
    ("oGZXIvYXdz", re.compile(r"\bF[wQ]oGZXIvYXdz[A-Za-z0-9/+=]{16,}")),  # the same, older
    ("asic ", re.compile(r"(?<=\b[Bb]asic )[\w.~+/=-]{8,}")),
    ("earer ", re.compile(r"(?<=\b[Bb]earer )[\w.~+/=-]{8,}")),
    ("-u ", re.compile(r"(?<=\s-u )[^\s:]{1,100}:\S+")),  # curl -u user:password
    ("://", re.compile(r"(?<=://)[^/\s:@]{0,200}:[^/\s@]{1,200}(?=@)")),  # user:password@ in a URL
)
_ACCESS_KEY = (
    re.compile(  # AWS secret access key: 40 characters of every class that stand alone and are no path (role/…)
        r"(?<![\w/+=-])(?![a-z]{3,20}/)(?=[a-z0-9/+]{0,39}[A-Z])(?=[A-Z0-9/+]{0,39}[a-z])(?=[A-Za-z/+]{0,39}[0-9])"
        r"[A-Za-z0-9/+]{40}(?![\w/+=-])"
    )
)
_ACCESS_KEY_LENGTH = 40
_VALUE = r"""(?:\[[^\]]{0,2000}(?:\]|\Z)|\\*"(?:[^"\\]|\\+[^"\\])*(?:\\*"|\\*\Z)|'[^']*(?:'|\Z)|[^\s"'&,;}\\]+)"""
_ASSIGNMENTS = (
    # A bare colon is no sign of an assignment: ARNs and actions are full of them (secretsmanager:GetSecretValue).
    re.compile(
        rf"""(?P<name>(?<![\w.-])[\w.-]{{1,80}}+)(?P<sign>\\*["']\s{{0,4}}[:=]\s{{0,4}}|\s?=\s?|:\s{{1,4}}){_VALUE}"""
    ),
    re.compile(r"(?P<name>(?<=<)[\w:.-]{1,80}+)(?P<sign>>)[^<]{1,4000}"),  # XML
    re.compile(rf"(?P<name>(?<!\S)--?[\w-]{{1,80}}+)(?P<sign>\s{{1,4}}){_VALUE}"),
)


def is_secret_name(name: str) -> bool:
    """Whether what goes under this key is a secret."""
    if _HINT.search(name) is None and not name.lower().endswith("otp"):
        return False
    words = [word.lower() for word in _WORD.findall(name[:200])]
    joined = "".join(words)
    if _CONDITION.fullmatch(name[:200]):
        return False
    if not words or _DESCRIPTIVE.fullmatch(words[-1]) or _HARMLESS.fullmatch(joined):
        return False
    return bool(_SECRET.search(joined))


def mask_shapes(text: str) -> str:
    """Mask what looks like a secret wherever it stands in a text, also in JSON or a command line inside it."""
    if len(text) < _SHORTEST:
        return text
    for mark, shape in _SHAPES:
        if mark in text:
            text = shape.sub(MASK, text)
    if len(text) >= _ACCESS_KEY_LENGTH:
        text = _ACCESS_KEY.sub(MASK, text)
    if _HINT.search(text) is None:
        return text
    for assignment in _ASSIGNMENTS:
        text = assignment.sub(_masked_assignment, text)
    return text


def _masked_assignment(match: re.Match[str]) -> str:
    return f"{match['name']}{match['sign']}{MASK}" if is_secret_name(match["name"]) else match[0]
