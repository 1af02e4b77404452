"""Other tools that send rows to an API, in a virtual environment that is none of the project's."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.stage import KEY, LIST, Destination
from connections.activecampaign.contacts import MAX_CONTACTS
from demo.installation import ROOT

PACKAGES = ("drt-core[duckdb]==1.2.1", "dlt==1.31.0", "duckdb==2.0.0")

_PROJECT = """\
name: customers
version: "0.1"
profile: customers
"""
_PROFILES = """\
customers:
  type: duckdb
  database: {database}
"""
# Rows to an API in batches are its `body_mode: batch`.
_SYNC = """\
name: customers
model: ref('customers')
destination:
  type: rest_api
  url: "{url}/import/bulk_import"
  method: POST
  headers:
    Content-Type: "application/json"
    Api-Token: "{key}"
  body_mode: batch
  max_records_per_request: {most}
  batch_template: |
    {{"contacts": [{{% for row in rows %}}{{"email": {{{{ row.email | tojson_safe }}}},
    "first_name": {{{{ row.first_name | tojson_safe }}}},
    "last_name": {{{{ row.last_name | tojson_safe }}}},
    "phone": {{{{ row.phone | tojson_safe }}}},
    "customer_acct_name": {{{{ row.company | tojson_safe }}}},
    "subscribe": [{{"listid": {list_id}}}]}}{{{{ "," if not loop.last }}}}{{% endfor %}}],
    "exclude_automations": true}}
sync:
  mode: full
  batch_size: {batch}
  rate_limit:
    requests_per_second: 1000000
  on_error: fail
"""
_LOAD = """\
import sys, duckdb
with duckdb.connect(sys.argv[1]) as db:
    db.execute("CREATE TABLE customers AS FROM read_csv(?, all_varchar = true, nullstr = '\\x00')",
               [sys.argv[2]])
"""


class Rivals:
    """drt-core and dlt, installed once for this machine, and what they need in a folder."""

    def __init__(self, folder: Path, customers: Path) -> None:
        self._folder, self._customers = folder, customers
        self._venv = _install()
        folder.mkdir(parents=True)
        # What a machine keeps of its user's settings is none of a measurement's business.
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "HOME": str(folder),
            "DLT_DATA_DIR": str(folder / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "DO_NOT_TRACK": "1",
        }
        database = folder / "warehouse.duckdb"
        self._run(["python", "-c", _LOAD, str(database), str(customers)], cwd=folder)
        _write(folder / "drt_project.yml", _PROJECT)
        _write(folder / ".drt" / "profiles.yml", _PROFILES.format(database=database))

    def drt(self, sandbox: Destination, batch: int = MAX_CONTACTS) -> None:
        """Sync the table, which is in a DuckDB file already, with `drt run`.

        `batch` is its `batch_size`: it opens a client for each, so that more than a request holds
        is faster. Its requests have 250 contacts in any case.
        """
        sync = _SYNC.format(url=sandbox.api, key=KEY, list_id=LIST, most=MAX_CONTACTS, batch=batch)
        _write(self._folder / "syncs" / "customers.yml", sync)
        self._run(["drt", "run"], cwd=self._folder)

    def dlt(self, sandbox: Destination) -> None:
        """Run a pipeline from the CSV file to a custom destination."""
        script = "benchmarks.scripts.dlt_sink"
        arguments = [str(self._customers), sandbox.api, KEY, str(LIST)]
        self._run(["python", "-m", script, *arguments], cwd=ROOT)

    def _run(self, command: list[str], cwd: Path) -> None:
        """Run a command of the virtual environment; what it says is told when it fails."""
        done = subprocess.run(
            [self._venv / "bin" / command[0], *command[1:]],
            env=self._environment,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")


def _install() -> Path:
    """Return the virtual environment with the packages, which a machine makes once."""
    name = "-".join(package.partition("==")[2] for package in PACKAGES)
    venv = Path(tempfile.gettempdir()) / f"facteur-rivals-{name}"
    if not (venv / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True, stderr=subprocess.DEVNULL)
        (venv / "complete").touch()
    return venv


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
