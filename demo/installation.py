"""A whole Facteur on this machine, as child processes: for demonstration, trials and benchmarks.

It imports no Django: it makes the environment that the parts read their settings from.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from config.embedded.processes import accepts_connections
from config.embedded.supervisor import Child
from config.secrets import make_encryption_key, read_secret

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
CELERY = (PYTHON, "-m", "celery", "-A", "config")


@dataclass(frozen=True)
class Installation:
    """Where an installation keeps its data, and where its parts listen."""

    data: Path
    redis_url: str
    web_port: int
    sandbox_port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def sandbox_host(self) -> str:
        return f"127.0.0.1:{self.sandbox_port}"

    @property
    def sandbox_key(self) -> str:
        return read_secret("SANDBOX_KEY", make=make_encryption_key, folder=self.data / "secrets")

    @property
    def environment(self) -> dict[str, str]:
        """Return what every part of the installation is started with."""
        return {
            **os.environ,
            "DATA_DIR": str(self.data),
            "REDIS_URL": self.redis_url,
            "SITE_URL": os.environ.get("SITE_URL", f"http://localhost:{self.web_port}"),
            "ACTIVECAMPAIGN_SANDBOX_HOSTS": self.sandbox_host,
            "SANDBOX_KEY": self.sandbox_key,
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def manage(self, *command: str, capture: bool = False) -> str:
        """Run one of manage.py's commands; return what it printed, when that is captured.

        Raises subprocess.CalledProcessError.
        """
        done = subprocess.run(  # noqa: S603 - our own commands
            [PYTHON, ROOT / "manage.py", *command],
            env=self.environment,
            cwd=ROOT,
            check=True,
            text=True,
            stdout=subprocess.PIPE if capture else None,
        )
        return done.stdout or ""

    def sandbox(self, *options: str) -> Child:
        """Return the sandbox, with the lists and fields of the demonstration."""
        return Child(
            "sandbox",
            [
                *(PYTHON, "-m", "connections.activecampaign.sandbox"),
                *("--port", str(self.sandbox_port), "--key", self.sandbox_key),
                *("--data", str(self.data / "sandbox.sqlite")),
                *("--list", "Newsletter", "--list", "Customers"),
                *("--field", "Birthday:date"),
                *("--field", "Interests:listbox:tea,coffee,stationery,maps,music"),
                *options,
            ],
            ready=partial(accepts_connections, self.sandbox_port),
            env=self.environment,
        )

    def worker(self) -> Child:
        command = [*CELERY, "worker", "--concurrency=2", "--loglevel=INFO", "--without-mingle"]
        return Child("worker", command, env=self.environment)

    def beat(self) -> Child:
        command = [*CELERY, "beat", "--schedule", str(self.data / "beat"), "--loglevel=INFO"]
        return Child("beat", command, env=self.environment)

    def web(self) -> Child:
        return Child(
            "web",
            [
                *(PYTHON, "-m", "gunicorn", "config.wsgi", "--threads=8", "--timeout=300"),
                *("--bind", f"127.0.0.1:{self.web_port}"),
            ],
            ready=partial(_answers, f"http://127.0.0.1:{self.web_port}/healthz"),
            env=self.environment,
        )


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2, allow_redirects=False).status_code == 200
    except requests.RequestException:
        return False
