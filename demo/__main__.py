"""python -m demo: starts every part of Facteur, delivers sample people, serves until Ctrl-C."""

import os
import subprocess
import sys
from pathlib import Path

from config.embedded.processes import NotReady, accepts_connections, free_port
from config.embedded.supervisor import Supervisor
from config.embedded.valkey import ValkeyServer
from demo.installation import ROOT, Installation

DATA = Path(os.environ.get("DATA_DIR", ROOT / "var")).resolve()
SANDBOX_PORT = 8100


def main() -> None:
    """Run the demonstration; exits with 1 and a reason when a part does not start."""
    port = int(os.environ.get("PORT", "8000"))
    if accepts_connections(port):
        sys.exit(f"Port {port} is in use. Choose another one: PORT={port + 1} make demo")
    DATA.mkdir(parents=True, exist_ok=True)
    try:
        with ValkeyServer(DATA / "valkey") as valkey:
            _serve(Installation(DATA, valkey.url, port, _sandbox_port()))
    except NotReady as error:
        sys.exit(f"Facteur did not start. {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def _serve(facteur: Installation) -> None:
    facteur.manage("migrate", "--verbosity=0")
    facteur.manage("collectstatic", "--no-input", "--verbosity=0")
    with Supervisor(DATA / "logs") as supervisor:
        for child in (facteur.sandbox(), facteur.worker(), facteur.beat(), facteur.web()):
            supervisor.start(child)
        facteur.manage("demo")
        supervisor.watch()


def _sandbox_port() -> int:
    """Return the sandbox's port: always the same, since the sample connection names it."""
    kept = DATA / "sandbox.port"
    if not kept.exists():
        port = free_port() if accepts_connections(SANDBOX_PORT) else SANDBOX_PORT
        kept.write_text(str(port))
    port = int(kept.read_text())
    if accepts_connections(port):
        sys.exit(f"Port {port}, the sandbox's, is in use: is a demonstration still running?")
    return port


if __name__ == "__main__":
    main()
