"""Sources: what a file becomes, and what a new file may not take away."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import User
from exports.models import Export
from segments.models import Source
from segments.problems import BadColumns, BadFile, describe_problem
from segments.sources import (
    SourceInUse,
    add_source,
    change_source,
    first_profiles,
    remove_source,
    replace_file,
)
from tests.factories import NOW, make_segment, make_source

pytestmark = pytest.mark.django_db
FRANCE = {
    "version": 1,
    "match": "all",
    "conditions": [{"column": "country", "operator": "equals", "value": "France"}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def replace(source: Source, file: Path, text: str) -> Source:
    file.write_text(text)
    return replace_file(source=source, path=str(file), file_name="new.csv", user=None, now=NOW)


def test_a_file_becomes_a_source_with_types_and_a_key(file: Path) -> None:
    file.write_text(
        "id,email,phone,spent,born,news,zip\n"
        "1,a@example.com,+33 1 23 45 67,12.50,1980-01-31,yes,01234\n"
        "2,b@example.com,,3,1990-12-01,no,75001\n"
    )

    source = add_source(name="People", path=str(file), file_name="p.csv", user=None, now=NOW)

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
    assert source.table is not None
    assert (source.table.rows, source.table.original_name) == (2, "p.csv")


def test_a_refused_new_file_changes_nothing(file: Path) -> None:
    source = make_source()

    with pytest.raises(BadFile):
        replace(source, file, "id,email\n1\n")

    assert Source.objects.get().table == source.table
    assert [row["id"] for row in first_profiles(source)] == ["1", "2"]


def test_a_new_file_keeps_what_people_corrected(file: Path) -> None:
    columns = [{"name": "id", "type": "text", "format": ""}]
    source = make_source([{"id": "1"}], columns=columns, key_column="")

    source = replace(source, file, "id,spent\n7,8\n")

    assert source.column_types == {"id": "text", "spent": "number"}
    assert source.key_column == ""
    assert [row["id"] for row in first_profiles(source)] == ["7"]


def test_a_new_file_without_a_used_column_is_refused_by_name(file: Path) -> None:
    source = make_source()
    make_segment(source, name="French", rule=FRANCE)

    with pytest.raises(BadFile) as caught:
        replace(source, file, "id,email\n1,a@example.com\n")

    assert "The segment “French” uses “country”." in str(describe_problem(caught.value.problem))
    assert Source.objects.get().table == source.table


def test_a_new_file_without_a_column_that_an_export_sends_is_refused(file: Path) -> None:
    segment = make_segment()
    mapping = [{"column": "email", "target": "email"}]
    export = Export.objects.create(name="Newsletter", list_id=1, mapping=mapping)
    export.segments.add(segment)

    with pytest.raises(BadFile) as caught:
        replace(segment.source, file, "id,country\n1,France\n")

    assert "The export “Newsletter” uses “email”." in str(describe_problem(caught.value.problem))


def test_a_new_file_whose_key_repeats_is_refused_with_the_rows(file: Path) -> None:
    source = make_source(key_column="id")

    with pytest.raises(BadFile) as caught:
        replace(source, file, "id,email,country\n1,a@x.org,F\n2,b@x.org,F\n1,c@x.org,F\n")

    assert "rows 2 and 4 both have “1”" in str(describe_problem(caught.value.problem))


def change(source: Source, user: User, **fields: object) -> Source:
    given = {"name": source.name, "columns": source.columns, "key_column": "", "version": 1}
    return change_source(source=source, user=user, now=NOW, **{**given, **fields})


def test_a_column_with_an_empty_value_cannot_be_the_key(contributor: User) -> None:
    source = make_source([{"id": "1", "name": "x"}, {"id": "", "name": "y"}])

    with pytest.raises(BadColumns) as caught:
        change(source, contributor, key_column="id")

    assert "it is empty in row 3" in str(describe_problem(caught.value.problem))


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


def test_a_segment_holds_the_members_of_its_rule() -> None:
    segment = make_segment(rule=FRANCE)

    snapshot = segment.snapshot

    assert snapshot is not None
    assert snapshot.members == 1
