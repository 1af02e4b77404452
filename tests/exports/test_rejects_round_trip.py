"""From a reject to a delivered contact: downloaded, corrected, uploaded, sent."""

import pytest

from exports.models import Run
from tests.exports.pages import text_of
from tests.exports.test_corrections import as_csv, download, keep, upload
from tests.factories import make_export, make_segment, make_source
from tests.pipeline.conftest import Delivery

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "name": "Ana"},
    {"id": "2", "email": "bea at example.com", "name": "Bea"},
    {"id": "3", "email": "", "name": "Cy"},
]
MAPPING = [{"column": "email", "target": "email"}, {"column": "name", "target": "first_name"}]


@pytest.fixture(params=["id", ""], ids=["with a key", "without a key"])
def delivery(request, shared, sandbox) -> Delivery:
    """An export of three people, one of whom can be sent."""
    segment = make_segment(make_source(PEOPLE, key_column=request.param))
    export = make_export([segment], connection=shared, list_id=19, mapping=MAPPING)
    return Delivery(export, sandbox, 19)


def correct(browser, delivery: Delivery, run: Run, name: str, **values: str) -> Run:
    """Correct the reject of this first name, and let the run that follows deliver."""
    lines = [line for line in download(browser, run) if line["First name"] == name]
    lines[0].update(values)
    page = keep(browser, upload(browser, run, as_csv(lines)))
    has_key = bool(delivery.export.segments.get().source.key_column)
    kept = "is kept, and used whenever" if has_key else "is used until its source is refreshed"
    assert f"1 corrected row {kept}" in text_of(page)
    return delivery.finish(page.context["run"])


def test_a_corrected_address_is_delivered_and_nobody_else(as_contributor, delivery):
    first = delivery.run()

    again = correct(as_contributor, delivery, first, "Bea", Email="bea@example.com")

    assert again.scope == Run.Scope.REJECTS
    assert again.rejects_of == first
    assert (again.members, again.accepted, again.rejected_before) == (2, 1, 1)
    assert set(delivery.arrived()) == {"ana@example.com", "bea@example.com"}


def test_it_is_said_when_corrections_end_with_the_next_refresh(as_contributor, delivery):
    lines = download(as_contributor, delivery.run())
    lines[0]["Email"] = "bea@example.com"

    said = text_of(upload(as_contributor, Run.objects.get(), as_csv(lines)))

    has_key = bool(delivery.export.segments.get().source.key_column)
    assert ("these corrections hold until it is refreshed" in said) != has_key


def test_the_next_run_knows_whoever_was_corrected(as_contributor, delivery):
    first = delivery.run()
    correct(as_contributor, delivery, first, "Bea", Email="bea@example.com")

    later = delivery.run()

    assert (later.members, later.unchanged, later.rejected_before) == (3, 2, 1)
    assert (later.left, later.to_send) == (0, 0)


def test_what_was_corrected_twice_is_what_was_corrected_last(as_contributor, delivery):
    first = delivery.run()
    second = correct(as_contributor, delivery, first, "Cy", Email="cy@nowhere")

    third = correct(as_contributor, delivery, second, "Cy", Email="cy@example.com")

    assert third.accepted == 1
    assert "cy@example.com" in delivery.arrived()


def test_rejects_are_retried_without_a_file(as_contributor, delivery):
    first = delivery.run()

    page = as_contributor.post(f"/runs/{first.pk}/retry/", follow=True)
    again = delivery.finish(page.context["run"])

    assert (again.members, again.accepted, again.rejected_before) == (2, 0, 2)
    assert "The rejects of a run" in text_of(as_contributor.get(f"/runs/{again.pk}/"))


def test_corrections_are_kept_while_another_run_is_under_way(as_contributor, delivery):
    first = delivery.run()
    lines = download(as_contributor, first)
    lines[0]["Email"] = "bea@example.com"
    page = upload(as_contributor, first, as_csv(lines))
    running = delivery.start()

    said = text_of(keep(as_contributor, page))

    assert "is running already" in said
    delivery.finish(running)
    assert delivery.run().accepted + running.accepted == 1
    assert "bea@example.com" in delivery.arrived()


def test_dropped_corrections_are_not_used_any_more(as_contributor, delivery):
    first = delivery.run()
    lines = download(as_contributor, first)
    lines[0]["Email"] = "bea@example.com"
    page = upload(as_contributor, first, as_csv(lines))
    running = delivery.start()
    keep(as_contributor, page)
    as_contributor.post(f"/exports/{delivery.export.pk}/corrections/drop/")

    delivery.finish(running)

    assert running.rejected_before == 2
