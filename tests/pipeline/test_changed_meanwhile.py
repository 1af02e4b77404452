"""What people change while a run is under way, or after it failed, misleads nobody's data."""

import pytest
from django.utils import timezone

from connections.activecampaign.sandbox import Sandbox
from exports.models import Export, Run
from exports.pipeline import NotResumable, resume_run
from tests.factories import make_connection
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"


def test_a_connection_that_leads_elsewhere_now_ends_the_run_and_nothing_goes_there(
    delivery, settings
):
    export = delivery(people(2500))
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()
    step(run)
    planned_for = export.sandbox.host

    with Sandbox(limits=False) as other:
        settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset([planned_for, other.host])
        connection = export.export.connection
        connection.host = other.host
        connection.save()
        connection.consents.update(host=other.host)
        finished = export.finish(run)
        sent_there = other.log.count(BULK)

    assert (finished.status, finished.problem["code"]) == (Run.Status.FAILED, "other_host")
    assert sent_there == 0
    assert (finished.accepted, finished.not_attempted) == (2000, 500)
    assert accounted(finished)
    assert Export.objects.get().delivered_to == f"{planned_for}/{export.list_id}"


@pytest.mark.parametrize("reconnected", [True, False])
def test_a_failed_run_is_not_resumed_through_a_connection_that_was_taken_away(
    delivery, contributor, reconnected
):
    export = delivery(people(3))
    export.sandbox.faults.add("payment", on=BULK)
    failed = export.run()
    Export.objects.update(connection=make_connection() if reconnected else None)
    failed = Run.objects.get(pk=failed.pk)

    with pytest.raises(NotResumable):
        resume_run(run=failed, user=contributor, now=timezone.now())


def test_a_run_that_ended_is_let_go_of_at_once(delivery):
    export = delivery(people(3))
    fault = export.sandbox.faults.add("payment", on=BULK)
    run = export.run()

    stored = Run.objects.get(pk=run.pk)

    assert fault.struck == 1
    # Whoever worked on it has let go: nothing of theirs can follow what a person does now.
    assert (stored.lease_token, stored.lease_until, stored.wake_at) == (None, None, None)
