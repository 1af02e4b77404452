"""What a run does not send without somebody's word."""

from __future__ import annotations

from typing import Any

import pytest

from exports.models import Export, Run
from exports.options import Options
from exports.pipeline.guards import planned_guards
from exports.pipeline.plan import Plan
from exports.problems import describe_problem
from tests.pipeline.conftest import Delivery, accounted, people, step

GUARDED: dict[str, Any] = {"most_shrink": 30, "most_growth": 100, "most_rejects": 10}
IMPORT = "POST /import/bulk_import"


def codes(run: Run) -> list[str]:
    return [guard["code"] for guard in run.guards]


def until_it_rests(export: Delivery) -> Run:
    """Start a run and work on it until it has ended or waits for somebody's word."""
    run = export.start()
    for _ in range(100):
        step(run)
        if run.is_at_rest:
            return run
    raise AssertionError(f"{run} is still {run.status}: {run.problem}")


def left_waiting(export: Delivery, members: list[dict[str, str]]) -> Run:
    """Deliver, let the segment hold other members, and return the run that waits then."""
    export.run()
    export.replace_people(members)
    return until_it_rests(export)


def test_a_first_run_is_compared_with_nothing(delivery):
    export = delivery(people(3), **GUARDED)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert run.guards == []


def test_a_segment_that_shrank_too_much_waits_and_sends_nothing(delivery):
    export = delivery(people(10), **GUARDED)

    run = left_waiting(export, people(6, city="Lyon"))

    assert run.status == Run.Status.NEEDS_APPROVAL
    assert run.guards == [
        {"code": "guard_shrink", "members": 6, "before": 10, "percent": 40, "most": 30}
    ]
    assert export.sandbox.log.count(IMPORT) == 1
    assert accounted(run)


def test_a_segment_that_shrank_as_much_as_is_allowed_is_sent(delivery):
    export = delivery(people(10), **GUARDED)
    export.run()
    export.replace_people(people(7))

    assert export.run().guards == []


def test_a_segment_that_grew_too_much_waits(delivery):
    export = delivery(people(10), **GUARDED)

    run = left_waiting(export, people(21))

    assert run.guards == [
        {"code": "guard_growth", "members": 21, "before": 10, "percent": 110, "most": 100}
    ]


def test_an_empty_segment_waits_whatever_the_thresholds(delivery):
    export = delivery(people(10))

    run = left_waiting(export, emptied(export))

    assert codes(run) == ["guard_empty"]


def emptied(export: Delivery) -> list[dict[str, str]]:
    """Let the rule fit nobody any more; return people whom it does not fit."""
    segment = export.export.segments.get()
    nobody = {"column": "email", "operator": "equals", "value": "nobody"}
    segment.rule = {"version": 1, "match": "all", "conditions": [nobody]}
    segment.save()
    return people(10)


@pytest.mark.parametrize(
    ("leavers", "code"),
    [("unsubscribe", "guard_leavers_unsubscribed"), ("mark", "guard_leavers_marked")],
)
def test_who_would_be_unsubscribed_or_marked_is_counted(leavers, code):
    export = Export(most_shrink=30)
    plan = Plan("", to_send=8, leavers=8, left=8, unchanged=2)

    guards = planned_guards(
        export=export, options=Options(leavers=leavers), plan=plan, before=10, room=None
    )

    assert [guard["code"] for guard in guards] == ["guard_shrink", code]
    assert guards[1]["leavers"] == 8


