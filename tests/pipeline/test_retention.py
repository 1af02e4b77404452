"""What is kept of people's data, and for how long."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from exports.pipeline.outcomes import find_person, reject_rows
from exports.retention import delete_old_plans, snapshots_in_use
from tests.pipeline.conftest import people


def test_plans_are_deleted_after_their_time_and_the_run_keeps_its_figures(
    delivery, settings, django_capture_on_commit_callbacks
):
    settings.KEEP_PLANS_DAYS = 7
    run = delivery(people(3)).run()
    plan = run.plan

    with django_capture_on_commit_callbacks(execute=True):
        deleted = delete_old_plans(now=timezone.now() + timedelta(days=7, hours=1))

    run.refresh_from_db()
    assert deleted == 1
    assert not default_storage.exists(plan)
    assert (run.members, run.accepted) == (3, 3)
    assert find_person(run, "p1@example.test") == []
    assert reject_rows(run, limit=10) == []


def test_files_that_a_run_or_an_export_names_stay(delivery):
    export = delivery(people(3))
    run = export.run()
    export.export.refresh_from_db()

    delete_old_plans(now=timezone.now() + timedelta(days=2))

    assert default_storage.exists(run.plan)
    assert default_storage.exists(export.export.delivered)


def test_a_state_that_was_replaced_is_deleted_after_a_day(delivery):
    export = delivery(people(3))
    export.run()
    export.export.refresh_from_db()
    replaced = export.export.delivered
    export.replace_people(people(4))
    export.run()

    delete_old_plans(now=timezone.now() + timedelta(days=2))

    assert not default_storage.exists(replaced)


def test_a_run_that_is_not_finished_needs_its_snapshots(delivery):
    export = delivery(people(3))
    run = export.half_way()
    snapshot = export.export.segments.get().snapshot

    assert snapshots_in_use() == {snapshot.pk}

    export.finish(run)
    assert snapshots_in_use() == set()
