"""A disk that is full while a run is planned, and while it settles."""

from contextlib import contextmanager

import pytest

from config.storages.choosing import in_folders
from exports.models import Run
from tests.disks import ENOUGH, SMALL, FillableFolder, may_mount, small_disk
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"
BACKEND = "tests.disks.FillableFolder"


@pytest.fixture(params=["storage", "disk"])
def full(request, settings, tmp_path):
    """Return what makes the storage of the files, or the disk they are written on first, full."""
    return request.getfixturevalue(f"full_{request.param}")


@pytest.fixture
def full_storage(settings):
    folders = in_folders(settings.DATA_DIR, settings.INCOMING_DIR)
    folders["default"]["BACKEND"] = BACKEND
    settings.STORAGES = settings.STORAGES | folders

    @contextmanager
    def full():
        FillableFolder.is_full = True
        try:
            yield
        finally:
            FillableFolder.is_full = False

    return full


@pytest.fixture
def full_disk(settings, tmp_path):
    if not may_mount():
        pytest.skip("a small disk can only be mounted by root")
    settings.DATA_DIR = tmp_path

    @contextmanager
    def full():
        resize(SMALL)
        yield
        resize(ENOUGH)

    with small_disk(tmp_path / "work") as resize:
        resize(ENOUGH)
        yield full


def test_a_full_disk_while_planning_is_waited_for(delivery, full):
    everybody = people(5000)
    export = delivery(everybody)
    run = export.start()

    with full():
        step(run)
        step(run)
    stuck = (run.status, run.attempts > 0, run.plan)
    finished = export.finish(run)

    assert stuck == (Run.Status.PLANNING, True, "")
    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(finished)


def test_a_full_disk_while_settling_is_waited_for_and_nobody_is_sent_again(delivery, full):
    everybody = people(5000)
    export = delivery(everybody)
    export.sandbox.faults.add("too_many", on=BULK, first=18, times=1, retry_after=30)
    run = export.start()
    step(run)

    with full():
        step(run)
        step(run)
    stuck = (run.status, run.attempts > 0)
    finished = export.finish(run)
    again = export.run()

    assert stuck == (Run.Status.CONFIRMING, True)
    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert (again.unchanged, again.to_send) == (5000, 0)
    assert export.sandbox.log.count(BULK, status=200) == 20
