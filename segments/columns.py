"""What is a column of a profile table: its name, what it means, how its values are written."""

from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# The number of a profile's row in its table; see ProfileTable.files for the row in its file.
ROW = "__row"
# Columns that Facteur adds to a table begin with this, so no column of a file may.
RESERVED = "__"
# Of each column some rows are held in memory while a table is written.
MAX_COLUMNS = 400
MAX_NAME = 255


class ColumnType(TextChoices):
    """What the values of a column mean; guessed when a source is read, and correctable."""

    TEXT = "text", _("Text")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    NAME = "name", _("Name of a person")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    YES_NO = "yes_no", _("Yes/no")
    COUNTRY = "country", _("Country")
    CONSENT = "consent", _("Consent (yes/no)")


class Column(TypedDict):
    """A column as it is stored; `format` tells how its dates or numbers are written."""

    name: str
    type: str
    format: str
    description: NotRequired[str]
    # What the values looked like when the table was read, whatever people say they mean.
    looks: NotRequired[str]


def types_of(columns: Iterable[Column]) -> Mapping[str, str]:
    """Return the type of each column by its name."""
    return {column["name"]: column["type"] for column in columns}
