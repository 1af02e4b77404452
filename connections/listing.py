"""The list of connections: what it is searched, filtered and sorted by."""

from typing import Any

from django.db.models import Case, CharField, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.listing import Choice, Column, Listing, Rows
from connections.models import Connection

_STOPPED = (
    Q(export_user=None)
    | Q(export_user__is_active=False)
    | ~Q(export_user__role=User.Role.ADMINISTRATOR)
    | Q(consented=False)
    | Q(failing__isnull=False)
)
# What needs somebody comes first.
_STATE = Case(When(_STOPPED, then=Value(0)), default=Value(1), output_field=IntegerField())


def list_connections(user: User) -> QuerySet[Any]:
    """Return the connections that `user` may see, with what their list shows of them."""
    connections = Connection.objects.manageable_by(user).with_consent()
    return connections.annotate(used_by=Count("exports")).select_related(
        "export_user", "created_by"
    )


def _found_by(connections: Rows, words: str) -> Rows:
    """Look at each: there are few, and databases don't agree on capital letters with accents."""
    found = [each.pk for each in connections if _holds(each, words.casefold())]
    return connections.filter(pk__in=found)


def _holds(connection: Connection, words: str) -> bool:
    texts = (
        connection.name,
        connection.host,
        connection.account_name,
        connection.key_owner,
        str(connection.created_by or ""),
        str(connection.export_user or ""),
    )
    return any(words in text.casefold() for text in texts)


CONNECTIONS = Listing(
    name="connections",
    label=_("Connections"),
    row="connections/_row.html",
    nothing=_("No connection fits"),
    sort="name",
    search=_found_by,
    placeholder=_("Name, host or person"),
    columns=(
        Column("name", _("Display name"), Lower("name"), is_fixed=True),
        Column("state", _("State"), _STATE),
        Column("visibility", _("Who has access"), "visibility"),
        Column("host", _("Host"), "host"),
        Column("key_owner", _("Key of"), Lower("key_owner")),
        Column(
            "export_user",
            _("Export user"),
            Lower(
                Coalesce(
                    NullIf("export_user__full_name", Value("")),
                    "export_user__email",
                    output_field=CharField(),
                )
            ),
        ),
        Column("type", _("Connection type"), is_shown=False),
        Column("created", _("Created"), "created_at", is_shown=False),
        Column("used_by", _("Exports"), "used_by", is_number=True),
    ),
    filters=(
        Choice(
            "visibility",
            _("Who has access"),
            _("Everybody’s"),
            Connection.Visibility.choices,
            lambda connections, visibility: connections.filter(visibility=visibility),
        ),
    ),
)
