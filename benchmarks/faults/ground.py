"""A whole Facteur whose every part can be broken: workers, beat, broker, database."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import django

from benchmarks.faults.customers import write_customers
from benchmarks.stage import source_of
from config.embedded.postgres import PostgresServer
from config.embedded.processes import free_port
from config.embedded.valkey import ValkeyServer
from config.secrets import make_encryption_key, make_secret_key
from demo.installation import Installation
from tests.workers import Workers

if TYPE_CHECKING:
    from segments.models import Segment


class Ground:
    """An installation with one segment, for as many sandboxes as there are `ports`."""

    def __init__(self, folder: Path, database: str, people: int, ports: list[int]) -> None:
        self._stack = ExitStack()
        self.folder, self.people = folder, people
        self.customers = folder / "customers.csv"
        self._broker_folder = folder / "valkey"
        self.broker = ValkeyServer(self._broker_folder)
        self.database = PostgresServer() if database == "postgresql" else None
        self._ports = ports

    def __enter__(self) -> Ground:
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _build(self) -> None:
        self._stack.enter_context(self.broker)
        settings = {"MAX_MEMBERS": str(2 * self.people)}
        if self.database:
            self._stack.enter_context(self.database)
            settings |= {
                "DATABASE_URL": self.database.url,
                "SECRET_KEY": make_secret_key(),
                "FIELD_ENCRYPTION_KEYS": make_encryption_key(),
            }
        facteur = Installation(self.folder, self.broker.url, free_port(), self._ports[0], settings)
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        environment = facteur.environment | {"ACTIVECAMPAIGN_SANDBOX_HOSTS": hosts}
        facteur.manage("migrate", "--verbosity=0")
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="config.settings")
        django.setup()
        self.segment = self._make_segment()
        self.workers = self._stack.enter_context(Workers(environment, self.folder / "logs"))
        self.worker, self.beat = self.workers.worker(processes=2), self.workers.beat()

    def _make_segment(self) -> Segment:
        from tests.factories import make_segment

        write_customers(self.customers, self.people)
        return make_segment(source=source_of("Customers", self.customers))

    def restart_processes(self, **environment: str) -> None:
        """Let worker and beat begin anew, with some more in their environment."""
        self.worker.end()
        self.beat.end()
        self.worker = self.workers.worker(processes=2, **environment)
        self.beat = self.workers.beat(**environment)

    def empty_broker(self) -> None:
        """Stop the broker, lose everything it held, and start it again."""
        self.broker.stop()
        shutil.rmtree(self._broker_folder)
        self.broker.start()
