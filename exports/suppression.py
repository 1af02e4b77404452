"""Suppression lists: addresses that are never sent, by one export or to a whole account.

Each is a Parquet file with the column `email`. It is never changed in place: a change writes the
whole list anew, and becomes true when its row names the new file. Two people who change a list at
the same time both get what they asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from accounts.authorship import ChangedMeanwhile
from accounts.models import User
from exports.addresses import read_addresses
from exports.models import Export, SuppressionList
from exports.pipeline.planning.values import ADDRESS, BLANKS, LONGEST_ADDRESS, LONGEST_LOCAL_PART
from segments import parquet

FOLDER = "suppression"
# Of the lines that hold no address, so many are shown.
SHOWN = 200
_TRIES = 10


class TooManyAddresses(Exception):
    """The list would hold `count` addresses, more than MAX_SUPPRESSED; nothing was changed."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} addresses")
        self.count = count


@dataclass(frozen=True)
class Added:
    """What became of the lines: new addresses, known ones, and how many are none.

    `refused` are the first of those, with their line numbers.
    """

    new: int
    known: int
    refused: list[tuple[int, str]]
    refused_count: int


def list_of_export(export: Export) -> SuppressionList:
    """Return the list of one export, unsaved while it has none."""
    lists = SuppressionList.objects.select_related("updated_by")
    found = lists.filter(export_id=export.pk).first() if export.pk else None
    return found or SuppressionList(export=export)


def list_of_account(host: str) -> SuppressionList:
    """Return the list of everybody who sends to an account, unsaved while it has none."""
    lists = SuppressionList.objects.select_related("updated_by").filter(export=None, host=host)
    return lists.first() or SuppressionList(host=host)


def suppressed_files(export: Export, host: str) -> list[str]:
    """Return the files of the addresses that an export must not send to an account."""
    lists = (list_of_account(host), list_of_export(export))
    return [found.file for found in lists if found.file]


def suppressed_count(export: Export) -> int:
    """Return how many addresses an export must not send, where it goes to now.

    An address that is on both of its lists counts twice.
    """
    lists = Q(export=export)
    if export.connection:
        lists |= Q(export=None, host=export.connection.host)
    found = SuppressionList.objects.filter(lists).aggregate(addresses=Sum("addresses"))
    return found["addresses"] or 0


def add_addresses(
    *, to: SuppressionList, lines: Iterable[str], user: User | None, now: datetime
) -> Added:
    """Add the addresses that are in `lines`; raises TooManyAddresses."""
    with parquet.scratch(".tsv") as path, parquet.connect() as db:
        _write(read_addresses(lines), path)
        db.execute(_READ, [path])
        refused = db.execute(f"{_REFUSED} ORDER BY line LIMIT {SHOWN:d}").fetchall()
        found = _number(db, "SELECT count(DISTINCT email) FROM given WHERE is_address")
        before, after = _rewrite(to, db, _WITH_GIVEN, user, now) if found else (0, 0)
        new = after - before
        count = _number(db, "SELECT count(*) FROM given WHERE NOT is_address")
    return Added(new, found - new, refused, count)


def remove_address(*, of: SuppressionList, address: str, user: User, now: datetime) -> bool:
    """Take one address off the list; return whether it was on it."""
    with parquet.connect() as db:
        _write_one(db, address)
        before, after = _rewrite(of, db, _WITHOUT_GIVEN, user, now)
    return after < before


def empty_list(*, of: SuppressionList, expected: int, user: User, now: datetime) -> None:
    """Take all addresses off the list; raises ChangedMeanwhile unless `expected` is its version."""
    with transaction.atomic():
        of.claim_version(expected)
        of.file, of.addresses = "", 0
        of.author(user, now).save(update_fields=["file", "addresses", "updated_at", "updated_by"])


