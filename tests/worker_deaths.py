"""A run whose worker is killed, again and again: does it end, and is everybody on the list?

Used by a test at small size, and by benchmarks/worker_deaths.py at full size.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from config.embedded.processes import (
    free_port,
    kill_group,
    start_process,
    stop_process,
    wait_until_ready,
)
from config.embedded.supervisor import Child
from config.embedded.valkey import ValkeyServer
from connections.activecampaign.sandbox import Sandbox
from demo.installation import PYTHON, ROOT, Installation
from demo.people import sample_people

EXPORT = "Newsletter readers"
LIST_ID = 1
COUNTRIES = ("France", "Canada", "Brazil")
SENT = ("first_name", "last_name", "phone", "account_name")
ADDRESS = re.compile(rb"[\w.]+@[\w-]+\.example")
Contacts = dict[str, tuple[str, ...]]
UNLIMITED = {
    "ACTIVECAMPAIGN_BULK_PER_MINUTE": "100000",
    "ACTIVECAMPAIGN_SINGLE_PER_MINUTE": "100000",
    "ACTIVECAMPAIGN_REQUESTS_PER_SECOND": "100000",
}


@dataclass(frozen=True)
class Outcome:
    """What the run said of itself, and how the list differs from what it should hold."""

    run: dict[str, Any]
    seconds: float
    requests: int
    expected: int
    missing: int
    unexpected: int
    wrong: int
    # Files that hold the API key, and logs that hold an e-mail address.
    leaks: list[str]


def deliver_through_deaths(
    data: Path, *, people: int, deaths: int, latency: float, say: Callable[[str], object]
) -> Outcome:
    """Deliver sample people, killing the worker `deaths` times while it sends.

    `latency` is how many seconds the sandbox takes for each request.
    """
    with ValkeyServer(data / "valkey") as valkey, ExitStack() as stack:
        facteur = Installation(data, valkey.url, free_port(), free_port(), UNLIMITED)
        facteur.manage("migrate", "--verbosity=0")
        for child in (facteur.sandbox("--no-limits"), facteur.beat()):
            stack.callback(stop_process, _start(child, data))
        facteur.manage("demo", f"--people={people}", "--setup-only")
        _set_latency(facteur, latency)
        worker = _start(facteur.worker(), data)
        began = time.monotonic()
        run = subprocess.Popen(
            [PYTHON, ROOT / "manage.py", "run_export", EXPORT, "--wait", "--json"],
            env=facteur.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for death in range(1, deaths + 1):
            _wait_for_requests(facteur, run, more=people // 250 // (4 * deaths))
            kill_group(worker)
            worker.wait()
            say(f"killed the worker, {death} of {deaths}, at {time.monotonic() - began:.0f} s\n")
            worker = _start(facteur.worker(), data)
        stack.callback(stop_process, worker)
        said, _ = run.communicate(timeout=1800)
        seconds = time.monotonic() - began
        imports = _imports(facteur)
        leaks = _leaks(data, facteur.sandbox_key)
    arrived, expected = _arrived(data), _expected(people)
    both = arrived.keys() & expected.keys()
    return Outcome(
        run=json.loads(said),
        seconds=seconds,
        requests=imports,
        expected=len(expected),
        missing=len(expected.keys() - arrived.keys()),
        unexpected=len(arrived.keys() - expected.keys()),
        wrong=sum(arrived[email] != expected[email] for email in both),
        leaks=leaks,
    )


def _start(child: Child, data: Path) -> subprocess.Popen[bytes]:
    log = data / "logs" / f"{child.name}.log"
    process = start_process(child.command, log=log, env=child.env, cwd=ROOT)
    wait_until_ready(process, child.ready, log=log, seconds=30)
    return process


def _set_latency(facteur: Installation, seconds: float) -> None:
    url = f"http://{facteur.sandbox_host}/sandbox/switches"
    requests.put(url, json={"latency": seconds}, timeout=5).raise_for_status()


def _wait_for_requests(facteur: Installation, run: subprocess.Popen[str], *, more: int) -> None:
    """Wait until the sandbox has taken some more imports; raises RuntimeError when none come."""
    goal = _imports(facteur) + max(more, 1)
    while _imports(facteur) < goal:
        if run.poll() is not None:
            raise RuntimeError(f"the run ended before its time: {run.communicate()[0]}")
        time.sleep(0.05)


def _imports(facteur: Installation) -> int:
    url = f"http://{facteur.sandbox_host}/sandbox/requests"
    minutes = requests.get(url, timeout=5).json()["by_minute"].values()
    return sum(int(counts.get("POST /import/bulk_import", 0)) for counts in minutes)


def _leaks(data: Path, key: str) -> list[str]:
    """Look into everything that the installation wrote: database, files, broker, logs."""
    own = [
        file
        for file in data.rglob("*")
        # The key's own place, and the other side's.
        if file.is_file() and file.parent.name != "secrets" and "sandbox" not in file.name
    ]
    return [
        str(file.relative_to(data))
        for file in own
        if key.encode() in (content := file.read_bytes())
        or (file.suffix == ".log" and ADDRESS.search(content))
    ]


def _arrived(data: Path) -> Contacts:
    with Sandbox(data=data / "sandbox.sqlite") as sandbox:
        sandbox.wait_until_imported()
        return {
            email: tuple(contact[name] or "" for name in SENT)
            for email, contact in sandbox.contacts_on(LIST_ID).items()
        }


def _expected(people: int) -> Contacts:
    """Return who must be on the list, worked out without Facteur."""
    expected: Contacts = {}
    for person in sample_people(people):
        email = person["email"].strip().lower()
        if person["country"] in COUNTRIES and "@" in email:
            values = tuple(person[name] for name in ("first_name", "last_name", "phone", "company"))
            expected.setdefault(email, values)
    return expected
