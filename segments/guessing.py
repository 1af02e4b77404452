"""Guesses: what do the columns of a profile table mean, and which one is its key?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

from segments import parquet
from segments.columns import ROW, Column, ColumnType
from segments.countries import country_codes, country_names

_FIRST_ROWS = 20_000  # in which most columns show that they are no key
_LONGEST = 200  # characters of a value that are looked at
# How many in a hundred non-empty values must look the part.
_MOST, _NEARLY_ALL = 90, 98
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{6,24}")
_INTERNATIONAL = re.compile(r"\+\d[\d\s().\-/]{5,24}")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14}|[1-9]\d{0,2}([.\s]\d{3})+)(,\d+)?")
# 1,234 is a thousand and more to some, and one and a bit to others.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})?")
_ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([ T].*)?")
_OTHER_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}([ T].*)?")
_PERSON = re.compile(r"[^\W\d_][^\d@_<>{}=+*/\\|;:]{0,79}")
_YES_NO = frozenset(("yes", "no", "y", "n", "true", "false", "oui", "non", "o", "vrai", "faux"))
_FLAGS = _YES_NO | {"0", "1", "ja", "nein", "sí", "si", "opted in", "opted out"}
_WORDS = re.compile(r"[^\W\d_]+")
# "optIn" and "HTTPStatus" are two words each.
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


def _words(name: str) -> set[str]:
    """Return the words in the name of a column; "e-mail" is one."""
    spaced = _CAMEL.sub(" ", name.replace("-", ""))
    return set(_WORDS.findall(spaced.casefold()))


_PHONE_NAMES = frozenset(
    ["phone", "telephone", "téléphone", "tel", "tél", "mobile", "portable", "gsm", "fax"]
)
_CODE_NAMES = frozenset(("zip", "postal", "postcode", "siret", "siren", "iban", "ean", "sku"))
_COUNTRY_NAMES = frozenset(("country", "pays", "land", "país", "pais", "nation", "nationality"))
_PERSON_NAMES = _words(
    """name firstname lastname surname fullname forename givenname familyname middlename
    nom prénom prenom nachname vorname nombre apellido apellidos"""
)
# What else has a name.
_NOT_PERSONS = _words(
    """company product brand store shop user file account city town street country state region
    list segment campaign event category group team project organisation organization domain
    société entreprise produit marque magasin ville rue pays firma firmen produkt stadt straße
    empresa producto ciudad calle host nick login display"""
)
_CONSENT_NAMES = _words(
    """consent consents consentement consentimiento einwilligung optin newsletter gdpr rgpd dsgvo
    subscribed permission"""
)
_KEY_NAMES = ("id", "key", "number", "no", "numéro", "code", "email", "mail")


class Meaning(NamedTuple):
    """What the values of a column are, and how its dates or numbers are written."""

    type: str = ColumnType.TEXT.value
    format: str = ""


def guess_columns(
    names: Sequence[str],
    sample: Iterable[Sequence[str | None]],
    declared: Mapping[str, Meaning],
    known: Iterable[Column] = (),
) -> list[Column]:
    """Return the columns called `names`; what is known of them stays, the rest is guessed.

    It is guessed by some rows, and by what the file itself has `declared`.
    """
    by_name = {column["name"]: column for column in known}
    values = list(zip(*sample, strict=True)) or [()] * len(names)
    guessed = [
        guess_column(name, [value or "" for value in found], declared.get(name))
        for name, found in zip(names, values, strict=True)
    ]
    return [
        {**(_known(by_name.get(column["name"]), declared) or column), "looks": column["type"]}
        for column in guessed
    ]


def guess_column(name: str, values: Sequence[str], declared: Meaning | None = None) -> Column:
    """Return what a column probably means, by its name and some of its values."""
    values = [stripped for value in values if (stripped := value[:_LONGEST].strip())]
    words = _words(name)
    if declared:
        meaning = _refine(declared, words)
    else:
        meaning = _guess(words, values) if values else Meaning()
    return Column(name=name, type=str(meaning.type), format=meaning.format)


def _known(column: Column | None, declared: Mapping[str, Meaning]) -> Column | None:
    """Return a column that is known; how a file writes what it declares is the file's affair."""
    if column is None:
        return None
    found = declared.get(column["name"])
    if found and found.type == column["type"]:
        return {**column, "format": found.format}
    return column


def guess_key(path: str, names: Sequence[str]) -> str:
    """Return a column that is never empty and never twice, one named like a key first; or ""."""
    likely = _nearly_unique(f"(SELECT * FROM read_parquet(?) LIMIT {_FIRST_ROWS})", path, names)
    likely = _nearly_unique("read_parquet(?)", path, likely)
    likely.sort(key=_key_rank)
    return next((name for name in likely if find_key_fault(path, name) is None), "")


def _nearly_unique(rows: str, path: str, names: Sequence[str]) -> list[str]:
    """Return the columns that are never empty and, give or take a fifth, never twice."""
    if not names:
        return []
    counts = ", ".join(
        f"count({quoted}), approx_count_distinct({quoted})" for quoted in map(parquet.quote, names)
    )
    found = parquet.first_row(f"SELECT count(*), {counts} FROM {rows}", [path]) or (0,)
    total, filled, distinct = found[0], found[1::2], found[2::2]
    return [
        name
        for name, count, different in zip(names, filled, distinct, strict=True)
        if count == total and different > total * 0.8
    ]


