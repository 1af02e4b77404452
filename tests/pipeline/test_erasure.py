"""Forgetting a person: nothing that Facteur keeps names them afterwards, and all the rest stays."""

from __future__ import annotations

import logging
import os
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from config.storages.choosing import in_folders
from config.storages.stored import own_storage
from exports.erasing.files import YOUNG
from exports.models import Batch, Erasure, Export, ReadBack, Run
from exports.pipeline import resume_run
from exports.pipeline.outcomes import find_person
from exports.suppression import add_addresses, is_suppressed, list_of_account
from segments import parquet
from segments.models import ProfileTable, Refresh, Segment, Snapshot, Source, Upload
from segments.refreshes.starting import start_refresh
from segments.snapshots import first_members, refresh_segment
from tests.factories import NOW, make_upload
from tests.pipeline.conftest import accounted, people
from tests.pipeline.corrections import correct
from tests.pipeline.erasures import ANA, go_on, leaks, request, somebody


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Let no test look into files that others have left."""
    settings.STORAGES = settings.STORAGES | in_folders(tmp_path, tmp_path / "incoming")


@pytest.fixture
def forget(administrator):
    """Return a hand that has somebody forgotten, and works until it is done or has to wait."""

    def work(email: str = ANA, **chosen: bool) -> Erasure:
        return go_on(request(administrator, email, **chosen))

    return work


def rows_in(name: str) -> list[tuple[object, ...]]:
    with parquet.reading(name) as path:
        return duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()


def test_nothing_names_the_person_afterwards(delivery, forget, caplog):
    export = delivery([*people(3), somebody(), *people(5)[3:]])
    export.run()
    export.replace_people([*people(2), somebody(first_name="Changed")])
    export.run()
    assert len(leaks()) > 4

    with caplog.at_level(logging.DEBUG):
        erasure = forget()

    assert erasure.status == Erasure.Status.FINISHED
    assert leaks() == []
    assert (erasure.email, erasure.progress) == ("", {})
    assert ANA not in caplog.text
    assert erasure.erased["tables"] == 2
    assert erasure.erased["plans"] == 2
    assert erasure.erased["states"] == 1


def test_everybody_else_stays_where_they_were(delivery, forget):
    export = delivery([*people(2), somebody(), *people(4)[2:]])
    run = export.run()
    segment = export.export.segments.get()
    before = [row for row in rows_in(run.plan) if ANA not in row]

    forget()

    run.refresh_from_db()
    assert rows_in(run.plan) == before
    table = ProfileTable.objects.get()
    snapshot = Snapshot.objects.get()
    assert (table.rows, snapshot.members) == (4, 4)
    assert [row[0] for row in rows_in(table.file)] == [2, 3, 5, 6]
    assert [member["email"] for member in first_members(snapshot)] == [
        person["email"] for person in people(4)
    ]
    assert refresh_segment(segment=segment, now=timezone.now()).members == 4


def test_the_next_run_neither_misses_them_nor_calls_them_a_leaver(delivery, forget):
    export = delivery([*people(3), somebody()], leavers="unsubscribe")
    first = export.run()
    forget()

    refresh_segment(segment=export.export.segments.get(), now=timezone.now())
    export.export.refresh_from_db()
    second = export.run()

    first.refresh_from_db()
    assert (second.members, second.unchanged, second.left) == (3, 3, 0)
    assert accounted(first)
    assert (first.members, first.accepted, first.forgotten) == (4, 4, 1)
    assert find_person(first, ANA) == []
    assert ANA in export.arrived()


def test_who_comes_back_in_a_later_file_is_somebody_new_and_can_be_suppressed(
    delivery, forget, sandbox
):
    export = delivery([*people(3), somebody()])
    export.run()
    forget(keep_suppressed=True)

    export.replace_people([*people(3), somebody()])
    refresh_segment(segment=export.export.segments.get(), now=timezone.now())

    assert is_suppressed(list_of_account(sandbox.host), ANA)
    assert "suppression" in "".join(leaks())
    assert "tables" in "".join(leaks())


def test_a_suppressed_person_is_taken_off_the_list_when_that_is_not_chosen(
    delivery, forget, administrator, sandbox
):
    delivery(people(3))
    suppressed = list_of_account(sandbox.host)
    lines = [ANA, "zoe@example.test"]
    add_addresses(to=suppressed, lines=lines, user=administrator, now=NOW)

    erasure = forget()

    suppressed = list_of_account(sandbox.host)
    assert (suppressed.addresses, rows_in(suppressed.file)) == (1, [("zoe@example.test",)])
    assert erasure.erased["suppression"] == 1
    assert leaks() == []


def test_capital_letters_and_blanks_make_no_difference_and_longer_addresses_are_others(
    delivery, forget
):
    others = ["susana@example.com", "ana@example.com.br", "o'ana@example.com"]
    delivery([somebody(" ANA@Example.com\u00a0"), *(somebody(other) for other in others)])

    erasure = forget("Ana@EXAMPLE.com ")

    assert erasure.erased["tables"] == 1
    assert [row[1] for row in rows_in(ProfileTable.objects.get().file)] == others


def test_a_mention_in_the_row_of_somebody_else_is_taken_out_and_the_row_stays(delivery, forget):
    notes = ["referred by ana@example.com, twice: ana@example.com", "nothing", ANA, ""]
    rows = [{**person, "notes": note} for person, note in zip(people(4), notes, strict=True)]
    export = delivery([*rows, somebody(notes="")])
    Source.objects.update(columns=[_as_text(column) for column in Source.objects.get().columns])

    erasure = forget()

    table = export.export.segments.get().source.table
    assert [row[4] for row in rows_in(table.file)] == [
        "referred by …, twice: …",
        "nothing",
        None,
        None,
    ]
    assert (erasure.erased["tables"], erasure.erased["mentions"]) == (1, 2)


def _as_text(column):
    return column | ({"type": "text"} if column["name"] == "notes" else {})


def test_the_column_that_exports_send_to_says_whose_profile_it_is_whatever_its_type(
    delivery, forget
):
    export = delivery([*people(2), somebody()])
    source = export.export.segments.get().source
    columns = [column | {"type": "text"} for column in source.columns]
    Source.objects.update(columns=columns)
    ProfileTable.objects.update(columns=columns)

    erasure = forget()

    assert erasure.erased["tables"] == 1
    assert leaks() == []


def test_words_of_activecampaign_that_quote_the_person_are_scrubbed(delivery, forget):
    export = delivery([*people(2), somebody()])
    run = export.run()
    batch = run.batches.get()
    batch.reject({0: ("refused", f"Is like {ANA} already"), 2: ("refused", "+55 1 is no phone")})
    batch.save()
    Run.objects.filter(pk=run.pk).update(problem={"code": "request_refused", "words": f"No: {ANA}"})

    forget()

    batch.refresh_from_db()
    run.refresh_from_db()
    assert batch.rejects == {"0": ["refused", "Is like … already"], "2": ["refused", ""]}
    assert run.problem["words"] == "No: …"


def test_the_audit_trail_says_who_did_it_and_no_longer_whom_it_named(
    delivery, forget, administrator
):
    export = delivery([*people(2), somebody()])
    segment = export.export.segments.get()
    segment.name = f"All but {ANA}"
    segment.save()
    segment.name = "All"
    segment.save()

    erasure = forget()

    assert leaks() == []
    [done] = LogEntry.objects.get_for_object(erasure).filter(action=LogEntry.Action.ACCESS)
    assert done.actor == administrator
    assert done.additional_data["event"] == "forgotten"


def test_what_people_wrote_is_left_to_them_and_named(delivery, forget):
    export = delivery([*people(2), somebody()])
    segment = export.export.segments.get()
    rule = {"column": "email", "operator": "is_not", "value": ANA}
    rule = {"version": 1, "match": "all", "conditions": [rule]}
    Segment.objects.filter(pk=segment.pk).update(rule=rule)

    erasure = forget()

    segment.refresh_from_db()
    assert segment.rule == rule
    assert erasure.remains["written"] == [["segments.segment", segment.pk]]
    assert erasure.status == Erasure.Status.FINISHED


def test_uploads_that_hold_the_person_or_can_not_be_read_are_discarded(delivery, forget):
    export = delivery([*people(2), somebody()])
    source = export.export.segments.get().source
    source.upload = make_upload([somebody()])
    source.problem = {"code": "key_gone", "column": "id"}
    source.save()
    with_her, without = make_upload([somebody()]), make_upload(people(2))

    erasure = forget()

    source.refresh_from_db()
    assert (source.upload, source.problem) == (None, None)
    assert list(Upload.objects.all()) == [without]
    assert not own_storage().exists(with_her.file)
    assert erasure.erased["uploads"] == 2
    assert leaks() == []


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "utf-16", "broken"])
def test_uploads_of_every_kind_are_looked_into(db, forget, tmp_path, kind):
    path = tmp_path / "file"
    _write_upload(path, kind)
    upload = make_upload()
    path.replace(own_storage().path(upload.file))

    erasure = forget()

    assert erasure.erased == {"uploads": 1}
    assert not Upload.objects.exists()


def _write_upload(path, kind):
    match kind:
        case "xlsx":
            from openpyxl import Workbook

            book = Workbook()
            book.active.append(["id", "name"])
            book.active.append([1, "Bea"])
            book.create_sheet("Others").append(["email"])
            book["Others"].append([ANA])
            book.save(path)
        case "parquet":
            duckdb.sql(
                f"COPY (SELECT 1 AS id, 'Ana@example.com' AS x) TO '{path}' (FORMAT parquet)"
            )
        case "utf-16":
            path.write_text(f"id,email\n1,{ANA}\n", encoding="utf-16")
        case "broken":
            path.write_bytes(b"PK\x03\x04 and nothing else")


def test_who_is_read_from_elsewhere_again_is_named_in_the_result(delivery, forget):
    export = delivery([*people(2), somebody()])
    source = export.export.segments.get().source
    Source.objects.filter(pk=source.pk).update(kind=Source.Kind.FILES, pattern="x.csv")

    erasure = forget()

    assert erasure.remains["sources"] == [source.pk]


def test_a_file_that_nobody_can_read_and_no_row_names_keeps_nobody_from_being_forgotten(
    delivery, forget
):
    delivery([*people(2), somebody()]).run()
    broken = Path(own_storage().path("plans/broken.parquet"))
    broken.write_bytes(b"not Parquet")

    erasure = forget()

    assert erasure.status == Erasure.Status.FINISHED
    assert not broken.exists()


def test_files_that_no_row_names_go_once_nobody_can_be_about_to_name_them(delivery, forget):
    export = delivery([*people(2), somebody()])
    run = export.run()
    stray = own_storage().path("plans/stray.parquet")
    shutil.copy(own_storage().path(run.plan), stray)
    soon = timezone.now() + timedelta(hours=1)
    os.utime(stray, (soon.timestamp(), soon.timestamp()))

    erasure = forget()
    assert erasure.problem["code"] == "erasure_waits_for_files"
    long_ago = timezone.now() - 2 * YOUNG
    os.utime(stray, (long_ago.timestamp(), long_ago.timestamp()))
    go_on(erasure)

    assert erasure.status == Erasure.Status.FINISHED
    assert leaks() == []


def test_a_run_under_way_is_waited_for_in_words_and_everything_else_is_done(delivery, forget):
    export = delivery([*people(3), somebody()])
    plan = export.run().plan
    run = export.start()

    erasure = forget()
    assert erasure.status == Erasure.Status.RUNNING
    assert erasure.problem == {"code": "erasure_waits_for_run", "export": export.export.name}
    assert erasure.erased["tables"] == 1
    assert own_storage().exists(plan)
    export.finish(run)
    go_on(erasure)

    assert erasure.status == Erasure.Status.FINISHED
    assert leaks() == []


def test_a_run_that_needs_approval_says_that_somebody_has_to_decide(delivery, forget):
    export = delivery([*people(3), somebody()])
    export.run()
    run = export.start()
    Run.objects.filter(pk=run.pk).update(status=Run.Status.NEEDS_APPROVAL)

    erasure = forget()

    assert erasure.problem["code"] == "erasure_waits_for_approval"


def test_a_refresh_under_way_is_waited_for(delivery, forget):
    export = delivery([*people(3), somebody()])
    source = export.export.segments.get().source
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, source=source, now=NOW)

    erasure = forget()
    assert erasure.problem == {"code": "erasure_waits_for_refresh", "source": source.name}
    refresh.tasks.update(status="successful")
    Refresh.objects.update(status="successful")
    go_on(erasure)

    assert erasure.status == Erasure.Status.FINISHED
    assert leaks() == []


def test_a_read_back_under_way_is_waited_for(delivery, forget):
    export = delivery([*people(3), somebody()])
    run = export.run()
    reading = ReadBack.objects.create(run=run, requested_at=NOW)

    erasure = forget()
    assert erasure.problem == {"code": "erasure_waits_for_read_back", "export": export.export.name}
    ReadBack.objects.filter(pk=reading.pk).update(status=ReadBack.Status.FINISHED)
    go_on(erasure)

    assert leaks() == []


def test_files_that_any_row_names_in_json_are_followed(delivery, forget):
    export = delivery([*people(3), somebody()])
    run = export.run()
    with parquet.writing("unreachable") as new:
        duckdb.sql(
            f"COPY (SELECT unnest(['{ANA}', 'bea@example.test']) AS email, 'bounced' AS standing)"
            f" TO '{new.path}' (FORMAT parquet)"
        )
    Run.objects.filter(pk=run.pk).update(unreachable={"files": [new.name], "done": True})

    forget()

    run.refresh_from_db()
    assert rows_in(run.unreachable["files"][0]) == [("bea@example.test", "bounced")]
    assert run.unreachable["done"] is True
    assert not own_storage().exists(new.name)


def test_a_failed_run_that_is_resumed_passes_the_forgotten_over(delivery, forget, sandbox):
    export = delivery([*people(3), somebody(), *people(251)[3:]])
    sandbox.faults.add("payment", on="POST /import/bulk_import")
    run = export.run()
    assert run.status == Run.Status.FAILED

    forget()
    sandbox.faults.clear()
    run = resume_run(run=run, user=export.export.connection.export_user, now=timezone.now())
    export.finish(run)

    assert (run.accepted, run.rejected_after, run.not_attempted) == (251, 1, 0)
    assert accounted(run)
    assert ANA not in export.arrived()


def test_a_lone_contact_that_was_forgotten_is_not_asked_for_again(delivery, forget, sandbox):
    export = delivery([somebody()])
    sandbox.faults.add("payment", on="POST /import/bulk_import")
    run = export.run()

    forget()
    sandbox.faults.clear()
    export.finish(resume_run(run=run, user=None, now=timezone.now()))

    assert (run.accepted, run.rejected_after) == (0, 1)
    assert run.batches.get().status == Batch.Status.REFUSED
    assert export.arrived() == {}


WRONG = "ana at example.com"


def kept_of(wrong: str) -> list[str]:
    """Return where a wrong address still is: not in the upload, which is nobody's address there."""
    return [name for name in leaks(wrong) if not name.startswith("uploads/")]


