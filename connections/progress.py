"""How far *Set up connection* has come: its steps, and what is entered so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.drafts import missing_in
from connections.forms import ConnectionForm

# Each step with where it stands on the page, and what *Save* needs of it.
_STEPS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("entry-name", _("Name and access"), ("name",)),
    ("entry-api_key", _("Key and host"), ("api_key", "host")),
    ("privacy-heading", _("Privacy"), ("agreed",)),
    ("connect-heading", _("Connect"), ("connect",)),
    ("export-user-heading", _("Export user"), ("export_user",)),
)


@dataclass(frozen=True)
class Step:
    """One step as components/stepper.html shows it; `state` is done, wrong or open."""

    name: str
    number: int
    label: str | Promise
    state: str
    is_current: bool
    address: str


@dataclass(frozen=True)
class Line:
    """One fact of the summary; no texts: it is missing yet."""

    label: str | Promise
    texts: Sequence[str]


def show_progress(form: ConnectionForm) -> list[Step]:
    """Return the steps with how they stand; the current one is the first that is not done."""
    missing, wrong = missing_in(form.draft), set(form.errors)
    states = [
        "wrong" if wrong & {*needs} else "open" if {*needs} & {*missing} else "done"
        for _place, _label, needs in _STEPS
    ]
    current = next((at for at, state in enumerate(states) if state != "done"), None)
    return [
        Step(place, at + 1, label, states[at], at == current, f"#{place}")
        for at, (place, label, _needs) in enumerate(_STEPS)
    ]


def summarize(form: ConnectionForm) -> list[Line]:
    """Return what is entered so far; of the key only that there is one."""
    draft = form.draft
    connected = draft.connected()
    account = (connected.account_name or connected.host) if connected else ""
    return [
        Line(_("Display name"), _some(draft.name)),
        Line(_("Who can use it"), _some(draft.get_visibility_display())),
        Line(_("API key"), _some(_("entered, and hidden") if draft.has_key() else "")),
        Line(_("Host"), _some(draft.host)),
        Line(_("Privacy"), _some(_("agreed") if draft.is_agreed() else "")),
        Line(_("Connected to"), _some(account)),
        Line(_("Export user"), _some(str(draft.export_user() or ""))),
    ]


def _some(text: str | Promise) -> list[str]:
    return [str(text)] if text else []
