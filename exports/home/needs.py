"""What needs somebody, each with the one thing to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description
from connections.failing import REASONS as OF_CONNECTIONS
from connections.models import Connection
from connections.presenting import FAILING, STOPPED
from connections.problems import describe_problem as describe_connection
from exports.models import Export, Run
from exports.models.exports import of_last_run
from exports.problems import describe_problem
from exports.wording import why_paused
from segments.models import Segment, Source
from segments.problems import describe_to

# Of each kind so many; the lists show all.
SHOWN = 20
_LAST = (Run.Status.FAILED, Run.Status.NEEDS_APPROVAL)
# Why a run failed that running it again does not help: something in the export must change.
_OF_EXPORTS = frozenset(
    [
        "column_gone",
        "consent_column_gone",
        "detached",
        "email_column_gone",
        "no_segments",
        "request_refused",
        "too_many_members",
    ]
)


@dataclass(frozen=True)
class Action:
    """The one thing to do: a link, or a button when it changes something."""

    label: str | Promise
    address: str
    is_post: bool = False


@dataclass(frozen=True)
class Need:
    """Something that does not go on without somebody; `action` is None for who may not act."""

    kind: str
    state: str | Promise
    name: str
    address: str
    since: datetime | None
    why: Description | None
    action: Action | None = None
    # The run it is about, which needs to be shown nowhere else.
    run_id: int | None = None


def needs_of(user: User) -> list[Need]:
    """Return what needs somebody, as `user` may know it; takes three queries."""
    return [*_of_exports(user), *_of_connections(user), *_of_data(user)]


def _of_exports(user: User) -> Iterator[Need]:
    exports: Any = Export.objects.with_rights_of(user).with_last_run()
    exports = exports.annotate(
        last_problem=of_last_run("problem"),
        last_plan=of_last_run("plan"),
        last_guards=of_last_run("guards"),
        last_cancel=of_last_run("cancel_requested_by"),
    )
    needy = exports.filter(Q(last_status__in=_LAST) | Q(paused_at__isnull=False))
    waiting_first = F("last_status").desc(nulls_last=True)
    for export in needy.order_by(waiting_first, Lower("name"))[:SHOWN]:
        if export.last_status == Run.Status.NEEDS_APPROVAL:
            # Who was asked to stop it, or took its place, has decided.
            if not (export.last_cancel or export.last_problem):
                yield _approval(export)
        elif export.paused_at:
            yield _paused(export)
        else:
            yield _failed(export, user)


def _approval(export: Any) -> Need:
    guards = [describe_problem(guard) for guard in export.last_guards]
    label = _("Decide") if export.can_edit else _("See why")
    address = _run_page(export)
    return Need(
        kind="warn",
        state=Run.Status.NEEDS_APPROVAL.label,
        name=export.name,
        address=reverse("exports:detail", args=[export.pk]),
        since=export.last_run_at,
        why=guards[0] if guards else None,
        action=Action(label, address),
        run_id=export.last_run_id,
    )


def _paused(export: Any) -> Need:
    unpause = reverse("exports:unpause", args=[export.pk])
    return Need(
        kind="warn",
        state=_("Paused"),
        name=export.name,
        address=reverse("exports:detail", args=[export.pk]),
        since=export.paused_at,
        why=Description(why_paused(), ""),
        action=Action(_("Run by schedule again"), unpause, is_post=True)
        if export.can_edit
        else None,
        run_id=export.last_run_id,
    )


def _failed(export: Any, user: User) -> Need:
    return Need(
        kind="bad",
        state=Run.Status.FAILED.label,
        name=export.name,
        address=reverse("exports:detail", args=[export.pk]),
        since=export.last_run_at,
        why=describe_problem(export.last_problem, user),
        action=_remedy(export),
        run_id=export.last_run_id,
    )


def _remedy(export: Any) -> Action:
    code = (export.last_problem or {}).get("code", "")
    if not export.can_edit or code in OF_CONNECTIONS:
        return Action(_("See why"), _run_page(export))
    if code in _OF_EXPORTS:
        return Action(_("Edit"), reverse("exports:edit", args=[export.pk]))
    if export.last_plan:
        resume = reverse("exports:resume", args=[export.last_run_id])
        return Action(_("Resume"), resume, is_post=True)
    return Action(_("Run"), reverse("exports:run", args=[export.pk]), is_post=True)


def _run_page(export: Any) -> str:
    return reverse("exports:run_detail", args=[export.last_run_id])


def _of_connections(user: User) -> Iterator[Need]:
    usable = Connection.objects.usable_by(user).with_consent().select_related("export_user")
    for connection in usable.order_by(Lower("name")):
        trouble = connection.trouble()
        if not trouble:
            continue
        address = reverse("connections:edit", args=[connection.pk]) if user.is_administrator else ""
        yield Need(
            kind="bad",
            state=STOPPED.get(trouble["code"], FAILING),
            name=connection.name,
            address=address,
            since=connection.failing_since,
            why=describe_connection(trouble, user),
            action=Action(_("Set up connection"), address) if address else None,
        )


def _of_data(user: User) -> Iterator[Need]:
    """Yield the sources and segments whose last refresh failed."""
    rows = (
        model.objects.filter(problem__isnull=False).values_list(
            Value(kind, CharField()), "pk", "name", "problem"
        )
        for kind, model in (("source", Source), ("segment", Segment))
    )
    sources, segments = rows
    pages = {"source": "segments:source_detail", "segment": "segments:detail"}
    labels = {"source": _("Open the source"), "segment": _("Open the segment")}
    for kind, pk, name, problem in sources.union(segments, all=True)[: 2 * SHOWN]:
        address = reverse(pages[kind], args=[pk])
        yield Need(
            kind="bad",
            state=_("Not refreshed"),
            name=name,
            address=address,
            since=None,
            why=describe_to(user, problem),
            action=Action(labels[kind], address),
        )
