"""Taking a person out of one stored file, and putting the new file in its place."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
from django.db import transaction
from django.db.models import F

from config.problems import problem
from config.storages.stored import StoredFile, own_storage
from exports.corrections.storing import FOLDER as CORRECTIONS
from exports.erasing.corrected import (
    Corrected,
    marks_in_people,
    marks_in_table,
    profiles_of_plan,
    profiles_of_table,
)
from exports.erasing.ledger import forget_positions
from exports.erasing.owners import Owner, owners_of
from exports.erasing.progress import delete_replaced, note
from exports.erasing.waiting import NotYet, check_export_rests, check_source_rests
from exports.models import Erasure, Export, ReadBack, Run, SuppressionList
from segments import parquet
from segments.erasing import (
    Look,
    Marks,
    Rewritten,
    look_into,
    numbers_in,
    own_columns_at,
    put_in_place,
    rewrite,
    rewriting_table,
)
from segments.mentions import Mentioned
from segments.models import ProfileTable, Snapshot, Source
from segments.whereabouts import Further

# A file that no row names may be one that is just being named.
YOUNG = timedelta(minutes=5)
# Of a plan, what says whose row it is; the rest are values that were sent.
_OF_PLANS = ("email", "key")


class NotTakenOut(Exception):
    """A file that was rewritten still holds the person: a defect."""


@dataclass(frozen=True)
class Work:
    """An erasure at work: whom it is about, and by which columns sources know people.

    `corrected` are the profiles that are the person's by a correction only.
    """

    erasure: Erasure
    address: Mentioned
    further: Further
    corrected: Sequence[Corrected]
    now: datetime

    @property
    def profiles(self) -> list[Corrected]:
        """Return the profiles whose corrections are the person's, whatever they correct."""
        noted = self.erasure.progress.get("profiles", [])
        return [*self.corrected, *(Corrected(*each) for each in noted)]

    def notable(self, profiles: Iterable[Corrected]) -> list[list[object]]:
        """Return profiles as they are noted; not those whose key is the address itself, by which
        their corrections are found anyway.
        """
        return [
            [each.source, each.generation, each.key]
            for each in profiles
            if not self.address.is_in(each.key)
        ]


def erase_from_file(work: Work, file: StoredFile) -> bool:
    """Take the person out of a stored Parquet file; return whether it held them.

    Raises NotYet when something is at work with the file, Replaced and LeaseLost.
    """
    try:
        with parquet.reading(file.name) as path:
            if not look_into(path, work.address, also=_marks_in(work, file.name, path)):
                return False
    except FileNotFoundError:  # nobody needs it any more
        return False
    except duckdb.InvalidInputException:
        # No Parquet file: what no row names is of no use to anybody, whoever it holds.
        if owners_of(file.name):
            raise
        delete_stray(work, file)
        delete_replaced(work.erasure)
        return True
    owners = owners_of(file.name)
    if work.erasure.keep_suppressed and _are_suppression_lists(owners):
        return False
    if not owners:
        delete_stray(work, file)
    elif isinstance(table := owners[0].row, ProfileTable):
        _erase_from_table(work, table)
    else:
        _erase_from_plain(work, file.name, owners)
    delete_replaced(work.erasure)
    return True


def _marks_in(work: Work, name: str, path: str) -> list[Marks]:
    """Return by what, beside the address, rows of a file are the person's."""
    if not work.profiles:
        return []
    with parquet.connect() as db:
        columns = parquet.names(db, path)
    table = ProfileTable.objects.filter(file=name).select_related("source").first()
    if table is not None:
        return marks_in_table(table, columns, work.corrected)
    # What a key was in former plans may have been somebody else; corrections are about this one.
    is_correction = name.startswith(f"{CORRECTIONS}/")
    return marks_in_people(columns, work.profiles if is_correction else work.corrected)


def delete_stray(work: Work, file: StoredFile) -> None:
    """Let a file go that no row names; raises NotYet when one may be about to."""
    if file.modified_at > work.now - YOUNG:
        raise NotYet(problem("erasure_waits_for_files"))
    with transaction.atomic():
        note(work.erasure, erased={"files": 1}, to_delete=[file.name])


def _erase_from_table(work: Work, table: ProfileTable) -> None:
    check_source_rests(table.source)
    with parquet.reading(table.file) as path:
        also = _marks_in(work, table.file, path)
        own = own_columns_at(table, path, work.further)
        profiles = profiles_of_table(table, path, work.address, own=own, also=also)
    with rewriting_table(table, work.address, further=work.further, also=also) as rewritten:
        if rewritten is None:
            raise NotTakenOut(table.file)
        with _deleted_on_failure(rewritten.files):
            _check_taken_out(work, rewritten.file, also)
            with transaction.atomic():
                _put_in_place(work, rewritten, profiles)


