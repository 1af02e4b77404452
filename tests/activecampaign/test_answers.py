"""Nothing is assumed of an answer's shape: it is read, or a named error."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.activecampaign.answers import (
    Account,
    Contact,
    ContactList,
    Field,
    ImportResult,
    Membership,
    Queue,
    Refusal,
    Refused,
    User,
    read_options,
)
from connections.activecampaign.errors import ActiveCampaignError, PermanentError, RateLimited
from connections.activecampaign.replies import failure_of, read_reply

# fmt: off
KEYS = [
    "user", "id", "email", "firstName", "account", "subscriber_limit", "list", "name", "status",
    "fields", "fieldOptions", "field", "value", "success", "failure", "failureReasons", "contact",
    "outstanding", "recentlyCompleted", "batches", "contacts", "contactList", "message", "title",
    "errors", "failureReason",
]
# fmt: on
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["1", "9"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)
READERS: list[Callable[[Any], object]] = [
    User.read,
    Account.read,
    ContactList.read,
    lambda data: read_options({"fieldOptions": data}),
    lambda data: Field.read(data, {}),
    lambda data: Refused.read(data, "words"),
    ImportResult.read,
    Queue.read,
    Contact.read,
    Membership.read,
]


@pytest.mark.parametrize("read", READERS)
@given(data=JSON)
def test_any_json_is_read_or_unreadable(read: Callable[[Any], object], data: Any) -> None:
    with contextlib.suppress(PermanentError):
        read(data)


@given(status=st.integers(200, 599), body=st.binary(max_size=50), retry_after=st.text(max_size=5))
def test_any_answer_has_a_meaning(status: int, body: bytes, retry_after: str) -> None:
    reply = read_reply(status, {"Retry-After": retry_after, "X-Request-Id": "a\nb"}, body, "key")

    assert (failure_of(reply) is None) <= (status < 300)
    assert reply.request_id is None


@pytest.mark.parametrize("state", ["completed", "failed", "interrupted"])
def test_final_states_are_known(state: str) -> None:
    data = {"status": state, "success": ["1", 2], "failure": ["a@example.com"]}

    assert ImportResult.read(data) == ImportResult(state, ("1", "2"), ("a@example.com",))


@pytest.mark.parametrize(
    "data", [False, {"status": "waiting"}, {"status": "claimed"}, {"status": "a new word"}]
)
def test_everything_before_them_is_pending(data: object) -> None:
    assert ImportResult.read(data) == ImportResult("pending")


@pytest.mark.parametrize("data", [None, True, [], "completed", {}, {"status": 1}])
def test_a_result_of_another_shape_is_unreadable(data: object) -> None:
    with pytest.raises(PermanentError, match="unreadable"):
        ImportResult.read(data)


def test_ids_and_totals_may_be_texts_or_numbers() -> None:
    assert ContactList.read({"id": "7", "name": "A"}) == ContactList.read({"id": 7, "name": "A"})
    assert Account.read({"subscriber_limit": "25000"}) == Account("", 25000, None)


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, 2**63, -(2**64)])
def test_a_number_that_no_database_holds_is_none(number: object) -> None:
    assert Account.read({"subscriber_total": number}).contact_total is None
    with pytest.raises(PermanentError, match="unreadable"):
        ContactList.read({"id": number, "name": "A"})


def test_the_largest_number_is_read() -> None:
    assert ContactList.read({"id": str(2**63 - 1)}).id == 2**63 - 1


def test_texts_hold_no_nul_and_names_end() -> None:
    said = json.dumps({"message": "No\0!", "errors": [{"title": "N\0o."}]}).encode()

    assert ContactList.read({"id": 1, "name": "a\0b" + "x" * 300}).name == "ab" + "x" * 253
    assert len(Field.read({"id": 1, "title": "x" * 300}, {}).title) == 255
    assert Refused.read({"failureReasons": ["N\0o."]}, "").reasons == (Refusal(None, "No."),)
    assert read_reply(400, {"X-Ac-Error": "\0"}, said, "key").words == "No!; No."
    assert read_reply(400, {"X-Ac-Error": "\0Code"}, b"", "key").words == "Code"


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (None, (Refusal(None, "words"),)),
        ({"failureReasons": []}, (Refusal(None, "words"),)),
        ({"failureReasons": ["No."]}, (Refusal(None, "No."),)),
        ({"failureReasons": [{"contact": "3", "failureReason": "No."}]}, (Refusal(3, "No."),)),
        ({"failureReasons": [{"failureReason": "No."}]}, (Refusal(None, "No."),)),
    ],
)
def test_a_refusal_always_has_a_reason(data: object, reasons: tuple[Refusal, ...]) -> None:
    assert Refused.read(data, "words").reasons == reasons


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"message": "Rate limit exceeded."}, RateLimited),
        ({"failureReasons": ["Up to 20 imports may be requested per minute."]}, RateLimited),
        ({"failureReasons": [{"contact": 1, "failureReason": "Rate limit"}]}, PermanentError),
        ({"failureReasons": "Rate limit"}, PermanentError),
        (["Rate limit"], PermanentError),
        ({}, PermanentError),
    ],
)
def test_a_400_is_a_rate_limit_only_in_words_about_the_request(
    data: object, error: type[ActiveCampaignError]
) -> None:
    failure = failure_of(read_reply(400, {}, json.dumps(data).encode(), "key"))

    assert type(failure) is error


def test_words_are_looked_for_in_all_three_places() -> None:
    body = b"""{"message": "One", "errors": [{"title": "Two", "detail": "Three", "code": "four"}],
        "failureReasons": ["Five", {"contact": 1, "failureReason": "Six"}]}"""

    assert read_reply(422, {}, body, "key").words == "One; Two; Three; four; Five; Six"
