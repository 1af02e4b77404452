"""What a column means, and how its values are written: type and format in one choice."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.columns import Column, ColumnType

MEANINGS: dict[str, str | Promise] = {
    "text": _("Text"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "name": ColumnType.NAME.label,
    "number": _("Number, like 1234.5"),
    "number:comma": _("Number, like 1.234,5"),
    "date": _("Date, like 2026-12-31"),
    "date:dmy": _("Date, like 31/12/2026"),
    "date:mdy": _("Date, like 12/31/2026"),
    "yes_no": _("Yes/no"),
    "country": ColumnType.COUNTRY.label,
    "consent": ColumnType.CONSENT.label,
}


def meaning_of(column: Column) -> str:
    """Return the choice of MEANINGS that a column has."""
    return ":".join(filter(None, (column["type"], column["format"])))


def meant(column: Column, meaning: str, description: str) -> Column:
    """Return a column with what somebody chose for it; what else is known of it stays."""
    kind, _colon, form = meaning.partition(":")
    described = Column(**{**column, "type": str(ColumnType(kind)), "format": form})
    described.pop("description", None)
    if description:
        described["description"] = description
    return described
