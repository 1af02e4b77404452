"""Failure is a state one can leave: each cause says what to do, and nothing is sent twice."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from config.storages.problems import problem_of_storage
from connections.models import Connection
from exports.models import Batch, Export, Run
from exports.pipeline import NotResumable, request_cancel, resume_run
from exports.pipeline.finish import MOST_FAILURES
from exports.pipeline.start import start_due_runs, start_following_runs
from exports.problems import describe_problem
from exports.retention import delete_old_plans
from segments.models import Refresh, Scheduled
from tests.factories import make_export
from tests.pipeline.conftest import Delivery, accounted, people, step

BULK = "POST /import/bulk_import"


@dataclass(frozen=True)
class Cause:
    """Something that keeps an account from taking the second half, and how it is mended."""

    code: str
    administrators_do: str
    others_do: str
    strike: Callable[[Delivery], Any]
    mend: Callable[[Delivery], Any]


def _fault(kind: str) -> Callable[[Delivery], Any]:
    return lambda export: export.sandbox.faults.add(kind, on=BULK, first=5)


def _clear(export: Delivery) -> None:
    export.sandbox.faults.clear()


CAUSES = [
    Cause(
        "key_refused",
        "open Settings > Developer, copy the key again",
        "Ask an administrator to enter a valid key.",
        _fault("forbidden"),
        _clear,
    ),
    Cause(
        "payment",
        "Settle it in ActiveCampaign",
        "Ask an administrator to settle it in ActiveCampaign.",
        _fault("payment"),
        _clear,
    ),
    Cause(
        "unavailable",
        "Try again in a few minutes.",
        "If it stays so, ask an administrator.",
        _fault("unavailable"),
        _clear,
    ),
]


@pytest.fixture
def half_way(delivery):
    """Return a function: a run that failed for a cause when half of its people had arrived."""

    def make(cause: Cause) -> tuple[Delivery, Run]:
        export = delivery(people(2000))
        cause.strike(export)
        return export, export.run()

    return make


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_a_failed_run_says_to_everybody_what_to_do(half_way, cause, administrator, contributor):
    _, run = half_way(cause)

    assert (run.status, run.problem["code"]) == (Run.Status.FAILED, cause.code)
    assert 0 < run.accepted < 2000
    assert accounted(run)
    assert cause.administrators_do in describe_problem(run.problem, administrator).todo
    assert cause.others_do in describe_problem(run.problem, contributor).todo


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_a_resumed_run_sends_what_was_not_accepted_and_nothing_else(half_way, cause, contributor):
    export, run = half_way(cause)
    accepted = run.batches.filter(status__in=[Batch.Status.ACCEPTED, Batch.Status.CONFIRMED])
    taken = set(accepted.values_list("pk", flat=True))
    cause.mend(export)
    before = export.sandbox.log.count(BULK)

    resume_run(run=run, user=contributor, now=timezone.now())
    resumed = export.finish(run)

    assert resumed.status == Run.Status.SUCCESSFUL
    assert export.sandbox.log.count(BULK) - before == 8 - len(taken)
    assert len(export.arrived()) == 2000
    assert accounted(resumed)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_the_next_run_covers_what_a_failed_one_left(half_way, cause):
    export, failed = half_way(cause)
    cause.mend(export)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert (run.unchanged, run.to_send) == (failed.accepted, 2000 - failed.accepted)
    assert len(export.arrived()) == 2000


def test_a_run_whose_export_leads_to_another_list_now_is_not_resumed(half_way, contributor):
    export, run = half_way(CAUSES[1])
    Export.objects.update(list_id=export.sandbox.add_list("Another"))
    run.export.refresh_from_db()

    with pytest.raises(NotResumable):
        resume_run(run=run, user=contributor, now=timezone.now())


def test_a_list_that_is_removed_while_it_is_written_stops_the_run_and_blames_nobody(
    delivery, contributor
):
    export = delivery(people(2000))
    export.sandbox.faults.add("too_many", on=BULK, first=5, times=1, retry_after=30)
    run = export.start()
    step(run)
    export.sandbox.remove_list(export.list_id)

    failed = export.finish(run)

    assert (failed.status, failed.problem["code"]) == (Run.Status.FAILED, "list_not_found")
    assert failed.rejected_after == 0
    assert accounted(failed)


def test_a_list_that_is_back_lets_the_run_go_on(delivery, contributor):
    export = delivery(people(2000))
    export.sandbox.faults.add("too_many", on=BULK, first=5, times=1, retry_after=30)
    run = export.start()
    step(run)
    export.sandbox.remove_list(export.list_id)
    failed = export.finish(run)
    export.sandbox.add_list("Newsletter", id=export.list_id)

    resume_run(run=failed, user=contributor, now=timezone.now())
    resumed = export.finish(failed)

    assert resumed.status == Run.Status.SUCCESSFUL
    assert (resumed.accepted, resumed.rejected_after) == (2000, 0)


# --- A state that can't be written when the run is to end ---------------------------------------


@pytest.fixture
def unsettled(delivery, tmp_path):
    """Return an export, and its run that failed half-way and could not settle."""
    export = delivery(people(2000))
    export.sandbox.faults.add("payment", on=BULK, first=5)
    states = Path(default_storage.path("states"))
    if states.is_dir():
        states.rename(tmp_path / "states")
    states.touch()  # no folder, so nothing can be stored in it
    run = export.run()
    states.unlink()
    export.sandbox.faults.clear()
    return export, run


def test_a_run_that_can_t_settle_ends_and_knows_it(unsettled):
    export, run = unsettled

    export.export.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert run.unsettled
    assert export.export.delivered == ""
    assert 0 < run.accepted < 2000
    assert accounted(run)


def test_resuming_a_run_that_could_not_settle_sends_the_rest_and_settles_all(
    unsettled, contributor
):
    export, run = unsettled
    accepted, before = run.accepted, export.sandbox.log.count(BULK)

    resume_run(run=run, user=contributor, now=timezone.now())
    resumed = export.finish(run)
    again = export.run()

    assert (resumed.status, resumed.unsettled) == (Run.Status.SUCCESSFUL, False)
    assert export.sandbox.log.count(BULK) - before == (2000 - accepted) // 250
    assert (again.unchanged, again.to_send) == (2000, 0)


def test_the_next_run_first_settles_the_one_that_could_not(unsettled):
    export, failed = unsettled

    run = export.run()

    failed.refresh_from_db()
    assert (run.unchanged, run.to_send) == (failed.accepted, 2000 - failed.accepted)
    assert not failed.unsettled
    assert len(export.arrived()) == 2000


def test_the_plan_of_a_run_that_could_not_settle_is_kept_until_it_has(unsettled, settings):
    export, failed = unsettled
    settings.KEEP_PLANS_DAYS = 0

    delete_old_plans(now=timezone.now())

    failed.refresh_from_db()
    assert failed.plan
    assert export.run().unchanged == failed.accepted


def test_a_full_disk_is_told_from_a_fault_of_ours(tmp_path):
    with pytest.raises(OSError) as full, open("/dev/full", "w") as device:  # noqa: PTH123
        device.write("x")
    with pytest.raises(duckdb.Error) as full_for_duckdb, duckdb.connect() as db:
        db.execute("COPY (FROM range(100000)) TO '/dev/full' (FORMAT csv)")
    with closing(sqlite3.connect(tmp_path / "small")) as db:
        db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.Error) as full_for_sqlite:
            db.execute("CREATE TABLE rows (id)")

    for found in (full, full_for_duckdb, full_for_sqlite):
        assert problem_of_storage(found.value) == {"code": "disk_full"}
    assert problem_of_storage(ValueError("no such column")) is None


# --- Five failures in a row ----------------------------------------------------------------------


@pytest.fixture
def scheduled(delivery):
    """Return an export that is due, and whose account refuses every request for payment."""
    export = delivery(people(3), recurrence=Scheduled.Recurrence.DAILY, times=["07:00"])
    export.sandbox.faults.add("payment", on=BULK)
    return export


def fail(export: Delivery, times: int) -> Run:
    """Let so many runs fail, and return the last."""
    for _ in range(times):
        run = export.run()
        assert run.status == Run.Status.FAILED
    export.export.refresh_from_db()
    return run


def is_due(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def test_an_export_is_paused_with_its_fifth_failure_in_a_row(scheduled):
    fail(scheduled, MOST_FAILURES - 1)
    before = scheduled.export.paused_at

    fail(scheduled, 1)

    assert before is None
    assert scheduled.export.paused_at is not None


def test_canceled_and_skipped_runs_neither_count_nor_break_the_row(scheduled, contributor):
    fail(scheduled, MOST_FAILURES - 1)
    canceled = scheduled.start()
    request_cancel(run=canceled, user=contributor, now=timezone.now())
    scheduled.finish(canceled)

    fail(scheduled, 1)

    assert scheduled.export.paused_at is not None


def test_a_run_that_delivers_begins_the_row_anew(scheduled):
    fail(scheduled, MOST_FAILURES - 1)
    scheduled.sandbox.faults.clear()
    scheduled.run()
    scheduled.replace_people(people(5))
    scheduled.sandbox.faults.add("payment", on=BULK)

    fail(scheduled, 1)

    assert scheduled.export.paused_at is None


def test_a_run_that_finds_nothing_to_send_begins_the_row_anew(scheduled):
    scheduled.sandbox.faults.clear()
    scheduled.run()
    scheduled.replace_people(people(5))
    scheduled.sandbox.faults.add("payment", on=BULK)
    fail(scheduled, MOST_FAILURES - 1)
    scheduled.replace_people(people(3))
    idle = scheduled.run()
    scheduled.replace_people(people(5))

    fail(scheduled, 1)

    assert idle.problem["code"] == "nothing_to_send"
    assert scheduled.export.paused_at is None


def test_an_export_that_runs_on_demand_only_is_not_paused(scheduled):
    Export.objects.update(recurrence=Scheduled.Recurrence.OFF)

    fail(scheduled, MOST_FAILURES + 1)

    assert scheduled.export.paused_at is None


def test_a_paused_export_starts_neither_when_it_is_due_nor_after_a_refresh(scheduled):
    fail(scheduled, MOST_FAILURES)
    is_due(scheduled.export)
    follower = make_export(
        recurrence=Scheduled.Recurrence.REFRESH, paused_at=scheduled.export.paused_at
    )
    now = timezone.now()
    Refresh.objects.create(trigger="schedule", status="successful", queued_at=now, finished_at=now)

    started = [*start_due_runs(now=now), *start_following_runs(now=now)]
    Export.objects.filter(pk=follower.pk).update(paused_at=None)
    unpaused = start_following_runs(now=now)

    assert started == []
    assert [run.export for run in unpaused] == [follower]


def test_a_run_on_demand_that_does_not_fail_ends_the_pause(scheduled):
    fail(scheduled, MOST_FAILURES)
    scheduled.sandbox.faults.clear()

    run = scheduled.run()
    is_due(scheduled.export)
    [due] = start_due_runs(now=timezone.now())

    scheduled.export.refresh_from_db()
    assert run.status == Run.Status.SUCCESSFUL
    assert scheduled.export.paused_at is None
    assert due.trigger == Run.Trigger.SCHEDULE


# --- What the connection says of itself ---------------------------------------------------------


def test_a_connection_whose_key_is_refused_says_so_until_a_run_reaches_the_account(delivery):
    export = delivery(people(3))
    export.sandbox.faults.add("forbidden")
    run = export.run()
    failing = Connection.objects.get()
    export.sandbox.faults.clear()

    export.run()

    assert failing.trouble() == run.problem
    assert failing.failing_since is not None
    mended = Connection.objects.get()
    assert (mended.trouble(), mended.failing_since) == (None, None)


def test_a_failure_that_lasts_is_told_with_the_time_of_the_first(delivery):
    export = delivery(people(3))
    export.sandbox.faults.add("payment")
    export.run()
    since = Connection.objects.get().failing_since

    export.run()

    assert Connection.objects.get().failing_since == since


def test_what_is_wrong_with_an_export_is_not_held_against_its_connection(delivery):
    export = delivery(people(3))
    export.sandbox.remove_list(export.list_id)

    run = export.run()

    assert run.problem["code"] == "list_not_found"
    assert Connection.objects.get().trouble() is None


def test_what_can_be_seen_of_a_connection_is_not_kept_of_a_run(delivery):
    export = delivery(people(3))
    Connection.objects.update(export_user=None)

    run = export.run()

    assert run.problem["code"] == "export_user_gone"
    assert Connection.objects.get().failing is None
