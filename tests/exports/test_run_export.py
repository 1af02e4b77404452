"""Running an export from a script."""

import json

import pytest
from django.core.management import CommandError, call_command

from exports.models import Run
from tests.factories import make_export, make_run


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
