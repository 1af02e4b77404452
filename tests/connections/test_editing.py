"""Editing a connection: the old settings are in force until Save."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from config.secrets import make_encryption_key
from connections import drafts
from connections.drafts import delete_old_drafts
from connections.failing import note_failure
from connections.models import Connection, ConnectionDraft, Consent
from tests.connections.browsing import press, prove_identity, submit, visit
from tests.connections.conftest import PASSWORD
from tests.factories import NOW, make_connection, make_user


@pytest.fixture
def connection(sandbox):
    return make_connection(
        name="Newsletter", host=sandbox.host, api_key=sandbox.key, key_owner="Anna"
    )


@pytest.fixture
def edit(connection):
    return f"/connections/{connection.pk}/edit/"


def test_a_saved_connection_is_shown_complete_but_for_its_key(ada, connection, edit):
    page = visit(ada, edit)

    assert page.entries["name"] == "Newsletter"
    assert page.entries["api_key"] == ""
    assert page.placeholders["api_key"] == "Hidden value. Type to change it"
    assert "API key (optional)" not in page.words
    assert connection.api_key not in page.html
    assert "Connected to ActiveCampaign as Anna (account acme.activehosted.com)." in page.words
    when = date_format(NOW, "DATETIME_FORMAT")
    assert f"agreed on {when}, for {connection.host}." in page.words
    assert page.buttons["save"]


def test_another_name_or_visibility_needs_no_connect(ada, administrator, sandbox, edit):
    submit(ada, "save", edit, name="Letters", visibility="contributors")

    saved = Connection.objects.get()
    assert (saved.name, saved.visibility) == ("Letters", "contributors")
    assert saved.api_key == sandbox.key
    assert saved.updated_by == administrator
    assert saved.version == 2
    assert Consent.objects.count() == 1
    assert not sandbox.account.log.entries()


def test_the_old_settings_are_in_force_until_save(ada, connection, edit):
    submit(ada, "draft", edit, name="Letters", host="acme.api-us1.com", api_key="new")

    kept = Connection.objects.get()
    assert (kept.name, kept.host, kept.api_key) == (
        connection.name,
        connection.host,
        connection.api_key,
    )


def test_another_key_needs_connect_anew_and_keeps_the_export_user(ada, sandbox, connection, edit):
    sandbox.account.add_user("second-key", admin=True, sees_lists=True)

    changed = press(ada, "save", edit, api_key="second-key")
    connected = press(ada, "connect", edit)
    press(ada, "save", edit)

    assert "Select Connect first" in changed.words
    assert "Connected to ActiveCampaign as" not in changed.words
    assert connected.buttons["save"]
    saved = Connection.objects.get()
    assert saved.api_key == "second-key"
    assert saved.key_changed_at is not None
    assert "user2@example.com" in saved.key_owner
    assert saved.export_user == connection.export_user
    assert saved.export_user_at == connection.export_user_at


def test_another_host_needs_connect_and_consent_anew(ada, administrator, sandbox, settings):
    connection = make_connection()
    edit = f"/connections/{connection.pk}/edit/"

    moved = press(ada, "connect", edit, host=sandbox.host, api_key=sandbox.key)
    refused = press(ada, "save", edit)
    press(ada, "save", edit, agreed="on")

    assert f"The host name is now {sandbox.host}: please agree for it too." in moved.words
    assert refused.error_at("agreed") == "Read the text, and select I agree if you do."
    assert Connection.objects.get().host == sandbox.host
    newest = Consent.objects.latest("agreed_at")
    assert (newest.host, newest.user) == (sandbox.host, administrator)
    assert Consent.objects.count() == 2


def test_going_back_to_the_saved_host_asks_for_nothing(ada, connection, edit):
    press(ada, "draft", edit, host="acme.api-us1.com")

    page = press(ada, "draft", edit, host=connection.host)

    assert "Connected to ActiveCampaign as Anna" in page.words
    assert page.buttons["save"]


def test_a_new_privacy_text_asks_for_consent_again(ada, connection, edit):
    Consent.objects.update(version="2020-01")

    before = visit(ada, edit)
    submit(ada, "save", edit, agreed="on")

    assert "I agree" in before.words.partition("Still missing:")[2]
    assert not before.buttons["save"]
    assert Connection.objects.get().problem() is None


def test_an_export_user_who_left_is_replaced_by_an_administrator(
    ada, administrator, connection, edit
):
    connection.export_user.is_active = False
    connection.export_user.save()

    before = visit(ada, edit)
    prove_identity(ada, PASSWORD, edit)
    submit(ada, "save", edit)

    assert "The connection has no export user" in before.words
    assert not before.buttons["save"]
    saved = Connection.objects.get()
    assert saved.export_user == administrator
    assert saved.problem() is None


def test_of_two_administrators_the_second_is_told_and_loses_nothing(ada, client, connection, edit):
    submit(ada, "draft", edit, name="Ada’s name")
    other = make_user(role="administrator", full_name="Bea Boss")
    theirs = Connection.objects.get()
    theirs.claim_version(1)
    theirs.visibility = "contributors"
    theirs.author(other, timezone.now()).save()

    told = visit(ada, edit)
    stale = ada.post(edit, told.entries | {"version": "1", "action": "save"})
    kept = Connection.objects.get()
    submit(ada, "save", edit)

    assert "Bea Boss saved another version" in told.words
    assert told.entries["name"] == "Ada’s name"
    assert b"Bea Boss saved another version" in stale.content
    assert (kept.name, kept.version) == ("Newsletter", 2)
    assert Connection.objects.get().name == "Ada’s name"


def test_whoever_only_looked_sees_what_others_have_saved_since(ada, connection, edit):
    visit(ada, edit)
    connection.claim_version(1)
    connection.name = "Renamed"
    connection.save()

    page = visit(ada, edit)

    assert page.entries["name"] == "Renamed"
    assert "saved another version" not in page.words


def test_mine_can_be_discarded_for_the_saved_version(ada, connection, edit):
    submit(ada, "draft", edit, name="Mine")
    connection.claim_version(1)
    connection.name = "Theirs"
    connection.save()

    page = press(ada, "restart", edit)

    assert page.entries["name"] == "Theirs"


def test_a_stored_key_that_cannot_be_decrypted_is_entered_again(
    ada, sandbox, connection, edit, settings
):
    settings.FIELD_ENCRYPTION_KEYS = [make_encryption_key()]

    failed = press(ada, "connect", edit)
    press(ada, "connect", edit, api_key=sandbox.key)
    submit(ada, "save", edit)

    assert failed.error_at("api_key") == "The stored API key cannot be decrypted."
    assert Connection.objects.get().api_key == sandbox.key


def test_a_typed_key_that_cannot_be_decrypted_any_more_is_typed_again(ada, entries, settings):
    press(ada, "draft", **entries)
    settings.FIELD_ENCRYPTION_KEYS = [make_encryption_key()]

    page = visit(ada)

    assert page.placeholders["api_key"] == ""
    assert page.entries["name"] == "Newsletter"


def test_connect_results_of_an_earlier_key_are_dropped(ada, entries, sandbox):
    """As when the key is changed in a second window while Connect is under way."""
    press(ada, "draft", **entries)
    stale = ConnectionDraft.objects.get()
    press(ada, "draft", api_key="another-key")

    with pytest.raises(drafts.Overtaken):
        drafts.connect(draft=stale, now=timezone.now())

    assert ConnectionDraft.objects.get().connected_at is None


def test_a_draft_that_is_too_old_to_be_there_changes_nothing(ada, connection, edit):
    shown = visit(ada, edit).entries
    delete_old_drafts(timezone.now() + timedelta(days=8))

    response = ada.post(edit, shown | {"name": "Late", "action": "save"}, follow=True)

    assert "had rested for more than seven days" in response.content.decode()
    assert Connection.objects.get().name == "Newsletter"


def test_a_connection_that_fails_is_told_until_it_is_connected_anew(ada, connection, edit):
    note_failure(connection=connection, why={"code": "key_refused"}, now=NOW)

    submit(ada, "save", edit, name="Letters")
    renamed = Connection.objects.get().trouble()
    press(ada, "connect", edit)
    submit(ada, "save", edit)

    assert renamed == {"code": "key_refused"}
    mended = Connection.objects.get()
    assert (mended.trouble(), mended.failing_since) == (None, None)
