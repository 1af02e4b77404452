"""What corrections and profiles know of each other: whose is which, when only one names the person.

Who was rejected for an address like "ana at example.com" is known by the right one from an
export's corrections only. They name the profile; the row in the source holds what was wrong.
And a corrected phone number names nobody: only the profile that it belongs to tells whose it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

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
    of_source = {each for each in _with_corrections() if each.source == table.source_id}
    with parquet.connect() as db:
        names = parquet.names(db, path)
    columns = {_key_column(each, table) for each in of_source} & set(names)
    keys = [name for name in names if name in columns]
    if not keys:
        return []
    rows = values_in(path, keys, address, own=own, also=also)
    theirs = {(name, str(key)) for row in rows for name, key in zip(keys, row, strict=True)}
    return _sorted(each for each in of_source if (_key_column(each, table), each.key) in theirs)


def profiles_of_plan(
    path: str, address: Mentioned, *, own: Collection[str], also: Sequence[Marks]
) -> list[Corrected]:
    """Return the same of a plan: it may be older than any table that is kept."""
    names = ["source", "generation", "key"]
    with parquet.connect() as db:
        if not set(names) <= set(parquet.names(db, path)):
            return []
    theirs = set(values_in(path, names, address, own=own, also=also))
    known = _with_corrections()
    return _sorted(each for each in known if (each.source, each.generation, each.key) in theirs)


def _key_column(profile: Corrected, table: ProfileTable) -> str:
    """Return the column of a table whose value the key is; "" when it is of another table."""
    if profile.generation:
        return ROW if profile.generation == table.pk else ""
    return profile.key_column or table.source.key_column


def _sorted(profiles: Iterable[Corrected]) -> list[Corrected]:
    return sorted(profiles, key=lambda each: (each.source, each.generation, each.key))


def _with_corrections() -> set[Corrected]:
    """Return all profiles of which something was corrected, kept or waiting to be."""
    known: set[Corrected] = set()
    for file in own_storage().walk(FOLDER):
        try:
            with parquet.reading(file.name) as path, parquet.connect() as db:
                found = db.execute(_PROFILES.format(stored=corrections_sql(path))).fetchall()
        except FileNotFoundError as gone:  # merged with another one just now, or dropped
            raise Replaced(file.name) from gone
        except duckdb.InvalidInputException:  # no Parquet file says nothing of anybody
            continue
        known |= {Corrected(*each) for each in found}
    return known


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
SELECT DISTINCT source, generation, key, key_column FROM ({stored})
WHERE key <> ''
"""
_KEYED = f"{_PROFILES} AND target = $target"
