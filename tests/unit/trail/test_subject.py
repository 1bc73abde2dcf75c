from __future__ import annotations

import pytest

from daemon.trail.subject import subject_of
from tests.doubles.alerts import a_record, a_sample, an_alert


def test_anybody_without_signing_in_is_no_identity_to_mute() -> None:
    record = a_record(userIdentity={"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": ""})
    subject = subject_of(an_alert(samples=(a_sample(record),)))
    assert (subject.account, subject.principal) == ("111122223333", "")


@pytest.mark.parametrize("principal", ["AWSAccount:ANONYMOUS_PRINCIPAL", "AWSAccount:anonymous", "AssumedRole:"])
def test_nor_is_what_was_stored_of_such_a_one(principal: str) -> None:
    assert subject_of(an_alert(samples=(a_sample(principal=principal),))).principal == ""
