"""A whole installation of Facteur that journeys and pictures share: every part is a real one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded.processes import free_port
from config.embedded.supervisor import Supervisor
from config.embedded.valkey import ValkeyServer
from connections.activecampaign.sandbox.sandbox import Sandbox
from demo.installation import Installation


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    email: str
    name: str
    role: str
    password: str


# The people that `manage.py demo` makes.
ADMINISTRATOR = Person(
    "admin@facteur.example", "Adèle Admin", "administrator", "plume-encre-papier-1"
)
CONTRIBUTOR = Person(
    "contributor@facteur.example", "Côme Contributor", "contributor", "plume-encre-papier-2"
)
VIEWER = Person("viewer@facteur.example", "Violette Viewer", "viewer", "plume-encre-papier-3")
PEOPLE = (ADMINISTRATOR, CONTRIBUTOR, VIEWER)
# Somebody who signs in with a code besides, and the secret that it comes from.
SECURED = Person("secured@facteur.example", "Ségolène Secured", "viewer", "plume-encre-papier-4")
SECURED_BY = "JBSWY3DPEHPK3PXP"


@dataclass(frozen=True)
class House:
    """An installation that serves, and the ActiveCampaign that it delivers to."""

    facteur: Installation
    sandbox: Sandbox

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.facteur.web_port}"

    def contacts_received(self) -> int:
        """Return how many contacts were sent to the sandbox until now, counting every time."""
        return self.sandbox.account.store.number("SELECT total(contacts) FROM imports")

    def add(self, call: str) -> None:
        """Call a function of samples.py in a process of the installation, on its database."""
        code = f"from tests.e2e import samples; samples.{call}"
        self.facteur.manage("shell", "--no-imports", "-c", code)


@contextmanager
def open_house(**settings: str) -> Iterator[House]:
    """Start an installation without any data but its people; all of it ends with the block."""
    with (
        tempfile.TemporaryDirectory(prefix="facteur-journeys-") as folder,
        ValkeyServer() as valkey,
        Sandbox(limits=False, processing_seconds=0.2) as sandbox,
        Supervisor(Path(folder) / "logs") as supervisor,
    ):
        port = free_port()
        facteur = Installation(
            data=Path(folder),
            redis_url=valkey.url,
            web_port=port,
            sandbox_port=int(sandbox.host.rpartition(":")[2]),
            settings={
                "SITE_URL": f"http://127.0.0.1:{port}",
                "SANDBOX_KEY": sandbox.key,
                "DEMO_PASSWORDS": json.dumps({one.email: one.password for one in PEOPLE}),
                "ACTIVECAMPAIGN_BULK_PER_MINUTE": "1000",
                "ACTIVECAMPAIGN_SINGLE_PER_MINUTE": "1000",
                "ACTIVECAMPAIGN_REQUESTS_PER_SECOND": "50",
                **settings,
            },
        )
        facteur.manage("migrate", "--verbosity=0")
        facteur.manage("collectstatic", "--no-input", "--verbosity=0")
        for child in (facteur.worker(), facteur.beat(), facteur.web()):
            supervisor.start(child)
        yield House(facteur, sandbox)


def fill(house: House, *demo_options: str) -> None:
    """Put the sample of `make demo` into an installation: a few people of seven countries."""
    for name in ("Newsletter", "Customers", "Winter"):
        house.sandbox.ensure_list(name)
    house.sandbox.ensure_field("Birthday", "date")
    house.sandbox.ensure_field("Interests", "listbox", ("tea", "coffee", "stationery", "maps"))
    house.facteur.manage("demo", "--people=240", *demo_options, capture=True)
