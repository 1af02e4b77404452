"""Setting up a connection, in the order of the page and without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.formats import date_format

from connections.drafts import LIFETIME, delete_old_drafts
from connections.models import Connection, ConnectionDraft, Consent
from connections.privacy import PRIVACY_VERSION
from tests.connections.browsing import ADD, Page, press, prove_identity, submit, visit
from tests.connections.conftest import PASSWORD
from tests.factories import NOW, make_connection, make_user


def test_a_connection_is_made_in_four_steps(ada, administrator, sandbox, entries):
    connected = press(ada, "connect", **entries)
    added = prove_identity(ada, PASSWORD)
    saved = press(ada, "save")

    assert "Connected to ActiveCampaign as" in connected.words
    assert "Ada Admin is the export user since" in added.words
    assert "The connection “Newsletter” is saved." in saved.words
    connection = Connection.objects.get()
    assert (connection.name, connection.host) == ("Newsletter", sandbox.host)
    assert connection.api_key == sandbox.key
    assert connection.created_by == connection.export_user == administrator
    assert connection.problem() is None
    assert not ConnectionDraft.objects.exists()


def test_the_page_begins_with_prerequisites_and_only_connect_can_be_pressed(ada):
    page = visit(ada)

    assert "an ActiveCampaign account, and its administrator’s credentials" in page.words
    assert page.entries["visibility"] == "administrators"
    assert page.buttons["connect"]
    assert not page.buttons["export_user"]
    assert not page.buttons["save"]
    assert "Still missing: Display name, API key" in page.words


def test_save_is_enabled_when_nothing_is_missing_any_more(ada, entries):
    connected = press(ada, "connect", **entries)
    added = prove_identity(ada, PASSWORD)

    assert connected.buttons["export_user"]
    assert not connected.buttons["save"]
    assert added.buttons["save"]
    assert "Still missing" not in added.words


def test_save_is_refused_with_a_message_at_every_field_that_is_empty(ada):
    page = press(ada, "save")

    assert page.error_at("name") == "Give the connection a name."
    assert page.error_at("api_key") == "Enter the API key."
    assert page.error_at("host") == "Enter the host name, for example acme.api-us1.com."
    assert page.error_at("agreed") == "Read the text, and select I agree if you do."
    assert "Select Connect first" in page.words
    assert "Select Add yourself as export user." in page.words
    assert not Connection.objects.exists()


@pytest.mark.parametrize("left_out", ["name", "agreed"])
def test_save_is_refused_while_one_entry_is_missing(ada, entries, left_out):
    press(ada, "connect", **entries)
    prove_identity(ada, PASSWORD)

    page = press(ada, "save", **{left_out: ""})

    assert page.error_at(left_out)
    assert not Connection.objects.exists()


def test_save_is_refused_before_connect(ada, entries):
    page = press(ada, "save", **entries)

    assert "Select Connect first: key and host have not been tried yet." in page.words
    assert not Connection.objects.exists()


def test_what_was_entered_is_there_again_after_leaving_the_page(ada, entries, sandbox):
    press(ada, "draft", **entries)

    page = visit(ada)

    assert page.entries["name"] == "Newsletter"
    assert page.entries["host"] == sandbox.host
    assert page.entries["agreed"] == "on"
    assert page.entries["api_key"] == ""
    assert page.placeholders["api_key"] == "Hidden value. Type to change it"


def test_the_key_never_goes_back_to_the_browser(ada, entries, sandbox):
    pages = [press(ada, "connect", **entries), prove_identity(ada, PASSWORD), visit(ada)]

    assert not any(sandbox.key in page.html for page in pages)


def test_the_key_is_stored_encrypted_in_the_draft_and_nowhere_in_the_session(ada, entries):
    press(ada, "connect", **entries)
    submit(ada, "export_user")

    assert entries["api_key"] not in str(ConnectionDraft.objects.values().get())
    assert entries["api_key"] not in str(dict(ada.session))


def test_a_key_with_spaces_in_it_is_refused_at_its_field(ada, entries):
    page = press(ada, "connect", **entries | {"api_key": "two words"})

    assert "A key has neither spaces nor accents." in page.error_at("api_key")


def test_cancel_forgets_everything_and_goes_back_to_the_list(ada, entries):
    response = submit(ada, "cancel", **entries)

    assert response.url == "/connections/"
    assert not ConnectionDraft.objects.exists()


def test_the_consent_is_recorded_with_person_time_version_and_host(ada, administrator, entries):
    press(ada, "connect", **entries)
    prove_identity(ada, PASSWORD)
    press(ada, "save")

    consent = Consent.objects.get()
    assert consent.connection == Connection.objects.get()
    assert consent.user == administrator
    assert consent.user_email == administrator.email
    assert (consent.version, consent.host) == (PRIVACY_VERSION, entries["host"])
    assert consent.agreed_at <= consent.connection.updated_at


def test_another_host_in_the_draft_asks_for_consent_again(ada, entries, settings):
    press(ada, "draft", **entries)

    page = press(ada, "draft", host="acme.api-us1.com")

    assert "agreed" not in page.entries
    assert "I agree" in page.words.partition("Still missing:")[2]


def test_pressing_save_twice_makes_one_connection(ada, entries):
    press(ada, "connect", **entries)
    shown = prove_identity(ada, PASSWORD).entries | {"action": "save"}

    ada.post(ADD, shown)
    again = Page(ada.post(ADD, shown, follow=True))

    assert "This form was saved or canceled already" in again.words
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("name", ["Newsletter", "NEWSLETTER", "  newsletter "])
def test_a_name_that_another_connection_has_is_refused_at_its_field(ada, entries, name):
    make_connection(name="Newsletter")

    page = press(ada, "save", **entries | {"name": name})

    assert page.error_at("name").startswith("Another connection has this name already.")


def test_names_are_compared_without_regard_to_case_beyond_ascii(ada):
    make_connection(name="Été")

    page = press(ada, "draft", name="ÉTÉ")

    assert page.error_at("name").startswith("Another connection has this name already.")


def test_everybody_has_a_draft_of_their_own(ada, client, entries):
    press(ada, "draft", **entries)
    client.force_login(make_user(role="administrator"))

    page = visit(client)

    assert page.entries["name"] == page.entries["host"] == ""


def test_a_draft_that_rested_is_announced_and_can_be_discarded(ada, entries):
    press(ada, "draft", **entries)
    ConnectionDraft.objects.update(updated_at=NOW)

    page = visit(ada)
    fresh = press(ada, "restart")

    assert "What you entered is still here, and was not saved" in page.words
    assert f"({date_format(NOW, 'DATETIME_FORMAT')})" in page.words
    assert fresh.entries["name"] == ""


@pytest.mark.django_db
def test_drafts_that_nobody_touched_for_seven_days_are_deleted():
    ConnectionDraft.objects.create(user=make_user(), updated_at=NOW - LIFETIME - timedelta(1))
    kept = ConnectionDraft.objects.create(user=make_user(), updated_at=NOW - LIFETIME)

    deleted = delete_old_drafts(NOW)

    assert deleted == 1
    assert list(ConnectionDraft.objects.all()) == [kept]


def test_entries_that_arrive_after_connect_a_second_time_leave_it_as_it_was(ada, entries):
    press(ada, "connect", **entries)

    # What the page sent when the field of the key was left, overtaken by the button.
    press(ada, "draft", **entries)

    assert ConnectionDraft.objects.get().connected_at is not None
