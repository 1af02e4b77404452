"""One person across everything: where an address stands, and what was sent to whom."""

from __future__ import annotations

import logging

import pytest
from django.utils import timezone

from exports.models import Run
from exports.person.history import RUNS_AT_ONCE
from exports.person.standings import STANDINGS
from exports.pipeline.planning.state import Standing
from segments.models import Source
from segments.snapshots import refresh_segment
from tests.exports.pages import text_of
from tests.factories import make_export, make_run, make_segment, make_source
from tests.pipeline.conftest import MAPPING, Delivery

PEOPLE = [
    {"id": "1", "email": "Ana@Example.com ", "first_name": "Ana", "phone": "+55 1"},
    {"id": "2", "email": "bea@example.com", "first_name": "Bea", "phone": "+33 2"},
    {"id": "3", "email": "susana@example.com", "first_name": "Susana", "phone": "+33 3"},
]


@pytest.fixture
def delivery(shared, sandbox) -> Delivery:
    source = make_source(PEOPLE, name="Customers")
    export = make_export(
        [make_segment(source, name="Readers")],
        name="Newsletter",
        connection=shared,
        list_id=19,
        mapping=MAPPING,
    )
    return Delivery(export, sandbox, 19)


def find(client, email: str, **more: object) -> str:
    return text_of(client.post("/person/", {"email": email, **more}))


def test_an_address_is_shown_wherever_it_stands(as_contributor, delivery, sandbox):
    delivery.run()

    text = find(as_contributor, " ANA@example.com")

    assert "Newsletter 19 " in text
    assert f"{sandbox.host} On the list, as a member" in text
    assert "Customers Row 2 people.csv id 1 email Ana@Example.com first_name Ana" in text
    assert "Readers as of" in text
    assert "Sent; ActiveCampaign says that it imported the contact. Email ana@example.com" in text
    assert "First name Ana Phone +55 1" in text
    assert "Susana" not in text


def test_every_run_says_what_it_did_the_newest_first(as_contributor, delivery):
    delivery.run()
    delivery.run()

    text = find(as_contributor, "ana@example.com")

    newest, oldest = "Not sent: sent before with the same values.", "Sent; ActiveCampaign says"
    assert 0 < text.index(newest) < text.index(oldest)
    assert "Since" in text
    assert "before" not in text.split("Since")[1].split("In sources")[0]


def test_a_member_who_was_rejected_is_found_with_the_reason(as_contributor, shared, sandbox):
    source = make_source([*PEOPLE, {"id": "4", "email": "nobody@", "first_name": "", "phone": ""}])
    export = make_export([make_segment(source)], connection=shared, list_id=19, mapping=MAPPING)
    Delivery(export, sandbox, 19).run()

    text = find(as_contributor, "nobody@")

    assert "Rejected before sending. This is not an e-mail address." in text
    assert "No export has delivered this address" in text


def test_nobody_is_said_to_be_found_nowhere(as_contributor, delivery):
    delivery.run()

    text = find(as_contributor, "zoe@example.com")

    assert "No export has delivered this address" in text
    assert "No source has a profile with this address." in text
    assert "No segment has this address among its members." in text
    assert "does not know this address." in text


def test_older_runs_come_in_pages(as_contributor, delivery):
    first = delivery.run()
    later = [make_run(delivery.export, plan=first.plan) for _run in range(RUNS_AT_ONCE)]

    page = as_contributor.post("/person/", {"email": "ana@example.com"})
    older = find(as_contributor, "ana@example.com", before=later[0].pk)

    assert f'name="before" value="{later[0].pk}"' in page.content.decode()
    assert f'"/runs/{first.pk}/"' not in page.content.decode().split("In runs")[1]
    assert older.count("Sent; ActiveCampaign says") == 1
    assert "In sources" not in older
    assert "Older runs" not in older


def test_a_member_of_an_older_table_is_found_in_the_segment_though_not_in_the_source(
    as_contributor, delivery
):
    segment = delivery.export.segments.get()
    other = make_source(PEOPLE[1:])
    Source.objects.filter(pk=segment.source_id).update(table=other.table)

    text = find(as_contributor, "ana@example.com")

    assert "No source has a profile with this address." in text
    assert "Readers as of" in text


def test_runs_whose_plans_are_gone_and_files_that_are_gone_stop_nobody(as_contributor, delivery):
    run = delivery.run()
    make_run(delivery.export, plan="plans/gone.parquet")
    Run.objects.filter(pk=run.pk).update(plan="plans/gone-too.parquet")
    segment = delivery.export.segments.get()
    segment.snapshot.file = "snapshots/gone.parquet"
    segment.snapshot.save()

    text = find(as_contributor, "ana@example.com")

    assert "On the list, as a member" in text
    assert "Since" in text
    assert "longer than plans are kept" in text


def test_an_address_is_in_no_title_no_address_and_no_log(as_contributor, delivery, caplog):
    delivery.run()

    with caplog.at_level(logging.DEBUG):
        response = as_contributor.post("/person/", {"email": "ana@example.com"})

    page = response.content.decode()
    assert "ana@" not in page.split("</title>")[0]
    assert "ana@" not in caplog.text
    assert "?email" not in page
    assert response["Cache-Control"] == "no-store"


def test_a_blank_address_is_asked_for_again(as_contributor):
    text = find(as_contributor, "   ")

    assert "This field is required." in text


def test_viewers_have_no_such_page(as_viewer, as_contributor):
    assert as_viewer.get("/person/").status_code == 403
    assert "/person/" not in as_viewer.get("/exports/").content.decode()
    assert "/person/" in as_contributor.get("/exports/").content.decode()


def test_a_segment_refreshed_since_says_so(as_contributor, delivery):
    refresh_segment(segment=delivery.export.segments.get(), now=timezone.now())

    assert "Readers as of" in find(as_contributor, "bea@example.com")


def test_every_standing_has_words():
    assert set(Standing) <= STANDINGS.keys()
