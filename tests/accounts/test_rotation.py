"""Changing the key that secrets are encrypted with."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection as database

from config.fields import DecryptionError
from config.secrets import make_encryption_key
from connections.models import Connection, ConnectionDraft
from tests.accounts.totp import current_code
from tests.factories import NOW, make_connection, make_user

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OLD, NEW = make_encryption_key(), make_encryption_key()


@pytest.fixture(autouse=True)
def _old_key(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def stored_keys():
    with database.cursor() as cursor:
        cursor.execute("SELECT api_key FROM connections_connection ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_after_a_rotation_the_old_key_is_not_needed_any_more(settings, capsys):
    make_connection(api_key="first")
    make_connection(api_key="second")
    ConnectionDraft.objects.create(user=make_user(), api_key="draft", updated_at=NOW)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    call_command("rotate_encryption_keys")

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert [row.api_key for row in Connection.objects.order_by("id")] == ["first", "second"]
    assert ConnectionDraft.objects.get().api_key == "draft"
    assert capsys.readouterr().out == "3 secrets are encrypted with the first key.\n"


@pytest.mark.django_db
def test_after_a_rotation_second_factors_open_without_the_old_key(settings):
    user = make_user()
    TOTP.activate(user, SEED)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    call_command("rotate_encryption_keys")

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP).wrap()
    recovery = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap()
    assert app.validate_code(current_code(SEED))
    assert recovery.get_unused_codes() == codes


@pytest.mark.django_db
def test_a_rotation_names_the_second_factor_that_it_cannot_read(settings):
    lost = TOTP.activate(make_user(), SEED).instance
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(CommandError, match=rf"mfa\.Authenticator {lost.pk}\."):
        call_command("rotate_encryption_keys")

    assert Authenticator.objects.get().data == lost.data


@pytest.mark.django_db
def test_a_rotation_says_what_it_cannot_read_and_rotates_the_rest(settings):
    lost = make_connection(api_key="lost")
    settings.FIELD_ENCRYPTION_KEYS = [make_encryption_key()]
    make_connection(api_key="kept")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, *settings.FIELD_ENCRYPTION_KEYS]
    before = stored_keys()

    with pytest.raises(CommandError, match=rf"connections\.Connection {lost.pk}\."):
        call_command("rotate_encryption_keys")

    after = stored_keys()
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.django_db
def test_an_empty_secret_stays_empty(settings):
    ConnectionDraft.objects.create(user=make_user(), updated_at=NOW)

    call_command("rotate_encryption_keys")

    assert ConnectionDraft.objects.get().api_key == ""


@pytest.mark.django_db
def test_a_connection_with_a_lost_key_can_be_loaded_and_saved_but_its_key_not_read(settings):
    make_connection(api_key="lost", name="Before")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    before = stored_keys()

    connection = Connection.objects.get()
    connection.name = "After"
    connection.save()

    assert stored_keys() == before
    with pytest.raises(DecryptionError, match="FIELD_ENCRYPTION_KEYS"):
        _ = connection.api_key
