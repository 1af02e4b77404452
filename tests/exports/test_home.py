"""The first page, and the page of one export."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.models import Run
from tests.exports.pages import text_of
from tests.factories import NOW, make_connection, make_export, make_run, make_segment, make_source


def test_a_new_installation_shows_the_first_steps(as_administrator, db):
    page = as_administrator.get("/")

    assert "Connect an ActiveCampaign account" in text_of(page)
    assert [step.is_done for step in page.context["steps"]] == [False] * 5
    assert page.context["steps"][0].address == "/connections/add/"


def test_steps_are_ticked_off_as_they_are_done(as_contributor, db):
    make_export([make_segment()], connection=make_connection(visibility="contributors"))

    steps = as_contributor.get("/").context["steps"]

    assert [step.is_done for step in steps] == [True, True, True, True, False]
    assert steps[4].address.startswith("/exports/")


def test_steps_that_somebody_may_not_take_are_no_links(as_viewer, db):
    assert not any(step.address for step in as_viewer.get("/").context["steps"])


def test_the_first_steps_disappear_once_somebody_was_reached(as_administrator, db):
    make_run(accepted=1, members=1)

    assert as_administrator.get("/").context["steps"] == []


def test_home_shows_what_runs_what_needs_somebody_and_what_ran(as_viewer, db):
    running = make_run(status=Run.Status.SENDING)
    failed = make_run(status=Run.Status.FAILED)
    mended = make_export()
    make_run(mended, status=Run.Status.FAILED, queued_at=NOW)
    good = make_run(mended, queued_at=NOW + timedelta(hours=1))

    page = as_viewer.get("/")

    assert page.context["running"] == [running]
    assert page.context["needy"] == [failed]
    assert page.context["latest"][0] == good


@pytest.mark.parametrize("address", ["/", "/exports/{pk}/"])
def test_more_runs_take_no_more_queries(as_viewer, db, address):
    export = make_export()
    make_run(export)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert as_viewer.get(address.format(pk=export.pk)).status_code == 200
        return len(captured)

    of_one = queries()
    for hours in range(1, 8):
        make_run(export, queued_at=NOW + timedelta(hours=hours))

    assert queries() == of_one
    assert of_one <= 12


def test_the_page_of_an_export_shows_its_configuration_and_history(as_viewer, contributor, db):
    source = make_source(name="Customers")
    export = make_export([make_segment(source, name="Readers")], name="Newsletter", list_id=4711)
    make_run(export, started_by=contributor, members=2, accepted=2)

    text = text_of(as_viewer.get(f"/exports/{export.pk}/"))

    assert "Readers 2 members" in text
    assert "ActiveCampaign List ID 4711" in text
    assert "View only" in text
    assert "On demand Cléo Contrib 2 2 0 0" in text


def test_a_column_that_is_gone_is_said_on_the_page_of_the_export(as_viewer, db):
    mapping = [{"column": "email", "target": "email"}, {"column": "Tel", "target": "phone"}]
    export = make_export([make_segment(make_source(name="Shop"))], mapping=mapping)

    text = text_of(as_viewer.get(f"/exports/{export.pk}/"))

    assert "Data matching needs attention" in text
    assert "“Shop” has no column “Tel”" in text


def test_a_detached_export_says_that_it_does_not_run(as_administrator, db):
    export = make_export(connection=None)

    page = as_administrator.get(f"/exports/{export.pk}/")

    assert "It does not run, because it has no connection." in text_of(page)
    assert f"/exports/{export.pk}/run/" not in page.content.decode()


def test_what_does_not_exist_is_a_404(as_viewer, db):
    assert as_viewer.get("/exports/999/").status_code == 404
    assert as_viewer.get("/runs/999/").status_code == 404
