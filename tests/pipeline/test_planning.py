"""What is sent, what is not, and why."""

import pytest

from exports.models import Run
from exports.pipeline.outcomes import reject_reasons, reject_rows
from exports.pipeline.plan import batch_ranges
from segments.models import ProfileTable, Source
from tests.factories import make_segment, make_source
from tests.pipeline.conftest import accounted

EMAIL = {"column": "email", "target": "email"}


@pytest.mark.parametrize(
    ("contacts", "sizes"),
    [
        (0, []),
        (1, [1]),
        (250, [250]),
        (251, [126, 125]),
        (252, [250, 2]),
        (501, [250, 126, 125]),
    ],
)
def test_a_lone_remainder_shares_with_its_neighbour(contacts, sizes):
    ranges = list(batch_ranges(contacts))

    assert [size for _, size in ranges] == sizes
    assert sum(sizes) == contacts


@pytest.mark.parametrize(
    "address",
    [
        "plain@example.test",
        " Blank.Around@example.test\u00a0",
        "plus+tag@example.co.uk",
        "o'brien@example.test",
        "jörg@exämple.test",
        f"{'l' * 64}@example.test",
    ],
)
def test_an_address_that_could_be_delivered_is_sent(delivery, address):
    run = delivery([{"email": address}], mapping=[EMAIL]).run()

    assert (run.accepted, run.rejected_before) == (1, 0)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "no_address"),
        (" \u00a0", "no_address"),
        ("nobody", "invalid_address"),
        ("two@at@example.test", "invalid_address"),
        ("dot..dot@example.test", "invalid_address"),
        ("blank inside@example.test", "invalid_address"),
        ("no-domain@", "invalid_address"),
        ("no-tld@localhost", "invalid_address"),
        ("dash@-example.test", "invalid_address"),
        ("Name <a@example.test>", "invalid_address"),
        ("a@example.test, b@example.test", "invalid_address"),
        (f"{'l' * 65}@example.test", "invalid_address"),
        (f"a@{'d' * 60}.{'d' * 60}.{'d' * 60}.{'d' * 60}.{'d' * 20}.test", "invalid_address"),
    ],
)
def test_an_address_that_nobody_can_deliver_is_set_aside(delivery, address, code):
    people = [{"id": "1", "email": address}, {"id": "2", "email": "good@example.test"}]

    run = delivery(people, mapping=[EMAIL]).run()

    [reject] = reject_rows(run, limit=10)
    assert (reject.row, reject.code, reject.stage) == (2, code, "before")
    assert run.status == Run.Status.WITH_REJECTS
    assert accounted(run)


def test_of_several_members_with_one_address_the_first_is_sent(delivery):
    people = [
        {"email": "one@example.test", "first_name": "First"},
        {"email": "ONE@example.test", "first_name": "Second"},
    ]
    export = delivery(people, mapping=[EMAIL, {"column": "first_name", "target": "first_name"}])

    run = export.run()

    [reject] = reject_rows(run, limit=10)
    assert (reject.row, reject.code) == (3, "duplicate")
    assert export.arrived()["one@example.test"]["first_name"] == "First"


def test_dates_leave_as_activecampaign_wants_them(delivery, sandbox):
    born = sandbox.add_field("Born", "date")
    field = {"column": "born", "target": f"field:{born}", "type": "date", "title": "Born"}
    people = [
        {"email": "a@example.test", "born": "1999-12-31 00:00:00"},
        {"email": "b@example.test", "born": ""},
        {"email": "c@example.test", "born": "31 décembre"},
        {"email": "d@example.test", "born": "infinity"},
    ]
    export = delivery(people, mapping=[EMAIL, field])

    run = export.run()

    rejects = reject_rows(run, limit=10)
    arrived = export.arrived()
    assert [reject.email for reject in rejects] == ["c@example.test", "d@example.test"]
    assert {(reject.code, reject.detail) for reject in rejects} == {("bad_date", "Born")}
    assert arrived["a@example.test"]["fields"] == {born: "1999-12-31"}
    assert arrived["b@example.test"]["fields"] == {}


@pytest.mark.parametrize(("order", "born"), [("dmy", "31/12/1999"), ("mdy", "12.31.1999")])
def test_dates_are_read_in_the_order_that_the_source_says(delivery, sandbox, order, born):
    field = sandbox.add_field("Born", "date")
    mapped = {"column": "born", "target": f"field:{field}", "type": "date", "title": "Born"}
    people = [
        {"email": "a@example.test", "born": f" {born} 00:00"},
        {"email": "b@example.test", "born": "1999-12-31"},
        {"email": "c@example.test", "born": "99/99/1999"},
    ]
    export = delivery(people, mapping=[EMAIL, mapped])
    columns = [
        {"name": "email", "type": "email", "format": ""},
        {"name": "born", "type": "date", "format": order},
    ]
    Source.objects.update(columns=columns)

    run = export.run()

    arrived = export.arrived()
    assert {address: person["fields"][field] for address, person in arrived.items()} == {
        "a@example.test": "1999-12-31",
        "b@example.test": "1999-12-31",
    }
    assert [reject.code for reject in reject_rows(run, limit=10)] == ["bad_date"]


@pytest.mark.parametrize("key", ["", "number"])
def test_the_same_row_of_another_file_is_another_person(delivery, key):
    # A static segment keeps the members of the file before.
    before = [{"email": "old@example.test"}, {"email": "both@example.test"}]
    export = delivery(before, mapping=[EMAIL])
    source = export.export.segments.get().source
    after = make_source([{"email": "new@example.test", "number": "7"}, {"email": "", "number": ""}])
    ProfileTable.objects.filter(pk=after.table_id).update(source=source)
    Source.objects.filter(pk=source.pk).update(table=after.table_id, key_column=key)
    source.refresh_from_db()
    export.export.segments.add(make_segment(source=source))

    run = export.run()

    assert (run.members, run.accepted, run.rejected_before) == (3, 3, 0)
    assert set(export.arrived()) == {"old@example.test", "both@example.test", "new@example.test"}


def test_several_values_leave_between_bars(delivery, sandbox):
    likes = sandbox.add_field("Likes", "listbox", ["tea", "maps"])
    field = {"column": "likes", "target": f"field:{likes}", "type": "listbox", "title": "Likes"}
    people = [
        {"email": "a@example.test", "likes": "tea; maps"},
        {"email": "b@example.test", "likes": ";"},
    ]
    export = delivery(people, mapping=[EMAIL, field])

    export.run()

    arrived = export.arrived()
    assert arrived["a@example.test"]["fields"] == {likes: "||tea||maps||"}
    assert arrived["b@example.test"]["fields"] == {}


def test_reasons_are_counted_the_most_frequent_first(delivery):
    addresses = ["", "x", "", "a@example.test"]
    people = [{"id": str(n), "email": address} for n, address in enumerate(addresses)]

    run = delivery(people, mapping=[EMAIL]).run()

    assert [(reason.stage, reason.count) for reason in reject_reasons(run)] == [
        ("before", 2),
        ("before", 1),
    ]


def test_a_column_may_be_called_anything(delivery):
    people = [{'e"mail; --': "a@example.test", "position": "front", "row": "1"}]
    mapping = [
        {"column": 'e"mail; --', "target": "email"},
        {"column": "position", "target": "phone"},
    ]
    export = delivery(people, mapping=mapping)

    export.run()

    assert export.arrived()["a@example.test"]["phone"] == "front"
