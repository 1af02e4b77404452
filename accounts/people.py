"""The list of people: what it is searched, filtered and sorted by, in one query."""

from allauth.mfa.models import Authenticator
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.listing import Choice, Column, Listing, Rows

STATES: list[tuple[str, str | Promise]] = [
    ("active", _("Active")),
    ("invited", _("Invited")),
    ("deactivated", _("Deactivated")),
]


def list_people() -> QuerySet[User]:
    """Return people, each with `has_second_factor`."""
    second_factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return User.objects.annotate(has_second_factor=Exists(second_factors))


def _found_by(people: Rows, words: str) -> Rows:
    return people.filter(Q(full_name__icontains=words) | Q(email__icontains=words))


def _in_state(people: Rows, state: str) -> Rows:
    invited = User.objects.invited().filter(is_active=True)
    if state == "invited":
        return people.filter(pk__in=invited)
    if state == "deactivated":
        return people.filter(is_active=False)
    return people.filter(is_active=True).exclude(pk__in=invited)


PEOPLE = Listing(
    name="people",
    label=_("People"),
    row="accounts/_person_row.html",
    nothing=_("Nobody found"),
    sort="name",
    search=_found_by,
    placeholder=_("Name or address"),
    is_private=True,
    columns=(
        Column(
            "name",
            _("Name"),
            Lower(Coalesce(NullIf("full_name", Value("")), "email", output_field=CharField())),
            is_fixed=True,
        ),
        Column("email", _("E-mail address"), Lower("email")),
        Column("role", _("Role"), "role"),
        Column("state", _("Status"), "is_active"),
        Column("mfa", _("MFA"), "has_second_factor"),
        Column("seen", _("Last sign-in"), F("last_login")),
    ),
    filters=(
        Choice(
            "role",
            _("Role"),
            _("Every role"),
            User.Role.choices,
            lambda people, role: people.filter(role=role),
        ),
        Choice("state", _("Status"), _("Every status"), STATES, _in_state),
    ),
)
