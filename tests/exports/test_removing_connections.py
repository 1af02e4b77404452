"""Removing a connection that exports use."""

import pytest

from connections.models import Connection, Consent
from exports.models import Export, Run
from tests.exports.pages import text_of
from tests.factories import make_connection, make_export, make_run


@pytest.fixture
def used(db):
    return make_connection(name="Acme")


def test_a_connection_without_exports_is_removed_after_a_question(as_administrator, used):
    address = f"/connections/{used.pk}/remove/"

    assert "stays in ActiveCampaign" in text_of(as_administrator.get(address))
    assert Connection.objects.exists()
    as_administrator.post(address)

    assert not Connection.objects.exists()
    assert Consent.objects.get().connection_name == "Acme"


def test_the_fate_of_every_export_must_be_said(as_administrator, used):
    first = make_export(name="First", connection=used)
    make_export(name="Second", connection=used)

    page = as_administrator.post(f"/connections/{used.pk}/remove/", {f"fate-{first.pk}": "remove"})

    assert "Say for each export" in text_of(page)
    assert Export.objects.filter(connection=used).count() == 2
    assert f'value="remove" id="remove-{first.pk}" checked' in page.content.decode()


def test_exports_are_removed_or_detached_as_said(as_administrator, used):
    removed = make_export(connection=used)
    kept = make_export(connection=used)
    run = make_run(kept)
    fates = {f"fate-{removed.pk}": "remove", f"fate-{kept.pk}": "detach"}

    page = as_administrator.post(f"/connections/{used.pk}/remove/", fates, follow=True)

    assert "“Acme” is removed." in text_of(page)
    assert list(Export.objects.all()) == [kept]
    kept.refresh_from_db()
    assert kept.connection is None
    assert Run.objects.get() == run


def test_a_running_export_keeps_the_connection_and_everything_else(as_administrator, used):
    removed = make_export(connection=used)
    busy = make_export(name="Busy", connection=used)
    make_run(busy, status=Run.Status.SENDING)
    fates = {f"fate-{removed.pk}": "remove", f"fate-{busy.pk}": "detach"}

    page = as_administrator.post(f"/connections/{used.pk}/remove/", fates)

    assert "“Busy” is running." in text_of(page)
    assert Export.objects.filter(connection=used).count() == 2


@pytest.mark.parametrize("fates", [{"fate-x": "remove"}, {"fate-1": "burn"}, {"fate-": ""}])
def test_fates_that_mean_nothing_change_nothing(as_administrator, used, fates):
    make_export(connection=used)

    as_administrator.post(f"/connections/{used.pk}/remove/", fates)

    assert Export.objects.filter(connection=used).exists()


@pytest.mark.parametrize("role", ["as_viewer", "as_contributor"])
def test_only_administrators_remove_connections(request, role, used):
    browser = request.getfixturevalue(role)

    assert browser.post(f"/connections/{used.pk}/remove/").status_code == 403
