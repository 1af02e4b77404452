"""Writing the rejects of a run as a file for spreadsheets."""

import csv
from typing import TextIO

from config.spreadsheets import delimiter, formula_safe
from exports.corrections.layout import header, reference_of
from exports.mapping import Mapping
from exports.models import Run
from exports.pipeline.raw_values import RawReject, raw_rejects
from exports.reasons import STAGES


def write_rejects_csv(run: Run, out: TextIO) -> None:
    """Write all rejects to `out`, their values as they are in the source.

    Safe to open in a spreadsheet; what is corrected there can be uploaded again.
    """
    writer = csv.writer(out, delimiter=delimiter())
    writer.writerow(header(Mapping.from_json(run.mapping)))
    for raw in raw_rejects(run):
        writer.writerow(formula_safe(cell) for cell in _cells(run, raw))


def _cells(run: Run, raw: RawReject) -> list[str]:
    return [
        reference_of(run.pk, raw.place) if raw.place else "",
        str(raw.reject.row or ""),
        raw.reject.key,
        *raw.values.values(),
        str(STAGES[raw.reject.stage]),
        raw.reject.text,
    ]
