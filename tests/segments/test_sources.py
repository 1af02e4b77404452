"""Sources: what a file becomes, and what a new file may not take away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from config.problems import Description
from segments.models import ProfileTable, Refresh, Segment, Source, Upload
from segments.problems import BadColumns, BadFile, describe_problem
from segments.sources.looking import first_profiles
from segments.sources.reading import NothingToRead, read_source
from segments.sources.saving import (
    NameTaken,
    SourceInUse,
    add_source,
    change_source,
    give_file,
    remove_source,
)
from segments.uploads import store_upload
from tests.factories import NOW, make_export, make_segment, make_source

pytestmark = pytest.mark.django_db
FRANCE = {
    "version": 1,
    "match": "all",
    "conditions": [{"column": "country", "operator": "equals", "value": "France"}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def upload(file: Path, text: str, name: str = "new.csv") -> Upload:
    file.write_text(text)
    return store_upload(path=str(file), original_name=name, user=None, now=NOW)


def replace(source: Source, file: Path, text: str) -> ProfileTable:
    source.upload = upload(file, text)
    source.save()
    return read_source(source=source, now=NOW)


def refused(source: Source, file: Path, text: str) -> Description | None:
    with pytest.raises(BadFile) as caught:
        replace(source, file, text)
    return describe_problem(caught.value.problem)


def test_a_file_becomes_a_source_with_types_and_a_key(file: Path) -> None:
    waiting = upload(
        file,
        "id,email,phone,spent,born,news,zip\n"
        "1,a@example.com,+33 1 23 45 67,12.50,1980-01-31,yes,01234\n"
        "2,b@example.com,,3,1990-12-01,no,75001\n",
        "p.csv",
    )

    source = add_source(source=Source(name="People", upload=waiting), user=None, now=NOW)
    table = read_source(source=source, now=NOW)

    assert source.column_types == {
        "id": "number",
        "email": "email",
        "phone": "phone",
        "spent": "number",
        "born": "date",
        "news": "yes_no",
        "zip": "text",
    }
    assert source.key_column == "id"
    assert source.table == table
    assert (table.rows, table.original_name) == (2, "p.csv")
    assert not Upload.objects.exists()


def test_a_new_source_is_read_by_the_worker(file: Path, contributor: User) -> None:
    waiting = upload(file, "id\n1\n")

    source = add_source(source=Source(name="People", upload=waiting), user=contributor, now=NOW)

    refresh = Refresh.objects.get()
    assert (refresh.trigger, refresh.source, refresh.started_by) == ("upload", source, contributor)
    assert source.table is None


def test_two_sources_of_one_name_are_refused_also_at_the_same_time(file: Path) -> None:
    make_source(name="People")

    with pytest.raises(NameTaken):
        add_source(source=Source(name="People", upload=upload(file, "id\n")), user=None, now=NOW)


def test_a_refused_new_file_changes_nothing_and_says_why(file: Path) -> None:
    source = make_source()

    said = refused(source, file, "id,email\n1\n")

    stored = Source.objects.get()
    assert stored.table == source.table
    assert describe_problem(stored.problem) == said
    assert [row["id"] for row in first_profiles(source)] == ["1", "2"]


def test_a_file_that_can_be_read_ends_the_problem_of_the_one_before(file: Path) -> None:
    source = make_source()
    refused(source, file, "id,email\n1\n")

    replace(source, file, "id,email,country\n1,a@example.com,France\n")

    assert Source.objects.get().problem is None


def test_an_uploaded_file_that_was_read_has_nothing_newer() -> None:
    source = make_source()

    with pytest.raises(NothingToRead):
        read_source(source=source, now=NOW)


def test_a_new_file_keeps_what_people_corrected(file: Path) -> None:
    columns = [{"name": "id", "type": "text", "format": ""}]
    source = make_source([{"id": "1"}], columns=columns, key_column="")

    replace(source, file, "id,spent\n7,8\n")

    assert source.column_types == {"id": "text", "spent": "number"}
    assert source.key_column == ""
    assert [row["id"] for row in first_profiles(source)] == ["7"]


def test_a_new_file_without_a_used_column_is_refused_by_name(file: Path) -> None:
    source = make_source()
    make_segment(source, name="French", rule=FRANCE)

    said = refused(source, file, "id,email\n1,a@example.com\n")

    assert "The segment “French” uses “country”." in str(said)
    assert Source.objects.get().table == source.table


def test_a_new_file_without_a_column_that_an_export_sends_is_refused(file: Path) -> None:
    segment = make_segment()
    make_export([segment], name="Newsletter")

    said = refused(segment.source, file, "id,country\n1,France\n")

    assert "The export “Newsletter” uses “email”." in str(said)


def test_a_new_file_whose_key_repeats_is_refused_with_the_rows(file: Path) -> None:
    source = make_source(key_column="id")

    said = refused(source, file, "id,email,country\n1,a@x.org,F\n2,b@x.org,F\n1,c@x.org,F\n")

    assert "rows 2 and 4 both have “1”" in str(said)


def test_a_new_table_says_what_is_different_from_the_one_before(file: Path) -> None:
    source = make_source([{"id": "1", "born": "1980-01-31"}, {"id": "2", "born": "1990-12-01"}])

    table = replace(source, file, "id,born,city\n2,soon,Paris\n3,later,Lyon\n4,never,Nice\n")

    assert table.changes == {
        "rows_before": 2,
        "rows_added": 2,
        "rows_removed": 1,
        "columns_added": ["city"],
        "columns_gone": [],
        "types_changed": [{"column": "born", "before": "date", "now": "text"}],
    }


def test_without_a_key_only_the_number_of_rows_is_compared(file: Path) -> None:
    source = make_source([{"city": "Paris"}, {"city": "Paris"}])

    table = replace(source, file, "city\nLyon\nLyon\n")

    assert table.changes is not None
    assert (table.changes["rows_added"], table.changes["rows_removed"]) == (None, None)


def test_a_new_file_waits_for_the_worker_and_keeps_the_table_until_then(
    file: Path, contributor: User
) -> None:
    source = make_source()

    give_file(
        source=source,
        upload=upload(file, "id,email,country\n9,z@example.com,France\n"),
        reading={"delimiter": ","},
        user=contributor,
        now=NOW,
    )

    assert [row["id"] for row in first_profiles(source)] == ["1", "2"]
    assert Refresh.objects.get().source == source


def change(source: Source, user: User, **fields: Any) -> Source:
    for name, value in fields.items():
        setattr(source, name, value)
    return change_source(source=source, version=1, user=user, now=NOW)


def test_a_column_with_an_empty_value_cannot_be_the_key(contributor: User) -> None:
    source = make_source([{"id": "1", "name": "x"}, {"id": "", "name": "y"}])

    with pytest.raises(BadColumns) as caught:
        change(source, contributor, key_column="id")

    assert "it is empty in row 3" in str(describe_problem(caught.value.problem))


def test_a_key_cannot_be_chosen_while_the_profiles_are_missing(contributor: User) -> None:
    source = make_source(name="People")
    assert source.table is not None
    default_storage.delete(source.table.file)

    with pytest.raises(BadColumns) as caught:
        change(source, contributor, key_column="email")

    assert "The stored file of “People” is missing." in str(describe_problem(caught.value.problem))


def test_a_type_that_a_rule_relies_on_cannot_change(contributor: User) -> None:
    source = make_source()
    make_segment(source, name="French", rule=FRANCE)
    columns = [{**column, "type": "date"} for column in source.columns]

    with pytest.raises(BadColumns) as caught:
        change(source, contributor, columns=columns)

    assert "“French”" in str(describe_problem(caught.value.problem))


def test_a_source_with_segments_stays() -> None:
    segment = make_segment()

    with pytest.raises(SourceInUse) as caught:
        remove_source(source=segment.source)

    assert caught.value.segments == [segment]


def test_a_removed_source_takes_its_profiles_along(
    data_folder: Path, django_capture_on_commit_callbacks: object
) -> None:
    source = make_source()
    assert source.table is not None
    stored = data_folder / "files" / source.table.file

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        remove_source(source=source)

    assert not Source.objects.exists()
    assert not stored.exists()


def test_what_decides_about_the_profiles_has_them_read_anew(administrator: User) -> None:
    source = make_source()

    change(source, administrator, name="Renamed")
    assert not Refresh.objects.exists()
    source.version = 2
    source.reading = {"encoding": "cp1252"}
    change_source(source=source, version=2, user=administrator, now=NOW)

    assert Refresh.objects.get().source == source


def test_a_segment_holds_the_members_of_its_rule() -> None:
    segment = make_segment(rule=FRANCE)

    assert isinstance(segment, Segment)
    assert segment.snapshot is not None
    assert segment.snapshot.members == 1
