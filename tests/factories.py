"""One small function per model: what a test does not name, it does not care about."""

import csv
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from accounts.models import User
from config.storages.stored import own_storage
from connections.models import Connection, Consent
from connections.privacy import PRIVACY_VERSION
from exports.models import Export, Run
from segments import parquet
from segments.models import Segment, Source, Upload
from segments.rules.tree import EVERYBODY
from segments.snapshots import refresh_segment
from segments.sources.reading import FOLDER, Fresh, put_in_place, read_anew
from segments.uploads import store_upload

_numbers = count(1)


def make_user(**fields: Any) -> User:
    """Return a saved viewer; `role`, `password` and every other field may be given."""
    fields.setdefault("email", f"person{next(_numbers)}@example.test")
    return User.objects.create_user(**fields)


NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def make_connection(*, consented: bool = True, **fields: Any) -> Connection:
    """Return a saved connection that may be used: with export user and consent."""
    values: dict[str, Any] = {
        "name": f"Connection {next(_numbers)}",
        "api_key": "stored-key",
        "host": "acme.api-us1.com",
        "key_owner": "Anna (anna@acme.example)",
        "account_name": "acme.activehosted.com",
        "connected_at": NOW,
        "export_user_at": NOW,
    }
    if "export_user" not in fields:
        fields["export_user"] = make_user(role=User.Role.ADMINISTRATOR)
    connection = Connection(**values | fields)
    author = fields["export_user"]
    connection.author(author, NOW).save()
    if consented:
        Consent.objects.create(
            connection=connection,
            connection_name=connection.name,
            version=PRIVACY_VERSION,
            host=connection.host,
            user=author,
            user_email=author.email if author else "",
            agreed_at=NOW,
        )
    return connection


PEOPLE = (
    {"id": "1", "email": "ana@example.com", "country": "Brazil"},
    {"id": "2", "email": "bea@example.com", "country": "France"},
)


def make_upload(
    rows: Sequence[Mapping[str, str]] = PEOPLE, *, created_by: User | None = None
) -> Upload:
    """Return a stored CSV file with these profiles that nothing was made of yet."""
    with parquet.scratch(".csv") as path:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return store_upload(path=path, original_name="people.csv", user=created_by, now=NOW)


# What reading these profiles gave, and the file that it made: nothing changes it afterwards.
_tables: dict[str, tuple[Fresh, bytes]] = {}


def make_source(rows: Sequence[Mapping[str, str]] = PEOPLE, **fields: Any) -> Source:
    """Return a source that holds these profiles; the same ones are read once in a process."""
    name = fields.pop("name", f"Source {next(_numbers)}")
    source = Source.objects.create(name=name)
    put_in_place(source=source, fresh=_read(source, rows), now=NOW)
    Source.objects.filter(pk=source.pk).update(**fields)
    source.refresh_from_db()
    return source


def _read(source: Source, rows: Sequence[Mapping[str, str]]) -> Fresh:
    key = repr(rows)
    if key not in _tables:
        source.upload = make_upload(rows)
        source.save()
        fresh = read_anew(source)
        with parquet.reading(fresh.file) as path:
            _tables[key] = (deepcopy(fresh), Path(path).read_bytes())
        # Neither it nor its copy on this machine: the first test finds what all others find.
        own_storage().delete(fresh.file)
    known, table = _tables[key]
    with parquet.writing(FOLDER) as new:
        Path(new.path).write_bytes(table)
    return replace(deepcopy(known), file=new.name)


def make_segment(source: Source | None = None, *, refreshed: bool = True, **fields: Any) -> Segment:
    """Return a segment of everybody in a source, with its snapshot unless `refreshed` is False."""
    fields.setdefault("name", f"Segment {next(_numbers)}")
    fields.setdefault("rule", EVERYBODY)
    segment = Segment.objects.create(source=source or make_source(), **fields)
    if refreshed:
        refresh_segment(segment=segment, now=NOW)
    return segment


def make_export(segments: Sequence[Segment] | None = None, **fields: Any) -> Export:
    """Return an export of a new segment that sends the address, and nothing else."""
    values: dict[str, Any] = {
        "name": f"Export {next(_numbers)}",
        "list_id": 1,
        "mapping": [{"column": "email", "target": "email"}],
    }
    if "connection" not in fields:
        fields["connection"] = make_connection()
    export = Export.objects.create(**values | fields)
    export.segments.set([make_segment()] if segments is None else segments)
    return export


def make_run(export: Export | None = None, **fields: Any) -> Run:
    """Return a finished run of everybody's address; its counts add up unless you say so."""
    export = export or make_export()
    values: dict[str, Any] = {
        "connection": export.connection,
        "trigger": Run.Trigger.ON_DEMAND,
        "status": Run.Status.SUCCESSFUL,
        "queued_at": NOW,
        "list_id": export.list_id,
        "mapping": export.mapping,
    }
    return Run.objects.create(export=export, **values | fields)
