"""python -m demo: starts every part of Facteur, delivers sample people, serves until Ctrl-C."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.processes import NotReady, accepts_connections, free_port
from config.embedded.supervisor import Supervisor
from config.embedded.valkey import ValkeyServer
from demo.installation import ROOT, Installation

DATA = Path(os.environ.get("DATA_DIR", ROOT / "var")).resolve()
SANDBOX_IS_ABOVE = 100  # the web server at 8000, the sandbox at 8100
PORTS = range(1, 65536 - SANDBOX_IS_ABOVE)


def main() -> None:
    """Run the demonstration; exits with 1 and a reason when a part does not start."""
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _alone_with_the_data():
            port = _web_port()
            sandbox_port = _sandbox_port(port)
            with ValkeyServer(DATA / "valkey") as valkey:
                _serve(Installation(DATA, valkey.url, port, sandbox_port))
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


@contextmanager
def _alone_with_the_data() -> Iterator[None]:
    """Keep other demonstrations away from DATA_DIR for as long as this process lives."""
    with (DATA / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(
                f"A demonstration is running with the data in {DATA}. "
                "For one beside it, choose another folder and port: DATA_DIR=... PORT=... make demo"
            )
        yield


def _web_port() -> int:
    """Return PORT; exits with a reason when it can't be used."""
    wanted = os.environ.get("PORT", "8000")
    if not wanted.isdecimal() or int(wanted) not in PORTS:
        sys.exit(f"PORT={wanted} is not a port. Choose a number up to {PORTS[-1]}.")
    port = int(wanted)
    if accepts_connections(port):
        sys.exit(f"Port {port} is in use. Choose another one: PORT={port + 1} make demo")
    return port


def _sandbox_port(web_port: int) -> int:
    """Return the sandbox's port: always the same, since the sample connection names it.

    It is made of the web server's, so that demonstrations that start together don't meet.
    """
    kept = DATA / "sandbox.port"
    if not kept.exists():
        port = web_port + SANDBOX_IS_ABOVE
        kept.write_text(str(free_port() if accepts_connections(port) else port))
    port = int(kept.read_text())
    if accepts_connections(port):
        sys.exit(
            f"Port {port}, the sandbox's, is in use. Stop what listens there, "
            "or begin anew in another folder: DATA_DIR=... make demo"
        )
    return port


if __name__ == "__main__":
    main()
