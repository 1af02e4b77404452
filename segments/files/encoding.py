"""In which encoding is a text file written? Read in pieces, whatever its size."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from segments.problems import BadFile

PIECE = 1 << 20
# What a byte that is no character becomes when it is read with `surrogateescape`, and NUL.
NOT_A_CHARACTER = re.compile("[\0\udc80-\udcff]")
_BAD = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\0-\x7f\udc80-\udcff]")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Encoding:
    """A Python codec's name, and whether all bytes fit it and lines have a usual length."""

    name: str
    is_clean: bool = True

    @property
    def errors(self) -> str:
        return "strict" if self.is_clean else "surrogateescape"


def detect_encoding(path: str) -> Encoding:
    """Return the encoding of a file: UTF-8, UTF-16 with its mark, or else Windows-1252.

    Raises BadFile when it is no text file.
    """
    with Path(path).open("rb") as file:
        start = file.read(8192)
    if not start:
        raise BadFile("file_empty")
    if start.startswith((_ZIP, _OLD_EXCEL)):
        raise BadFile("file_spreadsheet")
    if start.startswith(_UTF16):
        return Encoding("utf-16", is_clean=_scan(path, "utf-16").is_clean)
    if len(_CONTROLS.findall(start)) > max(8, len(start) // 20):
        raise BadFile("file_not_text")
    unicode = _scan(path, "utf-8-sig")
    # A text in Windows-1252 hardly ever makes UTF-8 by chance: then the few bad bytes are damage.
    if unicode.bad < 1 or unicode.good > unicode.bad:
        return Encoding("utf-8-sig", is_clean=unicode.is_clean)
    return Encoding("cp1252", is_clean=_scan(path, "cp1252").is_clean)


@dataclass
class _Scan:
    """What the characters of a whole file are like."""

    good: int = 0  # beyond ASCII
    bad: int = 0
    has_nul: bool = False
    has_long_lines: bool = False

    @property
    def is_clean(self) -> bool:
        return not (self.bad or self.has_nul or self.has_long_lines)

    def add(self, text: str) -> None:
        self.has_nul = self.has_nul or "\0" in text
        # Every line longer than two pieces has a piece to itself. DuckDB may drop such lines.
        if len(text) > PIECE // 4 and "\n" not in text and "\r" not in text:
            self.has_long_lines = True
        if not text.isascii():
            self.bad += len(_BAD.findall(text))
            self.good += len(_BEYOND_ASCII.findall(text))


def _scan(path: str, encoding: str) -> _Scan:
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    scan = _Scan()
    with Path(path).open("rb") as file:
        try:
            while piece := file.read(PIECE):
                scan.add(decoder.decode(piece))
            scan.add(decoder.decode(b"", final=True))
        except UnicodeDecodeError as error:  # UTF-16 can't carry bad bytes along
            raise BadFile("file_encoding") from error
    return scan
