"""An export that is paused, and a connection that fails, say so wherever somebody looks."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from connections.failing import note_failure
from exports.models import Export
from tests.exports.pages import text_of
from tests.factories import NOW, make_export

BUTTON = "Run by schedule again"
WHY = "After 5 failed runs in a row an export does not run by itself any more."


@pytest.fixture
def paused(shared):
    return make_export(
        name="Newsletter", connection=shared, recurrence="daily", times=["07:00"], paused_at=NOW
    )


@pytest.mark.parametrize("address", ["/", "/exports/", "/exports/{pk}/", "/system/status/"])
def test_a_paused_export_says_so_with_the_button(as_contributor, paused, address):
    page = text_of(as_contributor.get(address.format(pk=paused.pk)))

    assert "Paused" in page
    assert BUTTON in page


def test_who_may_only_look_has_no_button(as_viewer, paused):
    page = text_of(as_viewer.get(f"/exports/{paused.pk}/"))

    assert WHY in page
    assert "It is paused: it runs on demand only." in page
    assert BUTTON not in page


def test_nothing_is_said_of_exports_that_are_not_paused(as_contributor, shared):
    export = make_export(connection=shared)

    for address in ("/", "/exports/", f"/exports/{export.pk}/", "/system/status/"):
        assert "Paused" not in text_of(as_contributor.get(address))


def test_the_button_ends_the_pause_and_is_audited(as_contributor, contributor, paused):
    page = text_of(as_contributor.post(f"/exports/{paused.pk}/unpause/", follow=True))

    assert "“Newsletter” runs by its schedule again." in page
    assert Export.objects.get().paused_at is None
    entry = LogEntry.objects.get_for_object(paused).latest("id")
    assert (entry.actor, list(entry.changes)) == (contributor, ["paused_at"])


def test_a_failing_connection_is_told_by_role(as_administrator, as_contributor, shared):
    export = make_export(connection=shared)
    note_failure(connection=shared, why={"code": "payment"}, now=timezone.now())

    listed = text_of(as_administrator.get("/connections/"))
    edited = text_of(as_administrator.get(f"/connections/{shared.pk}/edit/"))
    exported = text_of(as_contributor.get(f"/exports/{export.pk}/"))

    assert "1 connection needs attention" in listed
    assert "Runs fail" in listed
    assert "Settle it in ActiveCampaign, under Settings > Billing" in listed
    assert "Its runs have been failing since" in edited
    assert "Ask an administrator to settle it in ActiveCampaign." in exported


def test_what_is_wrong_stands_above_the_form_and_over_nothing_else(as_administrator, shared):
    note_failure(connection=shared, why={"code": "payment"}, now=timezone.now())

    edited = text_of(as_administrator.get(f"/connections/{shared.pk}/edit/"))

    assert edited.count("Its runs have been failing since") == 1
