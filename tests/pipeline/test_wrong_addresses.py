"""Members whose address went wrong in the source: they are rejected, and have not left."""

import pytest

from connections.activecampaign.answers import Status
from exports.models import Export, Run
from exports.pipeline.outcomes import reject_rows
from segments import parquet
from segments.models import Source
from tests.pipeline.conftest import Delivery, accounted, people
from tests.pipeline.test_leavers import on_list
from tests.pipeline.test_rejects_again import read_again

P2 = "p2@example.test"


def named(count: int, **wrong: str) -> list[dict[str, str]]:
    """Return so many people with an id each; `wrong` are other addresses by id."""
    return [
        {"id": f"k{n}", "number": str(n), **each, "email": wrong.get(f"k{n}", each["email"])}
        for n, each in enumerate(people(count))
    ]


@pytest.fixture
def keyed(delivery) -> Delivery:
    """An export of three people with keys that unsubscribes who leaves, run once."""
    export = delivery(named(3), leavers=Export.Leavers.UNSUBSCRIBE)
    Source.objects.update(key_column="id")
    export.run()
    return export


@pytest.mark.parametrize("address", ["", "p2 at example"])
def test_nobody_is_unsubscribed_by_a_typo(keyed, address):
    read_again(keyed, named(3, k2=address))

    run = keyed.run()

    assert (run.left, run.leavers, run.rejected_before) == (0, 0, 1)
    assert [reject.key for reject in reject_rows(run, limit=9)] == ["k2"]
    assert on_list(keyed, P2) == Status.ACTIVE
    assert accounted(run)


def test_an_address_that_is_put_right_again_needs_no_request(keyed):
    read_again(keyed, named(3, k2=""))
    keyed.run()

    read_again(keyed, named(3))
    run = keyed.run()

    assert (run.unchanged, run.to_send, run.left) == (3, 0, 0)


def test_who_is_gone_from_the_source_after_a_typo_has_left(keyed):
    read_again(keyed, named(3, k2=""))
    keyed.run()

    read_again(keyed, named(2))
    run = keyed.run()

    assert (run.left, run.leavers) == (1, 1)
    assert on_list(keyed, P2) == Status.UNSUBSCRIBED


def test_an_address_that_was_changed_for_another_one_has_left(keyed):
    read_again(keyed, named(3, k2="new@example.test"))

    run = keyed.run()

    assert run.reasons == {"new": 1, "left": 1}
    assert on_list(keyed, P2) == Status.UNSUBSCRIBED


def test_somebody_elses_key_in_another_column_protects_nobody(keyed):
    Source.objects.update(key_column="number")
    swapped = [{**each, "number": "k2"} for each in named(1, k0="")]
    read_again(keyed, [*swapped, *named(2)[1:]])

    run = keyed.run()

    assert run.leavers == 2


def test_a_state_of_before_knows_people_after_a_run_that_sends_nobody(keyed):
    keyed.export.refresh_from_db()
    with parquet.reading(keyed.export.delivered) as path, parquet.writing("states") as new:
        parquet.first_row(
            f"COPY (SELECT email, hash, targets, standing FROM {parquet.literal(path)})"
            f" TO {parquet.literal(new.path)} (FORMAT parquet)"
        )
    Export.objects.update(delivered=new.name)
    keyed.export.refresh_from_db()

    unchanged = keyed.run()
    keyed.export.refresh_from_db()
    read_again(keyed, named(3, k2=""))
    run = keyed.run()

    assert (unchanged.status, unchanged.unchanged) == (Run.Status.SKIPPED, 3)
    assert (run.left, run.rejected_before) == (0, 1)
    assert on_list(keyed, P2) == Status.ACTIVE
