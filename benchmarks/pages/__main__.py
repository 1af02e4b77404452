"""python -m benchmarks.pages: every page of a large installation, in PostgreSQL.

1,000 exports, 200 segments, 100,000 runs and 50 connections, asked for by an administrator and by
a contributor. Requests go through Django's own handler with all of the middleware, in a process
that does nothing else, as one of gunicorn's: server time is what that would take, without network.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from benchmarks.pages.amounts import Amounts
from benchmarks.pages.table import print_table
from config.embedded.postgres import PostgresServer
from config.embedded.valkey import ValkeyServer
from config.secrets import make_encryption_key, make_secret_key
from connections.activecampaign.sandbox import Sandbox


def main() -> int:
    """Fill an installation, measure its pages and print them; return 1 when one is too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is the full size")
    parser.add_argument("--requests", type=int, default=20, help="of each page by each person")
    parser.add_argument("--only", default="", help="pages whose address holds this")
    options = parser.parse_args()
    with installation() as sandbox:
        from benchmarks.pages.filling import fill
        from benchmarks.pages.measuring import measure

        scene = fill(Amounts().scaled(options.scale), sandbox)
        asked = {"requests": options.requests, "only": options.only}
        with multiprocessing.get_context("spawn").Pool(1, initializer=django.setup) as server:
            pages = server.apply(measure, (scene,), asked)
    return print_table(pages)


@contextmanager
def installation() -> Iterator[Sandbox]:
    """Serve PostgreSQL, Valkey and a sandbox, and set up Django for them in this process."""
    with (
        tempfile.TemporaryDirectory(prefix="facteur-pages-") as data,
        PostgresServer() as postgres,
        ValkeyServer(Path(data) / "valkey") as valkey,
        Sandbox(limits=False, processing_seconds=0.0) as sandbox,
    ):
        os.environ.update(
            DATA_DIR=data,
            DATABASE_URL=postgres.url,
            REDIS_URL=valkey.url,
            SECRET_KEY=make_secret_key(),
            FIELD_ENCRYPTION_KEYS=make_encryption_key(),
            SITE_URL="http://localhost:8000",
            ACTIVECAMPAIGN_SANDBOX_HOSTS=sandbox.host,
            ACTIVECAMPAIGN_BULK_PER_MINUTE="100000",
            ACTIVECAMPAIGN_REQUESTS_PER_SECOND="100000",
            LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="config.settings",
        )
        _set_up()
        yield sandbox


def _set_up() -> None:
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
