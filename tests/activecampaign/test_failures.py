"""What can go wrong (section 8 of the fact sheet): every signal has one name, whatever asks."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable

import pytest

from connections.activecampaign.answers import Accepted, ImportResult, Refusal, Refused
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import (
    ActiveCampaignError,
    ConfigError,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    TemporaryError,
)
from connections.activecampaign.exchange import LONGEST_ANSWER
from connections.activecampaign.sandbox import Sandbox
from tests.activecampaign.conftest import Connect
from tests.activecampaign.contacts import Contact, encode_batch

ANNA = Contact("anna@example.com", "Anna", "Secretly", "+49 170 5550199")
BEN = Contact("ben@example.com")

Ask = Callable[[ActiveCampaignClient], object]
ASK: dict[str, Ask] = {
    "me": lambda client: client.me(),
    "account": lambda client: client.account(),
    "lists": lambda client: client.lists(),
    "list": lambda client: client.list(1),
    "fields": lambda client: client.fields(),
    "send": lambda client: client.send(encode_batch([ANNA, BEN], list_id=1, automations=False)),
    "import_result": lambda client: client.import_result("some-batch"),
    "queue": lambda client: client.queue(),
    "contacts": lambda client: list(client.contacts(email=ANNA.email)),
    "contact_lists": lambda client: client.contact_lists(1),
    "delete_contact": lambda client: client.delete_contact(1),
}


@pytest.mark.parametrize("question", ASK)
@pytest.mark.parametrize(
    ("fault", "error", "code", "status"),
    [
        ("too_many", RateLimited, "rate_limited", 429),
        ("rate_limit_400", RateLimited, "rate_limited", 400),
        ("unavailable", TemporaryError, "unavailable", 503),
        ("html_500", TemporaryError, "unavailable", 500),
        ("html_502", TemporaryError, "unavailable", 502),
        ("payment", ConfigError, "payment", 402),
        ("unauthorized", ConfigError, "key_refused", 401),
        ("forbidden", ConfigError, "key_refused", 403),
        ("redirect", ConfigError, "redirect", 302),
        ("reset", OutcomeUnknown, "lost_answer", None),
        ("lost_answer", OutcomeUnknown, "lost_answer", None),
    ],
)
def test_a_fault_has_the_same_name_whatever_was_asked(
    sandbox: Sandbox,
    client: ActiveCampaignClient,
    question: str,
    fault: str,
    error: type[ActiveCampaignError],
    code: str,
    status: int | None,
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(ActiveCampaignError) as caught:
        ASK[question](client)

    assert type(caught.value) is error
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize("question", sorted(set(ASK) - {"send", "me"}))
@pytest.mark.parametrize("fault", ["html", "empty"])
def test_an_answer_that_is_no_json_is_temporary(
    sandbox: Sandbox, client: ActiveCampaignClient, question: str, fault: str
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(TemporaryError, match="unavailable"):
        ASK[question](client)


@pytest.mark.parametrize("fault", ["html", "not_found"])
def test_a_host_without_the_api_is_told_when_connecting(
    sandbox: Sandbox, client: ActiveCampaignClient, fault: str
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(ConfigError, match="not_the_api"):
        client.me()


@pytest.mark.parametrize(
    ("question", "error", "code"),
    [
        ("me", ConfigError, "not_the_api"),
        ("account", PermanentError, "unreadable"),
        ("lists", PermanentError, "unreadable"),
        ("list", PermanentError, "unreadable"),
        ("fields", PermanentError, "unreadable"),
        ("send", OutcomeUnknown, "lost_answer"),
        ("import_result", PermanentError, "unreadable"),
        ("queue", PermanentError, "unreadable"),
        ("contacts", PermanentError, "unreadable"),
        ("contact_lists", PermanentError, "unreadable"),
    ],
)
def test_json_of_another_shape_ends_in_a_named_error(
    sandbox: Sandbox,
    client: ActiveCampaignClient,
    question: str,
    error: type[ActiveCampaignError],
    code: str,
) -> None:
    sandbox.faults.add("strange")

    with pytest.raises(error, match=code):
        ASK[question](client)


def test_an_answer_without_end_is_not_read_to_its_end(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("words", text="x" * LONGEST_ANSWER)

    with pytest.raises(PermanentError, match="unreadable"):
        client.lists()


def test_a_gateway_that_gave_up_waiting_leaves_the_outcome_unknown(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.add_list("Newsletter")
    sandbox.faults.add("timeout_504")

    with pytest.raises(OutcomeUnknown) as caught:
        ASK["send"](client)
    with pytest.raises(TemporaryError, match="unavailable"):
        client.me()

    assert caught.value.status == 504


def test_an_empty_answer_when_connecting_is_temporary(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("empty")

    with pytest.raises(TemporaryError) as caught:
        client.me()

    assert caught.value.detail == "Code 9001"


@pytest.mark.parametrize("question", ["account", "lists", "fields", "send", "queue", "contacts"])
def test_a_resource_every_account_has_is_missing_only_where_there_is_no_api(
    sandbox: Sandbox, client: ActiveCampaignClient, question: str
) -> None:
    sandbox.faults.add("not_found")

    with pytest.raises(ConfigError, match="not_the_api"):
        ASK[question](client)


def test_a_wrong_key_is_refused(sandbox: Sandbox, connect: Connect) -> None:
    with pytest.raises(ConfigError, match="key_refused"):
        connect(sandbox, "another-key").me()


@pytest.mark.parametrize("key", ["", "two\r\nlines: 1", "clé", "a b", "\N{KEY}"])
def test_a_key_that_fits_no_header_is_refused_unsent(
    sandbox: Sandbox, connect: Connect, key: str
) -> None:
    with pytest.raises(ConfigError, match="key_refused"):
        connect(sandbox, key).me()

    assert sandbox.log.count() == 0


def test_spaces_around_a_pasted_key_do_not_matter(sandbox: Sandbox, connect: Connect) -> None:
    assert connect(sandbox, f" {sandbox.key}\n").me().id == 1


def test_a_key_may_be_refused_from_some_request_on(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("forbidden", first=2, last=3)

    client.me()
    for _ in range(2):
        with pytest.raises(ConfigError, match="key_refused"):
            client.me()
    client.me()


def test_the_contact_limit_is_for_administrators_keys_only(
    sandbox: Sandbox, connect: Connect
) -> None:
    sandbox.add_user("a-colleagues-key")
    colleague = connect(sandbox, "a-colleagues-key")

    colleague.me()
    with pytest.raises(ConfigError, match="key_refused"):
        colleague.account()


def test_a_group_that_may_not_see_lists_is_no_matter_of_the_key(
    sandbox: Sandbox, connect: Connect
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.add_user("a-colleagues-key", sees_lists=False)
    colleague = connect(sandbox, "a-colleagues-key")

    for question in (colleague.lists, lambda: colleague.list(newsletter)):
        with pytest.raises(ConfigError) as caught:
            question()
        assert caught.value.code == "lists_forbidden"
        assert "You do not have permission to view lists." in caught.value.detail


def test_a_list_that_does_not_exist_is_named_so(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    with pytest.raises(ConfigError) as caught:
        client.list(7)

    assert caught.value.code == "list_not_found"
    assert caught.value.detail == "No Result found for _List with id 7"


def test_a_list_may_disappear_half_way(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.faults.add("remove_list", on="GET /lists/*", first=2, list_id=newsletter)

    client.list(newsletter)
    with pytest.raises(ConfigError, match="list_not_found"):
        client.list(newsletter)


def test_retry_after_is_told_when_they_tell_it(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("too_many", times=1, retry_after=17)
    sandbox.faults.add("unavailable", times=1, retry_after=3)
    sandbox.faults.add("unavailable", times=1)

    waits = []
    for _ in range(3):
        with pytest.raises(TemporaryError) as caught:
            client.me()
        waits.append(caught.value.retry_after)

    assert waits == [17.0, 3.0, None]


def test_an_absurd_retry_after_is_cut_to_an_hour(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("too_many", retry_after=999_999)

    with pytest.raises(RateLimited) as caught:
        client.me()

    assert caught.value.retry_after == 3600.0


@pytest.mark.parametrize("status", [400, 429])
def test_the_bulk_limit_is_known_by_its_words_as_by_its_status(
    make_sandbox: Callable[..., Sandbox], connect: Connect, status: int
) -> None:
    sandbox = make_sandbox(limits=True, bulk_per_minute=0, bulk_limit_status=status)
    sandbox.add_list("Newsletter")

    with pytest.raises(RateLimited) as caught:
        ASK["send"](connect(sandbox))

    assert caught.value.status == status


@pytest.mark.parametrize("fault", ["lost_answer", "empty", "html"])
def test_an_accepted_batch_without_an_answer_may_have_been_queued(
    sandbox: Sandbox, client: ActiveCampaignClient, fault: str
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    body = encode_batch([ANNA, BEN], list_id=newsletter, automations=False)
    sandbox.faults.add(fault, times=1, after=True)

    with pytest.raises(OutcomeUnknown, match="lost_answer"):
        client.send(body)
    again = client.send(body)
    sandbox.wait_until_imported()

    assert isinstance(again, Accepted)
    assert sandbox.contacts_on(newsletter).keys() == {ANNA.email, BEN.email}


def test_an_answer_that_takes_too_long_is_lost(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.add_list("Newsletter")
    sandbox.faults.add("slow", seconds=0.5)

    with pytest.raises(OutcomeUnknown, match="lost_answer"):
        ASK["send"](connect(sandbox, timeout=(5, 0.05)))


def test_a_refusal_without_numbers_is_told_in_words(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    answer = client.send(encode_batch([ANNA], list_id=99, automations=False))

    assert isinstance(answer, Refused)
    assert answer.reasons == (Refusal(None, "List 99 does not exist."),)


def test_an_unknown_or_missing_batch_is_pending(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    assert client.import_result("nobody-knows-it") == ImportResult("pending")
    sandbox.faults.add("not_found")
    assert client.import_result("nobody-knows-it") == ImportResult("pending")


def test_a_contact_that_is_gone_is_a_permanent_error(client: ActiveCampaignClient) -> None:
    for question in (client.contact_lists, client.delete_contact):
        with pytest.raises(PermanentError) as caught:
            question(5)
        assert (caught.value.code, caught.value.status) == ("refused", 404)


def test_a_missing_batch_id_is_refused(client: ActiveCampaignClient) -> None:
    with pytest.raises(PermanentError) as caught:
        client.import_result("")

    assert caught.value.detail == "'batchId' is a required field."


def test_the_key_follows_no_redirect(
    make_sandbox: Callable[..., Sandbox], connect: Connect
) -> None:
    sandbox, elsewhere = make_sandbox(), make_sandbox()
    sandbox.faults.add("redirect", location=f"{elsewhere.url}/api/3/users/me")

    with pytest.raises(ConfigError, match="redirect"):
        connect(sandbox).me()

    assert elsewhere.log.count() == 0


def test_no_cookie_is_kept(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    client.me()
    client.me()

    assert [entry.with_cookie for entry in sandbox.log.entries()] == [False, False]


@pytest.mark.parametrize("question", ASK)
@pytest.mark.parametrize("fault", [None, "too_many", "lost_answer", "html", "forbidden"])
def test_no_log_line_and_no_error_holds_the_key_or_an_address(
    sandbox: Sandbox,
    client: ActiveCampaignClient,
    caplog: pytest.LogCaptureFixture,
    question: str,
    fault: str | None,
) -> None:
    sandbox.add_list("Newsletter")
    sandbox.add_contact(ANNA.email)
    if fault is not None:
        sandbox.faults.add(fault)
    caplog.set_level(logging.DEBUG)

    try:
        ASK[question](client)
    except ActiveCampaignError as error:
        logging.getLogger("test").exception("It failed: %s", repr(error))

    assert caplog.text
    for secret in (sandbox.key, ANNA.email, "anna%40example.com", "Secretly", "170 5550199"):
        assert secret not in caplog.text


def test_words_that_quote_an_address_are_logged_without_it(
    sandbox: Sandbox, client: ActiveCampaignClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox.faults.add("words", text=f"{ANNA.email} is not welcome, {sandbox.key}")

    with pytest.raises(PermanentError) as caught:
        client.me()

    assert caught.value.detail == "anna@example.com is not welcome, [key]"
    assert "[address] is not welcome, [key]" in caplog.text


def test_an_error_tells_its_request_and_survives_pickling(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("too_many", retry_after=2)

    with pytest.raises(RateLimited) as caught:
        client.me()
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301

    assert str(copy) == f"rate_limited (HTTP 429, request {caught.value.request_id})"
    assert copy.retry_after == 2.0
    assert copy.detail == "Too Many Requests"


def test_the_client_shows_its_host_and_not_its_key(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    assert repr(client) == f"ActiveCampaignClient('{sandbox.host}')"
