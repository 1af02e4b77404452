"""What runs are called where they are listed: never a Skipped that leaves people guessing."""

import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from exports.models import Run
from exports.pipeline import start_run
from tests.factories import make_connection, make_export, make_run, make_segment

SKIPPED = Run.Status.SKIPPED
REASONS = [
    ({"code": "nothing_to_send"}, "Nothing to send"),
    ({"code": "upstream_failed", "segment": "Readers"}, "Upstream refresh failed"),
    ({"code": "superseded", "by": 12}, "Superseded by run 12"),
    ({"code": "superseded"}, "Superseded"),
]


@pytest.mark.parametrize(("problem", "state"), REASONS)
@pytest.mark.parametrize(
    "address", ["/exports/", "/exports/{export}/", "/runs/{run}/", "/system/status/"]
)
def test_a_run_that_sent_nothing_is_called_by_its_reason(as_viewer, db, address, problem, state):
    run = make_run(status=SKIPPED, problem=problem)

    page = as_viewer.get(address.format(export=run.export_id, run=run.pk)).content.decode()

    assert f"</svg>{state}</span>" in page
    assert "</svg>Skipped</span>" not in page


def test_a_skipped_run_without_a_reason_keeps_its_word(db):
    assert make_run(status=SKIPPED).state == "Skipped"


def test_every_other_state_has_its_own_word(db):
    problem = {"code": "waiting_for_limit"}

    assert make_run(status=Run.Status.SENDING, problem=problem).state == "Sending"
    assert make_run(status=Run.Status.WITH_REJECTS).state == "Completed with rejects"


def test_a_run_says_which_later_run_took_its_place(db):
    export = make_export([make_segment()], connection=make_connection())
    replaced = make_run(export, status=SKIPPED, problem={"code": "superseded"})

    later = start_run(export=export, trigger=Run.Trigger.SCHEDULE, now=timezone.now())

    replaced.refresh_from_db()
    assert replaced.state == f"Superseded by run {later.pk}"


def test_a_run_that_ended_otherwise_is_not_said_to_be_replaced(db):
    export = make_export([make_segment()], connection=make_connection())
    earlier = make_run(export, status=SKIPPED, problem={"code": "nothing_to_send"})

    start_run(export=export, trigger=Run.Trigger.SCHEDULE, now=timezone.now())

    earlier.refresh_from_db()
    assert earlier.problem == {"code": "nothing_to_send"}


def test_scripts_get_the_state_and_its_reason_in_words(db, capsys):
    make_export(name="Newsletter")

    call_command("run_export", "Newsletter", "--json")

    said = json.loads(capsys.readouterr().out)
    assert (said["status"], said["state"], said["reason"]) == ("queued", "Queued", "")
