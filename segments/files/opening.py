"""Which kind of file is it? Told by what is in it, whatever it is called."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from segments.columns import Column
from segments.files.csv_files import open_csv
from segments.files.excel_files import open_excel
from segments.files.options import Options
from segments.files.parquet_files import open_parquet
from segments.guessing import Meaning
from segments.problems import BadFile

_ZIP, _PARQUET = b"PK\x03\x04", b"PAR1"
_REFUSED = {
    # The old format of Excel, and what it makes of a workbook with a password.
    b"\xd0\xcf\x11\xe0": "file_old_excel",
    b"PARE": "file_encrypted",
    b"PK\x05\x06": "file_not_a_workbook",
    b"\x1f\x8b": "file_compressed",
    b"{\\rtf": "file_not_text",
    b"%PDF": "file_not_text",
}
_LOCKED_EXCEL = "EncryptedPackage".encode("utf-16-le")  # in its list of contents


class ProfileFile(Protocol):
    """A file that is being read."""

    @property
    def kind(self) -> str: ...
    @property
    def options(self) -> Options: ...
    @property
    def sheets(self) -> tuple[str, ...]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def declared(self) -> Mapping[str, Meaning]: ...
    @property
    def rows(self) -> int | None: ...

    def first(self, limit: int) -> Sequence[Sequence[str | None]]: ...
    def sample(self) -> Sequence[Sequence[str | None]]: ...
    def write(self, target: str, columns: Sequence[Column], after: int = 0) -> None: ...


def may_be_text(path: str) -> bool:
    """Return whether a file does not begin like one of the kinds that are no text."""
    with Path(path).open("rb") as file:
        return not file.read(8).startswith((_ZIP, _PARQUET, *_REFUSED))


@contextmanager
def opened(path: str, options: Options, *, limit: int | None = None) -> Iterator[ProfileFile]:
    """Give the file at a path; raises BadFile.

    With a `limit` only so many bytes of a text are looked at to find out its encoding.
    """
    with Path(path).open("rb") as file:
        start = file.read(65_536)
    for mark, code in _REFUSED.items():
        if start.startswith(mark):
            raise BadFile("file_encrypted" if _LOCKED_EXCEL in start else code)
    if start.startswith(_ZIP):
        with open_excel(path, options) as sheet:
            yield sheet
    elif start.startswith(_PARQUET):
        yield open_parquet(path)
    else:
        yield open_csv(path, options, limit)
