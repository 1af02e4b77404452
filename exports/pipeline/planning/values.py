"""Mapped columns as SQL: the values as ActiveCampaign wants them, and what is wrong with them."""

from collections.abc import Sequence

from exports.mapping import EMAIL, MappedField, Mapping
from segments.columns import ColumnType
from segments.parquet import literal

# What people paste around an address, a no-break space among it.
BLANKS = " \t\r\n\v\f\u00a0\u200b\ufeff"
# Deliberately wider than the standards' letter: ActiveCampaign has the last word on what it
# takes, and bad contacts are isolated; this only sets aside what nobody could deliver.
ADDRESS = (
    r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*"
    r"@([\pL\pN]([\pL\pN-]*[\pL\pN])?\.)+[\pL\pN][\pL\pN-]*[\pL\pN]"
)
LONGEST_ADDRESS = 254  # RFC 5321
LONGEST_LOCAL_PART = 64
# ActiveCampaign's types of fields.
DATES = ("date", "datetime")

ValueColumns = Sequence[tuple[MappedField, str]]


def value_columns(mapping: Mapping) -> list[tuple[MappedField, str]]:
    """Return each mapped field with the name of its column in a plan."""
    return [(field, field.target.replace(":", "_")) for field in mapping]


def besides_email(mapping: Mapping) -> ValueColumns:
    """Return the mapped fields that are sent beside the address."""
    return [(field, name) for field, name in value_columns(mapping) if field.target != EMAIL]


def trimmed(mapping: Mapping) -> str:
    """Return the mapped columns without the blanks around their values, and no empty ones."""
    return ", ".join(f"{without_blanks(name)} AS {name}" for _, name in value_columns(mapping))


def without_blanks(text: str) -> str:
    """Return an SQL text without the blanks around it; NULL when nothing is left."""
    return f"nullif(trim({text}, {literal(BLANKS)}), '')"


def typed(fields: ValueColumns) -> str:
    """Return the columns in the form that ActiveCampaign wants; NULL where that can't be."""
    return "".join(f", {written(field, name)} AS {name}" for field, name in fields)


def address_fault() -> str:
    """Return the code of what is wrong with `email`, as SQL; NULL when it may be sent."""
    return (
        "CASE WHEN email IS NULL THEN 'no_address'"
        f" WHEN length(email) > {LONGEST_ADDRESS}"
        f" OR length(split_part(email, '@', 1)) > {LONGEST_LOCAL_PART}"
        f" OR NOT regexp_full_match(email, {literal(ADDRESS)}) THEN 'invalid_address' END"
    )


def field_fault(fields: ValueColumns) -> str:
    """Return the code of the first value that can't be sent, as SQL; NULL when all can."""
    faults = [
        f" WHEN {name} IS NOT NULL AND {written(field, name)} IS NULL"
        f" THEN 'bad_{field.type}:{name}'"
        for field, name in fields
        if field.type in DATES
    ]
    return f"CASE{''.join(faults)} END" if faults else "NULL"


def targets(fields: ValueColumns) -> str:
    """Return what is sent, whatever the values: another text is another set of fields."""
    return literal("\x1e".join(sorted(name for _, name in fields)))


def signature(fields: ValueColumns) -> str:
    """Return the SQL text that is another one as soon as something to be sent is.

    The targets are part of it: a field that is newly mapped is a change.
    """
    names = sorted(name for _, name in fields)
    values = "".join(f" || chr(31) || coalesce({name}, '')" for name in names)
    return targets(fields) + values


def written(field: MappedField, name: str) -> str:
    """Return the value of column `name` as ActiveCampaign wants it for a field; NULL: can't be."""
    match field.type:
        case ColumnType.DATE:
            return _moment(name, "DATE", "%Y-%m-%d")
        case "datetime":
            return _moment(name, "TIMESTAMP", "%Y-%m-%dT%H:%M:%S")
        case "listbox" | "checkbox":
            items = f"[trim(x) FOR x IN string_split_regex({name}, '[;|]') IF trim(x) <> '']"
            return f"nullif('||' || array_to_string({items}, '||') || '||', '||||')"
        case _:
            return name


def _moment(name: str, type: str, form: str) -> str:
    # DuckDB also reads words such as "epoch" and "infinity"; no birthday is written so.
    return (
        f"CASE WHEN regexp_matches({name}, '^[0-9]')"
        f" THEN strftime(try_cast({name} AS {type}), '{form}') END"
    )
