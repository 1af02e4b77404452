"""Plan: what a run will do about every member, decided in one pass over the snapshots.

The plan is a Parquet file with one row a member, in the order of the segments and their rows, and
one for everybody who left since the last run. Those to send are at positions 0, 1, 2 …; those that
need nothing (`unchanged`), can't be sent (`rejected`) or must not be (`held`) have none.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import duckdb

from connections.activecampaign.contacts import MAX_CONTACTS
from exports.mapping import Mapping
from exports.models import Export, Run
from exports.options import Options
from exports.pipeline.planning.chosen import RejectsGone, create_chosen
from exports.pipeline.planning.claims import OtherExport
from exports.pipeline.planning.decisions import write_decisions
from exports.pipeline.planning.held import OTHER_EXPORT, create_held
from exports.pipeline.planning.members import MissingColumn, PlannedSegment, create_members
from exports.pipeline.planning.state import LEAVE_FROM, create_delivered, listed
from segments.parquet import connect, reading, reading_all, rows, writing

__all__ = ["MissingColumn", "Plan", "PlannedSegment", "RejectsGone", "batch_ranges", "write_plan"]


@dataclass(frozen=True)
class Plan:
    """A finished plan: its file, and how many people it holds of each kind.

    `left`: who left since the last run; `leavers`: those of them that are to be sent, or would be
    if no other export sent them to the list (`leaving` are without those);
    `could_leave`: how many were members, so far as was known, before this plan. `reasons` says how
    many are to be sent why, `held_reasons` and `reject_reasons` how many are not, by code.
    """

    file: str
    to_send: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0
    left: int = 0
    leavers: int = 0
    could_leave: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    held_reasons: dict[str, int] = field(default_factory=dict)
    reject_reasons: dict[str, int] = field(default_factory=dict)
    is_first: bool = False

    @property
    def members(self) -> int:
        """Return how many are in the segments: those who left are not."""
        return self.to_send - self.leavers + self.unchanged + self.rejected + self.held

    @property
    def leaving(self) -> int:
        """Return how many are to be sent because they left."""
        return self.leavers - self.held_reasons.get(OTHER_EXPORT, 0)


def write_plan(
    *,
    segments: Sequence[PlannedSegment],
    mapping: Mapping,
    delivered: str | None,
    options: Options = Options(),  # noqa: B008 - frozen
    unreachable: Sequence[str] = (),
    suppressed: Sequence[str] = (),
    corrections: str = "",
    others: Sequence[OtherExport] = (),
    full: bool = False,
    only: Run | None = None,
) -> Plan:
    """Compare the snapshots with the delivered state and return the stored plan.

    `delivered` names the file of the delivered state; None means that nothing was delivered.
    `unreachable` are files of who unsubscribed or bounced (email, standing), `suppressed` of who is
    never sent (email), `corrections` is the file of what people corrected by hand; whom `others`
    send to the list is not unsubscribed from it. `full` also sends what has not changed; with
    `only`, nobody is in the plan but whom that run rejected.
    Raises MissingColumn, RejectsGone, FileNotFoundError when another file is gone, and
    duckdb.Error when one can't be read.
    """
    with ExitStack() as files:

        def paths(names: Iterable[str]) -> list[str]:
            return files.enter_context(reading_all(list(names)))

        tables = paths(segment.table_file for segment in segments)
        snapshots = paths(segment.file for segment in segments)
        state = files.enter_context(reading(delivered)) if delivered else None
        new = files.enter_context(writing("plans"))
        db = files.enter_context(connect())
        create_members(
            db,
            segments,
            list(zip(tables, snapshots, strict=True)),
            mapping,
            consent_column=options.consent_column,
            corrections=files.enter_context(reading(corrections)) if corrections else None,
        )
        create_delivered(db, state)
        create_held(db, unreachable=paths(unreachable), suppressed=paths(suppressed))
        unsubscribes = options.leavers == Export.Leavers.UNSUBSCRIBE
        if only is not None:
            create_chosen(db, only)
        write_decisions(
            db,
            new.path,
            mapping=mapping,
            options=options,
            others=[other.opened(paths) for other in others if unsubscribes],
            full=full,
            only_some=only is not None,
        )
        return _counted(db, new.name, new.path)


def batch_ranges(contacts: int) -> Iterable[tuple[int, int]]:
    """Yield (first position, size) of each batch of a plan with so many contacts to send.

    A batch of one is five times more expensive, so a lone remainder shares with its neighbour:
    251 contacts are 126 and 125.
    """
    full, rest = divmod(contacts, MAX_CONTACTS)
    sizes = [MAX_CONTACTS] * full + ([rest] if rest else [])
    if rest == 1 and full:
        sizes[-2:] = [MAX_CONTACTS // 2 + 1, MAX_CONTACTS // 2]
    first = 0
    for size in sizes:
        yield first, size
        first += size


def _counted(db: duckdb.DuckDBPyConnection, name: str, path: str) -> Plan:
    sent, kept = Counter[str](), Counter[str]()
    codes = {"held": Counter[str](), "rejected": Counter[str]()}
    for row in rows(db, _COUNTS, [path]):
        (sent if row["is_sent"] else kept)[row["action"]] += row["people"]
        if row["action"] in codes:
            codes[row["action"]][row["reject"]] += row["people"]
    [(known, could_leave)] = db.execute(_KNOWN).fetchall()
    waiting = codes["held"][OTHER_EXPORT]
    return Plan(
        file=name,
        to_send=sent.total(),
        unchanged=kept["unchanged"],
        rejected=kept["rejected"],
        held=kept["held"],
        left=sent["left"] + kept["left"] + waiting,
        leavers=sent["left"] + waiting,
        could_leave=could_leave,
        reasons=dict(sent),
        held_reasons=dict(codes["held"]),
        reject_reasons=dict(codes["rejected"]),
        is_first=not known,
    )


_KNOWN = f"""
SELECT count(*), count(*) FILTER (standing IN {listed(LEAVE_FROM)}) FROM delivered
"""
_COUNTS = """
SELECT position IS NOT NULL AS is_sent, action, reject, count(*) AS people
FROM read_parquet(?) GROUP BY ALL
"""
