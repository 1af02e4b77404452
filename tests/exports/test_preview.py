"""The preview: what a run would do, shown before anything is saved, and thrown away."""

import json
from typing import Any

import pytest

from config.storages.stored import own_storage
from exports.models import Export, Run
from exports.pipeline.preview import make_preview
from exports.suppression import add_addresses, list_of_export
from tests.exports.pages import text_of
from tests.exports.set_up import ADD, filled_in, open_form, press
from tests.factories import NOW, make_export, make_segment, make_source
from tests.pipeline.conftest import Delivery, people

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "Prénom": "Ana"},
    {"id": "2", "email": "not an address", "Prénom": "Bea"},
    {"id": "3", "email": "", "Prénom": "Cy"},
    *({"id": str(n), "email": f"p{n}@example.com", "Prénom": "Dora"} for n in range(4, 40)),
]
MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "Prénom", "target": "first_name"},
]
PHONE = [{"column": "email", "target": "email"}, {"column": "phone", "target": "phone"}]


@pytest.fixture
def export(shared) -> Export:
    segment = make_segment(make_source(PEOPLE, name="Customers"), name="Readers")
    return make_export([segment], name="Newsletter", connection=shared, list_id=19, mapping=MAPPING)


def preview_of(export: Export, **options: Any):
    return make_preview(export=export, segments=list(export.segments.all()), **options)


def stored_files() -> set[str]:
    folders = ("plans", "unreachable", "states")
    return {file.name for folder in folders for file in own_storage().walk(folder)}


def test_nothing_is_sent_saved_or_kept(as_contributor, shared, export, sandbox):
    page = filled_in(as_contributor, export.segments.get(), step="preview", name="Unsaved")
    before = stored_files()

    shown = press(as_contributor, page, "preview")

    assert "To be sent 37 Unchanged 0 Held back 0 Rejected before sending 2" in text_of(shown)
    assert not Export.objects.filter(name="Unsaved").exists()
    assert not Run.objects.exists()
    assert stored_files() == before
    assert not sandbox.contacts_on(19)


def test_the_set_up_shows_what_is_in_the_form_and_not_what_is_stored(
    as_contributor, shared, export
):
    address = f"/exports/{export.pk}/edit/"

    shown = press(
        as_contributor,
        open_form(as_contributor, address, "preview"),
        "preview",
        row_column=["email", "id"],
    )

    assert "&quot;first_name&quot;: &quot;1&quot;" in shown.content.decode()
    export.refresh_from_db()
    assert export.mapping == MAPPING


def test_what_is_wrong_with_the_form_is_said_instead(as_contributor, shared, export):
    page = filled_in(as_contributor, export.segments.get(), step="preview")

    shown = press(as_contributor, page, "preview", list_id="", name="")

    assert "something is still missing 1. Connection and list" in text_of(shown)
    assert "What a run would do now." not in text_of(shown)


def test_the_page_of_an_export_leads_to_its_preview(as_contributor, export):
    page = as_contributor.post(f"/exports/{export.pk}/preview/")

    text = text_of(page)
    assert "What a run would do now." in text
    assert "New never sent before 37" in text
    assert "1 bulk import" in text
    assert "about 1 minute" in text
    assert "They do not start: it is the first delivery." in text


def test_rejects_are_counted_by_reason_and_the_first_are_named(as_contributor, export):
    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "This is not an e-mail address. 1" in text
    assert "There is no e-mail address. 1" in text
    assert "3 2 not an address This is not an e-mail address." in text


def test_examples_are_the_contacts_exactly_as_they_leave(export, sandbox):
    examples = [json.loads(example.payload) for example in preview_of(export).examples]
    Delivery(export, sandbox, 19).run()

    assert examples[0] == {
        "email": "ana@example.com",
        "subscribe": [{"listid": 19}],
        "first_name": "Ana",
    }
    assert len(examples) == 10
    assert {example["email"] for example in examples} <= sandbox.contacts_on(19).keys()


