"""Forgetting a person takes what was corrected by hand along, whatever it corrects."""

from __future__ import annotations

import os
from datetime import timedelta

import duckdb
import pytest
from django.utils import timezone

from config.storages.choosing import in_folders
from config.storages.stored import own_storage
from exports.corrections.reading import Correction
from exports.corrections.storing import take_corrections, write_corrections
from exports.erasing import end_erasure
from exports.erasing.files import YOUNG
from exports.models import Erasure, Export, Run
from segments import parquet
from segments.models import ProfileTable, Refresh, Source
from segments.refreshes.starting import start_refresh
from tests.factories import NOW
from tests.pipeline.conftest import people
from tests.pipeline.erasures import ANA, go_on, leaks, request, somebody

KEYS = pytest.mark.parametrize("key_column", ["id", ""], ids=["with a key", "without a key"])


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Let no test look into files that others have left."""
    settings.STORAGES = settings.STORAGES | in_folders(tmp_path, tmp_path / "incoming")


@pytest.fixture
def numbered(delivery):
    """Return a hand that makes an export of a source with a column id: c0, c1, … and Ana."""

    def make(key_column: str):
        rows = [{"id": f"c{n}", **each} for n, each in enumerate([*people(3), somebody()])]
        export = delivery(rows)
        Source.objects.update(key_column=key_column)
        return export

    return make


def phone_of(export, number: int, value: str) -> Correction:
    """Return a corrected phone number of the profile c`number`: nothing of it is an address."""
    source = Source.objects.get()
    key = f"c{number}" if source.key_column else str(number + 2)
    place = (0 if source.key_column else source.table_id, source.key_column, key)
    return Correction(source.pk, *place, target="phone", was="", value=value)


def keep(export, *corrections: Correction) -> None:
    take_corrections(export=export.export, file=write_corrections(corrections))


def kept() -> list[str]:
    with parquet.reading(Export.objects.get().corrections) as path:
        return [value for (value,) in duckdb.sql(f"SELECT value FROM '{path}'").fetchall()]


def age(name: str) -> None:
    """Make a file one that nobody is about to name."""
    long_ago = (timezone.now() - 2 * YOUNG).timestamp()
    os.utime(own_storage().path(name), (long_ago, long_ago))


@KEYS
def test_corrections_of_other_fields_go_and_those_of_others_stay(
    numbered, administrator, key_column
):
    export = numbered(key_column)
    export.run()
    keep(export, phone_of(export, 3, "+55 21 4004"), phone_of(export, 1, "+55 11 5005"))

    erasure = go_on(request(administrator))

    assert erasure.status == Erasure.Status.FINISHED
    assert kept() == ["+55 11 5005"]
    assert erasure.erased["corrections"] == 1
    assert (leaks(), leaks("+55 21 4004")) == ([], [])


def test_they_go_although_only_an_old_plan_still_knows_whose_they_are(numbered, administrator):
    export = numbered("id")
    export.run()
    keep(export, phone_of(export, 3, "+55 21 4004"))
    export.replace_people([{"id": f"c{n}", **each} for n, each in enumerate(people(3))])
    own_storage().delete(ProfileTable.objects.earliest("pk").file)

    go_on(request(administrator))

    assert kept() == []


def test_they_go_when_the_table_had_to_be_done_in_an_earlier_slice(numbered, administrator):
    export = numbered("id")
    run = export.run()
    keep(export, phone_of(export, 3, "+55 21 4004"))
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SENDING)

    waiting = go_on(request(administrator))
    assert (waiting.erased["tables"], kept()) == (1, ["+55 21 4004"])
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SUCCESSFUL)
    go_on(waiting)

    assert kept() == []


def test_a_key_that_is_the_address_itself_is_never_noted(delivery, administrator):
    export = delivery([*people(3), somebody()])
    Source.objects.update(key_column="email")
    export.run()
    source = Source.objects.get()
    keep(export, Correction(source.pk, 0, "email", ANA, "phone", "", "+55 21 4004"))
    start_refresh(trigger=Refresh.Trigger.ON_DEMAND, source=source, now=NOW)

    waiting = go_on(request(administrator))
    assert (waiting.status, ANA in str(waiting.progress)) == (Erasure.Status.RUNNING, False)
    Refresh.objects.update(status=Refresh.Status.SUCCESSFUL)
    go_on(waiting)

    assert (kept(), leaks()) == ([], [])


def test_they_go_although_the_source_has_another_key_by_now(numbered, administrator):
    export = numbered("id")
    export.run()
    keep(export, phone_of(export, 3, "+55 21 4004"), phone_of(export, 1, "+55 11 5005"))
    own_storage().delete(Run.objects.get().plan)
    Source.objects.update(key_column="email")

    go_on(request(administrator))

    assert kept() == ["+55 11 5005"]


@KEYS
def test_corrections_that_wait_to_be_kept_go_too(numbered, administrator, key_column):
    export = numbered(key_column)
    export.run()
    waiting = write_corrections([phone_of(export, 3, "+55 21 4004")])
    others = write_corrections([phone_of(export, 1, "+55 11 5005")])
    age(waiting)
    age(others)

    erasure = go_on(request(administrator))

    assert erasure.status == Erasure.Status.FINISHED
    assert (own_storage().exists(waiting), own_storage().exists(others)) == (False, True)


def test_a_wrong_address_that_waits_goes_with_whom_another_correction_names(
    delivery, administrator
):
    wrong = "ana at example.com"
    rows = [*people(3), somebody(wrong)]
    export = delivery([{"id": f"c{n}", **each} for n, each in enumerate(rows)])
    Source.objects.update(key_column="id")
    export.run()
    source = Source.objects.get()
    keep(export, Correction(source.pk, 0, "id", "c3", "email", wrong, ANA))
    waiting = write_corrections([Correction(source.pk, 0, "id", "c3", "email", wrong, "ana@")])
    age(waiting)

    go_on(request(administrator))

    assert not own_storage().exists(waiting)
    assert [name for name in leaks(wrong) if not name.startswith("uploads/")] == []


def test_an_erasure_that_is_left_as_it_is_keeps_no_keys(numbered, administrator):
    export = numbered("id")
    run = export.run()
    keep(export, phone_of(export, 3, "+55 21 4004"))
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SENDING)
    erasure = go_on(request(administrator))
    assert "c3" in str(erasure.progress)

    Erasure.objects.filter(pk=erasure.pk).update(status=Erasure.Status.FAILED)
    end_erasure(erasure=erasure, now=timezone.now() + timedelta(minutes=1))

    erasure.refresh_from_db()
    assert erasure.progress == {}
