"""What the parts of the style guide are shown with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Paginator

from config.listing import Choice, Column, Day, Listed, Listing

STATUSES = [
    ("queued", "Queued"),
    ("planning", "Planning"),
    ("needs_approval", "Needs approval"),
    ("sending", "Sending"),
    ("confirming", "Confirming"),
    ("successful", "Successful"),
    ("with_rejects", "Completed with rejects"),
    ("failed", "Failed"),
    ("canceled", "Canceled"),
    ("skipped", "Skipped"),
]
CHECKS = [
    {"name": name, "state": state, "text": text, "todo": todo}
    for name, state, text, todo in (
        ("The name resolves", "passed", "acme.api-us1.com has an address.", ""),
        ("The connection is encrypted", "passed", "The certificate fits.", ""),
        (
            "The key is accepted",
            "failed",
            "ActiveCampaign refused the key (403).",
            "Copy the key again: Settings > Developer > Key.",
        ),
        ("The account answers", "running", "", ""),
        ("The lists can be read", "waiting", "", ""),
        ("The custom fields can be read", "skipped", "", ""),
    )
]
STEPS = [
    {"name": name, "number": number, "label": label, "state": state, "address": f"#{name}"}
    | {"is_current": number == 2}
    for number, (name, label, state) in enumerate(
        (
            ("connection", "Connection and list", "done"),
            ("segments", "Segments", "open"),
            ("matching", "Matching", "wrong"),
            ("preview", "Preview", "open"),
        ),
        start=1,
    )
]
SUMMARY = [
    {"label": "Connection used", "texts": ["Acme EU"]},
    {"label": "Segments", "texts": ["Newsletter readers", "France, Canada and Brazil"]},
    {"label": "Preview", "texts": []},
]
FIGURES = [
    ("Unchanged", 9_200, "idle"),
    ("Accepted", 3_061, "good"),
    ("Rejected before sending", 37, "warn"),
    ("Rejected by ActiveCampaign", 4, "bad"),
    ("Not attempted", 0, "busy"),
]
COMMANDS = [
    {"address": "#", "label": "View"},
    {"address": "#", "label": "Edit"},
    {"address": "?ask=1", "label": "Remove", "dialog": True, "danger": True},
]
CLIMB = [11_200, 11_340, 11_310, 11_900, 12_040, 12_302]
DAILY = [0, 3_061, 120, 0, 0, 2_240, 310, 3_400, 90, 0, 1_240, 2_980, 12, 3_061]
SECONDS = [38, 41, 37, 60, 44, 43, 41]


@dataclass(frozen=True)
class Row:
    """A row of the list."""

    pk: int
    status: str
    label: str

    def __str__(self) -> str:
        return f"Newsletter readers {self.pk}"


LISTING = Listing(
    name="sample",
    label="Exports",
    row="styleguide_row.html",
    nothing="No export fits",
    placeholder="Search exports",
    sort="name",
    columns=(
        Column("name", "Display name", "name", is_fixed=True),
        Column("status", "Status", "status"),
        Column("members", "Members", "members", is_number=True),
        Column("updated", "Last run", is_shown=False),
    ),
    filters=(
        Choice("status", "Status", "Every status", STATUSES, lambda rows, _value: rows),
        Day("since", "From", lambda rows, _day: rows),
    ),
    search=lambda rows, _words: rows,
)


def listed() -> Listed:
    """Return the second page of a list that is sorted by name."""
    rows = [Row(pk, *STATUSES[pk % len(STATUSES)]) for pk in range(1, 13)]
    return Listed(
        listing=LISTING,
        page=Paginator(rows, 5).page(2),
        search="",
        sort="name",
        filters=[(each, "") for each in LISTING.filters],
        columns=[each for each in LISTING.columns if each.is_shown],
        query="",
        any=True,
    )


def phases(now: datetime) -> list[dict[str, object]]:
    """Return the phases of a run that is sending."""
    left = (("Queued", 4), ("Planning", 2))
    return [
        *(
            {"label": label, "state": "passed", "at": now - timedelta(minutes=m)}
            for label, m in left
        ),
        {"label": "Sending", "state": "running", "at": None},
        {"label": "Confirming", "state": "waiting", "at": None},
        {"label": "Done", "state": "waiting", "at": None, "is_last": True},
    ]
