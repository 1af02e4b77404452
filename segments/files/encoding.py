"""In which encoding is a text file written? Read in pieces, whatever its size."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segments.problems import BadFile

PIECE = 1 << 20
# What people can choose, and the codec that reads it; UTF-8 has a mark at its start or has not.
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "cp1252": "cp1252",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "mac-roman": "mac-roman",
}
# What a byte that is no character becomes when it is read with `surrogateescape`, and NUL.
NOT_A_CHARACTER = re.compile("[\0\udc80-\udcff]")
_BAD = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\0-\x7f\udc80-\udcff]")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Encoding:
    """A Python codec's name, and whether all bytes fit it and lines have a usual length."""

    name: str
    is_clean: bool = True

    @property
    def errors(self) -> str:
        return "strict" if self.is_clean else "surrogateescape"

    @property
    def choice(self) -> str:
        return next(choice for choice, codec in ENCODINGS.items() if codec == self.name)


def detect_encoding(path: str, wanted: str = "", limit: int | None = None) -> Encoding:
    """Return the encoding of a file: UTF-8, UTF-16 with its mark, or else Windows-1252.

    `wanted` is the one of ENCODINGS that it is said to have; with a `limit` only so many bytes
    are looked at. Raises BadFile when it is no text file, or has another encoding.
    """
    with Path(path).open("rb") as file:
        start = file.read(8192)
    if limit is not None and limit >= Path(path).stat().st_size:
        limit = None
    if not start:
        raise BadFile("file_empty")
    if wanted:
        return _chosen(path, wanted, start, limit)
    if start.startswith(_UTF16):
        return Encoding("utf-16", is_clean=_scan(path, "utf-16", limit).is_clean)
    _check_text(start)
    if _is_clean_utf8(path, limit):
        return Encoding("utf-8-sig")
    unicode = _scan(path, "utf-8-sig", limit)
    # A text in Windows-1252 hardly ever makes UTF-8 by chance: then the few bad bytes are damage.
    if unicode.bad < 1 or unicode.good > unicode.bad:
        return Encoding("utf-8-sig", is_clean=unicode.is_clean)
    return Encoding("cp1252", is_clean=_scan(path, "cp1252", limit).is_clean)


def _chosen(path: str, wanted: str, start: bytes, limit: int | None) -> Encoding:
    codec = ENCODINGS.get(wanted, "")
    is_utf16 = start.startswith(_UTF16) or b"\0" in start
    if not codec or is_utf16 != (codec == "utf-16"):
        raise BadFile("file_wrong_encoding", encoding=wanted)
    if not is_utf16:
        _check_text(start)
    return Encoding(codec, is_clean=_scan(path, codec, limit).is_clean)


def _check_text(start: bytes) -> None:
    if len(_CONTROLS.findall(start)) > max(8, len(start) // 20):
        raise BadFile("file_not_text")


def _is_clean_utf8(path: str, limit: int | None) -> bool:
    """Say whether nothing at all is wrong with the file, as fast as that can be said."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for piece in _pieces(path, limit):
            is_long_line = len(piece) > PIECE // 4 and b"\n" not in piece and b"\r" not in piece
            if is_long_line or b"\0" in piece:
                return False
            decoder.decode(piece)
        if limit is None:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


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


def _scan(path: str, encoding: str, limit: int | None) -> _Scan:
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    scan = _Scan()
    try:
        for piece in _pieces(path, limit):
            scan.add(decoder.decode(piece))
        if limit is None:
            scan.add(decoder.decode(b"", final=True))
    except UnicodeError as error:  # UTF-16 can't carry bad bytes along
        raise BadFile("file_encoding") from error
    return scan


def _pieces(path: str, limit: int | None) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
            if limit is not None and file.tell() >= limit:
                return
