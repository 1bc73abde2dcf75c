"""Reading rules touches no network, and no pattern of a rule meets an engine that it could run away in."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from daemon.detect.folders import builtin_folder

ROOT = Path(__file__).parents[2]
GUARD = """
    import sys

    def guard(event, args):
        if event.startswith("socket.") and event != "socket.gethostname" or event.startswith("urllib."):
            print("touched", event, args)
            raise SystemExit(3)

    sys.addaudithook(guard)
"""
LOADING = """
    import pathlib
    from daemon.detect.load import load_file
    from daemon.detect.ruleset import RuleSet

    text = b"title: A\\nid: 11111111-2222-4333-8444-555555555555\\nlogsource: {product: aws, service: cloudtrail}\\n"
    text += b"tags: [attack.t1078.004, attack.initial-access, d3fend.d3-am, attack.t9999]\\n"
    text += b"detection: {selection: {eventName: A}, condition: selection}\\n"
    files = [load_file("x.yml", text, variables={})]
    for path in pathlib.Path(sys.argv[1]).rglob("*.yml"):
        files.append(load_file(str(path), path.read_bytes(), variables={}))
    rules = [rule for file in files for rule in file.rules]
    RuleSet(rules).evaluate(b'{"Records":[{"eventName":"A"}]}')
    print("loaded", len(rules))
"""
TOUCHING = """
    import socket
    socket.create_connection(("127.0.0.1", 9))
"""


def _run(code: str) -> subprocess.CompletedProcess[str]:
    program = textwrap.dedent(GUARD) + textwrap.dedent(code)
    command = [sys.executable, "-c", program, str(builtin_folder())]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_loading_and_evaluating_rules_opens_no_socket() -> None:
    """pySigma downloads ATT&CK data where its validators or data modules are used."""
    done = _run(LOADING)
    assert "touched" not in done.stdout
    assert done.stdout.startswith("loaded "), done.stderr


def test_the_guard_of_this_test_sees_a_socket() -> None:
    done = _run(TOUCHING)
    assert done.returncode == 3
    assert "touched socket." in done.stdout


@pytest.mark.parametrize("module", ["sigma.data", "sigma.validators", "sigma.plugins"])
def test_the_parts_of_pysigma_that_download_are_never_imported(module: str) -> None:
    code = LOADING + f"    print('imported', any(name.startswith({module!r}) for name in sys.modules))\n"
    assert "imported False" in _run(code).stdout


PATTERNS_RUN = """
    import re
    from daemon.detect import load, ruleset

    compiled, real = [], re._compile

    def watched(pattern, flags):
        compiled.append(str(pattern))
        return real(pattern, flags)

    re._compile = watched
    text = b"title: A\\nid: 11111111-2222-4333-8444-555555555555\\nlogsource: {product: aws, service: cloudtrail}\\n"
    text += b"detection: {selection: {eventName|re: '(Q+)+$', userAgent: 'Q*Q?Q'}, "
    text += b"sel_Q: {eventSource|re|startswith: '(Q*)*Z'}, condition: selection or 1 of sel*Q}\\n"
    (rule,) = load.load_file("x.yml", text, variables={}).rules
    record = b'{"eventName":"%b!","userAgent":"%b","eventSource":"%b"}' % (b"Q" * 20000, b"Q" * 20000, b"Q" * 20000)
    print(ruleset.RuleSet([rule]).evaluate(b'{"Records":[%b]}' % record).events)
    print("compiled", sum("Q" in pattern for pattern in compiled))
"""


def test_no_pattern_of_a_rule_is_compiled_by_pythons_own_engine() -> None:
    """Neither expressions nor wildcards in values or names; all of Python's compiling goes through `re._compile`."""
    done = _run(PATTERNS_RUN)
    assert done.stdout == "1\ncompiled 0\n", done.stderr
