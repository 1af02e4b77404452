"""Plans as they are stored."""

from segments.parquet import literal

# What plans lack that were made before there were leavers, while a run of them goes on.
_ADDED = (
    "segment INTEGER, generation BIGINT, targets UBIGINT, standing VARCHAR, person UBIGINT,"
    " restates BOOLEAN"
)


def plan_sql(path: str) -> str:
    """Return the query of a plan's rows, with all columns whenever it was made."""
    missing = ", ".join(
        f"CAST(NULL AS {kind}) AS {name}" for name, kind in map(str.split, _ADDED.split(", "))
    )
    return f"SELECT {missing} WHERE false UNION ALL BY NAME FROM read_parquet({literal(path)})"
