"""The rejects of a run once more: corrected by hand, or as they are."""

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from exports.models import Export, Run
from exports.pipeline.outcomes import find_person, reject_rows
from segments.models import ProfileTable, Segment, Source
from segments.snapshots import refresh_segment
from tests.factories import make_source
from tests.pipeline.conftest import accounted, people
from tests.pipeline.corrections import correct

WRONG = {"email": "nobody at example", "first_name": "Nobody", "phone": "1"}


def deliver_rejects(export, run):
    """Run the export for those only whom `run` rejected."""
    return export.run(scope=Run.Scope.REJECTS, rejects_of=run)


def test_only_who_was_rejected_is_sent_and_nobody_has_left(delivery):
    export = delivery(people(4), leavers=Export.Leavers.UNSUBSCRIBE)
    Source.objects.update(key_column="email")
    export.sandbox.faults.add("fail_contacts", addresses=("p1@example.test",))
    first = export.run()
    export.sandbox.faults.clear()
    source = export.export.segments.get().source
    changed = [{**person, "phone": "other"} for person in people(3)]
    ProfileTable.objects.filter(pk=make_source(changed).table_id).update(source=source)
    Source.objects.filter(pk=source.pk).update(table=ProfileTable.objects.latest("pk"))
    source.refresh_from_db()
    refresh_segment(segment=Segment.objects.get(), now=timezone.now())

    run = deliver_rejects(export, first)

    arrived = export.arrived()
    assert (run.members, run.left, run.accepted) == (1, 0, 1)
    assert arrived["p1@example.test"]["phone"] == "other"
    assert arrived["p2@example.test"]["phone"] == "+33 2"
    assert accounted(run)


def test_the_others_stay_as_they_were_known(delivery):
    export = delivery(people(3))
    export.sandbox.faults.add("fail_contacts", addresses=("p1@example.test",))
    first = export.run()
    export.sandbox.faults.clear()

    run = deliver_rejects(export, first)
    after = export.run()

    assert (run.members, run.reasons, run.accepted) == (1, {"retried": 1}, 1)
    assert (after.unchanged, after.to_send, after.left) == (3, 0, 0)


def test_who_is_still_wrong_is_rejected_again(delivery):
    export = delivery([*people(2), WRONG])
    first = export.run()

    run = deliver_rejects(export, first)

    assert (run.members, run.rejected_before) == (1, 1)
    assert run.status == Run.Status.WITH_REJECTS
    assert accounted(run)


def test_a_duplicate_stays_one_when_only_rejects_are_sent(delivery):
    twin = {"email": "P1@example.test", "first_name": "Twin", "phone": ""}
    export = delivery([*people(2), twin])
    first = export.run()

    run = deliver_rejects(export, first)

    assert [reject.code for reject in reject_rows(run, limit=9)] == ["duplicate"]
    assert export.arrived()["p1@example.test"]["first_name"] == "Person 1"


def test_a_corrected_value_is_sent_and_stays_corrected(delivery):
    export = delivery([*people(2), WRONG])
    first = export.run()
    [reject] = reject_rows(first, limit=9)
    correct(export, reject.key, "email", was=WRONG["email"], value="Somebody@example.test")

    run = deliver_rejects(export, first)
    after = export.run()

    assert (run.reasons, run.accepted) == ({"new": 1}, 1)
    assert export.arrived()["somebody@example.test"]["first_name"] == "Nobody"
    assert (after.unchanged, after.rejected_before, after.left) == (3, 0, 0)


def read_again(export, rows):
    """Let the source be read anew, with these people in it, and the segment be refreshed."""
    source = export.export.segments.get().source
    ProfileTable.objects.filter(pk=make_source(rows).table_id).update(source=source)
    Source.objects.filter(pk=source.pk).update(table=ProfileTable.objects.latest("pk"))
    refresh_segment(segment=Segment.objects.get(), now=timezone.now())
    export.export.refresh_from_db()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_nobody_is_unsubscribed_because_their_correction_fits_no_row_any_more(
    delivery, is_replaced
):
    export = delivery([*people(2), WRONG], leavers=Export.Leavers.UNSUBSCRIBE)
    Source.objects.update(key_column="")
    first = export.run()
    [reject] = reject_rows(first, limit=9)
    correct(export, reject.key, "email", was=WRONG["email"], value=" Right@example.test")
    deliver_rejects(export, first)
    if is_replaced:
        export.replace_people([WRONG, *people(1)])
    else:
        read_again(export, [WRONG, *people(1)])

    run = export.run()

    assert (run.left, run.leavers, run.rejected_before) == (2, 1, 1)
    assert sorted(export.arrived()) == ["p0@example.test", "right@example.test"]
    [person] = find_person(run, "right@example.test")
    assert (person.outcome, "corrected by hand" in person.reason) == ("left_alone", True)
    assert accounted(run)


