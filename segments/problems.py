"""What can go wrong with files, rules and refreshes, in words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description, Wording, describe, problem
from config.storages.problems import WORDINGS as STORAGE_WORDINGS
from segments.databases.wordings import DATABASE_WORDINGS

WORDINGS = {
    # Files that can't be read.
    "file_empty": Wording(
        _("The file is empty."), _("Choose a file with a header row and at least one profile.")
    ),
    "file_no_profiles": Wording(
        _("The file has a header row but no profiles."),
        _("Choose a file with at least one row under the header."),
    ),
    "file_too_large": Wording(
        _("The file is larger than %(limit)s MB."),
        _("Split it, or leave out columns that are not needed."),
    ),
    "file_not_text": Wording(
        _("This is no CSV, Excel or Parquet file: it holds bytes that no text has."),
        _("Export it as “CSV UTF-8” from the program that made it."),
    ),
    "file_old_excel": Wording(
        _("This is a workbook in the old format of Excel (xls)."),
        _("Open it and save it as “Excel workbook (xlsx)” or “CSV UTF-8”."),
    ),
    "file_compressed": Wording(
        _("The file is compressed."), _("Unpack it, and choose what is in it.")
    ),
    "file_encrypted": Wording(
        _("The file is protected by a password."), _("Save it without a password.")
    ),
    "file_not_a_workbook": Wording(
        _("This is a ZIP file but not an Excel workbook."),
        _("Unpack it, and choose what is in it."),
    ),
    "file_workbook_broken": Wording(
        _("The Excel workbook is damaged: it can’t be read."),
        _("Open it, save it again, or save the sheet as “CSV UTF-8”."),
    ),
    "file_workbook_too_large": Wording(
        _("The Excel workbook takes more memory or time to read than there is."),
        _(
            "Save the sheet as “CSV UTF-8”, which has no such limit; if it looks small, delete "
            "what may be far to the right of the profiles, or far below."
        ),
    ),
    "file_no_sheet": Wording(
        _("The workbook has no sheet “%(sheet)s”; it has: %(sheets)s."),
        _("Choose one of its sheets."),
    ),
    "file_sheet_empty": Wording(
        _("The sheet is empty: %(sheet)s."),
        _("Choose a sheet with a header row and at least one profile."),
    ),
    "file_parquet_broken": Wording(
        _("The Parquet file is damaged: it can’t be read."), _("Write it again.")
    ),
    "file_column_type": Wording(
        _("Column “%(column)s” holds values that are no text, number or date: %(type)s."),
        _("Leave the column out, or write its parts as columns of their own."),
    ),
    "file_wrong_encoding": Wording(
        _("The file can’t be read as “%(encoding)s”."),
        _("Choose another encoding, or let it be detected."),
    ),
    "file_wrong_delimiter": Wording(
        _("“%(delimiter)s” does not part the columns of this file; “%(detected)s” may."),
        _("Choose another separator, or let it be detected."),
    ),
    "file_column_missing": Wording(
        _("There is no column “%(column)s”, which “%(first)s” has."),
        _("Files that become one table need the same columns."),
    ),
    "file_column_further": Wording(
        _("There is a column “%(column)s”, which “%(first)s” does not have."),
        _("Files that become one table need the same columns."),
    ),
    "file_header_unprintable": Wording(
        _("The name of column %(position)s holds signs that can’t be printed."),
        _("Give it another name; if all names look odd, choose another encoding."),
    ),
    "file_no_header": Wording(
        _("The first row looks like a profile: column %(position)s is “%(value)s”."),
        _("Add a first row that names the columns."),
    ),
    "file_header_empty": Wording(
        _("Column %(position)s of the first row has no name."),
        _("Give every column a name, or remove the column."),
    ),
    "file_header_twice": Wording(
        _("Columns %(first)s and %(second)s are both called “%(column)s”."),
        _("Give each column a name of its own; capital letters make no difference."),
    ),
    "file_header_too_long": Wording(
        _("The name of column %(position)s is longer than %(limit)s characters."),
        _("Check that the first row holds the names of the columns."),
    ),
    "file_header_reserved": Wording(
        _("Column %(position)s is called “%(column)s”, which Facteur keeps for itself."),
        _("Give it another name."),
    ),
    "file_header_broken": Wording(
        _("The first row can’t be read."),
        _("Check its quotation marks, and that it ends before %(limit)s characters."),
    ),
    "file_too_many_columns": Wording(
        _("The file has %(columns)s columns; at most %(limit)s are possible."),
        _("Leave out columns that are not needed."),
    ),
    "file_ragged": Wording(
        _(
            "Row %(row)s does not have as many columns as the header: "
            "%(found)s instead of %(expected)s."
        ),
        _("Correct the row: a value that contains the separator needs quotation marks around it."),
    ),
    "file_quote": Wording(
        _("Row %(row)s, column “%(column)s”: the quotation mark that opens here never closes."),
        _("Close it; a quotation mark inside a quoted value is written twice."),
    ),
    "file_text_after_quote": Wording(
        _("Row %(row)s, column “%(column)s”: there is text after the closing quotation mark."),
        _("A quotation mark inside a quoted value is written twice."),
    ),
    "file_row_too_long": Wording(
        _("Row %(row)s is longer than %(limit)s characters."),
        _("Check that the file has line breaks, and that quotation marks are closed."),
    ),
    "file_bad_character": Wording(
        _("Row %(row)s, column “%(column)s”: there is a byte that is not a character."),
        _("Export the file again as “CSV UTF-8”."),
    ),
    "file_encoding": Wording(
        _("The file says it is UTF-16 but holds bytes that are not."),
        _("Export the file again as “CSV UTF-8”."),
    ),
    "file_row_unreadable": Wording(
        _("Row %(row)s can’t be read."), _("Check its separators and quotation marks.")
    ),
    "file_memory": Wording(
        _("Facteur ran out of memory while reading the file."),
        _("Leave out columns that are not needed, or ask whoever operates Facteur for more."),
    ),
    "file_unreadable": Wording(
        _("The file can’t be read as CSV."), _("Export it again as “CSV UTF-8”.")
    ),
    "file_gone": Wording(
        _("The stored file of “%(source)s” is missing."), _("Upload the file again.")
    ),
    # Files in the storage.
    "incoming_pattern": Wording(
        _("Facteur can’t look up “%(pattern)s”."),
        _(
            "Write a path like exports/customers_*.parquet: without “..” and without a slash at "
            "the beginning or the end. ** stands between two slashes, for any folders."
        ),
    ),
    "incoming_none": Wording(
        _("No file matches “%(pattern)s”."),
        _("Check the path, and whether the file has been put there."),
    ),
    "incoming_too_many": Wording(
        _("More than %(limit)s files match “%(pattern)s”."),
        _("Take fewer of them together: narrow the path, or move old files away."),
    ),
    "incoming_crowded": Wording(
        _("More than %(limit)s files lie where “%(pattern)s” looks."),
        _("Name the folder more exactly, or move old files away."),
    ),
    "incoming_too_large": Wording(
        _("The files that match “%(pattern)s” are larger than %(limit)s MB together."),
        _("Take fewer of them together: narrow the path, or move old files away."),
    ),
    "incoming_unfinished": Wording(
        _("“%(file)s” is still being written."),
        _("The next refresh reads it. Write files under another name first, then rename them."),
    ),
    "incoming_gone": Wording(
        _("“%(file)s” was taken away while Facteur was about to read it."),
        _("Refresh the source once the files stay where they are."),
    ),
    "incoming_unreadable": Wording(
        _("Facteur may not read “%(file)s”."),
        _("Ask whoever operates Facteur to let its user read this folder and its files."),
    ),
    **STORAGE_WORDINGS,
    "database_password_lost": Wording(
        _("The stored password of the database can’t be read."),
        _("Enter it again, or have the lost key restored to FIELD_ENCRYPTION_KEYS."),
    ),
    "upload_gone": Wording(_("The uploaded file “%(file)s” is gone."), _("Upload it again.")),
    **DATABASE_WORDINGS,
    # Keys and columns.
    "key_empty": Wording(
        _("“%(column)s” can’t be the key: it is empty in row %(row)s."),
        _("Choose a column that every profile has."),
    ),
    "key_twice": Wording(
        _("“%(column)s” can’t be the key: rows %(row)s and %(other)s both have “%(value)s”."),
        _("Choose a column whose values are never repeated."),
    ),
    "key_twice_in_files": Wording(
        _(
            "“%(column)s” can’t be the key: row %(row)s and row %(other)s of %(other_file)s both "
            "have “%(value)s”."
        ),
        _("Choose a column whose values are never repeated."),
    ),
    "key_gone": Wording(
        _("The file has no column “%(column)s”, which is the key of this source."),
        _("Add the column to the file, or choose another key first."),
    ),
    "columns_used": Wording(
        _("Nothing was replaced: the file lacks columns that are in use. %(uses)s"),
        _("Add the columns to the file, or change those who use them first."),
    ),
    "types_used": Wording(
        _("Nothing was changed: segments use columns as what they are now. %(uses)s"),
        _("Change the rules of these segments first."),
    ),
    # Rules.
    "rule_version": Wording(
        _("This version of Facteur can’t read the rule."), _("Build the rule again.")
    ),
    "rule_too_many_conditions": Wording(_("A rule has at most %(limit)s conditions.")),
    "rule_no_match": Wording(_("Choose whether all or any of the conditions must hold.")),
    "rule_too_deep": Wording(_("Groups can be nested %(limit)s deep.")),
    "rule_empty_group": Wording(
        _("The group has no condition."), _("Add one, or remove the group.")
    ),
    "rule_no_column": Wording(_("Choose a column.")),
    "rule_column_gone": Wording(
        _("The source has no column “%(column)s”."), _("Choose another column.")
    ),
    "rule_no_operator": Wording(
        _("“%(column)s” can’t be compared that way."), _("Choose a comparison.")
    ),
    "rule_no_value": Wording(_("Enter a value for “%(column)s”.")),
    "rule_not_two_values": Wording(_("Enter two values for “%(column)s”.")),
    "rule_not_one_value": Wording(_("Enter one value for “%(column)s”.")),
    "rule_too_many_values": Wording(_("Enter at most %(limit)s values for “%(column)s”.")),
    "rule_long_value": Wording(
        _("A value for “%(column)s” can’t be used: it has at most %(limit)s characters.")
    ),
    "rule_not_a_number": Wording(
        _("“%(value)s” is not a number."), _("Write numbers like 1234.5.")
    ),
    "rule_not_a_date": Wording(_("“%(value)s” is not a date."), _("Write dates like 2026-12-31.")),
    "rule_not_days": Wording(
        _("“%(value)s” is not a number of days."), _("Write a whole number from 1 to %(limit)s.")
    ),
    "rule_no_text": Wording(
        _("A value for “%(column)s” can’t be used: it holds half a character."),
        _("Type it again."),
    ),
    # Segments that rules name.
    "rule_no_segment": Wording(_("Choose a segment.")),
    "rule_no_membership": Wording(_("Choose whether members or everybody else are meant.")),
    "rule_segment_gone": Wording(
        _("The segment that is named here is not among those of the source."),
        _("Choose another one."),
    ),
    "rule_segment_broken": Wording(
        _("The rule of the segment “%(segment)s” can’t be evaluated."),
        _("Edit that segment: what is wrong is marked there."),
    ),
    "rule_segment_not_refreshed": Wording(
        _("The segment “%(segment)s” has no members yet."), _("Refresh it first.")
    ),
    "rule_members_gone": Wording(
        _("The members of the segment “%(segment)s” are not stored any more."),
        _("Refresh it first."),
    ),
    "rule_no_key": Wording(
        _(
            "The segment “%(segment)s” was refreshed with older data of its source, and there is "
            "no key that finds its members again."
        ),
        _("Refresh it, or choose a key for the source."),
    ),
    "rule_circle": Wording(
        _("Segments can’t be built on one another in a circle: %(circle)s."),
        _("Choose another segment."),
    ),
    "rule_long_chain": Wording(
        _("At most %(limit)s segments can be built on one another."), _("Choose another segment.")
    ),
    "rule_too_large": Wording(
        _("With the segments that it names, the rule has more than %(limit)s conditions."),
        _("Make a segment static that others are built on: its members are then looked up."),
    ),
    # Rules as text.
    "rule_text_empty": Wording(_("Paste the text of a rule first.")),
    "rule_text_long": Wording(_("The text has more than %(limit)s characters.")),
    "rule_text_broken": Wording(
        _("The text can’t be read from line %(line)s, character %(position)s on."),
        _("Copy the whole rule, from the first brace to the last."),
    ),
    "rule_text_odd": Wording(
        _("The text is not that of a rule."),
        _("Copy the whole rule, from the first brace to the last."),
    ),
    "rule_text_part": Wording(
        _("Part %(place)s of the text is neither a condition nor a group."),
        _("Correct that part, or copy the rule again."),
    ),
    # Tags.
    "tag_too_long": Wording(
        _("“%(tag)s” is too long: a tag has at most %(limit)s characters."),
        _("Shorten it; commas part tags."),
    ),
    "tags_too_many": Wording(_("A segment has at most %(limit)s tags.")),
    "tags_none": Wording(_("Nothing was changed: enter a tag.")),
    "segment_full_of_tags": Wording(
        _("“%(segment)s” would have more than %(limit)s tags; nothing was changed."),
        _("Take tags off it first."),
    ),
    # Segments.
    "source_empty": Wording(_("The source “%(source)s” has no file yet."), _("Upload one.")),
    "source_failed": Wording(
        _("Its source “%(source)s” could not be refreshed."), _("See the source’s own problem.")
    ),
    "segment_inactive": Wording(
        _("The segment is inactive."), _("Activate it to have it refreshed.")
    ),
    "segment_deleted": Wording(_("The segment was deleted while it was being refreshed.")),
    "refresh_canceled": Wording(_("The refresh was canceled before its turn.")),
    "refresh_gave_up": Wording(
        _("It was begun %(attempts)s times and never finished."),
        _("Ask whoever operates Facteur to look at the worker’s memory and its log."),
    ),
    "refresh_failed": Wording(
        _("Something went wrong that Facteur did not expect."),
        _("Try again; if it happens again, ask whoever operates Facteur to look at the log."),
    ),
}


def describe_problem(stored: Mapping[str, Any] | None) -> Description | None:
    """Return a stored problem of this room in the active language; None when there is none."""
    if stored and "uses" in stored:
        stored = {**stored, "uses": " ".join(_use_in_words(use) for use in stored["uses"])}
    described = describe(stored, WORDINGS)
    if stored and described and stored.get("file"):
        named = {"file": stored["file"], "happened": described.happened}
        return replace(described, happened=gettext("%(file)s: %(happened)s") % named)
    return described


def describe_to(reader: User, stored: Mapping[str, Any] | None) -> Description | None:
    """Return a stored problem as this person may know it.

    Where a database is, and what it says, only administrators read.
    """
    if stored and stored["code"].startswith("database") and not reader.is_administrator:
        happened = gettext("The database could not be read.")
        return Description(happened, gettext("Ask an administrator."))
    return describe_problem(stored)


def _use_in_words(use: Mapping[str, Any]) -> str:
    """Say who uses a column, or what is wrong with who does."""
    if "problem" in use:
        return f"“{use['name']}”: {describe_problem(use['problem'])}"
    if use["by"] == "segment":
        return gettext("The segment “%(name)s” uses “%(column)s”.") % use
    return gettext("The export “%(name)s” uses “%(column)s”.") % use


class Refused(Exception):
    """Something that can't be done as it was asked for; `problem` says why."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.problem = problem(code, **values)


class BadFile(Refused):
    """A file that can't become a profile table."""


class BadDatabase(Refused):
    """A database or a query that can't become a profile table."""


class BadColumns(Refused):
    """Types or a key that don't fit the profiles or the segments."""
