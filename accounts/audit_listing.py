"""The list of the audit trail: filtered by who, what and when."""

from datetime import date, datetime, time, timedelta

from auditlog.models import LogEntry
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import ACTIONS, audited_kinds
from accounts.models import User
from config.listing import Choice, Column, Day, Listing, Rows

# Accesses are told by their own words: downloads, sign-ins and the like.
_ACTIONS: list[tuple[str, str | Promise]] = [
    *((str(action), label) for action, label in ACTIONS.items()),
    (str(LogEntry.Action.ACCESS), _("Signed in, downloaded, forgotten")),
]


def _people() -> list[tuple[str, str | Promise]]:
    return [(str(user.pk), str(user)) for user in User.objects.order_by("full_name", "email")]


def _of_kind(entries: Rows, kind: str) -> Rows:
    app, _dot, model = kind.partition(".")
    return entries.filter(content_type__app_label=app, content_type__model=model)


def _since(entries: Rows, day: date) -> Rows:
    return entries.filter(timestamp__gte=_start_of(day))


def _until(entries: Rows, day: date) -> Rows:
    return entries.filter(timestamp__lt=_start_of(day + timedelta(days=1)))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


AUDIT = Listing(
    name="audit",
    label=_("Audit"),
    row="accounts/_audit_row.html",
    nothing=_("No entry fits"),
    sort="-when",
    search=lambda entries, words: entries.filter(object_repr__icontains=words),
    placeholder=_("Name of what was changed"),
    columns=(
        Column("when", _("When"), "timestamp", is_fixed=True),
        Column("who", _("Who")),
        Column("what", _("What")),
        Column("changes", _("Changes")),
    ),
    filters=(
        Choice(
            "person",
            _("Person"),
            _("Everybody"),
            _people,
            lambda entries, person: entries.filter(actor=person),
        ),
        Choice("kind", _("Object"), _("Everything"), audited_kinds, _of_kind),
        Choice(
            "action",
            _("What"),
            _("Every change"),
            _ACTIONS,
            lambda entries, action: entries.filter(action=action),
        ),
        Day("since", _("From"), _since),
        Day("until", _("To"), _until),
    ),
)