def is_suppressed(of: SuppressionList, address: str) -> bool:
    """Tell whether an address is on the list; raises FileNotFoundError."""
    with parquet.connect() as db, _known(db, of):
        _write_one(db, address)
        return bool(_number(db, "SELECT count(*) FROM known SEMI JOIN given USING (email)"))


@contextmanager
def reading_addresses(of: SuppressionList) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the addresses of a list, in their order, as the result of a query."""
    with parquet.connect() as db, _known(db, of):
        yield db.execute("SELECT email FROM known ORDER BY email")


# The parts in {} are constants of ours. As in a plan: the same characters are blanks around an
# address, and the same addresses could be sent.
_TEXT = f"lower(trim(written, {parquet.literal(BLANKS)}))"
_READ = f"""
CREATE TABLE given AS SELECT line, written, {_TEXT} AS email,
    length(email) <= {LONGEST_ADDRESS}
    AND length(split_part(email, '@', 1)) <= {LONGEST_LOCAL_PART}
    AND regexp_full_match(email, {parquet.literal(ADDRESS)}) AS is_address
FROM read_csv(?, delim = '\t', header = false, quote = '', escape = '', auto_detect = false,
    nullstr = '\x01', columns = {{'line': 'BIGINT', 'written': 'VARCHAR'}})
"""
_REFUSED = "SELECT line, written FROM given WHERE NOT is_address"
_WITH_GIVEN = "SELECT email FROM known UNION SELECT email FROM given WHERE is_address"
_WITHOUT_GIVEN = "SELECT email FROM known ANTI JOIN given USING (email)"


def _write(found: Iterable[tuple[int, str]], path: str) -> None:
    with Path(path).open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.writelines(f"{line}\t{' '.join(text.split())}\n" for line, text in found)


def _write_one(db: duckdb.DuckDBPyConnection, address: str) -> None:
    db.execute(
        f"CREATE TABLE given AS SELECT {_TEXT} AS email FROM (SELECT ? AS written)", [address]
    )


def _rewrite(
    of: SuppressionList,
    db: duckdb.DuckDBPyConnection,
    sql: str,
    user: User | None,
    now: datetime,
) -> tuple[int, int]:
    """Write what `sql` makes of the view `known` as the new list.

    Return how many addresses there were and are. Raises TooManyAddresses.
    """
    for _ in range(_TRIES):
        current = list_of_export(of.export) if of.export else list_of_account(of.host)
        with _known(db, current), parquet.writing(FOLDER) as new:
            db.execute(f"COPY ({sql} ORDER BY email) TO {parquet.literal(new.path)} {_FORMAT}")
            after = _number(db, f"SELECT count(*) FROM read_parquet({parquet.literal(new.path)})")
            if after > settings.MAX_SUPPRESSED:
                raise TooManyAddresses(after)
        before = current.addresses
        try:
            _save(current, new.name, after, user, now)
        except (ChangedMeanwhile, IntegrityError):
            continue  # somebody else was quicker: once more, from theirs
        return before, after
    raise ChangedMeanwhile(current)


_FORMAT = "(FORMAT parquet, COMPRESSION zstd)"


@transaction.atomic
def _save(
    changed: SuppressionList, file: str, addresses: int, user: User | None, now: datetime
) -> None:
    if changed.pk:
        changed.claim_version(changed.version)
    changed.file, changed.addresses = file, addresses
    changed.author(user, now).save()


@contextmanager
def _known(db: duckdb.DuckDBPyConnection, of: SuppressionList) -> Iterator[None]:
    """Give the addresses of a list as the view `known`."""
    if not of.file:
        db.execute("CREATE OR REPLACE TEMP VIEW known AS SELECT NULL::VARCHAR AS email LIMIT 0")
        yield
        return
    with parquet.reading(of.file) as path:
        db.execute(
            f"CREATE OR REPLACE TEMP VIEW known AS FROM read_parquet({parquet.literal(path)})"
        )
        yield


def _number(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(number,)] = db.execute(sql).fetchall()
    return int(number)