def test_who_was_corrected_and_leaves_a_source_with_a_key_is_unsubscribed(delivery):
    named = [{"id": str(n), **person} for n, person in enumerate([WRONG, *people(2)])]
    export = delivery(named, leavers=Export.Leavers.UNSUBSCRIBE)
    Source.objects.update(key_column="id")
    first = export.run()
    correct(export, "0", "email", was=WRONG["email"], value="right@example.test")
    deliver_rejects(export, first)
    read_again(export, named[1:])

    run = export.run()

    assert run.leavers == 1


def test_a_correction_yields_to_the_source_once_that_was_changed_there(delivery):
    export = delivery([*people(2), WRONG])
    first = export.run()
    [reject] = reject_rows(first, limit=9)
    correct(export, reject.key, "email", was="something else", value="other@example.test")

    run = deliver_rejects(export, first)

    assert run.rejected_before == 1


def test_a_corrected_date_is_read_like_those_of_the_source(delivery, sandbox):
    born = sandbox.add_field("Born", "date")
    mapping = [
        {"column": "email", "target": "email"},
        {"column": "born", "target": f"field:{born}", "type": "date", "title": "Born"},
    ]
    export = delivery([{"email": "a@example.test", "born": "32/12/1999"}], mapping=mapping)
    columns = [
        {"name": "email", "type": "email", "format": ""},
        {"name": "born", "type": "date", "format": "dmy"},
    ]
    Source.objects.update(columns=columns)
    first = export.run()
    [reject] = reject_rows(first, limit=9)
    correct(export, reject.key, f"field_{born}", was="32/12/1999", value="31/12/1999")

    deliver_rejects(export, first)

    assert export.arrived()["a@example.test"]["fields"] == {born: "1999-12-31"}


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_run_whose_rejects_are_no_longer_known_says_so_and_sends_nobody(delivery, is_stored):
    export = delivery([*people(2), WRONG])
    first = export.run()
    if is_stored:
        default_storage.delete(first.plan)
        run = deliver_rejects(export, first)
    else:
        run = export.start(scope=Run.Scope.REJECTS, rejects_of=first)
        Run.objects.filter(pk=run.pk).update(rejects_of=None)
        export.finish(run)

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "rejects_gone"


def numbered(*emails: str) -> list[dict[str, str]]:
    """Return profiles with two columns that could be the key, one called as a column of ours."""
    return [
        {"id": str(n), "source": f"s{n}", "email": email, "first_name": "", "phone": ""}
        for n, email in enumerate(emails)
    ]


@pytest.fixture
def corrected(delivery):
    """An export that unsubscribes who leaves, whose one reject was corrected and delivered."""
    export = delivery(numbered("wrong", "a@example.test"), leavers=Export.Leavers.UNSUBSCRIBE)
    Source.objects.update(key_column="id")
    first = export.run()
    correct(export, "0", "email", was="wrong", value="right@example.test")
    deliver_rejects(export, first)
    return export


def test_a_correction_outlives_another_key_of_the_source(corrected):
    Source.objects.update(key_column="source")
    read_again(corrected, numbered("wrong", "a@example.test"))

    run = corrected.run()

    assert (run.unchanged, run.left, run.rejected_before) == (2, 0, 0)


@pytest.mark.parametrize("key_column", ["source", ""])
def test_nobody_is_unsubscribed_because_the_former_key_is_gone_from_the_source(
    corrected, key_column
):
    Source.objects.update(key_column=key_column)
    rows = [
        {name: value for name, value in row.items() if name != "id"}
        for row in numbered("wrong", "a@example.test")
    ]
    read_again(corrected, rows)

    run = corrected.run()

    assert (run.leavers, run.rejected_before) == (0, 1)
    assert "right@example.test" in corrected.arrived()


def test_the_rejects_of_a_run_are_not_looked_for_under_another_key(corrected):
    first = Run.objects.earliest("pk")
    Source.objects.update(key_column="source")

    run = deliver_rejects(corrected, first)

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "rejects_rekeyed"
