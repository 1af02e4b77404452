"""What can go wrong with files, in words."""

from django.utils.translation import gettext_lazy as _

from config.problems import Wording

FILE_WORDINGS = {
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
}
