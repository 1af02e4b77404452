"""Who unsubscribed or bounced is read before anything is planned, however many they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb
from django.core.files.storage import default_storage
from django.utils import timezone

from config.problems import problem
from connections.activecampaign.answers import Status
from exports.models import Run
from exports.pipeline.unreachable import FOLDER
from exports.pipeline.walking import MOST_FILES, Walk, write_walk
from exports.problems import describe_problem
from exports.retention import delete_old_plans
from segments.parquet import reading
from tests.pipeline.conftest import Delivery, people, step

READ = "GET /contacts"


def opted_out(delivery: Delivery, count: int, status: int = Status.UNSUBSCRIBED) -> None:
    """Put so many others on the list who don't want to be, or can't be, written to."""
    for number in range(count):
        delivery.sandbox.add_contact(
            f"{status.name}{number}@Example.test".title(), lists=[delivery.list_id], status=status
        )


def standings(files: list[str]) -> dict[str, str]:
    """Return what has been read, by address."""
    found: dict[str, str] = {}
    for name in files:
        with reading(name) as path:
            found |= dict(duckdb.sql(f"SELECT email, standing FROM '{path}'").fetchall())
    return found


def test_who_opted_out_is_read_before_the_run_is_planned(delivery):
    export = delivery(people(3))
    opted_out(export, 150)
    opted_out(export, 2, Status.BOUNCED)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert run.unreachable["done"]
    assert (run.unreachable["unsubscribed"], run.unreachable["bounced"]) == (150, 2)
    # Two pages and an empty one, a page and an empty one.
    asked = [entry.endpoint for entry in export.sandbox.log.entries()]
    assert asked[:6].count(READ) == 5
    assert asked.index("POST /import/bulk_import") > 5


def test_reading_goes_on_where_it_stopped(delivery):
    export = delivery(people(3))
    opted_out(export, 450)
    export.sandbox.faults.add("unavailable", on=READ, first=3, times=1)
    run = export.start()
    step(run)

    read_first = run.unreachable["unsubscribed"]
    at_first = standings(run.unreachable["files"])
    waits_for = run.problem["code"]
    run = export.finish(run)

    assert (read_first, len(at_first), waits_for) == (200, 200, "trying_again")
    assert set(at_first.values()) == {"unsubscribed"}
    assert "unsubscribed0@example.test" in at_first
    assert run.unreachable["unsubscribed"] == 450
    # The one that failed is asked again, the two before it are not.
    assert export.sandbox.log.count(READ) == 1 + 5 + 1 + 1


def test_a_run_that_has_to_wait_says_how_many_it_has_read_so_far(delivery):
    export = delivery(people(3))
    opted_out(export, 350)
    export.sandbox.faults.add("too_many", on=READ, first=4, times=1, retry_after=60)
    run = export.start()

    step(run)

    assert run.status == Run.Status.PLANNING
    assert run.unreachable["unsubscribed"] == 300
    assert run.problem["code"] == "waiting_for_limit"


def test_how_many_are_read_is_said_in_words():
    said = str(describe_problem(problem("reading_unreachable", read=12300)))

    assert said == "Reading who on the list unsubscribed or bounced: 12,300 so far."


def test_a_key_that_may_not_read_contacts_sends_nothing(delivery):
    export = delivery(people(3))
    export.sandbox.faults.add("forbidden", on=READ)

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "contacts_forbidden"
    assert "may not see contacts" in str(describe_problem(run.problem))
    assert export.sandbox.log.count("POST /import/bulk_import") == 0


def test_a_key_that_is_refused_now_and_then_reads_everybody(delivery):
    export = delivery(people(3))
    opted_out(export, 450)
    export.sandbox.faults.add("forbidden", on=READ, every=2)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert run.unreachable["unsubscribed"] == 450


def test_a_key_that_is_revoked_meanwhile_is_called_refused(delivery):
    export = delivery(people(3))
    opted_out(export, 250)
    export.sandbox.faults.add("forbidden", first=4)

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "key_refused"


def test_a_list_that_is_removed_while_it_is_read_stops_the_run(delivery):
    export = delivery(people(3))
    opted_out(export, 250)
    export.sandbox.faults.add("unavailable", on=READ, first=2, times=1)
    run = export.start()
    step(run)
    export.sandbox.remove_list(export.list_id)

    run = export.finish(run)

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "list_not_found"


def test_many_files_become_one_in_which_everybody_has_the_graver_standing():
    progress: dict[str, Any] = {"at": {"2": 7}}
    for number in range(MOST_FILES):
        write_walk(walk := Walk(progress, [(f"p{number}@example.test", "unsubscribed")]), FOLDER)
        progress = walk.progress

    last = Walk(progress, [("P7@example.test", "bounced")])
    replaced = write_walk(last, FOLDER)

    assert len(replaced) == MOST_FILES + 1
    assert len(last.progress["files"]) == 1
    found = standings(last.progress["files"])
    assert len(found) == MOST_FILES
    assert (found["p7@example.test"], found["p8@example.test"]) == ("bounced", "unsubscribed")


def test_addresses_that_were_read_are_kept_until_the_run_is_planned_and_no_longer(
    delivery, django_capture_on_commit_callbacks
):
    export = delivery(people(3))
    opted_out(export, 150)
    export.sandbox.faults.add("unavailable", on=READ, first=3, times=1)
    run = export.start()
    step(run)
    files = run.unreachable["files"]

    with django_capture_on_commit_callbacks(execute=True):
        export.finish(run)

    assert len(files) == 1
    assert run.unreachable["files"] == []
    assert not default_storage.exists(files[0])


def test_files_of_runs_that_failed_while_reading_go_after_a_day(delivery):
    export = delivery(people(3))
    opted_out(export, 150)
    export.sandbox.faults.add("forbidden", on=READ, first=3)
    run = export.run()

    delete_old_plans(now=timezone.now() + timedelta(days=2))

    assert run.unreachable["files"]
    assert not default_storage.exists(run.unreachable["files"][0])
