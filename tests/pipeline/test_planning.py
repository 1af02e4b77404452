"""What is sent, what is not, and why."""

import pytest

from exports.models import Run
from exports.pipeline.outcomes import reject_reasons, reject_rows
from exports.pipeline.plan import batch_ranges
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
    ]
    export = delivery(people, mapping=[EMAIL, field])

    run = export.run()

    [reject] = reject_rows(run, limit=10)
    arrived = export.arrived()
    assert (reject.email, reject.code, reject.detail) == ("c@example.test", "bad_date", "Born")
    assert arrived["a@example.test"]["fields"] == {born: "1999-12-31"}
    assert arrived["b@example.test"]["fields"] == {}


def test_several_values_leave_between_bars(delivery, sandbox):
    likes = sandbox.add_field("Likes", "listbox", ["tea", "maps"])
    field = {"column": "likes", "target": f"field:{likes}", "type": "listbox", "title": "Likes"}
    export = delivery([{"email": "a@example.test", "likes": "tea; maps"}], mapping=[EMAIL, field])

    export.run()

    assert export.arrived()["a@example.test"]["fields"] == {likes: "||tea||maps||"}


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
