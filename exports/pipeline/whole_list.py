"""Reading back everybody whom a run sent: a job of its own, in slices, each under its lease.

The list is walked when that takes fewer requests than asking for one contact after the other.
"""

import logging
import random
import time
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from config.leases import LeaseLost
from config.problems import problem
from config.storages.problems import StorageUnavailable
from connections.activecampaign.client import PAGE, ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, RateLimited, TemporaryError
from connections.activecampaign.limiter import Kind
from connections.problems import problem_of
from connections.services import limiter_for_host
from exports.models import ReadBack, Run
from exports.pipeline.interruptions import NotYet, Stop
from exports.pipeline.missing import FOLDER, addresses_sent, compare, count_sent
from exports.pipeline.read_back import standing_of
from exports.pipeline.turns import Turns, open_account
from exports.pipeline.walking import STANDINGS, Walk, read_on, write_walk
from segments.parquet import delete_on_commit

log = logging.getLogger("facteur.read_backs")

SLICE_SECONDS = 5.0
MOST_ATTEMPTS = 10
# Contacts asked for between two notes of how far it is.
AT_ONCE = 100
RATE_PAUSE = 60.0


class NotReadable(Exception):
    """The run is under way, has sent nobody, or its plan is not kept any more."""


class AlreadyReading(Exception):
    """Somebody has asked for it, and it is under way."""


def request_read_back(*, run: Run, user: User, now: datetime) -> ReadBack:
    """Have everybody looked up whom a finished run sent; raises NotReadable and AlreadyReading."""
    if not (run.is_finished and run.plan and run.accepted):
        raise NotReadable
    try:
        with transaction.atomic():
            read_back: ReadBack = ReadBack.objects.create(
                run=run, requested_by=user, requested_at=now, wake_at=now
            )
    except IntegrityError:
        raise AlreadyReading from None
    transaction.on_commit(partial(_nudge, read_back.pk), robust=True)
    return read_back


def advance_read_back(read_back_id: int, *, now: datetime) -> datetime | None:
    """Work on a read-back for one slice, if it is due and nobody else does.

    Returns when it wants to go on; None when it is over, not due yet, or another worker's.
    """
    found = ReadBack.objects.running().filter(pk=read_back_id)
    read_back = found.select_related("run__connection", "run__export").first()
    if read_back is None or read_back.must_wait(now) or not read_back.take_lease(now):
        return None
    try:
        with read_back.keeping_lease():
            wake_at = _slice(read_back)
            if read_back.is_running:
                read_back.release_lease(wake_at=wake_at)
    except LeaseLost:
        log.warning("read-back %s: another worker has taken over", read_back_id)
        return None
    return wake_at if read_back.is_running else None


def _slice(read_back: ReadBack) -> datetime:
    try:
        return _work(read_back)
    except LeaseLost:
        raise
    except NotYet as waiting:
        read_back.note(problem=waiting.problem)
        return timezone.now() + waiting.pause
    except Stop as stop:
        read_back.end(ReadBack.Status.FAILED, now=timezone.now(), problem=stop.problem)
    except ActiveCampaignError as error:
        return _after(read_back, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the work must not be lost
        # Only the kind: a message may quote somebody's address.
        log.error("read-back %s: %s", read_back.pk, type(error).__name__)
        why = error.problem if isinstance(error, StorageUnavailable) else problem("internal")
        return _try_again(read_back, why, most=MOST_ATTEMPTS)
    return timezone.now()


def _work(read_back: ReadBack) -> datetime:
    """Read on until the slice is over, and compare when all is read; return when to go on."""
    run, until = read_back.run, time.monotonic() + SLICE_SECONDS
    limiter = limiter_for_host(run.host)
    with open_account(run) as client:
        turns = Turns(limiter, until=until, kind=Kind.RESULT)
        if "way" not in read_back.progress:
            way = _cheaper_way(run, client, turns)
            if way is None:
                return turns.wake_at
            read_back.note(progress={"way": way})
        read = _walk if read_back.progress["way"] == "walk" else _ask
        while not read_back.progress.get("done") and turns.are_left:
            read(read_back, client, turns)
    if not read_back.progress.get("done"):
        return turns.wake_at
    result, missing = compare(run, read_back.progress.get("files", []))
    with transaction.atomic():
        delete_on_commit(read_back.progress.get("files", []))
        progress = {"missing": missing} if missing else {}
        read_back.end(
            ReadBack.Status.FINISHED,
            now=timezone.now(),
            problem=None,
            result=result,
            progress=progress,
        )
    return timezone.now()


def _cheaper_way(run: Run, client: ActiveCampaignClient, turns: Turns) -> str | None:
    """Return "walk" or "ask", whichever takes fewer requests; None when the slice is over."""
    pages = 0
    for status in STANDINGS:
        if not turns.take():
            return None
        contacts = client.count_contacts(list_id=run.list_id or 0, status=status)
        pages += 1 + -(-contacts // PAGE)
    return "walk" if pages < count_sent(run) else "ask"


def _walk(read_back: ReadBack, client: ActiveCampaignClient, turns: Turns) -> None:
    walk = read_on(
        read_back.progress,
        list_id=read_back.run.list_id or 0,
        statuses=tuple(STANDINGS),
        client=client,
        turns=turns,
    )
    _keep(read_back, walk)


def _ask(read_back: ReadBack, client: ActiveCampaignClient, turns: Turns) -> None:
    """Ask for some contacts, in the order of the plan."""
    asked = read_back.progress.get("asked", 0)
    walk = Walk(dict(read_back.progress))
    addresses = addresses_sent(read_back.run, first=asked, most=AT_ONCE)
    try:
        for email in addresses:
            standing = standing_of(email, read_back.run.list_id or 0, client, turns)
            if standing is None:
                break
            walk.note(email, standing)
    except (ActiveCampaignError, NotYet) as error:
        walk.ended_by = error
    walk.progress["done"] = not addresses
    _keep(read_back, walk)


def _keep(read_back: ReadBack, walk: Walk) -> None:
    replaced = write_walk(walk, FOLDER)
    with transaction.atomic():
        read_back.renew_lease(timezone.now())
        if walk.found or walk.is_done:
            read_back.note(progress=walk.progress, problem=None, attempts=0)
        delete_on_commit(replaced)
    if walk.ended_by is not None:
        raise walk.ended_by


def _after(read_back: ReadBack, error: ActiveCampaignError) -> datetime:
    run = read_back.run
    log.warning("read-back %s: %s", read_back.pk, error)
    if isinstance(error, RateLimited):
        pause = error.retry_after or RATE_PAUSE
        limiter_for_host(run.host).pause(pause)
        return timezone.now() + timedelta(seconds=pause)
    why = problem("detached")
    if run.connection is not None:
        why = problem_of(error, run.connection, list_id=run.list_id)
    most = MOST_ATTEMPTS if isinstance(error, TemporaryError) else 3
    return _try_again(read_back, why, most=most)


def _try_again(read_back: ReadBack, why: dict[str, object], *, most: int) -> datetime:
    """Note why the last attempt failed; return when to make the next one."""
    now, attempts = timezone.now(), read_back.attempts + 1
    if attempts >= most:
        read_back.end(ReadBack.Status.FAILED, now=now, problem=why, attempts=attempts)
        return now
    read_back.note(problem=why, attempts=attempts)
    pause = min(2.0**attempts, 60.0) * random.uniform(0.5, 1.0)  # noqa: S311
    return now + timedelta(seconds=pause)


def _nudge(read_back_id: int) -> None:
    from exports.tasks import advance_read_back

    advance_read_back.delay(read_back_id=read_back_id)
