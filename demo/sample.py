"""The sample installation: three people, a source, a segment, a connection and an export."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts.models import User
from config.secrets import read_secret
from connections import drafts
from connections.drafts import Entries
from connections.models import Connection
from demo.people import sample_csv
from exports.models import Export
from segments import parquet
from segments.models import Segment, Source
from segments.services import save_segment
from segments.sources.reading import read_source
from segments.uploads import store_upload

ACCOUNTS = (
    ("admin@facteur.example", "Adèle Admin", User.Role.ADMINISTRATOR),
    ("contributor@facteur.example", "Côme Contributor", User.Role.CONTRIBUTOR),
    ("viewer@facteur.example", "Violette Viewer", User.Role.VIEWER),
)
RULE = {
    "version": 1,
    "match": "all",
    "conditions": [
        {"column": "country", "operator": "one_of", "value": ["France", "Canada", "Brazil"]}
    ],
}
MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "first_name", "target": "first_name"},
    {"column": "last_name", "target": "last_name"},
    {"column": "phone", "target": "phone"},
    {"column": "company", "target": "account_name"},
]


@dataclass(frozen=True)
class Sample:
    """What was made, or was there already; `passwords` are those of the first start."""

    export: Export
    connection: Connection
    contributor: User
    passwords: list[tuple[User, str]]


def make_sample(*, people: int, now: datetime) -> Sample:
    """Return the sample, after making what is missing of it."""
    passwords = _passwords()
    users = [_user(*account, passwords[account[0]]) for account in ACCOUNTS]
    administrator, contributor, _ = users
    segment = _segment(_source(people, contributor, now), contributor, now)
    connection = _connection(administrator, now)
    export = _export(connection, segment, contributor, now)
    shown = [(user, _shown(user, passwords)) for user in users]
    return Sample(export, connection, contributor, shown)


def _passwords() -> dict[str, str]:
    """Return the passwords of the sample people: made once, kept for the next start."""
    kept = read_secret(
        "DEMO_PASSWORDS",
        make=lambda: json.dumps({email: secrets.token_urlsafe(9) for email, *_ in ACCOUNTS}),
        folder=settings.DATA_DIR / "secrets",
    )
    return dict(json.loads(kept))


def _user(email: str, name: str, role: str, password: str) -> User:
    if user := User.objects.filter(email=email).first():
        return user
    return User.objects.create_user(email, password, full_name=name, role=role)


def _shown(user: User, passwords: dict[str, str]) -> str:
    password = passwords[user.email]
    return password if user.check_password(password) else "(password changed)"


def _source(people: int, user: User, now: datetime) -> Source:
    if source := Source.objects.filter(name="Sample customers").first():
        return source
    with parquet.scratch(".csv") as path:
        Path(path).write_bytes(sample_csv(people))
        upload = store_upload(path=path, original_name="sample_customers.csv", user=user, now=now)
    source = Source(name="Sample customers", upload=upload).author(user, now)
    source.save()
    read_source(source=source, user=user, now=now)
    return source


def _segment(source: Source, user: User, now: datetime) -> Segment:
    name = "France, Canada and Brazil"
    if segment := Segment.objects.filter(name=name).first():
        return segment
    segment = Segment(name=name, source=source, rule=RULE)
    return save_segment(segment=segment, version=None, user=user, now=now)


def _connection(user: User, now: datetime) -> Connection:
    """Return the connection to the sandbox, set up as an administrator does it; it must answer."""
    if connection := Connection.objects.filter(name="Sandbox").first():
        return connection
    entries = Entries(
        name="Sandbox",
        visibility=Connection.Visibility.CONTRIBUTORS,
        host=next(iter(settings.ACTIVECAMPAIGN_SANDBOX_HOSTS)),
        api_key=os.environ["SANDBOX_KEY"],
        agreed=True,
    )
    draft = drafts.open_draft(user=user, connection=None, now=now)
    draft = drafts.keep(draft=draft, entries=entries, now=now)
    draft = drafts.connect(draft=draft, now=now)
    draft = drafts.add_export_user(draft=draft, now=now)
    return drafts.save_connection(draft=draft, version=0, now=now)


def _export(connection: Connection, segment: Segment, user: User, now: datetime) -> Export:
    if export := Export.objects.filter(name="Newsletter readers").first():
        return export
    export = Export(
        name="Newsletter readers",
        connection=connection,
        list_id=1,
        list_name="Newsletter",
        mapping=MAPPING,
    ).author(user, now)
    export.save()
    export.segments.set([segment])
    return export
