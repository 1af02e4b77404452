"""The steps of *Connect* and the rows of the list, as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description
from connections.models import Connection, ConnectionDraft
from connections.problems import describe_problem

STEP_LABELS: dict[str, Promise] = {
    "name": _("The host name resolves"),
    "tls": _("The connection is encrypted (TLS)"),
    "key": _("The key is accepted"),
    "account": _("Account and its contact limit"),
    "lists": _("Lists can be read"),
}
# The states of components/step.html: it says "Not checked" of what is skipped.
_SHOWN_STATES = {"unknown": "skipped", "not_tried": "skipped"}


@dataclass(frozen=True)
class ShownStep:
    """One step of *Connect* as components/step.html shows it."""

    name: str | Promise
    state: str
    text: str
    todo: str


def show_steps(draft: ConnectionDraft) -> list[ShownStep]:
    """Return the steps of the last *Connect* of this draft, none before the first."""
    return [_show_step(step, draft.user) for step in draft.steps]


def _show_step(step: Mapping[str, Any], user: User) -> ShownStep:
    problem = describe_problem(step["problem"], user)
    return ShownStep(
        name=STEP_LABELS[step["name"]],
        state=_SHOWN_STATES.get(step["state"], step["state"]),
        text=problem.happened if problem else _finding(step["name"], step["state"], step["facts"]),
        todo=problem.todo if problem else "",
    )


def _finding(name: str, state: str, facts: Mapping[str, Any]) -> str:
    if (name, state) == ("tls", "skipped"):
        return gettext("This is a sandbox that the settings name: it is reached over plain http.")
    if (name, state) == ("account", "unknown"):
        return gettext(
            "The key belongs to no administrator of the account, so its contact limit is not "
            "known. Exports work without it."
        )
    return _FINDINGS[name](facts) if state == "passed" and name in _FINDINGS else ""


def _owner(facts: Mapping[str, Any]) -> str:
    return gettext("Key of %(owner)s") % facts


def _account(facts: Mapping[str, Any]) -> str:
    if facts["contact_limit"] is None or facts["contact_total"] is None:
        return str(facts["name"])
    return gettext("%(account)s: %(total)s of %(limit)s contacts") % {
        "account": facts["name"],
        "total": number_format(facts["contact_total"], force_grouping=True),
        "limit": number_format(facts["contact_limit"], force_grouping=True),
    }


def _lists(facts: Mapping[str, Any]) -> str:
    count = facts["count"]
    if not count:
        return gettext("There is no list yet. Exports need one: add it in ActiveCampaign.")
    return ngettext("%(count)s list", "%(count)s lists", count) % {
        "count": number_format(count, force_grouping=True)
    }


_FINDINGS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "key": _owner,
    "account": _account,
    "lists": _lists,
}


READY = _("Ready")
FAILING = _("Runs fail")
STOPPED: dict[str, Promise] = {
    "export_user_gone": _("No export user"),
    "consent_lapsed": _("Not agreed"),
    "host_not_allowed": _("Host not allowed"),
    "key_unreadable": _("Key unreadable"),
}


@dataclass(frozen=True)
class Row:
    """A connection in the list, and what is wrong with it."""

    connection: Any  # a Connection with `used_by`, how many exports use it
    state: str | Promise
    problem: Description | None
    # Since when its runs fail, where that is the problem.
    failing_since: datetime | None = None


def show_rows(connections: Iterable[Connection], user: User) -> list[Row]:
    """Return connections as rows, in the same order."""
    return [_show_row(connection, user) for connection in connections]


def _show_row(connection: Connection, user: User) -> Row:
    problem = connection.problem()
    if problem:
        return Row(connection, STOPPED[problem["code"]], describe_problem(problem, user))
    state = FAILING if connection.failing else READY
    why = describe_problem(connection.failing, user)
    return Row(connection, state, why, connection.failing_since)
