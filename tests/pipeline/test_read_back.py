"""Those whom ActiveCampaign says it imported are looked up on the list itself."""

from __future__ import annotations

from typing import Any

import pytest

from exports.models import Run
from exports.pipeline.outcomes import find_person
from exports.wording import read_back_in_words
from tests.pipeline.conftest import Delivery, people, step

READ = "GET /contacts"


@pytest.fixture(autouse=True)
def _sample(settings: Any, sandbox: Any) -> None:
    settings.READ_BACK_SAMPLE = 25


def found(run: Run) -> dict[str, int]:
    return {name: count for name, count in run.read_back.items() if count and name != "due"}


def until_confirming(export: Delivery) -> Run:
    """Work on a run until its sample is being asked for, which an error has interrupted."""
    run = export.start()
    for _ in range(100):
        step(run)
        if run.read_back:
            return run
    raise AssertionError(f"{run} is {run.status}")


def test_a_sample_of_what_was_accepted_is_looked_up(delivery):
    export = delivery(people(300))

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert found(run) == {"asked": 25, "on_list": 25}
    # Two for who unsubscribed or bounced; whoever is on the list takes one request.
    assert export.sandbox.log.count(READ) == 2 + 25


def test_a_short_list_is_looked_up_as_a_whole(delivery):
    assert found(delivery(people(3)).run()) == {"asked": 3, "on_list": 3}


def test_the_sample_may_be_turned_off(delivery, settings):
    settings.READ_BACK_SAMPLE = 0

    assert found(delivery(people(3)).run()) == {}


def test_who_was_confirmed_and_is_not_on_the_list_makes_it_a_run_with_rejects(delivery):
    export = delivery(people(5))
    export.sandbox.exclude("p3@example.test")

    run = export.run()

    assert run.status == Run.Status.WITH_REJECTS
    assert found(run) == {"asked": 5, "on_list": 4, "missing": 1}


def test_who_is_not_on_the_list_is_sent_again_by_the_next_run(delivery):
    export = delivery(people(5))
    export.sandbox.exclude("p3@example.test")
    run = export.run()

    again = export.run()

    assert read_back_in_words(run) == (
        "4 of 5 asked are on the list, 1 not on the list; the next run sends those again"
    )
    assert (again.reasons, again.unchanged) == ({"retried": 1}, 4)
    [person] = find_person(again, "p3@example.test")
    assert person.action == "retried"


def test_who_unsubscribed_meanwhile_is_no_fault(delivery):
    export = delivery(people(5))
    export.sandbox.faults.add("unavailable", on=READ, first=3, times=1)
    run = until_confirming(export)
    export.sandbox.unsubscribe("p1@example.test", export.list_id)
    export.sandbox.bounce("p2@example.test")

    run = export.finish(run)

    assert run.status == Run.Status.SUCCESSFUL
    assert found(run) == {"asked": 5, "on_list": 3, "unsubscribed": 1, "bounced": 1}


def test_asking_goes_on_where_it_stopped(delivery):
    export = delivery(people(300))
    export.sandbox.faults.add("unavailable", on=READ, first=13, times=1)

    run = until_confirming(export)
    at_first, waiting = run.read_back["asked"], len(run.read_back["waiting"])
    run = export.finish(run)

    assert (at_first, waiting) == (10, 15)
    assert found(run) == {"asked": 25, "on_list": 25}
    assert export.sandbox.log.count(READ) == 2 + 25 + 1


def test_an_account_that_does_not_answer_does_not_make_the_delivery_fail(delivery):
    export = delivery(people(30))
    export.sandbox.faults.add("unavailable", on=READ, first=8)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert found(run) == {"asked": 5, "on_list": 5}


def test_a_key_that_may_read_contacts_no_more_ends_the_look(delivery):
    export = delivery(people(30))
    export.sandbox.faults.add("forbidden", on=READ, first=8)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert found(run) == {"asked": 5, "on_list": 5}


def test_who_was_rejected_or_has_left_is_not_looked_up(delivery):
    export = delivery(people(10), leavers="unsubscribe")
    export.run()
    export.replace_people(people(5, first_name="Ann"))
    export.sandbox.faults.add("fail_contacts", addresses=("p1@example.test",))

    run = export.run()

    assert run.leavers == 5
    assert found(run) == {"asked": 4, "on_list": 4}
