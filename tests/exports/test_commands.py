"""Run, run all, schedule, detach and remove."""

import pytest

from exports.models import Export, Run
from segments.models import RefreshSchedule
from tests.exports.pages import text_of
from tests.factories import NOW, make_connection, make_export, make_run, make_segment


@pytest.fixture
def export(db):
    return make_export(name="Newsletter", connection=make_connection(visibility="contributors"))


def test_run_starts_a_run_and_leads_to_it(as_contributor, contributor, export):
    page = as_contributor.post(f"/exports/{export.pk}/run/", follow=True)

    run = export.runs.get()
    assert page.redirect_chain == [(f"/runs/{run.pk}/", 302)]
    assert (run.status, run.trigger, run.started_by) == ("queued", "on_demand", contributor)


def test_an_export_that_is_off_runs_on_demand(as_contributor, export):
    Export.objects.update(recurrence="off")

    as_contributor.post(f"/exports/{export.pk}/run/")

    assert export.runs.count() == 1


def test_a_second_run_is_refused_and_leads_to_the_first(as_contributor, export):
    as_contributor.post(f"/exports/{export.pk}/run/")

    page = as_contributor.post(f"/exports/{export.pk}/run/", follow=True)

    assert "“Newsletter” is running already." in text_of(page)
    assert export.runs.count() == 1


def test_an_export_without_segments_says_what_to_do(as_contributor, export):
    export.segments.clear()

    page = as_contributor.post(f"/exports/{export.pk}/run/", follow=True)

    assert "The export has no segment any more." in text_of(page)
    assert not export.runs.exists()


def test_run_all_starts_what_is_scheduled_and_says_why_others_were_not(as_contributor, export):
    connected = export.connection
    segment = make_segment()
    make_export([segment], name="Second", connection=connected)
    make_export([segment], name="Off", connection=connected, recurrence="off")
    make_export([segment], name="Unshared", connection=make_connection())
    make_export([], name="Empty", connection=connected)
    make_run(make_export([segment], name="Busy", connection=connected), status=Run.Status.SENDING)

    page = as_contributor.post("/exports/run-all/", follow=True)

    text = text_of(page)
    assert "2 exports were started." in text
    assert "“Busy” is running already." in text
    assert "“Empty”: The export has no segment any more." in text
    queued = Run.objects.filter(status=Run.Status.QUEUED)
    assert sorted(queued.values_list("export__name", flat=True)) == ["Newsletter", "Second"]


def test_run_all_says_when_there_is_nothing_to_run(as_contributor, db):
    page = as_contributor.post("/exports/run-all/", follow=True)

    assert "Nothing was started" in text_of(page)


def test_the_schedule_is_turned_off_and_on(as_contributor, export):
    RefreshSchedule.objects.update_or_create(pk=1, defaults={"due_at": NOW})
    address = f"/exports/{export.pk}/schedule/"

    page = as_contributor.post(
        address, {"recurrence": "off", "version": 1, "do": "save"}, follow=True
    )
    assert "Its schedule is off: it runs on demand only." in text_of(page)
    page = as_contributor.post(
        address, {"recurrence": "refresh", "version": 2, "do": "save"}, follow=True
    )

    assert "It runs next with the scheduled refresh on 5 Jan 2026, 09:00." in text_of(page)
    export.refresh_from_db()
    assert (export.recurrence, export.version) == ("refresh", 3)


def test_a_schedule_that_somebody_else_changed_is_not_overwritten(as_contributor, export):
    Export.objects.update(version=5)

    page = as_contributor.post(
        f"/exports/{export.pk}/schedule/", {"recurrence": "off", "version": 1, "do": "save"}
    )

    assert "Changed in the meantime" in text_of(page)
    export.refresh_from_db()
    assert export.recurrence == "refresh"


def test_detaching_keeps_everything_but_the_connection(as_administrator, export):
    make_run(export)
    address = f"/exports/{export.pk}/detach/"

    assert "does not run until" in text_of(as_administrator.get(address))
    page = as_administrator.post(address, follow=True)

    export.refresh_from_db()
    assert export.connection is None
    assert (export.segments.count(), export.runs.count()) == (1, 1)
    assert "It does not run, because it has no connection." in text_of(page)


def test_an_export_that_is_running_is_neither_detached_nor_removed(as_administrator, export):
    make_run(export, status=Run.Status.SENDING)

    for command in ("detach", "remove"):
        page = as_administrator.post(f"/exports/{export.pk}/{command}/", follow=True)
        assert "“Newsletter” is running." in text_of(page)

    export.refresh_from_db()
    assert export.connection


def test_removing_asks_first_and_takes_the_history_along(as_contributor, export):
    make_run(export)
    address = f"/exports/{export.pk}/remove/"

    assert "1 run of its history" in text_of(as_contributor.get(address))
    assert "stays in ActiveCampaign" in text_of(as_contributor.get(address))
    as_contributor.post(address)

    assert not Export.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.parametrize("command", ["run", "schedule", "remove", "edit", "duplicate"])
def test_viewers_may_not(as_viewer, export, command):
    assert as_viewer.post(f"/exports/{export.pk}/{command}/").status_code in (403, 405)
    assert not export.runs.exists()


@pytest.mark.parametrize("command", ["run", "schedule", "remove"])
def test_exports_of_unshared_connections_do_not_exist_for_contributors(as_contributor, command):
    export = make_export(connection=make_connection())

    assert as_contributor.post(f"/exports/{export.pk}/{command}/").status_code == 404


def test_only_administrators_detach(as_contributor, export):
    assert as_contributor.post(f"/exports/{export.pk}/detach/").status_code == 403


@pytest.mark.parametrize("address", ["/exports/1/run/", "/exports/run-all/", "/runs/1/resume/"])
def test_what_changes_something_is_never_a_link(as_administrator, address):
    assert as_administrator.get(address).status_code == 405
