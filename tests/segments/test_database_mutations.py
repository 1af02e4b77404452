"""Two hundred odd texts where a query should be: each is taken, or refused in clear words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from segments import parquet
from segments.databases.reading import read_query
from segments.problems import BadDatabase, describe_problem
from tests.databases import BOSS, PASSWORD, READER, File, Served

SEED, TEXTS = 20261123, 200
# What a query begins with, what is done to it, and what is put behind it.
QUERIES = [
    "SELECT id, email FROM customers",
    "SELECT email FROM customers",  # without the key
    "WITH c AS (SELECT * FROM customers) SELECT id, total FROM c WHERE total > 1",
    "SELECT id, (SELECT max(total) FROM customers) AS best FROM customers ORDER BY id",
    "SELECT a.id, b.email FROM customers a JOIN customers b ON a.id = b.id",
    "SELECT 1 AS id UNION SELECT 2",
    "customers",
    "SELECT a.email FROM customers a, customers b, customers c, customers d, customers e,"
    " customers f, customers g, customers h, customers i, customers j, customers k, customers l,"
    " customers m, customers n, customers o, customers p, customers q, customers r",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) AS n FROM t",
    "SELECT pg_sleep(60) AS id",
    "SELECT sleep(60) AS id",
]
COMMANDS = [
    "INSERT INTO customers (id) VALUES (99)",
    "INSERT INTO customers (id) VALUES (99) RETURNING id",
    "UPDATE customers SET email = 'x'",
    "DELETE FROM customers",
    "DROP TABLE customers",
    "TRUNCATE TABLE customers",
    "ALTER TABLE customers ADD x integer",
    "CREATE TABLE evil (x integer)",
    "CREATE TABLE evil AS SELECT * FROM customers",
    "SELECT * INTO evil FROM customers",
    "COMMIT",
    "ROLLBACK; DROP TABLE customers",
    "SET TRANSACTION READ WRITE",
    "SET SESSION statement_timeout = 0",
    "COPY customers TO PROGRAM 'touch {mark}'",
    "COPY (SELECT 1) TO '{mark}'",
    "SELECT 1 AS id INTO OUTFILE '{mark}'",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE customers",
    "ATTACH DATABASE '{mark}' AS evil",
    "VACUUM INTO '{mark}'",
    "PRAGMA writable_schema = ON",
    "DO $$ BEGIN DELETE FROM customers; END $$",
    "CALL evil()",
    "EXPLAIN ANALYZE DELETE FROM customers",
    "PREPARE x AS DELETE FROM customers",
    "HANDLER customers OPEN",
    "SELECT lo_export(1, '{mark}') AS id",
    "SELECT set_config('transaction_read_only', 'off', false) AS id",
    "SELECT nextval('numbers') AS id",
    "WITH gone AS (DELETE FROM customers RETURNING id) SELECT * FROM gone",
    "SELECT id FROM customers FOR UPDATE",
]
BREAKS = [
    "{q}; {c}",
    "{c}; {q}",
    "{q}) TO PROGRAM 'touch {{mark}}' --",
    "{q}) TO STDOUT; {c}; --",
    "{q}) AS facteur; {c}; SELECT * FROM (SELECT 1",
    "SELECT * FROM ({q}",
    "{q})",
    "{q} /* {c}",
    "{q} -- {c}",
    "{q} # {c}",
    "{q} /*! {c} */",
    "/* {c} */ {q}",
    "-- {c}\n{q}",
    "{q}\n;\n;",
    "{q};\0{c}",
    "'{q}'",
    '"{q}',
    "$${q}$$; {c}",
    "{c}",
    "{q}",
    "({q})",
    "{q} LIMIT 0",
    "{q} UNION {c}",
    "{q} \\; {c}",
    "%s %(x)s {q}",
    "{q} WHERE email LIKE '%@%' AND id > :id",
]

ACCIDENTS = ["", ";", "'", '"', ")", "é", "\t", "\ud800"]


def texts(mark: Path) -> Iterator[str]:
    """Give texts that are odd in ways that somebody thought of, and by accident."""
    chance = random.Random(SEED)
    for number in range(TEXTS):
        text = chance.choice(BREAKS).format(q=chance.choice(QUERIES), c=chance.choice(COMMANDS))
        text = text.replace("{mark}", str(mark))
        if number % 3 == 0:
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(ACCIDENTS) + text[at + 1 :]
        yield text


@pytest.mark.parametrize("name", ["postgresql", "mariadb", "sqlite"])
def test_an_odd_text_is_taken_or_refused_in_words_and_nothing_is_written(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    database: Served | File = request.getfixturevalue(name)
    target, mark = str(tmp_path / "table.parquet"), tmp_path / "mark"
    before = read(database, target)

    taken = sum(is_taken(database, text, target) for text in texts(mark))

    assert 0 < taken < TEXTS
    assert not mark.exists()
    assert read(database, target) == before
    assert not is_taken(database, "evil", target)


def by_boss(database: Served | File) -> str:
    """Return the address with an account that may do everything, as somebody will choose."""
    return database.url.replace(READER, BOSS)


def read(database: Served | File, target: str) -> list[dict[str, object]]:
    read_query(by_boss(database), PASSWORD, "customers", target, timeout_seconds=20)
    with parquet.connect() as connection:
        return parquet.rows(connection, "SELECT * FROM read_parquet(?)", [target])


def is_taken(database: Served | File, text: str, target: str) -> bool:
    try:
        read_query(by_boss(database), PASSWORD, text, target, timeout_seconds=1)
    except BadDatabase as error:
        return not describe_problem(error.problem)
    return True
