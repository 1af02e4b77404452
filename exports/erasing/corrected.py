"""Profiles that are the person's although the source has another address: people corrected it.

Who was rejected for an address like "ana at example.com" is known by the right one from an
export's corrections only. They name the profile; the row in the source holds what was wrong.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from exports.mapping import EMAIL
from exports.models import Export
from segments import parquet
from segments.columns import ROW
from segments.erasing import Marks
from segments.mentions import Mentioned, mentions_sql
from segments.models import ProfileTable


@dataclass(frozen=True)
class Corrected:
    """A profile as corrections name it, see pipeline/planning/corrections.py."""

    source: int
    generation: int
    key: str


def corrected_profiles(address: Mentioned) -> list[Corrected]:
    """Return the profiles whose address was corrected by hand to this one."""
    names = Export.objects.exclude(corrections="").values_list("corrections", flat=True)
    return [profile for name in names.order_by("pk") for profile in _profiles_in(name, address)]


def marks_in_table(
    table: ProfileTable, columns: Collection[str], corrected: Sequence[Corrected]
) -> list[Marks]:
    """Return by what rows of a table with these columns are one of these profiles'."""
    key_column = table.source.key_column
    of_source = [each for each in corrected if each.source == table.source_id]
    by_row: list[Marks] = [{ROW: each.key} for each in of_source if each.generation == table.pk]
    if key_column not in columns:
        return by_row
    return [*by_row, *({key_column: each.key} for each in of_source if not each.generation)]


def marks_in_people(columns: Collection[str], corrected: Sequence[Corrected]) -> list[Marks]:
    """Return the same for a plan, or for corrections; none for files that know no profiles."""
    if not {"source", "generation", "key"} <= set(columns):
        return []
    return [{name: str(value) for name, value in vars(each).items()} for each in corrected]


def _profiles_in(name: str, address: Mentioned) -> list[Corrected]:
    sql = f"{_KEYED} AND {mentions_sql('value')} ORDER BY ALL"
    try:
        with parquet.reading(name) as path, parquet.connect() as db:
            values = {"path": path, "target": EMAIL, **address.parameters}
            return [Corrected(*found) for found in db.execute(sql, values).fetchall()]
    except FileNotFoundError:  # merged with others just now: the next slice finds those
        return []


_KEYED = """
SELECT DISTINCT source, generation, key FROM read_parquet($path)
WHERE target = $target AND key <> ''
"""
