"""The pages of a run: what it does, what it did, and what became of everybody."""

import pytest
from django.utils import timezone, translation

from exports.models import Batch, Run
from tests.exports.pages import text_of
from tests.factories import NOW, make_connection, make_export, make_run, make_segment, make_source
from tests.pipeline.conftest import Delivery, step

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "first_name": "Ana"},
    {"id": "2", "email": "not an address", "first_name": "=1+1"},
    {"id": "=cmd()", "email": "", "first_name": "@Cy"},
]
MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "first_name", "target": "first_name"},
]


@pytest.fixture
def delivery(shared, sandbox):
    """An export of three people, two of whom can't be sent."""
    segment = make_segment(make_source(PEOPLE), name="Readers")
    export = make_export(
        [segment], name="Newsletter", connection=shared, list_id=19, mapping=MAPPING
    )
    return Delivery(export, sandbox, 19)


@pytest.fixture
def run(delivery) -> Run:
    return delivery.run()


def test_a_finished_run_accounts_for_everybody(as_viewer, run):
    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "Completed with rejects" in text
    assert "Finished. Contacts sent: 1. Members rejected: 2." in text
    assert "Accepted 1 Unchanged 0 Held back 0 Rejected before sending 2" in text
    assert "Not attempted 0 Members 3" in text


def test_a_run_says_what_it_was_asked_to_do_even_after_the_export_changed(as_viewer, run):
    run.export.mapping = MAPPING[:1]
    run.export.list_id = 20
    run.export.save()
    run.export.segments.clear()

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "ActiveCampaign List ID 19" in text
    assert "Readers 3 members, as of" in text
    assert "First name ← first_name" in text


def test_rejects_are_grouped_by_reason_and_listed(as_viewer, run):
    text = text_of(as_viewer.get(f"/runs/{run.pk}/rejects/"))

    assert "There is no e-mail address. Enter an address" in text
    assert (
        "Correct the address in the file of rejects, or in the source. Rejected before sending 1"
        in text
    )
    assert "not an address" in text


