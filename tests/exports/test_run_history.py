"""The history of runs, of one export and of all: filters in the address, honest names, trends."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.models import Run
from tests.exports.pages import text_of
from tests.factories import NOW, make_export, make_run

MOST_QUERIES = 12


@pytest.fixture
def export(db):
    return make_export(name="Newsletter")


def history(browser, export, **asked):
    return text_of(browser.get(f"/exports/{export.pk}/runs/", asked))


def shown(browser, export, **asked):
    """Return the ids of the runs that the history of an export shows."""
    page = browser.get(f"/exports/{export.pk}/runs/", asked)
    return [run.pk for run in page.context["page"]]


def test_each_run_says_its_trigger_state_counts_and_duration(as_viewer, contributor, export):
    make_run(
        export,
        started_by=contributor,
        members=1200,
        accepted=1100,
        rejected_before=100,
        status=Run.Status.WITH_REJECTS,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=125),
    )

    text = history(as_viewer, export)

    assert f"Completed with rejects On demand {contributor} 1,200 1,100 100 2 min 5 s" in text


def test_an_export_that_never_ran_says_so(as_viewer, export):
    assert "It has not run yet." in history(as_viewer, export)


def test_runs_of_other_exports_are_not_in_it(as_viewer, export):
    own = make_run(export)
    make_run(make_export(name="Other"))

    assert shown(as_viewer, export) == [own.pk]


@pytest.mark.parametrize(
    "asked",
    [
        {"state": "failed"},
        {"trigger": "schedule"},
        {"rejects": "with"},
        {"since": "2026-01-02"},
        {"state": "failed", "trigger": "schedule", "rejects": "with", "since": "2026-01-02"},
    ],
)
def test_the_address_says_which_runs_are_shown(as_viewer, export, asked):
    day = NOW.replace(year=2026, month=1, day=2, hour=12)
    wanted = make_run(
        export, status=Run.Status.FAILED, trigger="schedule", rejected_after=1, queued_at=day
    )
    make_run(export, queued_at=day - timedelta(days=1))

    assert shown(as_viewer, export, **asked) == [wanted.pk]


def test_a_period_ends_with_its_last_day(as_viewer, export):
    noon = NOW.replace(year=2026, month=1, day=2, hour=12)
    last = make_run(export, queued_at=noon)
    make_run(export, queued_at=noon + timedelta(days=1))

    assert shown(as_viewer, export, until="2026-01-02") == [last.pk]
    assert len(shown(as_viewer, export, until="9999-12-31")) == 2


def test_runs_that_sent_nothing_are_asked_for_by_their_reason(as_viewer, export):
    idle = make_run(export, status="skipped", problem={"code": "nothing_to_send"})
    make_run(export, status="skipped", problem={"code": "superseded", "by": 9})

    assert shown(as_viewer, export, state="nothing_to_send") == [idle.pk]
    assert "Skipped" not in history(as_viewer, export)


def test_what_makes_no_sense_is_ignored(as_viewer, export):
    run = make_run(export)

    asked = {"state": "asleep", "since": "2026-13-45", "sort": "colour", "page": "x"}

    assert shown(as_viewer, export, **asked) == [run.pk]


def test_the_longest_and_the_most_rejected_runs_come_first_on_demand(as_viewer, export):
    quick = make_run(export, started_at=NOW, finished_at=NOW + timedelta(seconds=1))
    slow = make_run(export, started_at=NOW, finished_at=NOW + timedelta(hours=1), rejected_before=7)

    assert shown(as_viewer, export, sort="-duration") == [slow.pk, quick.pk]
    assert shown(as_viewer, export, sort="-rejects") == [slow.pk, quick.pk]


def add_runs(export, durations):
    for day, seconds in enumerate(durations):
        began = NOW + timedelta(days=day)
        finished = began + timedelta(seconds=seconds)
        make_run(
            export, queued_at=began, started_at=began, finished_at=finished, accepted=100 * seconds
        )


def test_small_lines_say_how_the_last_runs_went(as_viewer, export):
    add_runs(export, [60, 20, 90, 30])

    page = as_viewer.get(f"/exports/{export.pk}/runs/")

    said = page.content.decode()
    assert (
        'aria-label="Duration of the last 4 runs: between 20 s and 1 min 30 s, last 30 s"' in said
    )
    assert "Contacts accepted by the last 4 runs" in said
    assert "between 2,000 and 9,000, last 3,000" in said
    assert "style=" not in said


def test_small_lines_leave_out_runs_that_had_nothing_to_send(as_viewer, export):
    add_runs(export, [60])
    make_run(export, status="skipped", started_at=NOW, finished_at=NOW)

    assert "Duration of the last" not in history(as_viewer, export)


def test_only_the_last_thirty_runs_are_drawn(as_viewer, export):
    add_runs(export, [900, *range(1, 31)])

    assert "Duration of the last 30 runs between 1,0 s and 30 s" in history(
        as_viewer, export
    ).replace("1.0", "1,0")


def test_all_runs_name_their_exports_and_are_found_by_them(as_viewer, export):
    make_run(export)
    make_run(make_export(name="Winter sale"))

    everything = text_of(as_viewer.get("/runs/"))
    found = as_viewer.get("/runs/", {"q": "winter"})

    assert "Newsletter" in everything
    assert "Winter sale" in everything
    assert [run.export.name for run in found.context["page"]] == ["Winter sale"]


@pytest.mark.parametrize("address", ["/runs/", "/exports/{export}/runs/", "/exports/{export}/"])
def test_more_runs_take_no_more_queries(as_viewer, contributor, export, address):
    address = address.format(export=export.pk)

    def look():
        with CaptureQueriesContext(connection) as captured:
            as_viewer.get(address)
        return len(captured)

    add_runs(export, [5, 6])
    look()  # what every first page asks for
    of_two = look()
    add_runs(export, range(1, 60))
    make_run(export, started_by=contributor, status=Run.Status.SENDING)

    assert of_two <= MOST_QUERIES
    assert look() <= MOST_QUERIES
