"""The limits that an account's contract gives it, said at the connection."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry

from connections.activecampaign.limiter import Kind
from connections.limits import rates_of
from connections.models import Connection, ConnectionDraft
from connections.services import limiter_for
from tests.connections.browsing import press, prove_identity, submit, visit
from tests.connections.conftest import PASSWORD
from tests.connections.test_htmx import send
from tests.factories import make_connection

RATES = {"bulk_per_minute": "300", "single_per_minute": "50", "requests_per_second": "12"}
FOLDED = '<details class="stack stack-small">\n  <summary>Limits of this account'


def rates_in(connection: Connection | ConnectionDraft) -> tuple[int | None, ...]:
    return (
        connection.bulk_per_minute,
        connection.single_per_minute,
        connection.requests_per_second,
    )


def test_empty_limits_say_what_counts_then(ada, settings):
    settings.ACTIVECAMPAIGN_BULK_PER_MINUTE = 90

    page = visit(ada)

    assert "Leave it empty for 90, as this installation is set up." in page.words
    assert "Leave it empty for what ActiveCampaign documents: 5." in page.words
    assert FOLDED in page.html


def test_the_limits_of_a_contract_are_saved_with_a_new_connection(ada, entries):
    press(ada, "connect", **entries, **RATES)
    prove_identity(ada, PASSWORD)
    submit(ada, "save")

    assert rates_in(Connection.objects.get()) == (300, 50, 12)


def test_editing_limits_needs_no_connect_and_is_audited(ada, administrator, sandbox):
    connection = make_connection(host=sandbox.host, api_key=sandbox.key, bulk_per_minute=300)
    edit = f"/connections/{connection.pk}/edit/"

    shown = visit(ada, edit)
    submit(ada, "save", edit, bulk_per_minute="", requests_per_second="10")

    assert shown.entries["bulk_per_minute"] == "300"
    assert FOLDED not in shown.html
    assert rates_in(Connection.objects.get()) == (None, None, 10)
    changes = LogEntry.objects.get_for_object(connection).latest("id").changes
    assert changes["bulk_per_minute"] == ["300", "None"]


@pytest.mark.parametrize("wrong", ["0", "-5", "100001", "many", "2.5"])
def test_a_limit_that_makes_no_sense_is_said_at_its_field_and_not_kept(ada, entries, wrong):
    page = press(ada, "draft", **entries | {"single_per_minute": wrong})

    assert page.error_at("single_per_minute")
    assert page.entries["single_per_minute"] == wrong
    assert FOLDED not in page.html
    assert rates_in(ConnectionDraft.objects.get()) == (None, None, None)


def test_a_limit_that_was_left_is_kept_at_once(ada):
    html = send(ada, "draft", "bulk_per_minute", bulk_per_minute="250").content.decode()

    assert 'id="entry-bulk_per_minute" hx-swap-oob="true"' in html
    assert ConnectionDraft.objects.get().bulk_per_minute == 250


@pytest.mark.django_db
def test_the_limiter_keeps_to_the_limits_of_the_connection(settings):
    settings.ACTIVECAMPAIGN_SINGLE_PER_MINUTE = 20
    limiter = limiter_for(make_connection(single_per_minute=2))

    waits = [limiter.take(Kind.BULK_SINGLE) for _ in range(3)]

    assert waits[:2] == [0, 0]
    assert waits[2] > 0


@pytest.mark.django_db
def test_connections_to_one_account_share_the_smallest_limit_of_each_kind(
    settings, django_assert_num_queries
):
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = 5
    make_connection(bulk_per_minute=300, requests_per_second=50)
    make_connection(bulk_per_minute=200)
    make_connection(host="other.api-us1.com", bulk_per_minute=10, single_per_minute=1)

    with django_assert_num_queries(1):
        rates = rates_of("acme.api-us1.com")

    assert (rates.bulk_per_minute, rates.single_per_minute) == (200, 20)
    assert rates.requests_per_second == 50
