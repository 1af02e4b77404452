"""Two exports to one list: nobody is unsubscribed by one while the other sends them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connections.activecampaign.answers import Status
from exports.models import Export, Run
from exports.pipeline import NotResumable, resume_run
from exports.pipeline.outcomes import find_person
from exports.pipeline.preview import make_preview
from tests.factories import make_export, make_segment, make_source
from tests.pipeline.conftest import MAPPING, UNGUARDED, Delivery, accounted, people
from tests.pipeline.test_leavers import on_list

UNSUBSCRIBE = Export.Leavers.UNSUBSCRIBE
P2 = "p2@example.test"


@pytest.fixture
def ours(delivery) -> Delivery:
    """An export of three people that unsubscribes who leaves, run once."""
    export = delivery(people(3), leavers=UNSUBSCRIBE)
    export.run()
    return export


def another(ours: Delivery, members: list[dict[str, str]], **fields: Any) -> Delivery:
    """Return another export to the same list, of other segments."""
    values = {"connection": ours.export.connection, "list_id": ours.list_id, "mapping": MAPPING}
    segments = [make_segment(source=make_source(rows=members))]
    export = make_export(segments, **(values | UNGUARDED | fields))
    return Delivery(export, ours.sandbox, ours.list_id)


def test_whom_another_export_delivered_is_held_and_stays_due(ours):
    theirs = another(ours, people(3)[2:])
    theirs.run()
    ours.replace_people(people(2))

    run = ours.run()

    assert (run.left, run.leavers, run.held_back, run.to_send) == (1, 1, 1, 0)
    assert run.held_reasons == {"other_export": 1}
    assert on_list(ours, P2) == Status.ACTIVE
    assert accounted(run)
    [person] = find_person(run, P2)
    assert (person.outcome, "Another export" in person.reason) == ("held_back", True)

    theirs.replace_people(people(1))
    theirs.run()
    again = ours.run()

    assert (again.leavers, again.accepted) == (1, 1)
    assert on_list(ours, P2) == Status.UNSUBSCRIBED


@pytest.mark.parametrize("fields", [{"paused_at": timezone.now()}, {"connection": None}])
def test_an_export_that_rests_still_counts(ours, fields):
    another(ours, people(3)[2:]).run()
    Export.objects.exclude(pk=ours.export.pk).update(**fields)
    ours.replace_people(people(2))

    assert ours.run().held_reasons == {"other_export": 1}


@pytest.mark.parametrize("is_removed", [True, False])
def test_an_export_that_is_removed_or_leads_elsewhere_does_not_count(ours, is_removed):
    theirs = another(ours, people(3)[2:])
    theirs.run()
    if is_removed:
        theirs.export.delete()
    else:
        Export.objects.filter(pk=theirs.export.pk).update(list_id=ours.sandbox.add_list("Other"))
    ours.replace_people(people(2))

    assert ours.run().reasons == {"left": 1}


def test_who_moves_to_an_export_that_has_not_run_yet_is_not_unsubscribed_in_between(ours):
    theirs = another(ours, people(1))
    theirs.run()
    ours.replace_people(people(2))
    theirs.replace_people(people(3))

    left, joined = ours.run(), theirs.run()

    assert left.held_reasons == {"other_export": 1}
    assert joined.accepted == 2
    assert on_list(ours, P2) == Status.ACTIVE


def test_who_leaves_both_is_unsubscribed_by_the_second_to_look(ours):
    theirs = another(ours, people(3)[1:], leavers=UNSUBSCRIBE)
    theirs.run()
    ours.replace_people(people(2))
    theirs.replace_people(people(2)[1:])

    first, second, third = ours.run(), theirs.run(), ours.run()

    assert first.held_reasons == {"other_export": 1}
    assert second.reasons == {"left": 1}
    assert third.to_send == 0
    assert on_list(ours, P2) == Status.UNSUBSCRIBED


def test_who_comes_back_while_they_wait_is_unchanged(ours):
    another(ours, people(3)[2:]).run()
    ours.replace_people(people(2))
    ours.run()

    ours.replace_people(people(3))
    run = ours.run()

    assert (run.unchanged, run.to_send, run.left) == (3, 0, 0)


def test_who_is_to_be_kept_is_kept_whoever_else_sends_them(ours):
    another(ours, people(3)[2:]).run()
    Export.objects.update(leavers=Export.Leavers.KEEP)
    ours.replace_people(people(2))

    run = ours.run()

    assert (run.left, run.leavers, run.held_back) == (1, 0, 0)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_failed_run_is_not_resumed_when_another_export_may_send_whom_it_unsubscribes(
    ours, administrator, is_new
):
    theirs = None if is_new else another(ours, people(1))
    ours.sandbox.faults.add("payment", on="POST /import/bulk_import")
    ours.replace_people(people(2))
    failed = ours.run()
    ours.sandbox.faults.clear()
    if theirs:
        theirs.replace_people(people(3)[2:])
    else:
        another(ours, people(3)[2:])

    with pytest.raises(NotResumable):
        resume_run(run=failed, user=administrator, now=timezone.now())

    assert failed.status == Run.Status.FAILED
    assert ours.run().held_reasons == {"other_export": 1}


def test_a_preview_says_so_beforehand(ours):
    another(ours, people(3)[2:]).run()
    ours.replace_people(people(2))

    export = Export.objects.get(pk=ours.export.pk)
    preview = make_preview(export=export, segments=list(export.segments.all()))

    assert (preview.plan.members, preview.plan.leavers, preview.plan.leaving) == (2, 1, 0)
    assert preview.plan.held_reasons == {"other_export": 1}
