"""A whole Facteur, with sandboxes as destinations, for measurements: real processes and servers.

The measuring process is one of its parts: it uses Django with the same settings as the worker.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import django
import requests

from config.embedded.processes import (
    accepts_connections,
    free_port,
    start_process,
    stop_process,
    wait_until_ready,
)
from config.embedded.supervisor import Child
from config.embedded.valkey import ValkeyServer
from demo.installation import PYTHON, ROOT, Installation

if TYPE_CHECKING:
    from exports.models import Export, Run
    from segments.models import Segment, Source

KEY = "benchmark-key"
LIST = 1
BULK = "POST /import/bulk_import"
MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "first_name", "target": "first_name"},
    {"column": "last_name", "target": "last_name"},
    {"column": "phone", "target": "phone"},
    {"column": "company", "target": "account_name"},
]
UNLIMITED = {
    "ACTIVECAMPAIGN_BULK_PER_MINUTE": "1000000",
    "ACTIVECAMPAIGN_SINGLE_PER_MINUTE": "1000000",
    "ACTIVECAMPAIGN_REQUESTS_PER_SECOND": "1000000",
}


@dataclass(frozen=True)
class Destination:
    """A sandbox in a process of its own."""

    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"http://{self.host}/api/3"

    def requests(self, endpoint: str = BULK) -> int:
        """Return how many requests of one kind arrived so far."""
        minutes = self._asked()["by_minute"].values()
        return sum(int(counts.get(endpoint, 0)) for counts in minutes)

    def refusals(self) -> int:
        """Return how many requests came too fast."""
        return int(self._asked()["too_fast"])

    def _asked(self) -> dict[str, object]:
        answer: dict[str, object] = requests.get(
            f"http://{self.host}/sandbox/requests", timeout=30
        ).json()
        return answer


class Stage:
    """Facteur on a stage: its worker, its beat, its broker, and what is to be delivered."""

    def __init__(self, data: Path, ports: list[int], settings: dict[str, str]) -> None:
        self._stack = ExitStack()
        self._data = data
        valkey = self._stack.enter_context(ValkeyServer(data / "valkey"))
        facteur = Installation(data, valkey.url, free_port(), ports[0], settings)
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        self._environment = facteur.environment | {"ACTIVECAMPAIGN_SANDBOX_HOSTS": hosts}
        facteur.manage("migrate", "--verbosity=0")
        self._start(Child("beat", facteur.beat().command, env=self._environment))
        self._worker = self._start(Child("worker", facteur.worker().command, env=self._environment))
        os.environ.update(self._environment, DJANGO_SETTINGS_MODULE="config.settings")
        django.setup()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @contextmanager
    def destination(self, port: int, *options: str) -> Iterator[Destination]:
        """Start an empty sandbox for the length of the block."""
        command = [
            *(PYTHON, "-m", "connections.activecampaign.sandbox"),
            *("--port", str(port), "--key", KEY, "--list", "Newsletter"),
            *("--contact-limit", "10000000", *options),
        ]
        child = Child("sandbox", command, ready=partial(accepts_connections, port))
        process = _start(child, self._data)
        try:
            yield Destination(port)
        finally:
            stop_process(process)

    def export(self, name: str, customers: Path, destination: Destination) -> Export:
        """Return an export of everybody in a file to the list of a sandbox."""
        from tests.factories import make_segment

        return _export(name, make_segment(source=source_of(name, customers)), destination)

    def exports(self, customers: Path, destinations: list[Destination]) -> list[Export]:
        """Return an export of everybody in a file for each of the sandboxes, of one segment."""
        from tests.factories import make_segment

        segment = make_segment(source=source_of("Everybody", customers))
        return [_export(f"To {each.host}", segment, each) for each in destinations]

    def replace(self, export: Export, customers: Path) -> None:
        """Let the export's segment hold other customers from now on."""
        from django.utils import timezone

        from segments.snapshots import refresh_segment

        segment = export.segments.get()
        segment.source = source_of(f"{export.name}, {customers.stem}", customers)
        segment.save()
        refresh_segment(segment=segment, now=timezone.now())

    def start(self, export: Export) -> Run:
        """Start a run: from here on, the worker does everything."""
        from django.utils import timezone

        from exports.models import Run
        from exports.pipeline import start_run

        return start_run(export=export, trigger=Run.Trigger.ON_DEMAND, now=timezone.now())

    def deliver(self, export: Export) -> Run:
        """Run an export to its end."""
        run = self.start(export)
        while not run.is_finished:
            assert run.status != "needs_approval", run.guards
            time.sleep(0.05)
            run.refresh_from_db()
        return run

    def worker_memory(self) -> int:
        """Return the highest memory, in MB, that a process of the worker ever held."""
        return max(_peak(process) for process in self._worker_processes()) // 1024

    def worker_cpu(self) -> float:
        """Return the seconds that all processes of the worker have computed so far."""
        return sum(_cpu(process) for process in self._worker_processes())

    def _worker_processes(self) -> list[Path]:
        return [
            process
            for process in Path("/proc").glob("[0-9]*")
            if _parent(process) == self._worker.pid
        ]

    def _start(self, child: Child) -> subprocess.Popen[bytes]:
        process = _start(child, self._data)
        self._stack.callback(stop_process, process)
        return process


def _start(child: Child, data: Path) -> subprocess.Popen[bytes]:
    log = data / "logs" / f"{child.name}.log"
    process = start_process(child.command, log=log, env=child.env, cwd=ROOT)
    wait_until_ready(process, child.ready, log=log, seconds=30)
    return process


def _export(name: str, segment: Segment, destination: Destination) -> Export:
    from tests.factories import make_connection, make_export

    return make_export(
        name=name,
        connection=make_connection(host=destination.host, api_key=KEY),
        segments=[segment],
        list_id=LIST,
        mapping=MAPPING,
    )


def source_of(name: str, customers: Path) -> Source:
    """Return a source of the customers in a file, which stays where it is."""
    from django.utils import timezone

    from segments import parquet
    from segments.models import Source
    from segments.sources.reading import read_source
    from segments.uploads import store_upload

    now = timezone.now()
    # What is stored is moved there.
    with parquet.scratch(".csv") as path:
        shutil.copyfile(customers, path)
        upload = store_upload(path=path, original_name="customers.csv", user=None, now=now)
    source = Source.objects.create(name=name, upload=upload)
    read_source(source=source, now=now)
    return source


def _parent(process: Path) -> int:
    try:
        stat = (process / "stat").read_text()
    except OSError:
        return 0  # it has just ended
    return int(stat.rpartition(")")[2].split()[1])


def _cpu(process: Path) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(process: Path) -> int:
    status = (process / "status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)
