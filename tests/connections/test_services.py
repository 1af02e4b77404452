"""What exports ask of a connection."""

from __future__ import annotations

import pytest

from config.secrets import make_encryption_key
from connections.activecampaign.errors import ActiveCampaignError, ConfigError
from connections.activecampaign.limiter import Kind
from connections.models import Connection, Consent
from connections.services import (
    InUse,
    NotUsable,
    describe_account,
    find_list,
    limiter_for,
    open_client,
    remove_connection,
)
from exports.models import Export
from tests.factories import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(sandbox):
    return make_connection(host=sandbox.host, api_key=sandbox.key)


def test_a_client_of_a_usable_connection_reaches_its_account(connection):
    with open_client(connection) as client:
        assert client.me().email == "user1@example.com"


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "contributor"}])
def test_no_client_without_an_export_user_who_is_an_active_administrator(connection, change):
    for name, value in change.items():
        setattr(connection.export_user, name, value)
    connection.export_user.save()

    with pytest.raises(NotUsable) as caught:
        open_client(connection)

    assert caught.value.problem == {"code": "export_user_gone", "connection": connection.name}


def test_no_client_after_the_consent_lapsed(connection):
    Consent.objects.update(version="2020-01")

    with pytest.raises(NotUsable, match="consent_lapsed"):
        open_client(connection)


def test_a_consent_for_another_host_is_none(connection):
    Consent.objects.update(host="other.api-us1.com")

    with pytest.raises(NotUsable, match="consent_lapsed"):
        open_client(connection)


def test_no_client_of_a_host_that_the_settings_no_longer_allow(connection, settings):
    settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset()

    with pytest.raises(NotUsable, match="host_not_allowed"):
        open_client(connection)


def test_no_client_without_the_key_it_was_encrypted_with(connection, settings):
    settings.FIELD_ENCRYPTION_KEYS = [make_encryption_key()]

    with pytest.raises(NotUsable, match="key_unreadable"):
        open_client(Connection.objects.get())


def test_an_account_is_described_by_lists_fields_and_contact_limit(connection, sandbox):
    sandbox.add_field("Loyalty tier", "dropdown", options=["Gold", "Silver"])

    description = describe_account(connection)

    assert [entry.name for entry in description.lists] == ["Newsletter"]
    assert [field.title for field in description.fields] == ["Loyalty tier"]
    assert (description.contact_limit, description.contact_total) == (2_000_000, 0)


def test_a_description_is_asked_for_once_and_again_after_an_edit(connection, sandbox):
    describe_account(connection)
    asked = sandbox.account.log.count()
    describe_account(connection)
    again = sandbox.account.log.count()
    connection.claim_version(1)
    describe_account(connection)

    assert again == asked
    assert sandbox.account.log.count() == 2 * asked


def test_the_contact_limit_is_unknown_to_a_key_that_may_not_see_it(sandbox):
    sandbox.account.add_user("their-key", admin=False, sees_lists=True)
    connection = make_connection(host=sandbox.host, api_key="their-key")

    description = describe_account(connection)

    assert (description.contact_limit, description.contact_total) == (None, None)
    assert description.lists


def test_a_failed_description_is_not_kept(connection, sandbox):
    sandbox.faults.add("unavailable", times=1)

    with pytest.raises(ActiveCampaignError, match="unavailable"):
        describe_account(connection)

    assert describe_account(connection).lists


def test_a_payment_problem_is_no_unknown_limit(connection, sandbox):
    sandbox.faults.add("payment")

    with pytest.raises(ConfigError, match="payment"):
        describe_account(connection)


def test_one_list_is_found_by_its_id(connection):
    assert find_list(connection, 1).name == "Newsletter"


def test_a_list_that_does_not_exist_is_said_so(connection):
    with pytest.raises(ConfigError, match="list_not_found"):
        find_list(connection, 99)


def test_connections_to_one_account_share_a_limiter(connection, settings):
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = 1
    other = make_connection(host=connection.host)

    first = limiter_for(connection).take(Kind.READ)
    second = limiter_for(other).take(Kind.READ)

    assert first == 0
    assert second > 0


def test_the_rates_come_from_the_settings(connection, settings):
    settings.ACTIVECAMPAIGN_SINGLE_PER_MINUTE = 2
    limiter = limiter_for(connection)

    waits = [limiter.take(Kind.BULK_SINGLE) for _ in range(3)]

    assert waits[:2] == [0, 0]
    assert waits[2] > 0


def test_a_removed_connection_leaves_its_consents(connection):
    remove_connection(connection=connection)

    assert not Connection.objects.exists()
    kept = Consent.objects.get()
    assert (kept.connection, kept.connection_name) == (None, connection.name)


def test_a_connection_in_use_is_not_removed(connection):
    Export.objects.create(name="All", connection=connection, list_id=1)

    with pytest.raises(InUse):
        remove_connection(connection=connection)

    assert Connection.objects.exists()