class KeyFault(TypedDict):
    """Why a column can't be the key: `row` is empty, or has the same value as row `other`."""

    row: int
    other: int | None
    value: str | None


def find_key_fault(path: str, column: str) -> KeyFault | None:
    """Return the first empty or repeated value of a column; None when it can be the key."""
    name = parquet.quote(column)
    # Numbers of eight bytes take less memory than values: equal ones only mean a closer look.
    counted = parquet.first_row(
        f"SELECT count(*), count({name}), count(DISTINCT hash({name})) FROM read_parquet(?)", [path]
    )
    if counted and len(set(counted)) == 1:
        return None
    found = parquet.first_row(
        f"""SELECT {name}, min({ROW}), max({ROW}) FROM read_parquet(?)
        GROUP BY {name} HAVING count(*) > 1 OR {name} IS NULL
        ORDER BY 2 LIMIT 1""",
        [path],
    )
    if found is None:
        return None
    value, first, last = found
    return KeyFault(row=first, other=None if value is None else last, value=value)


def _refine(declared: Meaning, words: set[str]) -> Meaning:
    """Return what a column means whose values are declared to be numbers, dates or yes/no."""
    if declared.type == ColumnType.YES_NO and _is_consent(words):
        return Meaning(ColumnType.CONSENT)
    if declared.type == ColumnType.NUMBER and words & _PHONE_NAMES:
        return Meaning(ColumnType.PHONE)
    if declared.type == ColumnType.NUMBER and words & _CODE_NAMES:
        return Meaning()
    return declared


def _guess(words: set[str], values: Sequence[str]) -> Meaning:
    if _share(_EMAIL, values) >= _MOST:
        return Meaning(ColumnType.EMAIL)
    if words & _PHONE_NAMES and _share(_PHONE, values) >= _MOST:
        return Meaning(ColumnType.PHONE)
    if _share(_INTERNATIONAL, values) >= _NEARLY_ALL:
        return Meaning(ColumnType.PHONE)
    folded = {value.casefold() for value in values}
    if _is_consent(words) and folded <= _FLAGS:
        return Meaning(ColumnType.CONSENT)
    if folded <= _YES_NO:
        return Meaning(ColumnType.YES_NO)
    if _share(_ISO_DATE, values) >= _NEARLY_ALL:
        return Meaning(ColumnType.DATE)
    if _share(_OTHER_DATE, values) >= _NEARLY_ALL:
        return Meaning(ColumnType.DATE, _date_order(values))
    if words & _CODE_NAMES:
        return Meaning()
    return _guess_number(values) or _guess_word(words, values)


def _guess_number(values: Sequence[str]) -> Meaning | None:
    if _share(_NUMBER, values) >= _NEARLY_ALL:
        return Meaning(ColumnType.NUMBER)
    is_ambiguous = all(_THOUSANDS.fullmatch(value) for value in values)
    if not is_ambiguous and _share(_COMMA_NUMBER, values) >= _NEARLY_ALL:
        return Meaning(ColumnType.NUMBER, "comma")
    return None


def _guess_word(words: set[str], values: Sequence[str]) -> Meaning:
    folded = [value.casefold() for value in values]
    countries = 100 * sum(value in country_names() for value in folded) / len(values)
    codes = 100 * sum(value in country_codes() for value in folded) / len(values)
    # Codes of two letters are also those of languages and of states, names are also first names.
    if countries >= _MOST and (words & _COUNTRY_NAMES or len(set(folded)) > 1):
        return Meaning(ColumnType.COUNTRY)
    if countries + codes >= _MOST and words & _COUNTRY_NAMES:
        return Meaning(ColumnType.COUNTRY)
    is_named = words & _PERSON_NAMES and not words & _NOT_PERSONS
    if is_named and _share(_PERSON, values) >= _MOST:
        return Meaning(ColumnType.NAME)
    return Meaning()


def _is_consent(words: set[str]) -> bool:
    """Say whether a column is called like a consent; what is called "opt out" is the opposite."""
    return bool(words & _CONSENT_NAMES or {"opt", "in"} <= words) and "out" not in words


def _share(pattern: re.Pattern[str], values: Sequence[str]) -> float:
    return 100 * sum(pattern.fullmatch(value) is not None for value in values) / len(values)


def _date_order(values: Sequence[str]) -> str:
    """Return "mdy" when some second part can only be a day, else "dmy", as most of the world."""
    parts = [found for value in values if (found := _OTHER_DATE.fullmatch(value))]
    month_first = any(int(found[2]) > 12 for found in parts)
    day_first = any(int(found[1]) > 12 for found in parts)
    return "mdy" if month_first and not day_first else "dmy"


def _key_rank(name: str) -> int:
    words = _WORDS.findall(name.casefold().replace("-", ""))
    ranks = [rank for rank, word in enumerate(_KEY_NAMES) if word in words]
    return min(ranks, default=len(_KEY_NAMES))
