"""Suggests which column is which field, by what the columns hold and what they are called."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from exports.mapping import MappedField
from segments.columns import ColumnType

# By whole names, folded: English, French, German and Spanish, as exports of shops and CRMs have
# them. "nom" alone is the last name: French files rarely hold a full name in one column.
_NAMES = {
    "email": """email emailaddress emailadresse mail mailadresse courriel adressemail adresseemail
        adressecourriel adresseelectronique correo correoelectronico""",
    "first_name": "firstname givenname forename prenom vorname nombre primernombre nombredepila",
    "last_name": """lastname surname familyname nom nomdefamille nachname familienname apellido
        apellidos""",
    "phone": """phone phonenumber telephone telephonenumber tel mobile mobilephone cell cellphone
        numerodetelephone portable telephoneportable telefon telefonnummer handy handynummer
        mobiltelefon telefono numerodetelefono movil""",
    "account_name": """company companyname organization organisation account accountname societe
        entreprise raisonsociale nomdelasociete firma unternehmen empresa compania""",
}
NAMES = {target: frozenset(names.split()) for target, names in _NAMES.items()}
# Words that say whose it is, not what it is: "customer_email", "contact first name".
_OWNERS = re.compile(r"^(customer|client|contact|user|person|kunden?|cliente?)(?=.)")
# A birthday called "nombre" or a number called "tel" is neither a name nor a phone.
_WORDS = (ColumnType.TEXT, ColumnType.NAME, ColumnType.EMAIL, ColumnType.PHONE)


class CustomField(Protocol):
    """A custom field of the account, as the ActiveCampaign client gives it."""

    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def options(self) -> tuple[str, ...]: ...


def suggest_mapping(
    column_types: Mapping[str, str], fields: Iterable[CustomField]
) -> list[MappedField]:
    """Return the rows that suggest themselves, the e-mail first; a column is used once.

    Consent is never suggested: sending it along changes nothing about who is written to.
    """
    found: list[MappedField] = []
    free = {name: kind for name, kind in column_types.items() if kind != ColumnType.CONSENT}
    for field in (*_standard_fields(free), *_custom_fields(free, fields)):
        if field.column in free:
            del free[field.column]
            found.append(field)
    return found


def _standard_fields(columns: Mapping[str, str]) -> Iterator[MappedField]:
    for target in NAMES:
        ranked = {column: _fit(target, column, kind) for column, kind in columns.items()}
        # max keeps the first of equals: files put the main address before the others.
        best = max(ranked, key=lambda column: ranked[column], default="")
        if best and ranked[best]:
            yield MappedField(column=best, target=target)


def _fit(target: str, column: str, kind: str) -> int:
    """Return how well a column suits a target; 0 is not at all."""
    if kind not in _WORDS:
        return 0
    named = fold(column) in NAMES[target] or without_owner(column) in NAMES[target]
    if target == "email":  # an address is known by its look, whatever its column is called
        return 2 * (kind == ColumnType.EMAIL) + named
    if target == "phone":  # a fax number looks the same
        return 2 * named + (kind == ColumnType.PHONE)
    return int(named)


def _custom_fields(
    columns: Mapping[str, str], fields: Iterable[CustomField]
) -> Iterator[MappedField]:
    by_name = {fold(column): column for column in reversed(list(columns)) if fold(column)}
    for field in fields:
        column = by_name.get(fold(field.title)) or by_name.get(fold(field.tag))
        if column:
            yield MappedField(column, f"field:{field.id}", field.type, field.title)


def without_owner(name: str) -> str:
    """Return a folded name without the words that only say whose it is."""
    return _OWNERS.sub("", fold(name))


def fold(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^\w]|_", "", "".join(c for c in plain if not unicodedata.combining(c)))
