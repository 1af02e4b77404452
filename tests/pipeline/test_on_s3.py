"""The whole way, from a file to the list, with all files in an S3 bucket."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from config.embedded.processes import free_port
from exports.models import Run
from exports.pipeline.outcomes import find_person, reject_rows
from exports.problems import describe_problem
from exports.retention import delete_old_plans, snapshots_in_use
from segments.retention import delete_unneeded_files
from tests.pipeline.conftest import accounted, people, step


def folders(bucket):
    """Return where files lie; of uploads a test's own transaction lets none go."""
    return {name.split("/")[0] for name in bucket.names()} - {"uploads"}


def test_a_run_delivers_and_the_next_one_knows_it(bucket, delivery):
    export = delivery([*people(3), {"email": "nobody", "first_name": "", "phone": ""}])

    first = export.run()
    export.replace_people([*people(3), *people(4)[3:]])
    second = export.run()

    assert (first.accepted, first.rejected_before) == (3, 1)
    assert (second.unchanged, second.accepted) == (3, 1)
    assert accounted(first)
    assert accounted(second)
    assert len(export.arrived()) == 4
    assert folders(bucket) == {"tables", "snapshots", "plans", "states"}
    assert [reject.email for reject in reject_rows(first, limit=10)] == ["nobody"]
    assert find_person(second, "p3@example.test")[0].action == "new"


def test_what_nobody_needs_is_deleted_from_the_bucket(
    bucket, delivery, settings, django_capture_on_commit_callbacks
):
    settings.KEEP_PLANS_DAYS = 1
    export = delivery(people(3))
    run = export.run()
    export.export.refresh_from_db()
    assert run.plan in bucket.names()

    with django_capture_on_commit_callbacks(execute=True):
        delete_old_plans(now=timezone.now() + timedelta(days=3))
        delete_unneeded_files(in_use=snapshots_in_use(), now=timezone.now() + timedelta(days=3))

    assert run.plan not in bucket.names()
    assert export.export.delivered in bucket.names()
    assert folders(bucket) == {"tables", "snapshots", "states"}


def test_a_run_waits_for_a_bucket_that_is_out_of_reach_and_then_goes_on(bucket, delivery):
    export = delivery(people(3))
    bucket.use(endpoint_url=f"http://127.0.0.1:{free_port()}")
    run = export.start()

    step(run)
    assert run.status == Run.Status.PLANNING
    assert run.problem["code"] == "storage_unreachable"
    assert str(describe_problem(run.problem)).startswith("The file storage can’t be reached.")

    bucket.use()
    assert export.finish(run).status == Run.Status.SUCCESSFUL
    assert run.problem is None
    assert len(export.arrived()) == 3
