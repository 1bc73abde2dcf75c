"""Secrets inside a text, told by their own shape or by the name they are assigned to, and masked.

Anybody may choose the text, so each step is linear in its length: what a search has looked at and given up is not
looked at again, which is why repeats are possessive, groups atomic, and values read only where a name asks for it.
"""

from __future__ import annotations

import re

from daemon.trail.secrets import MASK, is_secret_name

_SHORTEST = 6  # pass=a
_SHAPES = (  # a mark that must be there, and the shape; what is found in a group `keep` stays
    (
        "-----BEGIN",
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
    ),
    (
        "eyJ",
        re.compile(r"(?P<keep>(?<![\w-])(?>(?:\w*+-)*?(?=eyJ)))[\w-]{11,}+\.[\w-]{8,}+\.[\w-]*+"),
    ),  # JSON web token
    ("x", re.compile(r"\b(?:xox[a-z]|xapp)-[\w-]{10,}+")),  # Slack
    ("_", re.compile(r"\b(?:gh[a-z]_|github_pat_|[rs]k_live_)\w{16,}+")),  # GitHub, Stripe
    ("glpat-", re.compile(r"\bglpat-[\w-]{16,}+")),  # GitLab
    ("JpZ2lu", re.compile(r"\bIQoJb3JpZ2lu[A-Za-z0-9/+=]{16,}+")),  # AWS session token
    ("oGZXIvYXdz", re.compile(r"\bF[wQ]oGZXIvYXdz[A-Za-z0-9/+=]{16,}+")),  # the same, older
    ("asic ", re.compile(r"(?<=\b[Bb]asic )[\w.~+/=-]{8,}+")),
    ("earer ", re.compile(r"(?<=\b[Bb]earer )[\w.~+/=-]{8,}+")),
    ("://", re.compile(r"(?<=://)[^/\s:@]{0,200}+:[^/\s@]{1,200}+(?=@)")),  # user:password@ in a URL
    # Addresses that are a secret, since whoever knows one may post: Slack, Discord, Teams, PagerDuty
    (
        ".com/",
        re.compile(
            r"(?P<keep>hooks\.slack(?:-gov)?\.com/\w{1,20}/|discord(?:app)?\.com/api/webhooks/"
            r"|webhook\.office\.com/|events\.pagerduty\.com/integration/)[^\s\"'<>\\]++"
        ),
    ),
    ("-u ", re.compile(r"(?<=\s-u )[^\s:]{1,100}+:\S++")),  # curl -u user:password
    # Passwords on the command line. No word that begins such a shape is passed over: it begins anew there. Groups are
    # atomic by (?>…) here, never by (…)*+: Python before 3.11.4 finds nothing with the latter.
    ("sshpass", re.compile(r"(?P<keep>\bsshpass(?>(?:\s+-[evV])*)\s+-p\s*)\S++")),
    (
        "login",
        re.compile(r"(?P<keep>\b(?:docker|podman) login(?>(?:\s+(?!-p)(?>(?:(?!login)[^\s|;])+))*)\s+-p\s*)\S++"),
    ),
    (
        " -p",  # mysql -ppassword, mysqldump, mariadb; -p3306:3306 is a port of docker's
        re.compile(
            r"(?P<keep>\b(?:mysql|mariadb)(?>(?:(?!mysql|mariadb)[^\s|;])*)"
            r"(?>(?:\s+(?!-p)(?>(?:(?!mysql|mariadb)[^\s|;])+))*)\s+-p)(?!\d+:)[^\s|;]\S*+"
        ),
    ),
)
_ACCESS_KEY = (
    re.compile(  # AWS secret access key: 40 characters of every class that stand alone and are no path (role/…)
        r"(?<![\w/+=-])(?![a-z]{3,20}/)(?=[a-z0-9/+]{0,39}[A-Z])(?=[A-Z0-9/+]{0,39}[a-z])(?=[A-Za-z/+]{0,39}[0-9])"
        r"[A-Za-z0-9/+]{40}(?![\w/+=-])"
    )
)
_ACCESS_KEY_LENGTH = 40
_VALUE = re.compile(r"""'[^']*+'?|(?:\[[^\]]*+\]?|\{[^}]*+\}?)?[^\s"'&,;}\\]*+""")
_ASSIGNED = (  # a mark that must be there, a name and its sign, and what the value is
    # A bare colon is no sign of an assignment: ARNs and actions are full of them (secretsmanager:GetSecretValue).
    (
        "",
        re.compile(
            r"""(?P<name>(?<![\w.-])[\w.-]++)"""
            r"""(?:\\*+["']\s{0,4}+(?:=>|[:=])\s{0,4}+|\s?+:?(?:=>|==?)\s?+|:\s{1,4}+)"""
        ),
        _VALUE,
    ),
    ("<", re.compile(r"(?<=<)(?P<name>[\w:.-]++)>"), re.compile(r"[^<]*+")),  # XML
    ("-", re.compile(r"(?<!\S)(?P<name>--?[\w-]++)\s{1,4}+"), _VALUE),
)
_QUOTE = re.compile(r'(?<!\\)(\\*+)"')


def mask_shapes(text: str) -> str:
    """Mask what looks like a secret wherever it stands in a text, also in JSON or a command line inside it."""
    if len(text) < _SHORTEST:
        return text
    for mark, shape in _SHAPES:
        if mark in text:
            text = shape.sub(rf"\g<keep>{MASK}" if shape.groups else MASK, text)
    if len(text) >= _ACCESS_KEY_LENGTH:
        text = _ACCESS_KEY.sub(MASK, text)
    for mark, assigned, value in _ASSIGNED:
        if mark in text:
            text = _mask_assigned(text, assigned, value)
    return text


def _mask_assigned(text: str, assigned: re.Pattern[str], value: re.Pattern[str]) -> str:
    """Mask the values of telling names. Those of others are looked into: `parameters="DbPassword=…"`."""
    shown: list[str] = []
    start = 0
    found = assigned.search(text)
    while found:
        end = found.end()
        if is_secret_name(found["name"]):
            stop = _end_of_value(text, end, value)
            if stop > end:
                shown += (text[start:end], MASK)
                start = end = stop
        found = assigned.search(text, end)
    return "".join((*shown, text[start:]))


def _end_of_value(text: str, start: int, value: re.Pattern[str]) -> int:
    """Where the value that begins at `start` ends: at the text's end if its quote or bracket is never closed."""
    opening = _QUOTE.match(text, start) if value is _VALUE else None
    if opening is None:
        found = value.match(text, start)
        return found.end() if found else start
    escape = len(opening[1])
    for quote in _QUOTE.finditer(text, opening.end()):
        # In JSON inside JSON each backslash stands doubled: at the depth of the opening quote (0, 1, 3, 7 of them)
        # that many end the value, and twice as many and one more are a quote in it.
        if len(quote[1]) % (2 * escape + 2) == escape or len(quote[1]) < escape:
            return quote.end()
    return len(text)
