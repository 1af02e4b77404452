"""The first page, and the page of one export."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.problems import problem
from exports.models import Export, Run
from segments.models import Segment
from tests.exports.pages import text_of
from tests.factories import NOW, make_connection, make_export, make_run, make_segment, make_source


def minutes_ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def ended_run(export=None, **fields):
    at = minutes_ago(1)
    return make_run(export, **{"queued_at": at, "started_at": at, "finished_at": at} | fields)


def posted_addresses(page):
    return re.findall(r'action="([^"]+)"', page.content.decode())


def test_a_new_installation_shows_the_first_steps(as_administrator, db):
    page = as_administrator.get("/")

    assert "Connect an ActiveCampaign account" in text_of(page)
    assert [step.is_done for step in page.context["steps"]] == [False] * 5
    assert page.context["steps"][0].address == "/connections/add/"


def test_before_there_is_an_export_nothing_but_the_way_to_it_is_shown(as_administrator, db):
    assert "The next 48 hours" not in text_of(as_administrator.get("/"))

    make_export()

    page = text_of(as_administrator.get("/"))
    assert "The next 48 hours" in page
    assert "Nothing was delivered in the last two weeks." in page


def test_steps_are_ticked_off_as_they_are_done(as_contributor, db):
    make_export([make_segment()], connection=make_connection(visibility="contributors"))

    steps = as_contributor.get("/").context["steps"]

    assert [step.is_done for step in steps] == [True, True, True, True, False]
    assert steps[4].address == "/exports/"


def test_a_connection_that_a_contributor_may_not_use_is_none_to_them(as_contributor, db):
    make_connection(visibility="administrators")

    assert not as_contributor.get("/").context["steps"][0].is_done


def test_steps_that_somebody_may_not_take_say_whom_to_ask(as_viewer, administrator, db):
    page = as_viewer.get("/")

    assert not any(step.address for step in page.context["steps"])
    assert f"An administrator does that: {administrator}." in text_of(page)


def test_the_first_steps_disappear_once_somebody_was_reached(as_administrator, db):
    make_run(accepted=1, members=1)

    assert as_administrator.get("/").context["steps"] == []


def test_who_dismisses_the_first_steps_does_so_for_themselves(as_viewer, as_contributor, db):
    as_viewer.post("/first-steps/")

    assert as_viewer.get("/").context["steps"] == []
    assert as_contributor.get("/").context["steps"]


def test_each_run_stands_on_the_page_once(as_viewer, db):
    running = make_run(status=Run.Status.SENDING, queued_at=minutes_ago(5))
    ended = ended_run()
    failed = ended_run(status=Run.Status.FAILED, problem=problem("internal"))

    page = as_viewer.get("/")

    assert page.context["running"] == [running]
    assert page.context["latest"] == [ended]
    for run in (running, ended, failed):
        assert page.content.decode().count(f'href="/runs/{run.pk}/"') == 1


def test_what_ended_since_yesterday_is_counted_by_how_it_ended(as_viewer, db):
    for _number in range(12):
        ended_run(accepted=5)
    ended_run(status=Run.Status.SKIPPED)
    ended_run(queued_at=minutes_ago(6000), finished_at=minutes_ago(5990), accepted=1000)

    page = as_viewer.get("/")

    assert page.context["ended"] == [(Run.Status.SUCCESSFUL, 12), (Run.Status.SKIPPED, 1)]
    assert "60 contacts accepted" in text_of(page)
    assert len(page.context["latest"]) == 8


def test_a_run_that_failed_is_resumed_from_the_first_page(as_contributor, db):
    export = make_export(connection=make_connection(visibility="contributors"), name="Newsletter")
    failed = make_run(
        export, status=Run.Status.FAILED, plan="plans/a.parquet", problem=problem("internal")
    )

    page = as_contributor.get("/")

    [need] = page.context["needs"]
    assert (need.name, str(need.state)) == ("Newsletter", "Failed")
    assert "Something went wrong in Facteur, again and again." in text_of(page)
    assert f"/runs/{failed.pk}/resume/" in posted_addresses(page)


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (problem("no_segments"), "edit"),
        (problem("no_snapshot", segment="Readers"), "run"),
    ],
)
def test_a_failed_run_leads_to_what_mends_it(as_administrator, db, code, action):
    export = make_export()
    make_run(export, status=Run.Status.FAILED, problem=code)

    [need] = as_administrator.get("/").context["needs"]

    assert need.action.address == f"/exports/{export.pk}/{action}/"


def test_a_viewer_sees_what_failed_and_no_button(as_viewer, db):
    make_run(status=Run.Status.FAILED, plan="plans/a.parquet", problem=problem("internal"))

    page = as_viewer.get("/")

    assert str(page.context["needs"][0].action.label) == "See why"
    assert not any("resume" in address for address in posted_addresses(page))


def test_a_run_that_was_mended_needs_nobody(as_administrator, db):
    export = make_export()
    make_run(export, status=Run.Status.FAILED, queued_at=NOW)
    make_run(export, queued_at=NOW + timedelta(hours=1))

    page = as_administrator.get("/")

    assert page.context["needs"] == []


def test_a_run_that_waits_for_approval_says_why(as_contributor, db):
    export = make_export(connection=make_connection(visibility="contributors"))
    run = make_run(export, status=Run.Status.NEEDS_APPROVAL, guards=[problem("guard_empty")])

    page = as_contributor.get("/")

    [need] = page.context["needs"]
    assert "The segments are empty." in text_of(page)
    assert need.action.address == f"/runs/{run.pk}/"


def test_a_run_that_was_asked_to_stop_waits_for_nobody(as_contributor, contributor, db):
    make_run(status=Run.Status.NEEDS_APPROVAL, cancel_requested_by=contributor)

    assert as_contributor.get("/").context["needs"] == []


def test_a_paused_export_stands_there_once_though_its_last_run_failed(as_administrator, db):
    export = make_export(paused_at=NOW)
    make_run(export, status=Run.Status.FAILED)

    page = as_administrator.get("/")

    [need] = page.context["needs"]
    assert str(need.state) == "Paused"
    assert f"/exports/{export.pk}/unpause/" in posted_addresses(page)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"consented": False}, "Not agreed"),
        ({"export_user": None}, "No export user"),
        ({"failing": problem("key_refused"), "failing_since": NOW}, "Runs fail"),
    ],
)
def test_a_connection_in_trouble_leads_administrators_to_its_set_up(
    as_administrator, db, fields, state
):
    connection = make_connection(name="Acme", **fields)

    [need] = as_administrator.get("/").context["needs"]

    assert (need.name, str(need.state)) == ("Acme", state)
    assert need.action.address == f"/connections/{connection.pk}/edit/"


def test_connections_are_nobody_elses_business(as_viewer, as_contributor, db):
    make_connection(consented=False, visibility="administrators", name="Hidden")

    assert as_viewer.get("/").context["needs"] == []
    assert as_contributor.get("/").context["needs"] == []


def test_a_contributor_is_told_whom_to_ask_about_a_connection(as_contributor, db):
    make_connection(consented=False, visibility="contributors", name="Acme")

    [need] = as_contributor.get("/").context["needs"]

    assert need.action is None
    assert "administrator" in str(need.why)


def test_sources_and_segments_that_fail_are_named(as_viewer, db):
    source = make_source(problem=problem("refresh_failed"), name="Shop")
    segment = make_segment(source, name="Readers")
    Segment.objects.filter(pk=segment.pk).update(problem=problem("refresh_failed"))

    needs = as_viewer.get("/").context["needs"]

    assert {(need.name, need.action.address) for need in needs} == {
        ("Shop", f"/sources/{source.pk}/"),
        ("Readers", f"/segments/{segment.pk}/"),
    }


def test_the_biggest_reasons_of_the_last_runs_come_first_with_what_to_do(as_viewer, db):
    first, second = make_export(name="First"), make_export(name="Second")
    rejects = {"status": Run.Status.WITH_REJECTS}
    make_run(first, queued_at=NOW, reject_reasons={"no_address": 900}, **rejects)
    later = NOW + timedelta(days=1)
    make_run(first, queued_at=later, reject_reasons={"invalid_address": 2}, **rejects)
    run = make_run(
        second,
        reject_reasons={"invalid_address": 5, "no_address": 1, "duplicate": 50},
        rejected_after=3,
        **rejects,
    )

    page = as_viewer.get("/")

    found = [(reason.text, reason.count) for reason in page.context["reasons"]]
    assert found == [
        ("This is not an e-mail address.", 7),
        ("ActiveCampaign refused the contact.", 3),
        ("There is no e-mail address.", 1),
    ]
    assert f'<a href="/runs/{run.pk}/rejects/">Second</a>' in page.content.decode()
    assert "Correct the address in the file of rejects, or in the source." in text_of(page)


def test_what_runs_asks_for_itself_until_nothing_does(as_viewer, db):
    run = make_run(status=Run.Status.QUEUED, queued_at=minutes_ago(1))

    page = as_viewer.get("/running/")
    assert page.status_code == 200
    assert 'hx-get="/running/"' in page.content.decode()

    Run.objects.filter(pk=run.pk).update(status=Run.Status.SKIPPED, finished_at=minutes_ago(0))
    assert as_viewer.get("/running/").status_code == 286


def test_the_title_of_the_page_says_that_something_needs_somebody(as_viewer, db):
    assert "<title>Home – Facteur</title>" in as_viewer.get("/").content.decode()

    make_run(status=Run.Status.FAILED)

    title = "<title>1 needs somebody – Home – Facteur</title>"
    assert title in as_viewer.get("/").content.decode()


@pytest.mark.parametrize(
    ("status", "icon"),
    [
        (Run.Status.SUCCESSFUL, "favicon"),
        (Run.Status.SENDING, "favicon-running"),
        (Run.Status.FAILED, "favicon-attention"),
    ],
)
def test_the_icon_of_the_tab_says_how_things_stand(as_viewer, db, status, icon):
    make_run(status=status, queued_at=minutes_ago(1))

    page = as_viewer.get("/").content.decode()
    link = re.search(r'rel="icon"[^>]* href="/?(?:static/)?([\w-]+)\.[^"]*"', page)
    assert link
    assert link[1] == icon


def test_a_large_installation_takes_no_more_queries(as_contributor, db):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert as_contributor.get("/").status_code == 200
        return len(captured)

    def fill():
        shared = make_connection(visibility="contributors")
        export = make_export(connection=shared, recurrence="daily", times=["02:00"])
        Export.objects.filter(pk=export.pk).update(due_at=minutes_ago(-60))
        ended_run(export, accepted=1)
        make_run(make_export(connection=shared), status=Run.Status.FAILED)
        rejects = {"no_address": 2}
        make_run(status=Run.Status.WITH_REJECTS, reject_reasons=rejects)
        make_run(status=Run.Status.SENDING, queued_at=minutes_ago(1))
        make_connection(consented=False, visibility="contributors")

    queries()  # whoever is the first to look makes the row of the schedule
    of_none = queries()
    fill()
    of_one = queries()
    for _number in range(3):
        fill()

    assert queries() == of_one
    assert max(of_none, of_one) <= 12


@pytest.mark.parametrize("address", ["/exports/{pk}/"])
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
