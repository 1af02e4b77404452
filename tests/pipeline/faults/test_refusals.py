"""Contacts and requests that are refused: the guilty are found, their neighbours spared."""

import pytest
from django.utils import timezone

from exports.models import Batch, Run
from exports.pipeline import resume_run
from exports.pipeline.advance import advance
from exports.pipeline.outcomes import reject_rows
from tests.pipeline.conftest import MAPPING, accounted, people, step

BULK = "POST /import/bulk_import"


@pytest.mark.parametrize("numbering_from", [0, 1])
def test_contacts_that_are_refused_by_number_are_set_aside_and_the_rest_arrives(
    delivery, numbering_from
):
    # Valid by our rule, refused by the sandbox.
    everybody = people(40)
    for n in (3, 17):
        everybody[n]["email"] = f"p{n}@example.n0n"
    export = delivery(everybody)
    export.sandbox.switches.numbering_from = numbering_from

    run = export.run()

    rejects = reject_rows(run, limit=10)
    assert run.status == Run.Status.WITH_REJECTS
    assert sorted(reject.row for reject in rejects) == [5, 19]
    assert {reject.stage for reject in rejects} == {"after"}
    assert len(export.arrived()) == 38
    assert accounted(run)


def test_contacts_that_are_refused_again_and_again_are_not_the_fault_of_the_request(delivery):
    everybody = people(20)
    for n in (3, 8, 11, 17):
        everybody[n]["email"] = f"p{n}@example.n0n"
    export = delivery(everybody)
    export.run()

    again = export.run()

    assert again.status == Run.Status.WITH_REJECTS
    assert (again.to_send, again.rejected_after) == (4, 4)
    assert accounted(again)


def test_a_request_that_is_at_fault_itself_stops_the_run_and_blames_nobody(delivery):
    mapping = [
        {"column": "email", "target": "email"},
        {"column": "phone", "target": "field:999", "type": "text", "title": "Gone"},
    ]
    export = delivery(people(60), mapping=mapping)

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "request_refused"
    assert (run.rejected_after, run.not_attempted) == (0, 60)
    assert export.sandbox.log.count(BULK) < 20


@pytest.mark.parametrize("count", [1, 2, 5])
def test_bad_contacts_named_by_number_are_rejects_also_when_nobody_else_is_new(delivery, count):
    everybody = people(count)
    for person in everybody:
        person["email"] = person["email"].replace(".test", ".n0n")
    export = delivery(everybody)

    run = export.run()

    assert run.status == Run.Status.WITH_REJECTS
    assert run.rejected_after == count
    assert accounted(run)


def test_who_are_all_refused_by_number_are_too_many_to_be_at_fault(delivery):
    everybody = people(60)
    for person in everybody:
        person["email"] = person["email"].replace(".test", ".n0n")
    export = delivery(everybody)

    run = export.run()

    assert run.problem["code"] == "request_refused"
    assert (run.rejected_after, run.not_attempted) == (0, 60)
    assert not run.batches.filter(named=True).exists()


@pytest.mark.parametrize("requests_per_second", [1, 5])
def test_looking_at_many_fields_keeps_to_the_limits(delivery, settings, requests_per_second):
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = requests_per_second
    mapping = [*MAPPING[:2], {"column": "phone", "target": "field:999", "type": "text"}]
    export = delivery(people(60), mapping=mapping)
    for number in range(501):
        export.sandbox.add_field(f"Field {number}")
    export.sandbox.switches.requests_per_second = requests_per_second
    export.sandbox.switches.limits = True
    run = export.start()

    while not run.is_finished:
        Run.objects.filter(pk=run.pk).update(wake_at=timezone.now())
        advance(run.pk, now=timezone.now())
        run.refresh_from_db()

    assert run.problem["code"] == "request_refused"
    assert export.sandbox.log.count("GET /fields") == 6
    assert export.sandbox.account.limits.refused == 0


def test_lone_contacts_that_wait_for_their_own_limit_keep_nobody_else_waiting(
    delivery, contributor, settings
):
    settings.ACTIVECAMPAIGN_SINGLE_PER_MINUTE = 1
    export = delivery(people(600))
    export.sandbox.faults.add("payment", on=BULK)
    run = export.run()
    export.sandbox.faults.clear()
    # As after halving: the first two stand alone.
    run.batches.filter(first=0).update(size=1)
    Batch.objects.create(run=run, first=1, size=1)
    Batch.objects.create(run=run, first=2, size=248)
    resume_run(run=run, user=contributor, now=timezone.now())

    step(run)

    assert run.accepted == 599
    assert list(run.batches.filter(status=Batch.Status.PENDING).values_list("first")) == [(1,)]


def test_too_many_bytes_are_split_over_several_requests(delivery):
    export = delivery(people(250, first_name="x" * 3000))

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert export.sandbox.log.count(BULK) >= 2
    assert len(export.arrived()) == 250


def test_a_list_that_is_removed_while_a_run_sends_stops_it_and_blames_nobody(delivery, contributor):
    everybody = people(5000)
    export = delivery(everybody)
    list_id = export.list_id
    export.sandbox.faults.add("remove_list", on=BULK, first=10, times=1, list_id=list_id)

    failed = export.run()
    status, code, sent = failed.status, failed.problem["code"], failed.accepted
    requests = export.sandbox.log.count(BULK)
    export.sandbox.add_list("Newsletter", id=list_id)
    resume_run(run=failed, user=contributor, now=timezone.now())
    resumed = export.finish(failed)

    assert (status, code) == (Run.Status.FAILED, "list_not_found")
    assert (resumed.accepted, resumed.rejected_after) == (5000, 0)
    # The list was put back empty: of those whom it held, nobody was told.
    assert export.differences(everybody).missing == sent
    assert requests < 60


def test_a_field_that_is_removed_while_a_run_sends_stops_it_and_blames_nobody(delivery):
    export = delivery(people(2500))
    city = export.sandbox.add_field("City")
    mapping = [*MAPPING, {"column": "phone", "target": f"field:{city}", "type": "text"}]
    export.export.mapping = mapping
    export.export.save()
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()
    step(run)

    export.sandbox.faults.clear()
    export.sandbox.account.store.run("DELETE FROM fields WHERE id = ?", city)
    finished = export.finish(run)

    assert finished.status == Run.Status.FAILED
    assert finished.problem["code"] == "request_refused"
    assert (finished.accepted, finished.rejected_after, finished.not_attempted) == (2000, 0, 500)


def test_words_that_no_database_takes_are_kept_without_what_it_does_not_take(delivery):
    export = delivery(people(60))
    export.sandbox.faults.add("words", on=BULK, text="No\0 such thing.")

    run = export.run()

    assert run.problem["code"] == "request_refused"
    assert run.problem["words"] == "No such thing."


def test_an_import_whose_id_cannot_be_kept_is_as_if_it_was_not_answered(delivery):
    export = delivery(people(3))
    export.sandbox.switches.batch_id_prefix = "x" * 60
    run = export.start()
    step(run)
    export.sandbox.switches.batch_id_prefix = ""

    waiting = run.problem["code"]
    export.finish(run)

    assert waiting == "trying_again"
    assert run.accepted == 3
