"""Does a file that somebody uploaded mention an address? Whatever kind of file it is."""

import codecs
from pathlib import Path

from segments import parquet
from segments.erasing import look_into
from segments.files.encoding import PIECE, detect_encoding
from segments.files.opening import may_be_text, opened
from segments.files.options import Options
from segments.mentions import Mentioned
from segments.problems import BadFile

# No address is longer; what ends a piece is read again with the next one.
_OVERLAP = 1024


def file_mentions(path: str, options: Options, address: Mentioned) -> bool:
    """Return whether the file at `path` mentions the address, in any of its sheets.

    Raises BadFile when it can't be read: then nobody can tell.
    """
    if may_be_text(path):
        # Whether it is a table, or a broken one: its characters can be read.
        return _text_mentions(path, options, address)
    with opened(path, options) as file:
        sheets = file.sheets or ("",)
    return any(_table_mentions(path, sheet, address) for sheet in sheets)


def _text_mentions(path: str, options: Options, address: Mentioned) -> bool:
    encoding = detect_encoding(path, options.encoding)
    decoder = codecs.getincrementaldecoder(encoding.name)("replace")
    end = ""
    with Path(path).open("rb") as file:
        while piece := file.read(PIECE):
            text = end + decoder.decode(piece)
            if address.is_in(text):
                return True
            end = text[-_OVERLAP:]
    return False


def _table_mentions(path: str, sheet: str, address: Mentioned) -> bool:
    with parquet.scratch(".parquet") as table:
        try:
            with opened(path, Options(sheet=sheet)) as file:
                file.write(table, ())
        except BadFile as error:
            # Another sheet of the workbook: there is nobody in it.
            if error.problem["code"] in ("file_empty", "file_no_profiles"):
                return False
            raise
        return bool(look_into(table, address))
