"""Reading a plan: the contacts at given positions, as they leave."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from connections.activecampaign.contacts import Contact
from exports.mapping import Mapping
from exports.pipeline.plan import value_columns
from segments.parquet import connect, reading


class PlanReader:
    """Reads ranges of one plan; positions count from 0."""

    def __init__(self, db: duckdb.DuckDBPyConnection, path: str, mapping: Mapping) -> None:
        self._db = db
        self._path = path
        self._names = [name for _, name in value_columns(mapping)]

    def contacts(self, first: int, size: int) -> dict[int, Contact]:
        """Return the contacts at positions first, …, first + size - 1, by position."""
        found = self._db.execute(
            f"SELECT position, {', '.join(self._names)} FROM read_parquet(?)"
            " WHERE position BETWEEN ? AND ? ORDER BY position",
            [self._path, first, first + size - 1],
        )
        return {position: _contact(self._names, values) for position, *values in found.fetchall()}

    def positions_of(self, addresses: Sequence[str], first: int, size: int) -> list[int]:
        """Return where in a range the given addresses are, compared without regard to case."""
        found = self._db.execute(
            "SELECT position FROM read_parquet(?)"
            " WHERE position BETWEEN ? AND ?"
            " AND list_contains([lower(trim(a)) FOR a IN ?::VARCHAR[]], email)",
            [self._path, first, first + size - 1, list(addresses)],
        )
        return [position for (position,) in found.fetchall()]

    def retried(self, positions: Sequence[int]) -> set[int]:
        """Return those of the positions whose contacts an earlier run sent in vain."""
        found = self._db.execute(
            "SELECT position FROM read_parquet(?)"
            " WHERE action = 'retried' AND list_contains(?::BIGINT[], position)",
            [self._path, list(positions)],
        )
        return {position for (position,) in found.fetchall()}


@contextmanager
def open_plan(name: str, mapping: Mapping) -> Iterator[PlanReader]:
    """Give a reader of the plan called `name`; raises FileNotFoundError when it is gone."""
    with reading(name) as path, connect() as db:
        yield PlanReader(db, path, mapping)


def _contact(names: list[str], values: Sequence[Any]) -> Contact:
    known = dict(zip(names, values, strict=True))
    fields = tuple(
        (int(name.removeprefix("field_")), value)
        for name, value in known.items()
        if name.startswith("field_") and value
    )
    return Contact(
        email=known["email"],
        first_name=known.get("first_name") or "",
        last_name=known.get("last_name") or "",
        phone=known.get("phone") or "",
        account_name=known.get("account_name") or "",
        fields=fields,
    )