@pytest.mark.parametrize("key_column", ["", "id"])
def test_who_is_known_by_a_corrected_address_only_goes_with_their_profile(
    delivery, forget, key_column
):
    rows = [{"id": f"c{n}", **each} for n, each in enumerate([*people(3), somebody(WRONG)])]
    export = delivery(rows)
    Source.objects.update(key_column=key_column)
    first = export.run()
    correct(export, "c3" if key_column else "5", "email", was=WRONG, value=" ANA@example.com ")
    export.run()
    assert ANA in export.arrived()

    erasure = forget()

    table, snapshot = ProfileTable.objects.get(), Snapshot.objects.get()
    assert erasure.status == Erasure.Status.FINISHED
    assert (leaks(), kept_of(WRONG)) == ([], [])
    assert (table.rows, snapshot.members) == (3, 3)
    assert erasure.erased["tables"] == 1
    assert erasure.erased["corrections"] == 1
    first.refresh_from_db()
    assert (first.members, first.forgotten) == (4, 1)
    assert export.run().left == 0


def test_corrections_are_kept_until_nothing_else_is_waited_for(delivery, forget):
    export = delivery([*people(3), somebody(WRONG)])
    source = export.export.segments.get().source
    Source.objects.update(key_column="")
    export.run()
    correct(export, "5", "email", was=WRONG, value=ANA)
    export.run()
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, source=source, now=NOW)

    waiting = forget()
    kept = Export.objects.get().corrections
    assert (waiting.status, bool(rows_in(kept))) == (Erasure.Status.RUNNING, True)
    Refresh.objects.filter(pk=refresh.pk).update(status=Refresh.Status.SUCCESSFUL)
    erasure = go_on(waiting)

    assert erasure.status == Erasure.Status.FINISHED
    assert (leaks(), kept_of(WRONG)) == ([], [])