def test_the_file_of_rejects_is_safe_to_open_in_a_spreadsheet(as_viewer, run):
    response = as_viewer.get(f"/runs/{run.pk}/rejects.csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    lines = response.getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert not any(cell.startswith("=") for line in lines for cell in line.split(","))


def test_the_file_parts_columns_as_the_readers_spreadsheet_does(as_viewer, run):
    french = {"HTTP_ACCEPT_LANGUAGE": "fr"}

    response = as_viewer.get(f"/runs/{run.pk}/rejects.csv", **french)

    assert response.getvalue().decode("utf-8-sig").splitlines()[0].count(";") == 6


def test_one_person_is_found_without_an_address_in_the_url(as_viewer, run):
    page = as_viewer.post(f"/runs/{run.pk}/person/", {"email": " Ana@Example.com "})

    text = text_of(page)
    assert "ActiveCampaign says that it imported the contact." in text
    assert "Why Never sent before" in text
    assert "First name Ana" in text
    assert "ana" not in page.request["PATH_INFO"]


def test_somebody_who_is_not_in_the_run_is_not_found(as_viewer, run):
    page = as_viewer.post(f"/runs/{run.pk}/person/", {"email": "nobody@example.com"})

    assert "Nobody in this run has this address." in text_of(page)


def test_a_person_is_asked_for_by_post_only(as_viewer, run):
    assert as_viewer.get(f"/runs/{run.pk}/person/").status_code == 405
    assert "required" in text_of(as_viewer.post(f"/runs/{run.pk}/person/", {"email": ""}))


def test_batches_are_the_ledger(as_viewer, run):
    text = text_of(as_viewer.get(f"/runs/{run.pk}/batches/"))

    assert "1–1 Confirmed 1 0 1" in text
    assert run.batches.get().batch_id in text


def test_progress_renews_itself_until_the_run_ends(as_viewer, delivery):
    run = delivery.start()

    going_on = as_viewer.get(f"/runs/{run.pk}/progress/")
    delivery.finish(run)
    over = as_viewer.get(f"/runs/{run.pk}/progress/")

    assert going_on.status_code == 200
    assert 'hx-trigger="every 2s"' in going_on.content.decode()
    assert "<html" not in going_on.content.decode()
    assert over.status_code == 286
    assert "hx-trigger" not in over.content.decode()


def test_a_run_that_is_under_way_can_be_read_by_hand(as_viewer, delivery):
    run = delivery.start()

    page = as_viewer.get(f"/runs/{run.pk}/").content.decode()

    assert "<noscript>" in page
    assert "Waiting for its turn." in page


@pytest.mark.parametrize("status", Run.Status.values)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_state_has_a_sentence_in_every_language(as_viewer, viewer, db, status, language):
    viewer.language = language
    viewer.save()
    run = make_run(status=status, members=3, accepted=2, unchanged=1, started_at=NOW)

    page = as_viewer.get(f"/runs/{run.pk}/")

    assert page.status_code == 200
    with translation.override(language):
        assert str(run.get_status_display()) in text_of(page)


def test_contacts_without_a_result_are_said(as_viewer, db):
    run = make_run(status=Run.Status.WITH_REJECTS, members=9, accepted=9, unknown=4)

    assert "Contacts without a result: 4." in text_of(as_viewer.get(f"/runs/{run.pk}/"))


def test_a_wait_says_when_it_goes_on(as_viewer, db):
    problem = {"code": "waiting_for_limit"}
    wake_at = timezone.now() + timezone.timedelta(minutes=1)
    run = make_run(status=Run.Status.SENDING, problem=problem, wake_at=wake_at, to_send=10)

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "Waiting for ActiveCampaign’s limit. It goes on at" in text


def test_cancelling_asks_and_says_what_stays(as_contributor, contributor, db):
    export = make_export(connection=make_connection(visibility="contributors"))
    run = make_run(export, status=Run.Status.SENDING, accepted=250, to_send=1000, members=1000)
    address = f"/runs/{run.pk}/cancel/"

    assert "250 of 1,000 contacts have been sent." in text_of(as_contributor.get(address))
    page = as_contributor.post(address, follow=True)

    run.refresh_from_db()
    assert run.cancel_requested_by == contributor
    assert "Stopping, as Cléo Contrib asked." in text_of(page)


def test_a_run_that_has_ended_can_not_be_canceled(as_administrator, run):
    page = as_administrator.post(f"/runs/{run.pk}/cancel/", follow=True)

    assert "The run has ended already" in text_of(page)


def test_a_failed_run_is_resumed(as_contributor, delivery):
    run = delivery.start()
    step(run)
    step(run)
    Run.objects.filter(pk=run.pk).update(
        status=Run.Status.FAILED, finished_at=NOW, problem={"code": "internal"}
    )

    page = as_contributor.get(f"/runs/{run.pk}/")
    assert "Resume" in text_of(page)
    assert "Ask whoever operates Facteur" in text_of(page)
    as_contributor.post(f"/runs/{run.pk}/resume/")

    run.refresh_from_db()
    assert run.status == Run.Status.SENDING
    assert delivery.finish(run).accepted == 1


def test_a_run_that_did_not_fail_is_not_resumed(as_administrator, run):
    page = as_administrator.post(f"/runs/{run.pk}/resume/", follow=True)

    assert "This run can’t be resumed" in text_of(page)


@pytest.mark.parametrize("command", ["cancel", "resume"])
def test_only_who_may_edit_the_export_steers_its_runs(as_viewer, as_contributor, db, command):
    run = make_run(make_export(connection=make_connection()), status=Run.Status.SENDING)

    assert as_viewer.post(f"/runs/{run.pk}/{command}/").status_code == 403
    assert as_contributor.post(f"/runs/{run.pk}/{command}/").status_code == 404


def test_batches_and_rejects_of_a_run_without_a_plan_are_empty(as_viewer, db):
    run = make_run(status=Run.Status.QUEUED)

    assert "There is no batch" in text_of(as_viewer.get(f"/runs/{run.pk}/batches/"))
    assert "Nobody was rejected." in text_of(as_viewer.get(f"/runs/{run.pk}/rejects/"))


def test_the_ledger_is_paged(as_viewer, db):
    run = make_run()
    Batch.objects.bulk_create([Batch(run=run, first=250 * n, size=250) for n in range(60)])

    second = as_viewer.get(f"/runs/{run.pk}/batches/", {"page": "2"})

    assert "12,501–12,750" in text_of(second)
