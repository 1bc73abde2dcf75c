from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from daemon.condition import Condition, Exists, FieldRef, Keyword, Null, Number, Regex
from daemon.detect.witness import compile_witness
from tests.doubles.conditions import CONDITIONS, all_of, any_of, field, none_of, records, text

RECORD: dict[str, Any] = {
    "eventName": "DeleteGroup",
    "userIdentity": {"type": "Root", "userName": "alice"},
    "requestParameters": {"userName": "alice", "ports": [22, 80], "rule": {"cidr": "0.0.0.0/0"}, "none": None},
}
GROUP = ("eventName", "DeleteGroup")
ROOT = ("userIdentity.type", "Root")
P = "requestParameters"


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        (field("eventName", "delete*"), (GROUP,)),
        (field("eventName", "list*"), ()),
        (all_of(field("eventName", "*group"), field("userIdentity.type", "root")), (GROUP, ROOT)),
        (any_of(field("userIdentity.type", "iamuser"), field("eventName", "*group")), (GROUP,)),
        (any_of(all_of(field("eventName", "*"), field("userIdentity.type", "iamuser"))), ()),
        (all_of(field("eventName", "*group"), none_of(field("userIdentity.type", "iamuser"))), (GROUP,)),
        (all_of(field("eventName", "*group"), field("eventName", "delete*")), (GROUP,)),
        (field(f"{P}.ports", Number(value=22)), ((f"{P}.ports", "22"),)),
        (field(f"{P}.ports", Exists(expected=True)), ((f"{P}.ports", "22"), (f"{P}.ports", "80"))),
        (field(f"{P}.rule", Exists(expected=True)), ((f"{P}.rule", '{"cidr":"0.0.0.0/0"}'),)),
        (field(f"{P}.none", Null()), ()),
        (field("missing", Exists(expected=False)), ()),
        (field(f"{P}.rule", "*0.0.0.0/0*"), ((f"{P}.rule", "0.0.0.0/0"),)),
        (field(f"{P}.rule", '*"cidr":*'), ((f"{P}.rule", '{"cidr":"0.0.0.0/0"}'),)),
        (field(f"{P}.rule", Regex(pattern="0/0")), ((f"{P}.rule", "0.0.0.0/0"),)),
        (field(f"{P}.userName", FieldRef(field="userIdentity.userName")), ((f"{P}.userName", "alice"),)),
        (Keyword(test=text("*ali*")), (("userIdentity.userName", "alice"), (f"{P}.userName", "alice"))),
        (Keyword(test=Number(value=80)), ((f"{P}.ports", "80"),)),
    ],
)  # fmt: skip
def test_what_held_is_named_by_path_and_text(condition: Condition, fields: tuple[tuple[str, str], ...]) -> None:
    assert compile_witness(condition)(RECORD) == fields


@given(CONDITIONS, records())
def test_any_condition_can_be_explained_on_any_record(condition: Condition, record: dict[str, Any]) -> None:
    fields = compile_witness(condition)(record)
    assert len(set(fields)) == len(fields)
