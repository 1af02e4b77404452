"""Walking a list: who has which standing on it, read page by page into files.

How far a walk is stays in a JSON object between slices: {"files": [names], "at": {status: ID of
the last contact read}, "unsubscribed": how many, "bounced": …, "done": whether all is read}.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connections.activecampaign.answers import Contact, Status
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError
from exports.pipeline.interruptions import NotYet
from exports.pipeline.turns import Turns
from segments.parquet import connect, literal, reading_all, writing

STANDINGS = {
    Status.ACTIVE: "on_list",
    Status.UNSUBSCRIBED: "unsubscribed",
    Status.BOUNCED: "bounced",
}
MISSING = "missing"
# Contacts that are held in memory before they are written to a file.
AT_ONCE = 10_000
# So many files are made one.
MOST_FILES = 50


@dataclass
class Walk:
    """What one slice has read, how far the walk is with it, and what ended it before its time."""

    progress: dict[str, Any]
    found: list[tuple[str, str]] = field(default_factory=list)
    ended_by: ActiveCampaignError | NotYet | None = None

    @property
    def at(self) -> dict[str, int]:
        at: dict[str, int] = self.progress.setdefault("at", {})
        return at

    @property
    def is_done(self) -> bool:
        return bool(self.progress.get("done"))

    def take_in(self, status: Status, page: Sequence[Contact]) -> None:
        standing = STANDINGS[status]
        self.found += [(contact.email, standing) for contact in page]
        self.progress[standing] = self.progress.get(standing, 0) + len(page)
        self.at[str(status.value)] = page[-1].id

    def note(self, email: str, standing: str) -> None:
        """Take in what was found of one contact that was asked for by its address."""
        self.found.append((email, standing))
        self.progress["asked"] = self.progress.get("asked", 0) + 1


def read_on(
    progress: dict[str, Any],
    *,
    list_id: int,
    statuses: Sequence[Status],
    client: ActiveCampaignClient,
    turns: Turns,
) -> Walk:
    """Read on from where `progress` stopped, for as long as there are turns."""
    walk = Walk({**progress, "at": dict(progress.get("at", {}))})
    try:
        while not walk.is_done and len(walk.found) < AT_ONCE and turns.take():
            _read_page(walk, list_id, statuses, client)
    except (ActiveCampaignError, NotYet) as error:
        # What was read before is kept.
        walk.ended_by = error
    return walk


def _read_page(
    walk: Walk, list_id: int, statuses: Sequence[Status], client: ActiveCampaignClient
) -> None:
    """Read one page; only an empty one shows that a standing is read to its end."""
    number = max(len(walk.at) - 1, 0)
    status = statuses[number]
    last_id = walk.at.setdefault(str(status.value), 0)
    if page := client.contacts_after(last_id, list_id=list_id, status=status):
        walk.take_in(status, page)
    elif number + 1 < len(statuses):
        walk.at[str(statuses[number + 1].value)] = 0
    else:
        walk.progress["done"] = True


def write_walk(walk: Walk, folder: str) -> list[str]:
    """Store what was read as one file more, and name it in the progress; many become one.

    Files have the columns email, in lower case, and standing. Return the names of those that
    are replaced: they may go once the progress is stored.
    """
    files: list[str] = walk.progress.get("files", [])
    if walk.found:
        files = [*files, _write(walk.found, folder)]
    most = 1 if walk.is_done else MOST_FILES
    walk.progress["files"] = [_join(files, folder)] if len(files) > most else files
    return files if len(files) > most else []


def _write(found: Sequence[tuple[str, str]], folder: str) -> str:
    with writing(folder) as new, connect() as db:
        db.execute(
            "CREATE TABLE found AS SELECT lower(trim(unnest(?::VARCHAR[]))) AS email,"
            " unnest(?::VARCHAR[]) AS standing",
            [[email for email, _ in found], [standing for _, standing in found]],
        )
        db.execute(_COPY.format(path=literal(new.path)))
    return new.name


def _join(files: Sequence[str], folder: str) -> str:
    with writing(folder) as new, reading_all(list(files)) as paths, connect() as db:
        listed = ", ".join(literal(path) for path in paths)
        db.execute(f"CREATE VIEW found AS FROM read_parquet([{listed}])")
        db.execute(_COPY.format(path=literal(new.path)))
    return new.name


# Who moved from one standing to another during the walk has the graver one.
_COPY = """
COPY (
    SELECT email, list_extract(
        ['missing', 'on_list', 'unsubscribed', 'bounced'],
        max(list_position(['missing', 'on_list', 'unsubscribed', 'bounced'], standing))
    ) AS standing
    FROM found GROUP BY email
) TO {path} (FORMAT parquet, COMPRESSION zstd)
"""