def test_the_examples_show_every_reason_there_is(shared, sandbox):
    source = make_source(people(30))
    export = make_export([make_segment(source)], connection=shared, list_id=19, mapping=PHONE)
    delivery = Delivery(export, sandbox, 19)
    delivery.run()
    delivery.replace_people([*people(20), *people(21, phone="+33 99")[20:], *people(60)[30:]])
    export.refresh_from_db()

    examples = preview_of(export).examples

    assert [example.action for example in examples] == ["changed", *["new"] * 9]


def test_what_leaves_for_who_left_is_shown_too(shared, sandbox):
    export = make_export(
        [make_segment(make_source(people(3)))],
        connection=shared,
        list_id=19,
        mapping=PHONE,
        leavers=Export.Leavers.UNSUBSCRIBE,
    )
    delivery = Delivery(export, sandbox, 19)
    delivery.run()
    delivery.replace_people(people(2))
    export.refresh_from_db()

    [example] = preview_of(export).examples

    assert example.action == "left"
    assert json.loads(example.payload) == {
        "email": "p2@example.test",
        "unsubscribe": [{"listid": 19}],
    }


def test_only_changes_are_sent_after_a_run(as_contributor, export, sandbox):
    Delivery(export, sandbox, 19).run()

    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "To be sent 0 Unchanged 37" in text
    assert "Nothing would be sent." in text


def test_who_must_not_be_sent_is_held_back(export, sandbox):
    Delivery(export, sandbox, 19).run()
    [ana, *_] = [c for c in sandbox.contacts_on(19) if c == "ana@example.com"]
    sandbox.unsubscribe(ana, 19)
    add_addresses(to=list_of_export(export), lines=["p4@example.com"], user=None, now=NOW)
    export.refresh_from_db()

    preview = preview_of(export)

    assert preview.plan.held_reasons == {"unsubscribed": 1, "suppressed": 1}
    assert (preview.standing.unsubscribed, preview.standing.is_complete) == (1, True)


def test_a_list_that_can_not_be_read_in_time_says_so(as_contributor, export, sandbox):
    sandbox.faults.add("html_500")

    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "This is what could be read in a few seconds" in text
    assert "To be sent 37" in text


def test_segments_that_were_never_refreshed_are_named(as_contributor, export):
    export.segments.add(make_segment(refreshed=False, name="Fresh"))

    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "left out here: Fresh. A run refreshes it first." in text
    assert "To be sent 37" in text


def test_an_export_of_nobody_known_says_so(as_contributor, shared):
    segment = make_segment(refreshed=False, name="Fresh")
    export = make_export([segment], connection=shared, list_id=19)

    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "The segment “Fresh” has never been refreshed" in text


def test_a_column_that_is_gone_is_named(as_contributor, export):
    export.mapping = [*MAPPING, {"column": "Tel", "target": "phone"}]
    export.save()
    before = stored_files()

    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "The column “Tel”, which the export sends, is not in the segment “Readers”." in text
    assert stored_files() == before


def test_what_a_run_would_ask_about_first_is_said(as_contributor, shared, sandbox):
    segment = make_segment(make_source(people(40)))
    export = make_export([segment], connection=shared, list_id=19, mapping=PHONE)
    delivery = Delivery(export, sandbox, 19)
    delivery.run()
    delivery.replace_people(people(20))

    text = text_of(as_contributor.post(f"/exports/{export.pk}/preview/"))

    assert "The run would ask for approval before it sends" in text


def test_only_who_may_edit_sees_a_preview(as_viewer, as_contributor, export):
    alien = make_export()

    assert as_viewer.post(f"/exports/{export.pk}/preview/").status_code == 403
    assert as_contributor.post(f"/exports/{alien.pk}/preview/").status_code == 404
    assert as_viewer.post(ADD, {"action": "preview"}).status_code == 403