def at_work(members: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the same people with other addresses."""
    return [{**each, "email": each["email"].replace("@", "@work.")} for each in members]


@pytest.mark.parametrize(("moved", "guarded"), [(3, False), (4, True), (10, True)])
def test_nobody_is_unsubscribed_because_addresses_changed_unless_somebody_says_so(
    delivery, moved, guarded
):
    export = delivery(people(10), **GUARDED, leavers="unsubscribe")

    run = left_waiting(export, [*people(10)[moved:], *at_work(people(moved))])

    if guarded:
        facts = {"left": moved, "before": 10, "percent": moved * 10, "most": 30}
        assert run.guards == [
            {"code": "guard_turnover", **facts},
            {"code": "guard_leavers_unsubscribed", "leavers": moved},
        ]
        assert export.sandbox.log.count(IMPORT) == 1
    else:
        assert (run.guards, run.leavers) == ([], moved)


def test_who_leaves_is_compared_with_who_was_delivered_not_only_with_the_run_before():
    # A run of 75 members came to nothing in between.
    plan = Plan("", to_send=45, leavers=45, left=45, could_leave=100, unchanged=55)

    guards = planned_guards(
        export=Export(most_shrink=30),
        options=Options(leavers="unsubscribe"),
        plan=plan,
        before=75,
        room=None,
    )

    assert [guard["code"] for guard in guards] == ["guard_turnover", "guard_leavers_unsubscribed"]


@pytest.mark.parametrize(("moved", "guarded"), [(5, False), (6, True)])
def test_segments_that_may_shrink_must_not_be_replaced_without_a_word(delivery, moved, guarded):
    export = delivery(people(10), leavers="unsubscribe")

    run = left_waiting(export, [*people(10)[moved:], *at_work(people(moved))])

    expected = ["guard_turnover", "guard_leavers_unsubscribed"] if guarded else []
    assert [guard["code"] for guard in run.guards] == expected
    assert not guarded or (run.guards[0]["left"], run.guards[0]["most"]) == (6, 50)


def test_segments_that_may_shrink_shrink_without_a_word(delivery):
    export = delivery(people(10), leavers="unsubscribe")
    export.run()

    export.replace_people(people(1))
    run = export.run()

    assert (run.leavers, run.status) == (9, Run.Status.SUCCESSFUL)


def test_people_who_are_kept_may_change_all_at_once(delivery):
    export = delivery(people(10), **GUARDED)

    run = left_waiting(export, at_work(people(10)))

    assert (run.guards, run.left, run.leavers) == ([], 10, 0)


def test_new_contacts_beyond_the_accounts_limit_wait(delivery):
    export = delivery(people(10))
    export.sandbox.switches.contact_limit = 8

    run = until_it_rests(export)

    assert run.guards == [{"code": "guard_contact_limit", "new": 10, "room": 8}]


def test_an_account_whose_limit_may_not_be_read_is_no_reason_to_wait(delivery):
    export = delivery(people(10))
    export.sandbox.switches.contact_limit = 8
    export.sandbox.faults.add("forbidden", on="GET /settings/account")

    run = until_it_rests(export)

    assert run.guards == []


def test_an_account_that_does_not_answer_is_asked_again(delivery):
    export = delivery(people(3))
    export.sandbox.faults.add("unavailable", on="GET /settings/account", times=2)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert export.sandbox.log.count("GET /settings/account") == 3


def test_too_many_members_that_cannot_be_sent_wait(delivery):
    export = delivery([*people(20), *({"email": f"bad {n}"} for n in range(5))], **GUARDED)

    run = until_it_rests(export)

    assert run.guards == [
        {
            "code": "guard_rejects_planned",
            "rejected": 5,
            "members": 25,
            "percent": 20,
            "most": 10,
        }
    ]


def test_duplicates_are_no_rejects_to_worry_about(delivery):
    export = delivery([*people(20), *people(5)], **GUARDED)

    assert until_it_rests(export).guards == []


def test_too_many_rejects_stop_a_run_while_it_sends(delivery, settings):
    export = delivery(people(3000), **GUARDED)
    export.sandbox.faults.add("fail_contacts", share=0.5)
    settings.ACTIVECAMPAIGN_BULK_PER_MINUTE = 4

    run = until_it_rests(export)

    assert codes(run) == ["guard_rejects"]
    assert run.guards[0]["rejected"] >= 20
    assert run.accepted > 0
    assert run.not_attempted > 0
    assert accounted(run)
    assert run.batches.filter(status="sending").count() == 0


def test_a_few_answers_say_nothing_yet(delivery):
    export = delivery(people(15), **GUARDED)
    export.sandbox.faults.add("fail_contacts", share=1.0)

    run = export.run()

    assert run.status == Run.Status.WITH_REJECTS
    assert run.rejected_after == 15


def test_who_was_rejected_before_does_not_stop_the_next_run(delivery, settings):
    export = delivery(people(1200))
    export.sandbox.faults.add("fail_contacts", share=0.5)
    first = export.run()
    Export.objects.update(most_rejects=10)
    settings.ACTIVECAMPAIGN_BULK_PER_MINUTE = 1

    second = until_it_rests(export)

    assert second.to_send == first.rejected_after > 500
    assert second.guards == []


def test_every_guard_has_words_with_its_figures():
    figures = {
        "members": 1000, "before": 2000, "percent": 50, "most": 30, "leavers": 1000,
        "new": 1234, "room": 1000, "rejected": 1500, "sent": 3000,
    }  # fmt: skip
    codes = (
        "empty", "shrink", "growth", "leavers_unsubscribed", "leavers_marked", "contact_limit",
        "rejects_planned", "rejects",
    )  # fmt: skip

    said = [str(describe_problem({"code": f"guard_{code}", **figures})) for code in codes]

    assert "shrank by 50%, from 2,000 to 1,000 members; more than 30%" in said[1]
    assert "will be unsubscribed from the list: 1,000." in said[3]
    assert all("%(" not in words for words in said)
