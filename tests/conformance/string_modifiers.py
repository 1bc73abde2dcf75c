"""Sigma modifiers, "String Modifiers": windash, regular expressions and encodings."""

from __future__ import annotations

import base64

from tests.conformance.cases import Case, Refusal, Section
from tests.conformance.values import agent

_DASHES = "-/\u2013\u2014\u2015"
_RE2 = "RE2 is the dialect: no pattern can run away on a text that an attacker wrote. It has no look-around."


def b64(text: str, codec: str = "utf-8", mark: bytes = b"") -> str:
    """What a text becomes, by the standard library."""
    return base64.b64encode(mark + text.encode(codec)).decode()


STRINGS = Section(
    title="String modifiers",
    about="`windash`.",
    rows=(
        Case(
            feature="windash: each of the five dashes",
            rule="userAgent|windash|contains: ' -x'",
            matches=agent(*(f"run {dash}x" for dash in _DASHES)),
            misses=agent("run +x", "run x"),
        ),
        *(
            Case(
                feature=f"windash: `{dash}` in the rule",
                rule=f"userAgent|windash: 'run {dash}x'",
                matches=agent(*(f"run {other}x" for other in _DASHES)),
                misses=agent("run x"),
                decision="pySigma takes only `-` and `/` for dashes in a rule." if dash not in "-/" else "",
            )
            for dash in _DASHES
        ),
        Case(
            feature="windash: every mixture",
            rule="userAgent|windash: '-a /b'",
            matches=agent("-a -b", "/a /b", "–a —b", "―a -b"),
            misses=agent(
                "-a b",
            ),
        ),
        Case(
            feature="windash: a dash inside a word stays",
            rule="userAgent|windash: '-no-verify'",
            matches=agent("-no-verify", "/no-verify"),
            misses=agent("-no/verify"),
            decision="Only what begins a word is an option, as in pySigma.",
        ),
        Case(
            feature="windash of a text without dashes",
            rule="userAgent|windash|contains: abc",
            matches=agent("xabcx"),
            misses=agent("ab"),
        ),
        Refusal(
            feature="windash over more than three dashes",
            rule="userAgent|windash: '-a -b -c -d'",
            says="more than 3 dashes before words",
            decision="Four make 625 forms. Several values with `|all` say the same.",
        ),
        Refusal(
            feature="windash behind an encoding",
            rule="userAgent|base64|windash: '-a'",
            says="'windash' stands behind 'base64'; modifiers are applied from left to right: write windash|base64",
        ),
    ),
)

