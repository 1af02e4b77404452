"""What every run did about an address, the newest first."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from exports.models import Run
from exports.pipeline.outcomes import PersonOutcome, find_person
from segments import parquet
from segments.mentions import Mentioned

# Each is a file to look into.
RUNS_AT_ONCE = 50


@dataclass(frozen=True)
class InRun:
    """What one run did about the people with an address; there are several when it repeats."""

    run: Run
    people: Sequence[PersonOutcome]


@dataclass(frozen=True)
class History:
    """Some runs that know of an address; `older` is the id to go on from, None at the end.

    `since` is the oldest run that was looked at.
    """

    runs: Sequence[InRun]
    looked_at: int
    since: Run | None
    older: int | None


def find_history(address: Mentioned, *, before: int | None = None) -> History:
    """Look for the address in the plans of RUNS_AT_ONCE runs, those before run `before`."""
    runs = Run.objects.for_pages().exclude(plan="").order_by("-pk")
    if before is not None:
        runs = runs.filter(pk__lt=before)
    some = list(runs[: RUNS_AT_ONCE + 1])
    looked_at = some[:RUNS_AT_ONCE]
    known = _knowing(looked_at, address)
    return History(
        runs=[InRun(run, find_person(run, address.address)) for run in known],
        looked_at=len(looked_at),
        since=looked_at[-1] if looked_at else None,
        older=looked_at[-1].pk if len(some) > RUNS_AT_ONCE else None,
    )


def _knowing(runs: Sequence[Run], address: Mentioned) -> list[Run]:
    """Return those of the runs whose plan has the address: one query over all their files."""
    with ExitStack() as stack, parquet.connect() as connection:
        paths: dict[str, Run] = {}
        for run in runs:
            try:
                paths[stack.enter_context(parquet.reading(run.plan))] = run
            except FileNotFoundError:
                continue
        if not paths:
            return []
        found = connection.execute(
            "SELECT DISTINCT filename FROM read_parquet(?, filename = true, union_by_name = true)"
            " WHERE email = ?",
            [list(paths), address.address],
        ).fetchall()
    knowing = {paths[path].pk for (path,) in found}
    return [run for run in runs if run.pk in knowing]
