"""Having somebody forgotten, and looking everywhere whether they are."""

from __future__ import annotations

import gzip
import io
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from django.core.management import call_command
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User
    from exports.models import Erasure

ANA = "ana@example.com"


def somebody(email: str = ANA, **values: str) -> dict[str, str]:
    return {"email": email, "first_name": "Ana", "phone": "+55 1", **values}


def request(user: User, email: str = ANA, **chosen: bool) -> Erasure:
    from exports.erasing import request_erasure

    return request_erasure(
        email=email,
        delete_contact=chosen.get("delete_contact", False),
        keep_suppressed=chosen.get("keep_suppressed", False),
        user=user,
        now=timezone.now(),
    )


def go_on(erasure: Erasure) -> Erasure:
    """Work on an erasure until it is over or has to wait, as if files were old by then."""
    from exports.erasing.advance import advance
    from exports.models import Erasure as Erasures

    for _slice in range(20):
        Erasures.objects.filter(pk=erasure.pk).update(wake_at=timezone.now())
        advance(erasure.pk, now=timezone.now() + timedelta(minutes=10))
        erasure.refresh_from_db()
        if erasure.status != Erasures.Status.RUNNING or erasure.problem:
            break
    return erasure


def leaks(address: str = ANA) -> list[str]:
    """Return where the address still is: in stored files, uncompressed, or in the database."""
    from config.storages.stored import own_storage

    found = [file.name for file in own_storage().walk(deep=True) if _holds(file.name, address)]
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    return found + ["the database"] * (address in dump.getvalue().lower())


def _holds(name: str, address: str) -> bool:
    from config.storages.stored import own_storage

    with own_storage().reading(name) as path:
        content = Path(path).read_bytes()
        if content.startswith(b"PAR1"):
            rows = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
            content = repr(rows).encode()
        elif content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        return address.encode() in content.lower()