REGULAR = Section(
    title="Regular expressions",
    about="`re` with `i`, `m`, `s` (pySigma's longer names `ignorecase`, `multiline`, `dotall` are taken too).",
    rows=(
        Case(
            feature="re: found anywhere",
            rule="userAgent|re: 's-[a-c]l+i'",
            matches=agent("aws-cli/2"),
            misses=agent("aws-dli"),
            decision="As PCRE's search does; give `^` and `$` for the whole.",
        ),
        Case(feature="re is case-sensitive", rule="userAgent|re: aws", matches=agent("aws"), misses=agent("AWS")),
        Case(
            feature="re: anchors, quantifiers, classes, groups, alternation",
            rule="userAgent|re: '^(aws|boto)[^/]{0,4}/[0-9]+.*x?$'",
            matches=agent("aws-cli/2", "boto/1 y"),
            misses=agent("my aws-cli/2", "aws-command/2"),
        ),
        Case(
            feature="re: backslashes are the expression's own",
            rule=r"userAgent|re: 'a\*\?\\\.'",
            matches=agent("a*?\\."),
            misses=agent("aa?\\."),
        ),
        Case(feature="re|i", rule="userAgent|re|i: '^aws'", matches=agent("AWS-cli"), misses=agent("my aws")),
        Case(
            feature="re|m",
            rule="userAgent|re|m: '^b$'",
            matches=agent("a\nb\nc"),
            misses=agent("a b"),
        ),
        Case(
            feature="re without m: `$` is the very end",
            rule="userAgent|re: 'a$'",
            matches=agent("a"),
            misses=agent("a\nb", "a\n"),
        ),
        Case(feature="re|s", rule="userAgent|re|s: 'a.b'", matches=agent("a\nb", "a-b"), misses=agent("ab")),
        Case(feature="re without s", rule="userAgent|re: 'a.b'", matches=agent("a-b"), misses=agent("a\nb")),
        Case(
            feature="re with several flags, in any order",
            rule="userAgent|re|s|i|m: '^A.c$'",
            matches=agent("x\na\nC\ny"),
            misses=agent("abbc"),
        ),
        Case(
            feature="re: a list, and all of a list",
            rule="userAgent|re|all: ['^aws', '2$']",
            matches=agent("aws-cli 2"),
            misses=agent("aws-cli", "cli 2"),
        ),
        Case(
            feature="re of alternatives of which one is empty",
            rule="userAgent|re: ['a|', b]",
            matches=agent("", "x"),
            misses=({},),
        ),
        Case(
            feature="re over a number and an object",
            rule="requestParameters|re: '\"port\":[0-9]{2}}'",
            matches=({"requestParameters": {"port": 22}},),
            misses=({"requestParameters": {"port": 222}},),
        ),
        Case(
            feature="re|contains",
            rule="userAgent|re|contains: 'a|b'",
            matches=agent("xa", "by"),
            misses=agent("c"),
            decision="Found anywhere already.",
        ),
        Case(
            feature="re|startswith",
            rule="userAgent|re|startswith: 'a+|b'",
            matches=agent("aax", "bx"),
            misses=agent("xa", "xb", "x\nb"),
            decision="Fixed at the beginning of the text, of every alternative. pySigma appends `.*`, found anywhere.",
        ),
        Case(
            feature="re|endswith",
            rule="userAgent|re|m|endswith: 'a+|b'",
            matches=agent("xaa", "xb"),
            misses=agent("ax", "b\nx"),
        ),
        Case(
            feature="re with nested quantifiers on a hostile text",
            rule="userAgent|re: '^(a+)+$'",
            matches=agent("a" * 5_000),
            misses=agent("a" * 5_000 + "!"),
            decision=_RE2,
        ),
        Refusal(
            feature="re with look-around",
            rule="userAgent|re: '(?=a)b'",
            says="bad regular expression '(?=a)b': invalid perl operator",
            decision="Outside the flavour that the specification defines. " + _RE2,
        ),
        Refusal(feature="re with a back-reference", rule=r"userAgent|re: '(a)\1'", says="bad regular expression"),
        Refusal(feature="re that is none", rule="userAgent|re: 'a('", says="bad regular expression 'a('"),
        Refusal(feature="re of a number", rule="userAgent|re: 5", says="a regular expression is a text, not 5"),
        Refusal(feature="a flag without re", rule="userAgent|i: a", says="'i' is a flag of re, which is not here"),
        Refusal(feature="a flag before re", rule="userAgent|i|re: a", says="'re' stands behind 'i'"),
        Refusal(
            feature="re with cased",
            rule="userAgent|re|cased: a",
            says="'re' and 'cased' do not go together; regular expressions are case-sensitive",
        ),
        Refusal(
            feature="re with windash",
            rule="userAgent|re|windash: '-a'",
            says="'re' and 'windash' do not go together; write the dashes into the expression",
        ),
    ),
)

