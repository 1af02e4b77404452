"""The broker is emptied and away, and the database cuts its connections, while a run sends."""

import threading
import time
from contextlib import suppress

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from redis import Redis

from config.embedded.valkey import ValkeyServer
from config.leases import free_the_dead
from exports.models import Run
from exports.pipeline.advance import advance
from tests.pipeline.conftest import accounted, people, step
from tests.waiting import eventually

BULK = "POST /import/bulk_import"


def test_a_run_whose_valkey_is_emptied_waits_a_minute_and_goes_on(delivery, settings):
    everybody = people(2500)
    export = delivery(everybody)
    export.sandbox.faults.add("too_many", on=BULK, first=9, times=1, retry_after=1)
    run = export.start()
    step(run)
    before = export.sandbox.log.count(BULK)

    with Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.flushdb()
    Run.objects.update(wake_at=timezone.now())
    goes_on_at = advance(run.pk, now=timezone.now())
    while_it_waited = export.sandbox.log.count(BULK)
    finished = export.finish(run)

    # What left within the last minute is forgotten, so nothing may leave for one.
    assert while_it_waited == before
    assert goes_on_at > timezone.now()
    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(finished)


def test_a_run_whose_valkey_is_away_for_a_while_goes_on(delivery, settings, tmp_path):
    everybody = people(2500)
    export = delivery(everybody)
    with ValkeyServer(tmp_path / "valkey") as valkey:
        settings.REDIS_URL = valkey.url
        export.sandbox.faults.add("too_many", on=BULK, first=9, times=1, retry_after=1)
        run = export.start()
        step(run)

        valkey.stop()
        Run.objects.update(wake_at=timezone.now())
        advance(run.pk, now=timezone.now())
        run.refresh_from_db()
        away = (run.status, run.problem["code"], run.attempts)
        valkey.start()
        finished = export.finish(run)

    assert away == (Run.Status.SENDING, "trying_again", 1)
    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(finished)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server")
def test_a_run_whose_database_cuts_all_connections_goes_on(delivery):
    everybody = people(5000)
    export = delivery(everybody)
    export.sandbox.switches.latency = 0.1
    run = export.start()

    for sent in (2, 8, 14):
        cutter = threading.Thread(target=_cut_connections, args=[export.sandbox, sent])
        cutter.start()
        while cutter.is_alive():
            _advance(run)
    # The last cut may have left a lease to nobody, which ends by itself.
    while Run.objects.filter(pk=run.pk, lease_until__gt=timezone.now()).exists():
        time.sleep(0.1)
    finished = export.finish(run)

    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(finished)


def _cut_connections(sandbox, sent):
    """Do what a restart does to those who are connected, once so many imports have come."""
    eventually(lambda: sandbox.log.count(BULK) >= sent)
    database = connection.settings_dict
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [database["NAME"]],
        )


def _advance(run):
    """Work on a run as a task does, which ends with an error when the database is away."""
    with suppress(DatabaseError):
        free_the_dead(now=timezone.now())
        Run.objects.filter(pk=run.pk, status__in=Run.ACTIVE).update(wake_at=timezone.now())
        advance(run.pk, now=timezone.now())
    connection.close()
    time.sleep(0.1)
