"""The work of an erasure, in slices, each under its lease: whoever comes goes on with it."""

import logging
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from config.leases import LeaseLost
from config.problems import problem
from config.storages.problems import StorageUnavailable
from config.storages.stored import StoredFile, own_storage
from connections.activecampaign.errors import TemporaryError
from connections.models import Connection
from connections.problems import problem_of
from exports.corrections.storing import FOLDER as CORRECTIONS
from exports.erasing.accounts import NotDeleted, delete_in_accounts
from exports.erasing.corrected import corrected_profiles
from exports.erasing.files import Work, erase_from_file
from exports.erasing.progress import Clean, delete_replaced
from exports.erasing.uploads import erase_from_uploads
from exports.erasing.waiting import NotYet
from exports.erasing.words import erase_from_words
from exports.models import Erasure
from exports.person.columns import address_columns
from exports.suppression import add_addresses, is_suppressed, list_of_account
from segments.erasing import Replaced
from segments.mentions import Mentioned

log = logging.getLogger("facteur.erasures")

SLICE = timedelta(seconds=5)
MOST_ATTEMPTS = 10
MOST_REFUSALS = 3
# Profiles first: what is planned from then on is planned without the person.
_FIRST = ("tables/", "snapshots/")
# Corrections last, when nothing else is left: they may be all that says which profile it is.
_LAST = f"{CORRECTIONS}/"
# In a bucket the files of others lie below ours.
_NOT_OURS = ("incoming/", "health/")


def advance(erasure_id: int, *, now: datetime) -> datetime | None:
    """Work on an erasure for one slice, if it is due and nobody else does.

    Returns when it wants to go on; None when it is over, not due yet, or another worker's.
    """
    erasure = Erasure.objects.running().filter(pk=erasure_id).first()
    if erasure is None or (erasure.wake_at and erasure.wake_at > now):
        return None
    if not erasure.take_lease(timezone.now()):
        return None
    try:
        wake_at = None
        if erasure.status == Erasure.Status.RUNNING:
            with erasure.keeping_lease():
                wake_at = _slice(erasure, now)
        erasure.release_lease(wake_at=wake_at)
    except LeaseLost:
        log.warning("erasure %s: another worker has taken over", erasure_id)
        return None
    return wake_at


def _slice(erasure: Erasure, now: datetime) -> datetime | None:
    try:
        return _work(erasure, now)
    except LeaseLost:
        raise
    except NotYet as waiting:
        _note(erasure, waiting.problem, attempts=0)
        return now + waiting.pause
    except Replaced:
        return now  # somebody was quicker: look again
    except NotDeleted as failed:
        most = MOST_ATTEMPTS if isinstance(failed.error, TemporaryError) else MOST_REFUSALS
        # Their words may quote the address.
        why = problem_of(failed.error, failed.connection) | {"detail": ""}
        log.warning("erasure %s: %s", erasure.pk, failed.error)
        return _try_again(erasure, why, most=most, now=now)
    except StorageUnavailable as error:
        return _try_again(erasure, error.problem, most=MOST_ATTEMPTS, now=now)
    except Exception as error:  # noqa: BLE001 - whatever it is, the erasure must not be lost
        # Only the kind: a message may quote the address.
        log.error("erasure %s: %s", erasure.pk, type(error).__name__)
        return _try_again(erasure, problem("internal"), most=MOST_ATTEMPTS, now=now)


def _work(erasure: Erasure, now: datetime) -> datetime | None:
    """Go on until the slice is over or everything is done; return when to go on."""
    until = timezone.now() + SLICE
    address = Mentioned(erasure.email)
    work = Work(erasure, address, address_columns(), corrected_profiles(address), now)
    delete_replaced(erasure)
    if erasure.keep_suppressed:
        _suppress(work)
    clean = Clean(erasure)
    try:
        waiting = _erase_from_files(work, clean, until)
        if timezone.now() >= until:
            _note(erasure, None, attempts=0)
            return now
        erase_from_uploads(work, clean)
    finally:
        clean.keep()
    erase_from_words(work)
    if waiting:
        raise waiting
    if erasure.delete_contact:
        delete_in_accounts(work)
    _finish(erasure)
    clean.forget()
    return None


def _suppress(work: Work) -> None:
    """Have no account that we know be sent the address again."""
    for host in Connection.objects.values_list("host", flat=True).distinct().order_by("host"):
        suppressed = list_of_account(host)
        if not (suppressed.file and is_suppressed(suppressed, work.address.address)):
            add_addresses(
                to=suppressed,
                lines=[work.address.address],
                user=work.erasure.requested_by,
                now=work.now,
            )


def _erase_from_files(work: Work, clean: Clean, until: datetime) -> NotYet | None:
    """Look into every file until none holds the person; return what keeps one, if any does."""
    while True:
        waiting, found = None, False
        for file in _files():
            is_last = file.name.startswith(_LAST)
            # Of corrections, what was found in other files meanwhile may tell whose they are.
            if waiting if is_last else file.name in clean:
                continue
            try:
                held = erase_from_file(work, file)
            except NotYet as not_yet:
                waiting = waiting or not_yet
                continue
            found = found or held
            if not held:
                clean.add(file.name)
            if timezone.now() >= until:
                return waiting
        if not found:
            return waiting


def _files() -> Iterator[StoredFile]:
    """Yield the stored files that hold people, but for uploads: _FIRST, others, _LAST."""
    listed = [
        file
        for file in own_storage().walk(deep=True)
        if file.name.endswith(".parquet") and not file.name.startswith(_NOT_OURS)
    ]
    first = [file for file in listed if file.name.startswith(_FIRST)]
    last = [file for file in listed if file.name.startswith(_LAST)]
    others = (file for file in listed if not file.name.startswith((*_FIRST, _LAST)))
    return chain(first, others, last)


def _finish(erasure: Erasure) -> None:
    """Forget the address itself, and write into the audit trail that it is done."""
    now = timezone.now()
    with transaction.atomic():
        erasure.renew_lease(now)
        erasure.status, erasure.finished_at = Erasure.Status.FINISHED, now
        Erasure.objects.filter(pk=erasure.pk).update(
            email="",
            status=Erasure.Status.FINISHED,
            finished_at=now,
            problem=None,
            progress={},
            wake_at=None,
            lease_token=None,
            lease_until=None,
        )
        if erasure.requested_by:
            total = sum(erasure.erased.values())
            record("forgotten", erasure, actor=erasure.requested_by, count=total)
    log.info("erasure %s: finished", erasure.pk)


def _note(erasure: Erasure, why: dict[str, object] | None, *, attempts: int) -> None:
    rows = Erasure.objects.filter(pk=erasure.pk, lease_token=erasure.lease_token)
    rows.update(problem=why, attempts=attempts)
    erasure.problem, erasure.attempts = why, attempts


def _try_again(
    erasure: Erasure, why: dict[str, object], *, most: int, now: datetime
) -> datetime | None:
    """Note why the last attempt failed; return when to make the next one, None after the last."""
    attempts = erasure.attempts + 1
    _note(erasure, why, attempts=attempts)
    if attempts < most:
        pause = min(2.0**attempts, 60.0) * random.uniform(0.5, 1.0)  # noqa: S311
        return now + timedelta(seconds=pause)
    erasure.renew_lease(timezone.now())
    Erasure.objects.filter(pk=erasure.pk).update(
        status=Erasure.Status.FAILED, wake_at=None, lease_token=None, lease_until=None
    )
    erasure.status = Erasure.Status.FAILED
    return None