ENCODINGS = Section(
    title="Encodings",
    about="`base64`, `base64offset`, `utf16le` and its alias `wide`, `utf16be`, `utf16`.",
    rows=(
        Case(
            feature="base64",
            rule="userAgent|base64: 'secret?'".replace("?", r"\?"),
            matches=agent(b64("secret?")),
            misses=agent("secret?", b64("secret")),
        ),
        Case(
            feature="base64 of letters beyond ASCII",
            rule="userAgent|base64: größe",
            matches=agent(b64("größe")),
            misses=agent(b64("grösse")),
            decision="As UTF-8.",
        ),
        Case(
            feature="base64 minds the case only with cased",
            rule="userAgent|base64: root",
            matches=agent(b64("root"), b64("root").upper()),
            misses=agent(b64("toor")),
            decision="Values are case-insensitive by default, encoded ones too; `base64|cased` is exact.",
        ),
        Case(
            feature="base64|cased",
            rule="userAgent|base64|cased: root",
            matches=agent(b64("root")),
            misses=agent(b64("root").upper()),
        ),
        Case(
            feature="base64offset|contains: at every place",
            rule="userAgent|base64offset|contains: foobar",
            matches=agent(*(b64("x" * shift + "foobar" + "y" * tail) for shift in range(4) for tail in range(4))),
            misses=agent(b64("xfoobax"), "foobar"),
        ),
        Case(
            feature="base64offset without contains",
            rule="userAgent|base64offset: foobar",
            matches=agent("Zm9vYmFy", "Zvb2Jhc", "mb29iYX"),
            misses=agent(b64("xfoobar")),
            warns="base64offset gives the middle of a text, which is never the whole; add |contains",
        ),
        Refusal(
            feature="base64offset of a single letter",
            rule="userAgent|base64offset|contains: a",
            says="base64offset needs two bytes or more",
            decision="Nothing is left of it that does not depend on its neighbours; pySigma looks for an empty text.",
        ),
        *(
            Case(
                feature=f"{name}|base64",
                rule=f"userAgent|{name}|base64: cmd",
                matches=agent(b64("cmd", codec, mark)),
                misses=agent(b64("cmd"), "cmd"),
                decision="pySigma does not know `utf16le`." if name == "utf16le" else "",
            )
            for name, codec, mark in (
                ("utf16le", "utf-16-le", b""),
                ("wide", "utf-16-le", b""),
                ("utf16be", "utf-16-be", b""),
                ("utf16", "utf-16-le", b"\xff\xfe"),
            )
        ),
        *(
            Case(
                feature=f"{name}|base64offset|contains",
                rule=f"userAgent|{name}|base64offset|contains: cmd",
                matches=agent(*(b64("x" * n + "cmd" + "y" * m, codec) for n in range(3) for m in range(3))),
                misses=agent(b64("xcmd"), "cmd"),
            )
            for name, codec in (("utf16le", "utf-16-le"), ("wide", "utf-16-le"), ("utf16be", "utf-16-be"))
        ),
        Case(
            feature="utf16le of letters beyond ASCII",
            rule="userAgent|utf16le|base64: größe – 𝄞",
            matches=agent(b64("größe – 𝄞", "utf-16-le")),
            misses=agent(b64("größe – 𝄞")),
            decision="pySigma refuses them.",
        ),
        Case(
            feature="utf16le without base64",
            rule="userAgent|utf16le: cmd",
            matches=agent("c\0m\0d\0"),
            misses=agent("cmd"),
            decision="One character a byte.",
        ),
        Case(
            feature="utf16 without base64: byte order mark first",
            rule="userAgent|utf16|contains: a",
            matches=agent("\xff\xfea\0", "x\xff\xfea\0b\0"),
            misses=agent("a\0", "\ufeffa\0"),
        ),
        Case(
            feature="base64|base64",
            rule="userAgent|base64|base64: cmd",
            matches=agent(b64(b64("cmd"))),
            misses=agent(b64("cmd")),
            decision="Applied in the given order, once each.",
        ),
        Case(
            feature="windash|utf16le|base64",
            rule="userAgent|windash|utf16le|base64: '-e'",
            matches=agent(*(b64(f"{dash}e", "utf-16-le") for dash in _DASHES)),
            misses=agent(b64("+e", "utf-16-le")),
        ),
        Refusal(
            feature="encoding a value with wildcards",
            rule="userAgent|base64: 'a*'",
            says="a value with wildcards cannot be encoded",
        ),
        Refusal(
            feature="contains before an encoding",
            rule="userAgent|contains|base64: abc",
            says="'base64' stands behind 'contains'; modifiers are applied from left to right: write base64|contains",
        ),
        Refusal(
            feature="UTF-16 twice",
            rule="userAgent|wide|utf16le|base64: abc",
            says="'wide' and 'utf16le' do not go together",
        ),
        Refusal(
            feature="an encoded field reference",
            rule="userAgent|base64|fieldref: eventName",
            says="'base64' and 'fieldref' do not go together",
            decision="pySigma encodes the field's name.",
        ),
        Refusal(feature="base64 of a number", rule="userAgent|base64: 5", says="'base64' does not take 5; quote it"),
    ),
)
