from __future__ import annotations

import json
from dataclasses import replace

from daemon.commands.replay.output import Format, Line, Summary, rendered

LINE = Line(
    rule_id="5b5c5b8e-6d8a-4f0e-9a53-3f4b8f1c0001",
    title="IAM group deleted",
    level="high",
    event_id="e-1",
    time="2026-01-02T03:04:05Z",
    name="DeleteGroup",
    source="iam.amazonaws.com",
    account="111122223333",
    region="us-east-1",
    actor="alice",
    object_url="s3://trail/AWSLogs/a.json.gz",
)


def printed(lines: list[Line], form: Format, width: int | None = None) -> bytes:
    return b"".join(rendered(lines, form, width=width))


def test_an_ndjson_line_is_the_contract_byte_for_byte() -> None:
    assert printed([LINE], Format.NDJSON) == (
        b'{"rule":{"id":"5b5c5b8e-6d8a-4f0e-9a53-3f4b8f1c0001","title":"IAM group deleted","level":"high"},'
        b'"event":{"id":"e-1","time":"2026-01-02T03:04:05Z","name":"DeleteGroup","source":"iam.amazonaws.com",'
        b'"account":"111122223333","region":"us-east-1","actor":"alice"},"object":"s3://trail/AWSLogs/a.json.gz"}\n'
    )


def test_nothing_found_prints_nothing_as_ndjson() -> None:
    assert printed([], Format.NDJSON) == b""


def test_names_of_all_alphabets_stay_as_they_are() -> None:
    assert '"actor":"žofie"' in printed([replace(LINE, actor="žofie")], Format.NDJSON).decode()


def test_half_a_surrogate_pair_in_a_name_is_escaped_and_stays_json() -> None:
    (line,) = printed([replace(LINE, actor="\ud800x")], Format.NDJSON).splitlines()
    assert json.loads(line)["event"]["actor"] == "\ud800x"


def test_line_ends_inside_a_name_never_break_a_line_in_two() -> None:
    assert len(printed([replace(LINE, actor="a\nb\u2028c")], Format.NDJSON).decode().splitlines()) == 1


def test_json_is_one_array_of_the_same_objects() -> None:
    lines = [LINE, replace(LINE, event_id="e-2")]
    assert json.loads(printed(lines, Format.JSON)) == [
        json.loads(line) for line in printed(lines, Format.NDJSON).splitlines()
    ]
    assert json.loads(printed([], Format.JSON)) == []


def test_a_table_names_who_did_what_where_and_which_rule_said_so() -> None:
    table = printed([LINE], Format.TABLE).decode()
    for told in ("IAM group deleted", "high", "DeleteGroup", "alice", "111122223333", "us-east-1"):
        assert told in table
    assert "\x1b" not in table


def test_a_table_for_a_terminal_has_colour() -> None:
    assert "\x1b[" in printed([LINE], Format.TABLE, width=160).decode()


def test_a_narrow_terminal_shows_times_and_accounts_whole() -> None:
    line = replace(LINE, actor="role lambda-billing-export (session lambda-billing-export-3@example.com)")
    table = printed([line], Format.TABLE, width=80).decode()
    assert line.time in table
    assert line.account in table


def test_an_actor_cannot_steer_the_terminal_nor_style_the_table() -> None:
    table = printed([replace(LINE, actor="\x1b[2Jgone [bold]x[/bold]")], Format.TABLE).decode()
    assert "\x1b" not in table
    assert "[bold]x[/bold]" in table


def test_a_long_table_says_what_it_leaves_out() -> None:
    table = b"".join(rendered([LINE] * 9, Format.TABLE, width=None, rows=2)).decode()
    assert table.count(LINE.time) == 2
    assert "7 more: --format ndjson has them all" in table


def test_an_empty_table_says_so() -> None:
    assert printed([], Format.TABLE) == b"no matches\n"


def test_the_summary_is_one_line_with_the_keys_of_the_contract_in_order() -> None:
    summary = Summary(objects=1, events=2, rejects=0, matches=3, bytes=4, seconds=0.5)
    assert summary.as_json() == '{"objects": 1, "events": 2, "rejects": 0, "matches": 3, "bytes": 4, "seconds": 0.5}'