def _put_in_place(work: Work, rewritten: Rewritten, profiles: Iterable[Corrected]) -> None:
    table, look = rewritten.table, rewritten.look
    source = Source.objects.select_for_update().get(pk=table.source_id)
    check_source_rests(source)
    is_read_again = source.kind != Source.Kind.UPLOAD and source.table_id == table.pk
    note(
        work.erasure,
        erased={"tables": look.own, "mentions": look.mentions},
        to_delete=put_in_place(rewritten),
        profiles=work.notable(profiles),
        remains={"sources": [source.pk]} if is_read_again and look.own else {},
    )


def _erase_from_plain(work: Work, name: str, owners: Sequence[Owner]) -> None:
    """Rewrite a file that is one row a person, and say so in every row that names it."""
    for owner in owners:
        _check_rests(owner)
    is_plan = any(isinstance(owner.row, Run) and owner.field == "plan" for owner in owners)
    own = _OF_PLANS if is_plan else None
    folder = name.rpartition("/")[0]
    with parquet.reading(name) as path:
        also = _marks_in(work, name, path)
        look = look_into(path, work.address, own=own, also=also)
        positions = _positions_in(path, work, also) if is_plan else []
        profiles = profiles_of_plan(path, work.address, own=_OF_PLANS, also=also) if is_plan else []
        with parquet.writing(folder) as new:
            rewrite(path, new.path, work.address, own=own, also=also)
    with _deleted_on_failure([new.name]):
        _check_taken_out(work, new.name, also)
        with transaction.atomic():
            for owner in owners:
                _check_rests(owner, lock=True)
                owner.rename(name, new.name)
                _follow_up(owner, look, positions, work.now)
            note(
                work.erasure,
                erased={folder: look.own, "mentions": look.mentions},
                to_delete=[name],
                profiles=work.notable(profiles),
                hosts=_hosts(owners) if look.own else (),
            )


def _positions_in(path: str, work: Work, also: Sequence[Marks]) -> list[int]:
    return numbers_in(path, "position", work.address, own=_OF_PLANS, also=also)


def _follow_up(owner: Owner, look: Look, positions: Sequence[int], now: datetime) -> None:
    """Bring what a row says of its file up to date."""
    row = owner.row
    if isinstance(row, Run) and owner.field == "plan":
        forget_positions(row, positions, now=now)
        Run.objects.filter(pk=row.pk).update(forgotten=F("forgotten") + look.own)
    elif isinstance(row, SuppressionList):
        rows = SuppressionList.objects.filter(pk=row.pk)
        rows.update(addresses=F("addresses") - look.own)


def _hosts(owners: Iterable[Owner]) -> list[str]:
    """Return the accounts to which these rows say that the person was delivered."""
    runs = [row.host for owner in owners if isinstance(row := owner.row, Run)]
    states = [
        row.delivered_to.rpartition("/")[0]
        for owner in owners
        if isinstance(row := owner.row, Export) and owner.field == "delivered"
    ]
    return [host for host in (*runs, *states) if host]


def _check_rests(owner: Owner, *, lock: bool = False) -> None:
    """Raise NotYet while something works with what the row stands for.

    With `lock` nothing begins to before the transaction ends.
    """
    match owner.row:
        case Export(pk=export_id):
            pass
        case Run(export_id=export_id):
            pass
        case ReadBack(run=Run(export_id=export_id)):
            pass
        case Snapshot(segment=segment):
            check_source_rests(segment.source)
            return
        case _:
            return
    if lock:
        Export.objects.select_for_update().get(pk=export_id)
    check_export_rests(export_id)


def _are_suppression_lists(owners: Sequence[Owner]) -> bool:
    return bool(owners) and all(isinstance(owner.row, SuppressionList) for owner in owners)


def _check_taken_out(work: Work, name: str, also: Sequence[Marks]) -> None:
    with parquet.reading(name) as path:
        if look_into(path, work.address, also=also):
            raise NotTakenOut(name)


@contextmanager
def _deleted_on_failure(names: Iterable[str]) -> Iterator[None]:
    """Delete new files when they are not put in place after all."""
    try:
        yield
    except BaseException:
        for name in names:
            own_storage().delete(name)
        raise
