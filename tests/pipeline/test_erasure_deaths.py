"""Forgetting a person: killed half-way, by several workers, in a bucket, in a large table."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta

import duckdb
import pytest
from django.db import connection, connections
from django.utils import timezone

from config.storages.choosing import in_folders
from config.storages.folder import Folder
from exports.erasing.advance import advance
from exports.models import Erasure
from segments.erasing import look_into, rewrite
from segments.mentions import Mentioned
from segments.models import ProfileTable, Snapshot
from tests.factories import make_segment, make_source, make_user
from tests.pipeline.conftest import people
from tests.pipeline.erasures import ANA, go_on, leaks, request, somebody


class Deadly(Folder):
    """A folder in which the process dies that writes or deletes for the nth time."""

    left = 0

    def save(self, name, content, max_length=None):
        self._count()
        return super().save(name, content, max_length)

    def delete(self, name):
        self._count()
        super().delete(name)

    def _count(self):
        Deadly.left -= 1
        if Deadly.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def own_files(settings, tmp_path):
    storages = in_folders(tmp_path, tmp_path / "incoming")
    storages["default"]["BACKEND"] = "tests.pipeline.test_erasure_deaths.Deadly"
    settings.STORAGES = settings.STORAGES | storages


def work_in_a_process(erasure: Erasure) -> int:
    """Work on an erasure in a process of its own; return the signal that ended it, or 0."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        for _slice in range(20):
            advance(erasure.pk, now=timezone.now() + timedelta(minutes=10))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_at_any_file_costs_nothing(own_files):
    user = make_user(role="administrator")
    deaths = 0
    for nth in range(1, 12):
        source = make_source([*people(3), somebody()])
        segment = make_segment(source)
        erasure = request(user)
        Deadly.left = nth
        deaths += work_in_a_process(erasure) == -signal.SIGKILL
        Deadly.left = 0
        Erasure.objects.filter(pk=erasure.pk).update(lease_token=None, lease_until=None)
        go_on(erasure)

        assert erasure.status == Erasure.Status.FINISHED
        assert leaks() == []
        assert ProfileTable.objects.get(source=source).rows == 3
        assert Snapshot.objects.get(segment=segment).members == 3

    assert deaths >= 4


@pytest.mark.django_db(transaction=True)
def test_several_workers_do_it_once(own_files):
    user = make_user(role="administrator")
    sources = [make_source([*people(3), somebody()]) for _source in range(4)]
    erasure = request(user)

    def work() -> None:
        for _slice in range(10):
            advance(erasure.pk, now=timezone.now() + timedelta(minutes=10))
        connection.close()

    workers = [threading.Thread(target=work) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    go_on(erasure)

    assert erasure.status == Erasure.Status.FINISHED
    assert erasure.erased["tables"] == len(sources)
    assert {table.rows for table in ProfileTable.objects.all()} == {3}
    assert leaks() == []


def test_a_person_is_forgotten_in_a_bucket(bucket, delivery, administrator):
    export = delivery([*people(3), somebody()])
    export.run()
    before = set(bucket.names())

    erasure = go_on(request(administrator))

    assert erasure.status == Erasure.Status.FINISHED
    assert leaks() == []
    gone = {name.split("/")[0] for name in before - set(bucket.names())}
    assert {"tables", "snapshots", "plans", "states"} <= gone


def test_a_table_far_larger_than_the_memory_is_rewritten(settings, tmp_path):
    settings.DUCKDB_MEMORY_LIMIT = "200MB"
    source, target = str(tmp_path / "source.parquet"), str(tmp_path / "target.parquet")
    duckdb.sql(
        "COPY (SELECT n + 1 AS __row, CASE n WHEN 399998 THEN 'Ana@Example.com' ELSE"
        " concat('p', n, '@example.test') END AS email, md5(n::VARCHAR) || repeat(md5((n * 7)"
        f"::VARCHAR), 30) AS notes FROM range(600000) AS r (n)) TO '{source}'"
        " (FORMAT parquet, ROW_GROUP_SIZE 20480)"
    )
    address = Mentioned(ANA)

    rewrite(source, target, address, own=["email"])

    count, last = duckdb.sql(f"SELECT count(*), max(__row) FROM '{target}'").fetchall()[0]
    assert (count, last) == (599_999, 600_000)
    assert look_into(source, address, own=["email"]).own == 1
    assert not look_into(target, address)
    groups = duckdb.sql(f"SELECT max(row_group_num_rows) FROM parquet_metadata('{target}')")
    assert groups.fetchall() == [(20480,)]
