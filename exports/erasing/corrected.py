"""What corrections and profiles know of each other: whose is which, when only one names the person.

Who was rejected for an address like "ana at example.com" is known by the right one from an
export's corrections only. They name the profile; the row in the source holds what was wrong.
And a corrected phone number names nobody: only the profile that it belongs to tells whose it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass

import duckdb

from config.storages.stored import own_storage
from exports.corrections.storing import FOLDER
from exports.mapping import EMAIL
from exports.models import Export
from exports.pipeline.planning.corrections import corrections_sql
from segments import parquet
from segments.columns import ROW
from segments.erasing import Marks, Replaced, values_in
from segments.mentions import Mentioned, mentions_sql
from segments.models import ProfileTable


@dataclass(frozen=True)
class Corrected:
    """A profile as corrections name it, see pipeline/planning/corrections.py.

    Without a `key_column`, the key is of the column that is the source's key now.
    """

    source: int
    generation: int
    key: str
    key_column: str | None = None


def corrected_profiles(address: Mentioned) -> list[Corrected]:
    """Return the profiles whose address was corrected by hand to this one."""
    names = Export.objects.exclude(corrections="").values_list("corrections", flat=True)
    return [profile for name in names.order_by("pk") for profile in _profiles_in(name, address)]


def marks_in_table(
    table: ProfileTable, columns: Collection[str], corrected: Sequence[Corrected]
) -> list[Marks]:
    """Return by what rows of a table with these columns are one of these profiles'."""
    of_source = [each for each in corrected if each.source == table.source_id]
    by_row: list[Marks] = [{ROW: each.key} for each in of_source if each.generation == table.pk]
    by_key: list[Marks] = [
        {column: each.key}
        for each in of_source
        if not each.generation and (column := each.key_column or table.source.key_column) in columns
    ]
    return by_row + by_key


def marks_in_people(columns: Collection[str], corrected: Sequence[Corrected]) -> list[Marks]:
    """Return the same for a plan, or for corrections; none for files that know no profiles."""
    if not {"source", "generation", "key"} <= set(columns):
        return []
    return [
        {"source": str(each.source), "generation": str(each.generation), "key": each.key}
        for each in corrected
    ]


def profiles_of_table(
    table: ProfileTable,
    path: str,
    address: Mentioned,
    *,
    own: Collection[str],
    also: Sequence[Marks],
) -> list[Corrected]:
    """Return the person's profiles in a table that have corrections; raises Replaced."""
    with parquet.connect() as db:
        has_key = table.source.key_column in parquet.names(db, path)
    keys = [ROW, table.source.key_column] if has_key else [ROW]
    profiles = set()
    for row, *key in values_in(path, keys, address, own=own, also=also):
        profiles.add(Corrected(table.source_id, table.pk, str(row)))
        profiles |= {Corrected(table.source_id, 0, str(each)) for each in key}
    return _with_corrections(profiles)


def profiles_of_plan(
    path: str, address: Mentioned, *, own: Collection[str], also: Sequence[Marks]
) -> list[Corrected]:
    """Return the same of a plan: it may be older than any table that is kept."""
    names = ["source", "generation", "key"]
    with parquet.connect() as db:
        if not set(names) <= set(parquet.names(db, path)):
            return []
    found = values_in(path, names, address, own=own, also=also)
    return _with_corrections({Corrected(*each) for each in found if None not in each})


def _with_corrections(profiles: set[Corrected]) -> list[Corrected]:
    known: set[Corrected] = set()
    for file in own_storage().walk(FOLDER):
        try:
            with parquet.reading(file.name) as path, parquet.connect() as db:
                found = db.execute(_PROFILES, {"path": path}).fetchall()
        except FileNotFoundError as gone:  # merged with another one just now, or dropped
            raise Replaced(file.name) from gone
        except duckdb.InvalidInputException:  # no Parquet file says nothing of anybody
            continue
        known |= profiles & {Corrected(*each) for each in found}
    return sorted(known, key=astuple)


def _profiles_in(name: str, address: Mentioned) -> list[Corrected]:
    sql = f"{_KEYED} AND {mentions_sql('value')} ORDER BY ALL"
    try:
        with parquet.reading(name) as path, parquet.connect() as db:
            values = {"target": EMAIL, **address.parameters}
            found = db.execute(sql.format(stored=corrections_sql(path)), values).fetchall()
            return [Corrected(*each) for each in found]
    except FileNotFoundError:  # merged with others just now: the next slice finds those
        return []


_PROFILES = """
SELECT DISTINCT source, generation, key FROM read_parquet($path)
WHERE key <> ''
"""
_KEYED = """
SELECT DISTINCT source, generation, key, key_column FROM ({stored})
WHERE key <> '' AND target = $target
"""
