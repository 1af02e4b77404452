"""What becomes of the types of a Parquet file: a text, a meaning, a companion."""

from dataclasses import dataclass

from segments.columns import ColumnType
from segments.guessing import Meaning

_NUMBER, _DATE, _YES_NO = (
    Meaning(kind) for kind in (ColumnType.NUMBER, ColumnType.DATE, ColumnType.YES_NO)
)
_PLAIN = "CAST({x} AS VARCHAR)"
# A missing number is NaN to the programs that write Parquet; whole numbers that miss some become
# fractions there, so they lose their ".0" again. An exponent is spelled out.
_FRACTION = """CASE
    WHEN NOT isfinite({x}) THEN NULL
    WHEN abs({x}) < 1e15 AND {x} = trunc({x}) THEN CAST(CAST({x} AS BIGINT) AS VARCHAR)
    WHEN NOT contains(CAST({x} AS VARCHAR), 'e') THEN CAST({x} AS VARCHAR)
    WHEN abs({x}) < 1 THEN rtrim(rtrim(CAST(CAST({x} AS DECIMAL(38, 20)) AS VARCHAR), '0'), '.')
    ELSE format('{{:.0f}}', {x})
END"""
_FINITE = "CASE WHEN isfinite({{x}}) THEN {0} END".format
_MOMENT = "strftime({0}, '%Y-%m-%d %H:%M:%S')".format
_LOCAL = "CAST({x} AS TIMESTAMP)"
# DuckDB knows time zones only with an extension; this is UTC without it.
_UTC = "make_timestamp(epoch_us({x}))"


@dataclass(frozen=True)
class ParquetType:
    """What becomes of the values of a type, as SQL with {x} for one."""

    text: str = _PLAIN
    meaning: Meaning | None = None  # None: it is guessed
    typed: str = ""  # as in a companion; empty: it is made of the text


_WHOLE = ParquetType(meaning=_NUMBER, typed="CAST({x} AS DOUBLE)")
_TIMESTAMP = ParquetType(_FINITE(_MOMENT(_LOCAL)), _DATE, _FINITE("CAST({x} AS DATE)"))
# By the type's name without what is in brackets.
TYPES = {
    "VARCHAR": ParquetType("{x}"),
    **dict.fromkeys(("ENUM", "UUID", "JSON", '"NULL"'), ParquetType()),
    **dict.fromkeys(("TIME", "TIME_NS", "TIME WITH TIME ZONE", "INTERVAL"), ParquetType()),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), _WHOLE),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), _WHOLE),
    **dict.fromkeys(("BIGNUM", "DECIMAL"), _WHOLE),
    "FLOAT": ParquetType(_FRACTION, _NUMBER),  # as a DOUBLE, 0.1 would be 0.10000000149011612
    "DOUBLE": ParquetType(_FRACTION, _NUMBER, _FINITE("{x}")),
    "BOOLEAN": ParquetType(meaning=_YES_NO),
    "DATE": ParquetType(_FINITE(_PLAIN), _DATE, _FINITE("{x}")),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), _TIMESTAMP),
    "TIMESTAMP WITH TIME ZONE": ParquetType(
        _FINITE(_MOMENT(_UTC)), _DATE, _FINITE(f"CAST({_UTC} AS DATE)")
    ),
}
