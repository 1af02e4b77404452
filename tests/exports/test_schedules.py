"""Exports with schedules of their own: their pane, their runs, and what was before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from exports.models import Export, Run
from exports.pipeline.start import start_due_runs
from exports.services import save_export
from tests.exports.pages import form_of, text_of
from tests.exports.set_up import open_form, press
from tests.factories import NOW, make_export, make_run, make_segment

DAILY = {"recurrence": "daily", "times": ["09:00"], "due_at": NOW}
TOMORROW = NOW + timedelta(days=1)
MONDAYS = {
    "recurrence": "weekly",
    "weekdays": ["1"],
    "time": "06:30",
    "time_zone": "Europe/Paris",
}


def runs_of(export: Export) -> list[tuple[str, datetime | None]]:
    return list(export.runs.order_by("pk").values_list("trigger", "due_at"))


@pytest.mark.django_db
def test_an_export_runs_at_its_own_time_once():
    export = make_export(**DAILY)

    for seconds in (-1, 0, 15, 30):
        start_due_runs(now=NOW + timedelta(seconds=seconds))

    assert runs_of(export) == [("schedule", NOW)]
    export.refresh_from_db()
    assert export.due_at == TOMORROW


@pytest.mark.django_db
def test_due_times_missed_while_the_system_was_down_run_once_and_the_page_says_so(as_viewer):
    export = make_export(**DAILY)

    [run] = start_due_runs(now=NOW + timedelta(days=3, hours=1))

    assert runs_of(export) == [("schedule", NOW)]
    page = text_of(as_viewer.get(f"/runs/{run.pk}/"))
    assert "Schedule · was due 5 Jan 2026, 09:00" in page
    export.refresh_from_db()
    assert export.due_at == NOW + timedelta(days=4)


@pytest.mark.django_db
def test_a_run_at_its_time_does_not_say_when_it_was_due(as_viewer):
    make_export(**DAILY)

    [run] = start_due_runs(now=NOW + timedelta(seconds=20))

    assert "was due" not in text_of(as_viewer.get(f"/runs/{run.pk}/"))


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_start_one_run():
    export = make_export(**DAILY)
    both = Barrier(2)

    def beat() -> int:
        try:
            both.wait(timeout=10)
            return len(start_due_runs(now=NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as beats:
        counts = [beats.submit(beat), beats.submit(beat)]

    assert sorted(count.result() for count in counts) == [0, 1]
    assert runs_of(export) == [("schedule", NOW)]


@pytest.mark.django_db
def test_an_export_that_is_running_is_due_once_more_when_that_run_has_ended():
    export = make_export(**DAILY)
    earlier = make_run(export, status=Run.Status.SENDING)

    during = start_due_runs(now=NOW)
    during += start_due_runs(now=TOMORROW + timedelta(hours=1))
    Run.objects.filter(pk=earlier.pk).update(status=Run.Status.SUCCESSFUL)
    after = start_due_runs(now=TOMORROW + timedelta(hours=2))

    assert during == []
    assert [run.due_at for run in after] == [NOW]
    export.refresh_from_db()
    assert export.due_at == NOW + timedelta(days=2)


@pytest.mark.django_db
def test_an_export_that_is_kept_from_running_says_since_when(as_viewer):
    export = make_export(**DAILY)
    make_run(export, status=Run.Status.SENDING)

    page = text_of(as_viewer.get(f"/exports/{export.pk}/"))

    assert "It was due on 5 Jan 2026, 09:00 and runs as soon as nothing keeps it." in page


@pytest.mark.django_db
def test_a_due_time_that_a_stale_save_brings_back_is_passed_over():
    export = make_export(**DAILY)
    start_due_runs(now=NOW)
    Run.objects.update(status=Run.Status.SUCCESSFUL)

    export.save()  # with the due time that it was opened with
    start_due_runs(now=NOW + timedelta(seconds=15))

    assert runs_of(export) == [("schedule", NOW)]
    export.refresh_from_db()
    assert export.due_at == TOMORROW


@pytest.mark.django_db
def test_one_that_cannot_be_started_does_not_stop_the_others():
    make_export(recurrence="cron", cron="nonsense", due_at=NOW - timedelta(hours=1))
    export = make_export(**DAILY)

    [run] = start_due_runs(now=NOW)

    assert run.export == export


@pytest.mark.django_db
def test_a_detached_export_keeps_its_schedule_and_does_not_run():
    export = make_export(connection=None, **DAILY)

    assert start_due_runs(now=NOW) == []

    export.refresh_from_db()
    assert (export.recurrence, export.due_at) == ("daily", TOMORROW)


@pytest.mark.django_db
def test_the_pane_saves_a_schedule_and_says_when_it_runs_next(as_contributor, shared):
    export = make_export(connection=shared)
    sent = {"do": "save", "version": 1, **MONDAYS}

    page = text_of(as_contributor.post(f"/exports/{export.pk}/schedule/", sent, follow=True))

    export.refresh_from_db()
    assert export.due_at is not None
    assert export.due_at.weekday() == 0
    assert "It runs next on" in page
    assert "Weekly on Monday at 06:30 (Europe/Paris)" in page


@pytest.mark.django_db
def test_the_list_says_the_schedule_in_force_and_when_it_runs_next(as_viewer):
    make_export(**DAILY)

    waiting = text_of(as_viewer.get("/exports/"))
    Export.objects.update(due_at=datetime(2126, 1, 5, 9, 0, tzinfo=UTC))
    coming = text_of(as_viewer.get("/exports/"))

    assert "Daily at 09:00 (UTC) due since: 5 Jan 2026, 09:00" in waiting
    assert "Daily at 09:00 (UTC) next: 5 Jan 2126, 09:00" in coming


@pytest.mark.django_db
def test_setting_up_an_export_takes_a_schedule_of_its_own_and_shows_its_dates_before(
    as_contributor, shared
):
    segment = make_segment()
    entered = {"name": "Mondays", "list_id": "19", "segments": segment.pk, **MONDAYS}

    shown = press(as_contributor, open_form(as_contributor), "go-options", **entered)
    page = press(as_contributor, shown, "save")

    export = Export.objects.get()
    assert text_of(shown).count("Monday, ") == 5
    assert (export.recurrence, export.weekdays, export.times) == ("weekly", [1], ["06:30"])
    assert export.due_at is not None
    assert "It runs next on" in text_of(page)


@pytest.mark.django_db
def test_a_duplicate_proposes_the_same_schedule(as_contributor, shared):
    export = make_export(connection=shared, **DAILY)

    form = form_of(open_form(as_contributor, f"/exports/{export.pk}/duplicate/", "options"))

    assert (form["recurrence"], form["time"]) == (["daily"], ["09:00"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "due_at"),
    [
        ({"name": "Renamed"}, NOW),
        ({"times": ["10:00"]}, NOW + timedelta(hours=1)),
        ({"recurrence": "refresh"}, None),
    ],
)
def test_editing_an_export_counts_from_now_only_if_its_schedule_changed(
    administrator, changes, due_at
):
    export = make_export(**DAILY)
    for name, value in changes.items():
        setattr(export, name, value)

    save_export(
        export=export,
        segments=export.segments.all(),
        expected=export.version,
        user=administrator,
        now=NOW + timedelta(minutes=1),
    )

    export.refresh_from_db()
    assert export.due_at == due_at


@pytest.mark.django_db(transaction=True)
def test_exports_of_before_follow_the_refresh_or_are_off_as_they_were():
    everything = MigrationExecutor(connection).loader.graph.leaf_nodes()
    before = migrate([("exports", "0001_initial")])
    author = {"connection": None, "list_id": 1}
    before.get_model("exports", "Export").objects.create(name="A", schedule="refresh", **author)
    before.get_model("exports", "Export").objects.create(name="B", schedule="off", **author)

    migrate(everything)

    kept = Export.objects.order_by("name").values_list("name", "recurrence", "due_at")
    assert list(kept) == [("A", "refresh", None), ("B", "off", None)]


def migrate(targets):
    """Move the database to these migrations and return the models of then."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps
