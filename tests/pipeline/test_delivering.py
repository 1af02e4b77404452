"""From a segment to a list, and again when something has changed."""

import pytest
from django.core.files.storage import default_storage

from exports.models import Export, Run
from exports.pipeline import AlreadyRunning
from exports.pipeline.outcomes import find_person
from tests.factories import make_segment, make_source
from tests.pipeline.conftest import accounted, people

WRITTEN = [
    {"email": "Zoé@Exemple.test ", "first_name": "Zoë d’Aubigné", "phone": "+33 (0)1 02"},
    {"email": "kenta@example.test", "first_name": "健太", "phone": "007"},
    {"email": "quiet@example.test", "first_name": "", "phone": ""},
]


def test_everybody_arrives_on_the_list_with_their_values_as_written(delivery):
    export = delivery(WRITTEN)

    run = export.run()

    arrived = export.arrived()
    assert run.status == Run.Status.SUCCESSFUL
    assert (run.members, run.accepted, run.confirmed) == (3, 3, 3)
    assert set(arrived) == {"zoé@exemple.test", "kenta@example.test", "quiet@example.test"}
    assert arrived["zoé@exemple.test"]["first_name"] == "Zoë d’Aubigné"
    assert arrived["zoé@exemple.test"]["phone"] == "+33 (0)1 02"
    assert arrived["kenta@example.test"]["phone"] == "007"
    assert accounted(run)


def test_a_second_run_sends_nothing_and_says_so(delivery):
    export = delivery(people(3))
    export.run()
    requests = export.sandbox.log.count("POST /import/bulk_import")

    run = export.run()

    assert run.status == Run.Status.SKIPPED
    assert run.problem["code"] == "nothing_to_send"
    assert (run.members, run.unchanged) == (3, 3)
    assert export.sandbox.log.count("POST /import/bulk_import") == requests
    assert accounted(run)


def test_after_one_change_one_contact_is_sent(delivery):
    everybody = people(30)
    export = delivery(everybody)
    export.run()
    everybody[7]["phone"] = "+44 20 7946 0000"

    export.replace_people(everybody)
    run = export.run()

    assert (run.to_send, run.unchanged, run.accepted) == (1, 29, 1)
    assert export.arrived()["p7@example.test"]["phone"] == "+44 20 7946 0000"


def test_a_newly_mapped_field_is_a_change(delivery):
    export = delivery(people(2), mapping=[{"column": "email", "target": "email"}])
    export.run()

    Export.objects.update(
        mapping=[
            {"column": "email", "target": "email"},
            {"column": "phone", "target": "phone"},
        ]
    )
    run = export.run()

    assert run.to_send == 2
    assert export.arrived()["p1@example.test"]["phone"] == "+33 1"


def test_who_left_the_segment_stays_on_the_list_and_is_not_sent_again_on_return(delivery):
    export = delivery(people(3))
    export.run()

    export.replace_people(people(2))
    left = export.run()
    export.replace_people(people(3))
    returned = export.run()

    assert (left.members, left.to_send) == (2, 0)
    assert (returned.members, returned.to_send) == (3, 0)
    assert len(export.arrived()) == 3


def test_another_list_starts_from_nothing(delivery):
    export = delivery(people(2))
    export.run()
    other = export.sandbox.add_list("Other")

    Export.objects.update(list_id=other)
    run = export.run()

    assert run.to_send == 2
    assert len(export.sandbox.contacts_on(other)) == 2


def test_a_person_in_two_segments_is_one_member(delivery):
    export = delivery(people(4))
    source = export.export.segments.get().source
    export.export.segments.add(make_segment(source=source))

    run = export.run()

    assert (run.members, run.accepted) == (4, 4)


def test_the_same_address_in_two_sources_is_sent_once_and_reported_once(delivery):
    export = delivery(people(2))
    other = make_source(rows=[{"email": "P1@example.test", "first_name": "B", "phone": "2"}])
    export.export.segments.add(make_segment(source=other))

    run = export.run()

    assert (run.members, run.accepted, run.rejected_before) == (3, 2, 1)
    assert run.status == Run.Status.WITH_REJECTS
    assert accounted(run)


def test_more_members_than_allowed_are_refused_and_nothing_is_sent(delivery, settings):
    export = delivery(people(4))
    settings.MAX_MEMBERS = 3

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem == {"code": "too_many_members", "members": 4, "most": 3}
    assert export.sandbox.log.count("POST /import/bulk_import") == 0


def test_exactly_as_many_members_as_allowed_are_sent(delivery, settings):
    export = delivery(people(4))
    settings.MAX_MEMBERS = 4

    run = export.run()

    assert run.accepted == 4


def test_an_export_has_one_unfinished_run(delivery):
    export = delivery(people(1))
    first = export.start()

    with pytest.raises(AlreadyRunning) as refused:
        export.start()

    assert refused.value.run == first


def test_a_list_that_is_gone_stops_the_run_before_sending(delivery):
    export = delivery(people(1))
    export.sandbox.remove_list(export.list_id)

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "list_not_found"
    assert run.problem["list_id"] == export.list_id


def test_a_mapped_column_that_is_gone_stops_the_run_and_is_named(delivery):
    export = delivery(people(1))

    export.replace_people([{"email": "a@example.test", "phone": "1"}])
    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "column_gone"
    assert run.problem["column"] == "first_name"


def test_a_run_whose_plan_is_gone_still_has_its_page(delivery, client, viewer):
    export = delivery([*people(2), {"email": "nobody", "first_name": "", "phone": ""}])
    run = export.run()
    client.force_login(viewer)

    default_storage.delete(run.plan)

    assert client.get(f"/runs/{run.pk}/").status_code == 200
    assert client.get(f"/runs/{run.pk}/rejects/").status_code == 200
    assert len(client.get(f"/runs/{run.pk}/rejects.csv").getvalue().splitlines()) == 1
    assert client.post(f"/runs/{run.pk}/person/", {"email": "p1@example.test"}).status_code == 200


@pytest.mark.parametrize("address", ["İrem@example.test", "ΟΔΥΣΣΕΥΣ@example.test"])
def test_a_person_is_found_by_the_address_as_it_is_written_in_the_source(delivery, address):
    # Lower case is not the same to Python and to DuckDB here.
    export = delivery([{"email": address, "first_name": "A", "phone": ""}])
    export.sandbox.faults.add("fail_contacts", addresses=(address, address.lower()))
    run = export.run()

    found = find_person(run, address)

    assert len(found) == 1


def test_what_happened_to_one_person_can_be_asked(delivery):
    export = delivery(people(3))
    run = export.run()

    [person] = find_person(run, " P2@Example.test")

    assert (person.action, person.outcome) == ("new", "confirmed")
    assert "+33 2" in person.values.values()
