"""Reading a plan: the contacts at given positions, as they leave."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import duckdb

from connections.activecampaign.contacts import contact_sql
from exports.mapping import Mapping
from exports.models import Export, Run
from exports.options import Options
from exports.pipeline.planning.state import Standing, listed
from exports.pipeline.planning.values import value_columns
from segments.parquet import connect, literal, reading

# Contacts of a plan that are read at once: a few requests' worth at first, and more for those who
# read on. Within limits few leave in a turn; without, whoever sends reads it from front to back.
FIRST_READ = 1250
LARGEST_READ = 10_000


class PlanReader:
    """Reads ranges of one plan; positions count from 0."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        path: str,
        mapping: Mapping,
        options: Options,
        list_id: int,
    ) -> None:
        self._db = db
        self._path = path
        self._contact = _contact(mapping, options, list_id)
        self._contacts: dict[int, str] = {}
        self._read_ahead = FIRST_READ

    def contacts(self, first: int, size: int) -> dict[int, str]:
        """Return the contacts from position `first` on, `size` of them at least, by position.

        Each is the JSON that leaves.
        """
        if first not in self._contacts or first + size - 1 not in self._contacts:
            found = self._db.execute(
                f"SELECT position, {self._contact} FROM read_parquet(?)"
                " WHERE position BETWEEN ? AND ?",
                [self._path, first, first + max(size, self._read_ahead) - 1],
            )
            self._contacts = dict(found.fetchall())
            self._read_ahead = min(4 * self._read_ahead, LARGEST_READ)
        return self._contacts

    def positions_of(self, addresses: Sequence[str], first: int, size: int) -> list[int]:
        """Return where in a range the given addresses are, compared without regard to case."""
        if not addresses:
            return []
        found = self._db.execute(
            "SELECT position FROM read_parquet(?)"
            " WHERE position BETWEEN ? AND ?"
            " AND list_contains([lower(trim(a)) FOR a IN ?::VARCHAR[]], email)",
            [self._path, first, first + size - 1, list(addresses)],
        )
        return [position for (position,) in found.fetchall()]

    def members_at(self, positions: Sequence[int]) -> dict[int, str]:
        """Return the addresses at positions, of members only: nobody who is sent as a leaver."""
        found = self._db.execute(
            "SELECT position, email FROM read_parquet(?)"
            " WHERE action <> 'left' AND position IN (SELECT unnest(?::BIGINT[]))",
            [self._path, list(positions)],
        )
        return dict(found.fetchall())

    def retried(self, positions: Sequence[int]) -> set[int]:
        """Return those of the positions whose contacts an earlier run sent in vain."""
        found = self._db.execute(
            "SELECT position FROM read_parquet(?)"
            " WHERE action = 'retried' AND position IN (SELECT unnest(?::BIGINT[]))",
            [self._path, list(positions)],
        )
        return {position for (position,) in found.fetchall()}


@contextmanager
def open_plan(
    name: str,
    mapping: Mapping,
    options: Options = Options(),  # noqa: B008 - frozen
    *,
    list_id: int,
) -> Iterator[PlanReader]:
    """Give a reader of the plan called `name`; raises FileNotFoundError when it is gone."""
    with reading(name) as path, connect() as db:
        yield PlanReader(db, path, mapping, options, list_id)


def open_plan_of(run: Run) -> AbstractContextManager[PlanReader]:
    """Give a reader of a run's plan; raises FileNotFoundError when it is gone."""
    mapping, options = Mapping.from_json(run.mapping), Options.from_json(run.options)
    return open_plan(run.plan, mapping, options, list_id=run.list_id or 0)


def _contact(mapping: Mapping, options: Options, list_id: int) -> str:
    """Return a contact of the plan as it leaves, as SQL of its JSON."""
    columns = [name for _, name in value_columns(mapping)]
    own = [name for name in columns if name.startswith("field_")]
    fields = {int(name.removeprefix("field_")): name for name in own}
    if options.leaver_field is not None:
        fields[options.leaver_field] = _mark(options)
    values = {name: name for name in columns}
    return contact_sql(values, fields, wish=_wish(options), list_id=list_id)


def _wish(options: Options) -> str:
    """Return what becomes of the subscription, as SQL."""
    gone = "unsubscribe" if options.leavers == Export.Leavers.UNSUBSCRIBE else ""
    return f"CASE action WHEN 'left' THEN '{gone}' ELSE 'subscribe' END"


def _mark(options: Options) -> str:
    """Return the value of the field that says who left and who came back, as SQL."""
    left = options.left_value if options.leavers == Export.Leavers.MARK else ""
    was_marked = f"standing IN {listed((Standing.MARKED, Standing.LEAVING))}"
    return (
        f"CASE WHEN action = 'left' THEN {literal(left)}"
        f" WHEN action = 'returned' AND {was_marked} THEN {literal(options.back_value)}"
        " ELSE '' END"
    )
