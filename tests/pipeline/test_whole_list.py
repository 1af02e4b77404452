"""Everybody a run sent is looked up on the list, when somebody asks for it."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from connections.activecampaign.answers import Status
from exports.models import ReadBack, Run
from exports.pipeline import AlreadyReading, NotReadable, request_read_back
from exports.pipeline.missing import make_due
from exports.pipeline.whole_list import advance_read_back
from tests.factories import make_user
from tests.pipeline.conftest import Delivery, people

READ = "GET /contacts"


def ask(run: Run) -> ReadBack:
    return request_read_back(run=run, user=make_user(), now=timezone.now())


def step(read_back: ReadBack) -> None:
    """Let the time come that it waits for, and work on it for one slice."""
    now = timezone.now()
    ReadBack.objects.running().filter(pk=read_back.pk).update(wake_at=now)
    advance_read_back(read_back.pk, now=now)
    read_back.refresh_from_db()


def read_all(run: Run) -> ReadBack:
    read_back = ask(run)
    for _ in range(100):
        step(read_back)
        if not read_back.is_running:
            return read_back
    raise AssertionError(f"{read_back} is still running: {read_back.problem}")


def found(read_back: ReadBack) -> dict[str, int]:
    return {name: count for name, count in read_back.result.items() if count}


def after_delivery(export: Delivery) -> Run:
    """Deliver; then two have left the list, and one was never on it."""
    export.sandbox.exclude("p0@example.test")
    run = export.run()
    export.sandbox.unsubscribe("p1@example.test", export.list_id)
    export.sandbox.bounce("p2@example.test")
    return run


def test_a_list_is_walked_when_that_takes_fewer_requests(delivery):
    run = after_delivery(export := delivery(people(300)))
    before = export.sandbox.log.count(READ)

    read_back = read_all(run)

    assert read_back.status == ReadBack.Status.FINISHED
    assert found(read_back) == {
        "asked": 300, "on_list": 297, "unsubscribed": 1, "bounced": 1, "missing": 1,
    }  # fmt: skip
    # Three counts; three pages of members and one of each other standing, with an empty one each.
    assert export.sandbox.log.count(READ) - before == 3 + 4 + 2 + 2


def test_few_contacts_on_a_long_list_are_asked_for_one_by_one(delivery):
    export = delivery(people(5))
    for number in range(450):
        export.sandbox.add_contact(f"other{number}@example.test", lists=[export.list_id])
    run = after_delivery(export)
    before = export.sandbox.log.count(READ)

    read_back = read_all(run)

    assert found(read_back) == {
        "asked": 5, "on_list": 2, "unsubscribed": 1, "bounced": 1, "missing": 1,
    }  # fmt: skip
    assert export.sandbox.log.count(READ) - before == 3 + 3 + 2 + 3 + 1 + 1


@pytest.mark.parametrize("others", [0, 3000], ids=["walked", "asked one by one"])
def test_it_goes_on_where_it_stopped(delivery, others):
    export = delivery(people(30 if others else 300))
    for number in range(others):
        export.sandbox.add_contact(f"other{number}@example.test", lists=[export.list_id])
    run = export.run()
    # Three counts and two answers later.
    export.sandbox.faults.add("unavailable", on=READ, first=6, times=1)
    read_back = ask(run)
    step(read_back)

    kept = dict(read_back.progress)
    while read_back.is_running:
        step(read_back)

    assert kept.get("asked", kept.get("on_list")) == (2 if others else 200)
    assert found(read_back) == {"asked": run.accepted, "on_list": run.accepted}


def test_what_was_read_is_not_kept_and_who_is_missing_is(
    delivery, django_capture_on_commit_callbacks
):
    run = after_delivery(delivery(people(300)))
    files = set(default_storage.listdir("read_backs")[1]) if _has_folder() else set()

    with django_capture_on_commit_callbacks(execute=True):
        read_back = read_all(run)

    new = set(default_storage.listdir("read_backs")[1]) - files
    assert {f"read_backs/{name}" for name in new} == {read_back.missing_file}


def _has_folder() -> bool:
    return "read_backs" in default_storage.listdir("")[0]


def test_who_is_missing_is_sent_again_by_the_next_run(delivery):
    export = delivery(people(5))
    run = after_delivery(export)
    read_back = read_all(run)
    export.sandbox.account.store.run("DELETE FROM blocked")

    count = make_due(read_back)
    export.export.refresh_from_db()
    following = export.run()

    assert count == 1
    assert following.reasons == {"retried": 1}
    assert "p0@example.test" in export.arrived()


def test_a_refused_key_ends_it_with_words_and_leaves_the_run_alone(delivery):
    export = delivery(people(5))
    run = export.run()
    export.sandbox.revoke(export.sandbox.key)

    read_back = read_all(run)
    run.refresh_from_db()

    assert read_back.status == ReadBack.Status.FAILED
    assert read_back.problem["code"] == "key_refused"
    assert run.status == Run.Status.SUCCESSFUL


def test_a_rate_limit_is_waited_for(delivery):
    export = delivery(people(5))
    run = export.run()
    export.sandbox.faults.add("too_many", on=READ, times=1, retry_after=1)
    read_back = ask(run)
    step(read_back)

    attempts, status = read_back.attempts, read_back.status
    while read_back.is_running:
        step(read_back)

    assert (attempts, status) == (0, ReadBack.Status.RUNNING)
    assert read_back.status == ReadBack.Status.FINISHED


def test_it_is_asked_for_once_at_a_time_and_of_finished_runs(delivery):
    export = delivery(people(5))
    unfinished = export.start()
    with pytest.raises(NotReadable):
        ask(unfinished)
    run = export.finish(unfinished)
    ask(run)

    with pytest.raises(AlreadyReading):
        ask(run)


def test_who_left_is_not_looked_up(delivery):
    export = delivery(people(10), leavers="unsubscribe")
    export.run()
    export.replace_people(people(5, first_name="Ann"))

    read_back = read_all(export.run())

    assert found(read_back) == {"asked": 5, "on_list": 5}


def test_an_address_is_found_however_it_is_written_on_the_list(delivery):
    export = delivery(people(300))
    run = export.run()
    store = export.sandbox.account.store
    store.run("UPDATE contacts SET email = upper(email)")

    assert found(read_all(run)) == {"asked": 300, "on_list": 300}
    assert export.sandbox.count_on(export.list_id, Status.ACTIVE) == 300
