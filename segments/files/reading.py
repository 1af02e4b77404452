"""Reading files of profiles: a look at what one holds, and their way into a profile table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from segments import parquet
from segments.columns import ROW, Column
from segments.files.opening import opened
from segments.files.options import FileRows, Inspection, Options, Read, locate
from segments.files.writing import copy_sql
from segments.guessing import Meaning, guess_columns
from segments.problems import BadFile

__all__ = ["FileRows", "Inspection", "Options", "Read", "inspect", "locate", "read_files"]
_PREVIEWED = 20
_LOOKED_AT = 16 * 1024 * 1024  # bytes, to tell the encoding of a text
_SAMPLED_FILES = 10


def inspect(path: str, name: str, options: Options) -> Inspection:
    """Return what a file seems to hold, without reading all of a text; `name` is for people.

    Raises BadFile.
    """
    with _naming(name), opened(path, options, limit=_LOOKED_AT) as file:
        profiles = file.first(_PREVIEWED)
        if not profiles:
            raise BadFile("file_no_profiles")
        return Inspection(
            kind=file.kind,
            options=file.options,
            columns=guess_columns(file.names, file.sample(), file.declared),
            profiles=[
                {name: value or None for name, value in zip(file.names, row, strict=True)}
                for row in profiles
            ],
            sheets=list(file.sheets),
            rows=file.rows,
            size=Path(path).stat().st_size,
        )


def read_files(
    files: Sequence[tuple[str, str]],
    target: str,
    *,
    options: Options,
    known: Sequence[Column] = (),
) -> Read:
    """Write the profile table `target` from files, given as path and name for people.

    The columns in `known` keep what they mean, the others are guessed before anything is written.
    Raises BadFile, which names the file, and row and column where there is one.
    """
    if len(files) == 1:
        return _read_one(*files[0], target, options, known)
    return _read_several(files, target, options, known)


def _read_one(path: str, name: str, target: str, options: Options, known: Sequence[Column]) -> Read:
    with _naming(name), opened(path, options) as file:
        columns = guess_columns(file.names, file.sample(), file.declared, known)
        file.write(target, columns)
        rows, last = _count(target)
        return _finished(columns, rows, [FileRows(name=name, rows=last)])


def _read_several(
    files: Sequence[tuple[str, str]], target: str, options: Options, known: Sequence[Column]
) -> Read:
    """Write each file by itself first: what a column means shows in all of them."""
    names: tuple[str, ...] = ()
    sample: list[Sequence[str | None]] = []
    declared: list[Mapping[str, Meaning]] = []
    done: list[FileRows] = []
    with ExitStack() as stack:
        parts = [stack.enter_context(parquet.scratch(".parquet")) for _ in files]
        for (path, name), part in zip(files, parts, strict=True):
            with _naming(name), opened(path, options) as file:
                names = names or file.names
                order = _order(names, file.names, files[0][1])
                if len(done) < _SAMPLED_FILES:
                    sample += [[row[place] for place in order] for row in file.sample()]
                declared.append(file.declared)
                before = sum(each["rows"] for each in done)
                file.write(part, (), after=before)
                done.append(FileRows(name=name, rows=max(0, _count(part)[1] - before)))
        columns = guess_columns(names, sample, _common(declared), known)
        _join(parts, names, columns, target)
    return _finished(columns, _count(target)[0], done)


def _order(names: Sequence[str], found: Sequence[str], first: str) -> list[int]:
    """Return where each of `names` is among the columns that a further file has."""
    places = {name.casefold(): place for place, name in enumerate(found)}
    wanted = {name.casefold() for name in names}
    for name in names:
        if name.casefold() not in places:
            raise BadFile("file_column_missing", column=name, first=first)
    for name in found:
        if name.casefold() not in wanted:
            raise BadFile("file_column_further", column=name, first=first)
    return [places[name.casefold()] for name in names]


def _common(declared: Sequence[Mapping[str, Meaning]]) -> dict[str, Meaning]:
    first, *others = declared
    return {
        name: meaning
        for name, meaning in first.items()
        if all(other.get(name) == meaning for other in others)
    }


def _join(
    parts: Iterable[str], names: Sequence[str], columns: Sequence[Column], target: str
) -> None:
    listed = ", ".join(map(parquet.literal, parts))
    rows = f"SELECT * FROM read_parquet([{listed}], union_by_name = true)"
    with parquet.connect() as connection:
        try:
            connection.execute(copy_sql(rows, names, columns, target))
        except duckdb.OutOfMemoryException as error:
            raise BadFile("file_memory") from error


def _finished(columns: list[Column], rows: int, files: list[FileRows]) -> Read:
    if not rows:
        raise BadFile("file_no_profiles")
    return Read([column["name"] for column in columns], columns, rows, files)


def _count(path: str) -> tuple[int, int]:
    """Return how many profiles a table has, and how many rows there were up to its last."""
    sql = f"SELECT count(*), coalesce(max({ROW}) - 1, 0) FROM read_parquet(?)"
    rows, last = parquet.first_row(sql, [path]) or (0, 0)
    return rows, last


@contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except BadFile as error:
        raise BadFile(**error.problem, file=name) from error
