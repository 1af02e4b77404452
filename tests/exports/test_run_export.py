"""Running an export from a script."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from exports.models import Run
from tests.factories import make_export, make_run
from tests.waiting import eventually


@pytest.fixture
def export(db):
    return make_export(name="Newsletter")


def test_it_starts_a_run_and_says_so_as_json(export, capsys):
    call_command("run_export", "Newsletter", "--json")

    run = Run.objects.get()
    said = json.loads(capsys.readouterr().out)
    assert (said["run"], said["status"]) == (run.pk, "queued")
    assert (run.export, run.trigger) == (export, Run.Trigger.ON_DEMAND)


def test_it_names_an_export_that_does_not_exist(export):
    with pytest.raises(CommandError, match="There is no export called “Weekly”"):
        call_command("run_export", "Weekly")


def test_it_refuses_a_second_run(export):
    run = make_run(export, status=Run.Status.SENDING)

    with pytest.raises(CommandError, match=f"run {run.pk}"):
        call_command("run_export", "Newsletter")


def test_it_says_in_words_what_an_export_lacks(export):
    export.connection = None
    export.save()

    with pytest.raises(CommandError, match="The export has no connection"):
        call_command("run_export", "Newsletter")

    assert not Run.objects.exists()


def wait_for_export(name: str) -> str:
    """Run the command in this thread; return what it printed."""
    printed = StringIO()
    try:
        call_command("run_export", name, "--wait", stdout=printed)
    finally:
        connections.close_all()
    return printed.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server to restart")
def test_it_waits_on_when_the_database_starts_again():
    make_export(name="Newsletter")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_export, "Newsletter")
        eventually(Run.objects.exists)
        cut_other_connections()
        Run.objects.update(status=Run.Status.SUCCESSFUL)

    assert "status: successful" in waiting.result()


def cut_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def ended_as(status: str, **fields: object) -> None:
    """Let the run that is started meanwhile come to this state, and tell how."""
    eventually(Run.objects.exists)
    Run.objects.update(status=status, **fields)
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_it_stops_waiting_when_the_run_needs_approval_and_says_where(capsys):
    make_export(name="Newsletter")
    guard = {"code": "guard_empty"}

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(ended_as, "needs_approval", guards=[guard])
        with pytest.raises(CommandError, match=r"needs approval: http.*/runs/\d+/") as stopped:
            call_command("run_export", "Newsletter", "--wait", "--json")
        ending.result()

    said = json.loads(capsys.readouterr().out)
    assert stopped.value.returncode == 3
    assert (said["status"], said["guards"]) == ("needs_approval", [guard])


def test_it_leads_to_a_run_that_waits_for_approval_already(export):
    run = make_run(export, status=Run.Status.NEEDS_APPROVAL)

    with pytest.raises(CommandError, match=f"/runs/{run.pk}/") as refused:
        call_command("run_export", "Newsletter")

    assert refused.value.returncode == 3


def test_it_sends_everybody_when_asked_to(export, capsys):
    call_command("run_export", "Newsletter", "--full", "--json")

    assert json.loads(capsys.readouterr().out)["scope"] == "full"
    assert Run.objects.get().scope == Run.Scope.FULL
