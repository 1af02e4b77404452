"""The file of rejects, corrected in a spreadsheet and uploaded again."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from exports.corrections.layout import header, read_reference
from exports.corrections.storing import count_corrected, take_corrections
from exports.mapping import Mapping
from exports.models import Export, Run
from segments.parquet import connect, reading, rows
from tests.exports.pages import text_of
from tests.factories import make_export, make_run, make_segment, make_source
from tests.pipeline.conftest import Delivery

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "name": "Ana", "phone": "", "born": "31/12/1990"},
    {
        "id": "2",
        "email": "bea at example.com",
        "name": "",
        "phone": "0612345678",
        "born": "1/2/1991",
    },
    {"id": "=cmd()", "email": "", "name": "=1+1", "phone": "+33 6 12", "born": "1/2/1991"},
    {"id": "4", "email": " Dée@example", "name": "Dée", "phone": "", "born": ""},
]
MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "name", "target": "first_name"},
    {"column": "phone", "target": "phone"},
    {"column": "born", "target": "field:1", "type": "date", "title": "Birthday"},
]


@pytest.fixture
def run(shared, sandbox) -> Run:
    """A finished run of four people, three of whom were rejected."""
    segment = make_segment(make_source(PEOPLE, key_column="id"), name="Readers")
    export = make_export([segment], connection=shared, list_id=19, mapping=MAPPING)
    return Delivery(export, sandbox, 19).run()


def download(browser, run: Run, **headers) -> list[dict[str, str]]:
    text = browser.get(f"/runs/{run.pk}/rejects.csv", **headers).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text else ","))


def as_csv(lines: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def upload(browser, run: Run, content: bytes | str, name: str = "rejects.csv"):
    content = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, content)
    return browser.post(f"/runs/{run.pk}/correct/", {"file": file})


def corrections_of(export: Export) -> set[tuple[str, ...]]:
    export.refresh_from_db()
    with reading(export.corrections) as path, connect() as db:
        found = rows(db, "SELECT key, target, was, value FROM read_parquet(?)", [path])
    return {tuple(row.values()) for row in found}


def keep(browser, page):
    run = page.context["run"]
    pending = {"pending": page.context["pending"]}
    return browser.post(f"/runs/{run.pk}/correct/deliver/", pending, follow=True)


def test_the_file_holds_the_values_of_the_source(as_contributor, run):
    lines = {line["Row"]: line for line in download(as_contributor, run)}

    assert list(lines["3"]) == [
        *("Reference", "Row", "Key", "Email", "First name", "Phone", "Birthday"),
        *("Stage", "Reason"),
    ]
    assert lines["3"]["Email"] == "bea at example.com"
    assert lines["4"]["Birthday"] == "1/2/1991"
    assert lines["4"]["First name"] == "'=1+1"
    assert lines["4"]["Phone"] == "+33 6 12"
    assert lines["5"]["Email"].strip() == "Dée@example"


def test_a_reference_is_neither_a_date_nor_a_number_to_a_spreadsheet(as_contributor, run):
    [reference, *_] = [line["Reference"] for line in download(as_contributor, run)]

    assert reference == f"r{run.pk}-s0-3"
    assert read_reference(f" {reference.upper()} ") == (run.pk, (0, 3))


def test_what_was_corrected_is_shown_before_it_is_kept(as_contributor, run):
    lines = download(as_contributor, run)
    lines[0]["Email"] = "bea@example.com"

    page = upload(as_contributor, run, as_csv(lines))

    text = text_of(page)
    assert "Rows corrected 1 Rows unchanged 2 Rows not understood 0" in text
    assert "Email bea at example.com bea@example.com" in text
    run.export.refresh_from_db()
    assert run.export.corrections == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_are_read_however_a_spreadsheet_saves_them(as_contributor, run, encoding, delimiter):
    lines = download(as_contributor, run)
    lines[2]["Email"] = "dée@example.com"

    page = upload(as_contributor, run, as_csv(lines, delimiter).encode(encoding))

    [[row, [(label, correction)]]] = page.context["corrected"]
    assert (row, label) == (4, "Email")
    assert (correction.was.strip(), correction.value) == ("Dée@example", "dée@example.com")


def test_an_excel_workbook_is_read_too(as_contributor, run):
    lines = download(as_contributor, run)
    lines[0]["Email"] = "bea@example.com"
    lines[0]["Phone"] = 612345678  # what Excel makes of a phone number
    book = Workbook()
    book.active.append(list(lines[0]))
    for line in lines:
        book.active.append(list(line.values()))
    file = io.BytesIO()
    book.save(file)

    page = upload(as_contributor, run, file.getvalue(), "rejects.xlsx")

    assert [[label for label, _ in values] for _, values in page.context["corrected"]] == [
        ["Email"]
    ]


def test_a_file_in_french_is_understood_by_who_reads_english(as_contributor, run):
    lines = download(as_contributor, run, HTTP_ACCEPT_LANGUAGE="fr")
    email = list(lines[0])[3]
    lines[0][email] = "bea@example.com"

    page = upload(as_contributor, run, as_csv(lines, ";"))

    assert "Rows corrected 1" in text_of(page)


def test_kept_corrections_are_stored_without_the_apostrophe_of_the_file(as_contributor, run):
    lines = download(as_contributor, run)
    lines[1]["Email"] = "cy@example.com"
    lines[1]["First name"] = "'=2+2"

    keep(as_contributor, upload(as_contributor, run, as_csv(lines)))

    assert corrections_of(run.export) == {
        ("=cmd()", "email", "", "cy@example.com"),
        ("=cmd()", "first_name", "=1+1", "=2+2"),
    }


def test_a_later_correction_of_a_value_wins_and_the_others_stay(as_contributor, run):
    lines = download(as_contributor, run)
    lines[0]["Email"], lines[1]["Email"] = "bea@example", "cy@example.com"
    keep(as_contributor, upload(as_contributor, run, as_csv(lines)))
    Run.objects.exclude(pk=run.pk).delete()
    lines[0]["Email"] = "bea@example.com"

    keep(as_contributor, upload(as_contributor, run, as_csv(lines[:1])))

    assert {(key, value) for key, _, _, value in corrections_of(run.export)} == {
        ("2", "bea@example.com"),
        ("=cmd()", "cy@example.com"),
    }
    assert count_corrected(run.export) == 2


def test_a_file_of_another_run_is_refused_in_one_sentence(as_contributor, run):
    lines = [{"Reference": f"r{run.pk + 1}-s0-{row}", "Email": "new@example.com"} for row in (2, 3)]

    text = text_of(upload(as_contributor, run, as_csv(lines)))

    assert f"The file holds the rejects of another run ({run.pk + 1})." in text
    assert "Row 2 is a reject" not in text


def test_rows_that_say_nothing_are_named(as_contributor, run):
    here, other = f"r{run.pk}", f"r{run.pk + 1}"
    references = ["", "what?", f"{other}-s0-3", f"{here}-s0-2", f"{here}-s0-3", f"{here}-s0-3"]
    lines = [{"Reference": reference, "Email": "new@example.com"} for reference in references]

    text = text_of(upload(as_contributor, run, as_csv(lines)))

    assert "Rows corrected 1 Rows unchanged 0 Rows not understood 5" in text
    assert "Row 2 has no reference" in text
    assert "Row 3 has no reference" in text
    assert f"Row 4 is a reject of another run ({run.pk + 1})." in text
    assert "Row 5 is nobody whom this run rejected." in text
    assert "Row 7 has the same reference as row 6, which counts." in text
    assert "Columns not in the file First name, Phone, Birthday" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("Row,Email\n2,x@example.com\n", "no column Reference"),
        ("Reference,Colour\nr1-s0-2,red\n", "no column of a field"),
        ("%PDF-1.7", "CSV"),
        (b"PK\x03\x04nonsense", "workbook"),
        ('Reference,Email\nr1-s0-2,"open\n', "Row 2"),
    ],
)
def test_what_is_no_file_of_rejects_is_refused_in_words(as_contributor, run, content, said):
    page = upload(as_contributor, run, content)

    assert page.status_code == 200
    assert said in str(page.context["form"].errors["file"])
    assert not Export.objects.exclude(corrections="").exists()


def test_a_file_without_corrections_starts_nothing(as_contributor, run):
    page = upload(as_contributor, run, as_csv(download(as_contributor, run)))

    assert "Nothing is corrected in the file" in text_of(page)
    assert page.context["pending"] == ""


@pytest.mark.parametrize("pending", ["", "nonsense"])
def test_what_was_not_shown_is_not_kept(as_contributor, run, pending):
    page = as_contributor.post(
        f"/runs/{run.pk}/correct/deliver/", {"pending": pending}, follow=True
    )

    assert "The corrections were not taken" in text_of(page)
    assert Run.objects.count() == 1


def test_corrections_of_another_person_are_not_taken(as_contributor, as_administrator, run):
    lines = download(as_contributor, run)
    lines[0]["Email"] = "bea@example.com"
    page = upload(as_contributor, run, as_csv(lines))

    assert "The corrections were not taken" in text_of(keep(as_administrator, page))


def test_the_export_says_how_many_it_has_and_lets_them_go(as_contributor, run):
    lines = download(as_contributor, run)
    lines[0]["Email"] = "bea@example.com"
    keep(as_contributor, upload(as_contributor, run, as_csv(lines)))

    assert "values of 1 member, by hand" in text_of(
        as_contributor.get(f"/exports/{run.export_id}/")
    )
    address = f"/exports/{run.export_id}/corrections/drop/"
    assert "Values of 1 member were corrected" in text_of(as_contributor.get(address))
    as_contributor.post(address)

    run.export.refresh_from_db()
    assert run.export.corrections == ""
    assert count_corrected(run.export) == 0


def test_a_table_that_is_not_kept_any_more_can_not_be_corrected(as_contributor, run):
    lines = download(as_contributor, run)
    lines[0]["Email"] = "bea@example.com"
    run.segments = [{**segment, "snapshot": 0} for segment in run.segments]
    run.save()

    text = text_of(upload(as_contributor, run, as_csv(lines)))

    assert "Row 2 is of a table that is not kept any more." in text


def test_rejects_are_grouped_with_what_to_do(as_contributor, run):
    text = text_of(as_contributor.get(f"/runs/{run.pk}/rejects/"))

    assert "This is not an e-mail address. Correct the address in the file of rejects" in text
    assert "Upload corrections" in text
    assert "Retry rejects" in text


def test_who_may_not_edit_the_export_only_downloads(as_viewer, run):
    text = text_of(as_viewer.get(f"/runs/{run.pk}/rejects/"))

    assert "Download all" in text
    assert "Retry rejects" not in text
    assert as_viewer.post(f"/runs/{run.pk}/retry/").status_code == 403


def test_rejects_of_a_run_whose_plan_is_gone_are_counted_only(as_viewer, db):
    run = make_run(status=Run.Status.WITH_REJECTS, rejected_before=3)

    text = text_of(as_viewer.get(f"/runs/{run.pk}/rejects/"))

    assert "3 members were rejected; who they were is not kept any more." in text


def test_fields_that_are_called_like_our_columns_keep_apart():
    mapping = Mapping.from_json(
        [*MAPPING[:1], {"column": "why", "target": "field:2", "type": "text", "title": "Reason"}]
    )

    assert header(mapping) == ["Reference", "Row", "Key", "Email", "Reason", "Stage", "Reason (2)"]


def test_a_file_that_is_gone_changes_nothing(run):
    with pytest.raises(FileNotFoundError):
        take_corrections(export=run.export, file="corrections/gone.parquet")

    run.export.refresh_from_db()
    assert run.export.corrections == ""
