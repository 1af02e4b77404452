"""Queries as people type them: one statement, or the bare name of a table."""

import re

from segments.problems import BadDatabase

MAX_QUERY = 100_000
# customers, shop.customers, "Customers", `customers`
_PART = r'(?:[^\W\d][\w$]*|"[^"]+"|`[^`]+`)'
_TABLE = re.compile(rf"{_PART}(?:\s*\.\s*{_PART})*")


def as_query(text: str) -> str:
    """Return the query that `text` is or, of a table's name, stands for; raises BadDatabase.

    What it does is for the database to judge; its last semicolon is left out.
    """
    query = text.strip()
    while query.endswith(";"):
        query = query[:-1].rstrip()
    if not query:
        raise BadDatabase("database_query_empty")
    if len(query) > MAX_QUERY:
        raise BadDatabase("database_query_long", limit=MAX_QUERY)
    if "\0" in query or any(0xD800 <= ord(character) < 0xE000 for character in query):
        raise BadDatabase("database_query_character")
    return f"SELECT * FROM {query}" if _TABLE.fullmatch(query) else query


def inside(query: str) -> str:
    """Return a query so that it can stand between parentheses.

    Safe for what the same database has taken as one whole statement: then its own parentheses,
    quotation marks and comments are closed, but for a comment that ends with its line.
    """
    return f"{query}\n"
