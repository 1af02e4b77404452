"""What people say about a file, what is found in it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

from segments.columns import Column


@dataclass(frozen=True)
class Options:
    """How a file is to be read, or was; what is empty is detected."""

    encoding: str = ""  # one of encoding.ENCODINGS
    delimiter: str = ""  # one of layout.DELIMITERS
    sheet: str = ""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Options:
        """Return options as `Source.reading` stores them."""
        return cls(**{name: str(stored.get(name) or "") for name in cls.__dataclass_fields__})

    def to_json(self) -> dict[str, str]:
        """Return what is chosen, in the form that is stored."""
        return {name: value for name, value in asdict(self).items() if value}


class FileRows(TypedDict):
    """A file of a profile table, and how many rows it has from below its header to its last."""

    name: str
    rows: int


@dataclass(frozen=True)
class Inspection:
    """What a file, or a query, seems to hold, by its beginning and some of its middle."""

    kind: str  # "csv", "xlsx", "parquet"
    options: Options  # as detected
    columns: list[Column]
    profiles: list[dict[str, str | None]]  # the first ones
    sheets: list[str] = field(default_factory=list)  # to choose from
    rows: int | None = None  # where it is known without reading everything
    size: int = 0  # bytes


@dataclass(frozen=True)
class Read:
    """What a profile table that was written holds."""

    names: list[str]
    columns: list[Column]
    rows: int  # profiles: rows without any value are left out
    files: list[FileRows]


def locate(files: list[FileRows], row: int) -> tuple[str, int]:
    """Return the file in which a row of the table is, and its number there: 2 is the first.

    Raises LookupError when the table has no such row.
    """
    for file in files:
        if row <= file["rows"] + 1:
            return file["name"], row
        row -= file["rows"]
    raise LookupError(row)
