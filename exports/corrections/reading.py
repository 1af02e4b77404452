"""What people corrected in a file of rejects: read, compared with what is there, and judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.problems import problem
from config.spreadsheets import is_same_value, without_apostrophe
from exports.corrections.layout import read_reference, value_positions
from exports.mapping import Mapping
from exports.models import Run
from exports.pipeline.planning.values import value_columns
from exports.pipeline.raw_values import RawReject, raw_rejects
from segments.files.opening import opened
from segments.files.options import Options
from segments.problems import Refused

# So many rows of a file are taken at once.
MOST_ROWS = 100_000
Place = tuple[int, int]


class NotCorrections(Refused):
    """A file that is no corrected file of rejects of this run."""


@dataclass(frozen=True)
class Correction:
    """One value that somebody corrected; `was` and `value` as they are written in the source.

    `key_column` is the one that the key is of: "" when it is a row's number, None when the run was
    planned before that was noted.
    """

    source: int
    generation: int
    key_column: str | None
    key: str
    target: str
    was: str
    value: str


@dataclass(frozen=True)
class CorrectedRow:
    """A row of the file, counted as a spreadsheet does, and what is corrected in it."""

    row: int
    corrections: tuple[Correction, ...]

    @property
    def holds_once(self) -> bool:
        """Whether it holds until the source is refreshed: there is no key to know them again."""
        return any(correction.generation for correction in self.corrections)


@dataclass
class Understood:
    """What a file says: rows with corrections, rows as they were, and rows that say nothing.

    `faults` are problems (exports/problems.py) with their row; `missing` are the labels of mapped
    fields whose columns the file lacks: their values stay as they are.
    """

    corrected: list[CorrectedRow] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def corrections(self) -> list[Correction]:
        return [correction for row in self.corrected for correction in row.corrections]


def understand(run: Run, path: str) -> Understood:
    """Return what a file says about the rejects of a run.

    Raises BadFile when it can't be read, and NotCorrections when it lacks what is needed.
    """
    mapping = Mapping.from_json(run.mapping)
    with opened(path, Options()) as file:
        positions = value_positions(mapping, file.names)
        records = file.first(MOST_ROWS + 1)
    if "" not in positions:
        raise NotCorrections("corrections_no_reference")
    if len(positions) == 1:
        raise NotCorrections("corrections_no_values")
    if len(records) > MOST_ROWS:
        raise NotCorrections("corrections_too_many", most=MOST_ROWS)
    rows = _Records(run, positions, records)
    if (other := rows.other_run) is not None:
        raise NotCorrections("corrections_other_run", run=other)
    found = Understood(
        missing=[f.label for f, name in value_columns(mapping) if name not in positions]
    )
    _compare(found, run, rows)
    return found


class _Records:
    """The rows of a file by the place of the reject that they are about."""

    def __init__(
        self, run: Run, positions: dict[str, int], records: Iterable[Sequence[str | None]]
    ) -> None:
        self.faults: list[dict[str, Any]] = []
        self.rows: dict[Place, tuple[int, dict[str, str]]] = {}
        for row, record in enumerate(records, start=2):
            cells = {name: record[place] or "" for name, place in positions.items()}
            self._take(run, row, cells)

    @property
    def other_run(self) -> int | None:
        """Return the one run that all of the file is about, if it is another one."""
        runs = {fault.get("run") for fault in self.faults}
        return runs.pop() if not self.rows and len(runs) == 1 else None

    def _take(self, run: Run, row: int, cells: dict[str, str]) -> None:
        text = cells.pop("")
        read = read_reference(without_apostrophe(text))
        if read is None:
            self._refuse("row_no_reference", row)
        elif read[0] != run.pk:
            self._refuse("row_other_run", row, run=read[0])
        elif read[1] in self.rows:
            self._refuse("row_twice", row, first=self.rows[read[1]][0])
        else:
            self.rows[read[1]] = (row, cells)

    def _refuse(self, code: str, row: int, **values: Any) -> None:
        self.faults.append(problem(code, row=row, **values))


def _compare(found: Understood, run: Run, records: _Records) -> None:
    found.faults = records.faults
    rejects = {raw.place: raw for raw in raw_rejects(run, list(records.rows))}
    for place, (row, cells) in records.rows.items():
        raw = rejects.get(place)
        if raw is None:
            found.faults.append(problem("row_unknown", row=row))
        elif not raw.has_source:
            found.faults.append(problem("row_source_gone", row=row))
        elif corrections := _corrections(raw, cells):
            found.corrected.append(CorrectedRow(row, corrections))
        else:
            found.unchanged.append(row)
    found.faults.sort(key=lambda fault: fault["row"])


def _corrections(raw: RawReject, cells: dict[str, str]) -> tuple[Correction, ...]:
    return tuple(
        Correction(
            source=raw.source,
            generation=raw.generation,
            key_column=raw.key_column,
            key=raw.reject.key,
            target=name,
            was=raw.values[name],
            value=without_apostrophe(cell.strip()),
        )
        for name, cell in cells.items()
        if not is_same_value(cell, raw.values[name])
    )
