"""The list of exports: what it says, finds, sorts and lets people do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.models import Export, Run
from tests.exports.pages import text_of
from tests.factories import (
    NOW,
    make_connection,
    make_export,
    make_run,
    make_segment,
    make_source,
)

LIST = "/exports/"


def names_on(page):
    return [export.name for export in page.context["page"]]


@pytest.mark.parametrize("role", ["as_viewer", "as_contributor", "as_administrator"])
def test_everybody_sees_every_export_with_its_last_run(request, role):
    browser = request.getfixturevalue(role)
    export = make_export([make_segment(name="Readers")], name="Newsletter", list_name="News")
    make_run(export, status=Run.Status.SUCCESSFUL, queued_at=NOW - timedelta(days=1))
    make_run(export, status=Run.Status.FAILED, queued_at=NOW)

    page = browser.get(LIST)

    [shown] = page.context["page"]
    assert shown.last_run.status == Run.Status.FAILED
    text = text_of(page)
    assert all(word in text for word in ("Newsletter", "Readers", "Failed", "On demand"))


def test_an_export_that_never_ran_says_so(as_viewer, db):
    make_export(connection=None)

    text = text_of(as_viewer.get(LIST))

    assert "Not started never" in text
    assert "No Connection" in text


def test_rights_are_said_per_export(as_contributor, db):
    make_export(name="A shared", connection=make_connection(visibility="contributors"))
    make_export(name="B unshared", connection=make_connection())
    make_export(name="C detached", connection=None)

    page = as_contributor.get(LIST)

    assert [export.can_edit for export in page.context["page"]] == [True, False, False]
    assert "/edit/" in page.content.decode()
    assert "/detach/" not in page.content.decode()


def test_viewers_are_offered_nothing_that_changes_anything(as_viewer, db):
    make_export(connection=make_connection(visibility="contributors"))

    content = as_viewer.get(LIST).content.decode()

    assert not any(word in content for word in ("/run/", "/edit/", "/remove/", "run-all"))


@pytest.mark.parametrize("search", ["winter", "ACME", "loyalty", "4711"])
def test_search_looks_at_name_connection_and_list(as_viewer, db, search):
    make_export(
        name="Winter",
        connection=make_connection(name="Acme EU"),
        list_id=4711,
        list_name="Loyalty",
    )
    make_export(name="Spring", connection=make_connection(name="Other"), list_id=5)

    assert names_on(as_viewer.get(LIST, {"q": search})) == ["Winter"]


@pytest.mark.parametrize("search", ["%", "'", "9" * 50, "\x00"])
def test_a_search_for_anything_odd_finds_nothing(as_viewer, db, search):
    make_export(name="Winter")

    page = as_viewer.get(LIST, {"q": search})

    assert names_on(page) == []
    assert "No export fits" in text_of(page)


def test_the_status_filters(as_viewer, db):
    make_run(make_export(name="Broken"), status=Run.Status.FAILED)
    make_export(name="New")

    assert names_on(as_viewer.get(LIST, {"status": "failed"})) == ["Broken"]
    assert names_on(as_viewer.get(LIST, {"status": "not_started"})) == ["New"]
    assert len(names_on(as_viewer.get(LIST, {"status": "nonsense"}))) == 2


@pytest.mark.parametrize(
    "sort",
    [
        "name",
        "connection",
        "segments",
        "status",
        "last_run",
        "schedule",
        "permissions",
        "updated",
        "updated_by",
    ],
)
def test_every_column_sorts_both_ways(as_contributor, contributor, administrator, db, sort):
    first = make_export(
        [make_segment(name="a")],
        name="A",
        connection=make_connection(name="a"),
        recurrence="off",
        updated_by=administrator,
    )
    second = make_export(
        [make_segment(name="b")],
        name="B",
        connection=make_connection(name="b", visibility="contributors"),
        updated_by=contributor,
    )
    make_run(first, status=Run.Status.FAILED, queued_at=NOW)
    make_run(second, status=Run.Status.SUCCESSFUL, queued_at=NOW + timedelta(hours=1))

    assert names_on(as_contributor.get(LIST, {"sort": sort})) == ["A", "B"]
    assert names_on(as_contributor.get(LIST, {"sort": f"-{sort}"})) == ["B", "A"]


def test_a_list_shows_the_columns_that_somebody_chose_for_themselves(as_viewer, as_contributor, db):
    make_export(list_name="Loyal people")
    asked = {"list": "exports", "column": ["list", "schedule"], "next": f"{LIST}?sort=-name"}

    answer = as_viewer.post("/appearance/columns/", asked)

    assert answer.headers["Location"] == f"{LIST}?sort=-name"
    mine, theirs = (text_of(browser.get(LIST)) for browser in (as_viewer, as_contributor))
    assert "Loyal people" in mine
    assert "Connection used ↑" not in mine
    assert "Loyal people" not in theirs


def test_the_usual_columns_come_back(as_viewer, viewer, db):
    make_export()
    as_viewer.post("/appearance/columns/", {"list": "exports", "column": ["list"]})

    as_viewer.post("/appearance/columns/", {"list": "exports", "usual": "yes"})

    viewer.refresh_from_db()
    assert viewer.columns == {}
    assert 'data-label="Schedule"' in as_viewer.get(LIST).content.decode()


@pytest.mark.parametrize("name", ["", "exports; --", "a" * 31])
def test_columns_of_no_list_are_not_kept(as_viewer, viewer, name):
    as_viewer.post("/appearance/columns/", {"list": name, "column": ["list"]})

    viewer.refresh_from_db()
    assert viewer.columns == {}


def test_connection_and_schedule_filter_and_stand_in_the_address(as_viewer, db):
    euro = make_connection(name="Euro")
    make_export(name="A", connection=euro, recurrence="off")
    make_export(name="B", connection=euro)
    make_export(name="C", connection=None, recurrence="off")

    assert names_on(as_viewer.get(LIST, {"connection": euro.pk})) == ["A", "B"]
    assert names_on(as_viewer.get(LIST, {"connection": euro.pk, "schedule": "off"})) == ["A"]
    assert names_on(as_viewer.get(LIST, {"connection": "none"})) == ["C"]
    assert names_on(as_viewer.get(LIST, {"connection": "12345"})) == ["A", "B", "C"]


def test_the_sorted_column_says_so_to_assistive_technology(as_viewer, db):
    make_export()

    assert 'aria-sort="descending"' in as_viewer.get(LIST, {"sort": "-name"}).content.decode()


def test_twenty_five_exports_fit_on_a_page(as_viewer, db):
    segment, connected = make_segment(), make_connection()
    for _ in range(26):
        make_export([segment], connection=connected)

    assert len(names_on(as_viewer.get(LIST))) == 25
    assert len(names_on(as_viewer.get(LIST, {"page": "2"}))) == 1


def test_thirty_exports_take_as_many_queries_as_three(as_contributor, db):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert as_contributor.get(LIST).status_code == 200
        return len(captured)

    segments, connected = [make_segment(), make_segment()], make_connection()
    for _ in range(3):
        make_run(make_export(segments, connection=connected))
    of_three = queries()
    for _ in range(27):
        make_run(make_export(segments, connection=connected))

    assert queries() == of_three
    assert of_three <= 12


def test_htmx_gets_the_table_alone(as_viewer, db):
    make_export()

    page = as_viewer.get(LIST, headers={"HX-Request": "true", "HX-Target": "exports"})

    assert "<html" not in page.content.decode()
    assert 'id="exports"' in page.content.decode()


def test_an_empty_list_leads_to_what_is_missing(as_contributor, administrator, db):
    assert "Ask an administrator to share one: Ada Admin" in text_of(as_contributor.get(LIST))
    make_connection(visibility="contributors")
    assert "Go to Segments" in text_of(as_contributor.get(LIST))
    make_segment(make_source())
    assert "/exports/add/" in as_contributor.get(LIST).content.decode()


def test_names_are_shown_as_text_whatever_they_hold(as_viewer, db):
    make_export(name="<script>alert(1)</script>")

    assert "<script>alert" not in as_viewer.get(LIST).content.decode()
    assert Export.objects.count() == 1
