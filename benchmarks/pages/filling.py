"""Fills an installation: nights of refreshes and runs, as they would have come about."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from benchmarks.pages.amounts import Amounts
from benchmarks.pages.runs import add_night, add_running
from connections.activecampaign.sandbox import Sandbox
from connections.models import Connection, Consent
from connections.privacy import PRIVACY_VERSION
from exports.models import Export, Run
from exports.pipeline import start_run
from exports.pipeline.advance import advance
from exports.suppression import add_addresses, list_of_account, list_of_export
from segments.models import (
    ProfileTable,
    Refresh,
    RefreshSchedule,
    RefreshTask,
    Scheduled,
    Segment,
    Snapshot,
    Source,
    Tag,
)
from segments.schedules.own import count_from
from tests.factories import make_connection, make_export, make_segment, make_source

PROFILES = 2_000
THEMES = ("Newsletter", "Loyalty", "Winter sale", "Abandoned baskets", "Birthdays", "Webinar")
PLACES = ("France", "Québec", "Deutschland", "España", "Italia", "Brasil", "Canada", "日本")
TAGS = ("lifecycle", "regional", "consented", "seasonal", "b2b", "trial", "vip")
RECURRENCES = [Scheduled.Recurrence.REFRESH] * 7 + [
    Scheduled.Recurrence.DAILY,
    Scheduled.Recurrence.WEEKLY,
    Scheduled.Recurrence.OFF,
]
MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "first_name", "target": "first_name"},
    {"column": "phone", "target": "phone"},
]


@dataclass(frozen=True)
class Scene:
    """Who looks, and at what: the export, segment and so on that have the most to show."""

    administrator: User
    contributor: User
    # What <int:pk> stands for, by the first part of the address.
    keys: dict[str, int]


def fill(amounts: Amounts, sandbox: Sandbox) -> Scene:
    """Make everything, and deliver one export for real, so that its run has files."""
    chance, now = random.Random(5), timezone.now()
    sandbox.add_list("Newsletter", id=1)
    people = _people(amounts.users)
    table = make_source(_profiles(), name="Customers of the shop").table
    sources = _sources(amounts, table, chance)
    segments = _segments(amounts, sources, chance)
    connections = _connections(amounts, sandbox, people[0])
    exports = _exports(amounts, segments, connections, people, chance)
    refreshes = [_night(now - timedelta(days=ago), sources, segments) for ago in _nights(amounts)]
    for refresh in refreshes:
        add_night(refresh, exports, chance)
    _audit_trail(amounts, exports, people, chance, now)
    delivered = _deliver(exports[0], now)
    add_running(exports[1 : 1 + len(exports) // 30], people, chance, now)
    for suppressed in (list_of_export(exports[0]), list_of_account(sandbox.host)):
        lines = [f"never{number}@example.com" for number in range(500)]
        add_addresses(to=suppressed, lines=lines, user=people[0], now=now)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself, after a time
    return Scene(
        administrator=people[0],
        contributor=next(user for user in people if user.role == User.Role.CONTRIBUTOR),
        keys={
            "exports": exports[0].pk,
            "runs": delivered.pk,
            "segments": exports[0].segments.order_by("pk")[0].pk,
            "sources": table.source_id,
            "connections": connections[0].pk,
            "people": people[-1].pk,
            "system": refreshes[-1].pk,
        },
    )


def _profiles() -> list[dict[str, str]]:
    return [
        {
            "id": str(number),
            "email": f"person{number}@example.com" if number % 50 else "not an address",
            "first_name": f"First {number % 97}",
            "phone": f"+33 6 {number:08d}",
            "country": PLACES[number % len(PLACES)],
        }
        for number in range(PROFILES)
    ]


def _people(count: int) -> list[User]:
    roles = [User.Role.ADMINISTRATOR, User.Role.CONTRIBUTOR, User.Role.VIEWER]
    return [
        User.objects.create_user(
            f"person{number}@facteur.example", full_name=f"Person {number}", role=roles[number % 3]
        )
        for number in range(count)
    ]


def _sources(amounts: Amounts, table: ProfileTable, chance: random.Random) -> list[Source]:
    first = table.source
    others = Source.objects.bulk_create(
        Source(
            name=f"Customers of shop {number}",
            kind=chance.choice(Source.Kind.values),
            columns=first.columns,
            key_column="id",
            recurrence=chance.choice(RECURRENCES),
            times=["06:00"],
            weekdays=[1],
        )
        for number in range(1, amounts.sources)
    )
    for source in others:
        table.pk, table.source, table._state.adding = None, source, True
        table.save()
        source.table_id = table.pk
    Source.objects.bulk_update(others, ["table"])
    return [Source.objects.get(pk=first.pk), *others]


def _segments(amounts: Amounts, sources: list[Source], chance: random.Random) -> list[Segment]:
    first = make_segment(sources[0], name="Everybody")
    tags = Tag.objects.bulk_create(Tag(name=name) for name in TAGS)
    segments = Segment.objects.bulk_create(
        Segment(
            name=f"{chance.choice(THEMES)} {PLACES[number % len(PLACES)]} {number}",
            source=sources[number % len(sources)],
            rule=first.rule,
            kind=Segment.Kind.DYNAMIC if number % 9 else Segment.Kind.STATIC,
            is_active=bool(number % 11),
            recurrence=chance.choice(RECURRENCES),
            times=["07:30"],
            weekdays=[1, 4],
        )
        for number in range(1, amounts.segments)
    )
    tagged = [
        Segment.tags.through(segment=segment, tag=tag)
        for segment in segments
        for tag in chance.sample(tags, 2)
    ]
    Segment.tags.through.objects.bulk_create(tagged)
    return [first, *segments]


def _connections(amounts: Amounts, sandbox: Sandbox, user: User) -> list[Connection]:
    hosts = [
        sandbox.host,
        *(f"account{number}.api-us1.com" for number in range(1, amounts.connections)),
    ]
    shared = list(Connection.Visibility.values)
    made = [
        make_connection(
            name=f"Account {number} – {PLACES[number % len(PLACES)]}",
            host=host,
            api_key=sandbox.key,
            visibility=shared[number % 2 ^ 1],
            export_user=user,
        )
        for number, host in enumerate(hosts)
    ]
    lapsed = made[3::17]
    Consent.objects.filter(connection__in=lapsed, version=PRIVACY_VERSION).delete()
    return made


def _exports(
    amounts: Amounts,
    segments: list[Segment],
    connections: list[Connection],
    people: list[User],
    chance: random.Random,
) -> list[Export]:
    first = make_export(
        [segments[0]],
        name="Customers",
        connection=connections[0],
        mapping=MAPPING,
        most_shrink=None,
        most_growth=None,
    )
    exports = [
        Export(
            name=f"{chance.choice(THEMES)} {PLACES[number % len(PLACES)]} {number}",
            connection=connections[number % len(connections)] if number % 40 else None,
            list_id=number % 60 + 1,
            list_name=f"{chance.choice(THEMES)} {number % 60 + 1}",
            mapping=MAPPING,
            recurrence=chance.choice(RECURRENCES),
            times=["08:15"],
            weekdays=[2],
            created_by=people[number % len(people)],
            updated_by=people[number % len(people)],
        )
        for number in range(1, amounts.exports)
    ]
    for export in exports:
        count_from(export, timezone.now())
    exports = [first, *Export.objects.bulk_create(exports)]
    Export.segments.through.objects.bulk_create(
        Export.segments.through(export=export, segment=segment)
        for export in exports[1:]
        for segment in chance.sample(segments, chance.choice((1, 1, 2, 3)))
    )
    Export.objects.filter(pk__in=[export.pk for export in exports[50::100]]).update(
        paused_at=timezone.now()
    )
    return exports


def _nights(amounts: Amounts) -> Iterator[int]:
    return iter(range(amounts.nights, 0, -1))


def _night(at: datetime, sources: list[Source], segments: list[Segment]) -> Refresh:
    """Return a refresh of everything that went as they usually do: one segment failed."""
    at = at.replace(hour=4, minute=0, second=0, microsecond=0)
    refresh = Refresh.objects.create(
        trigger=Refresh.Trigger.SCHEDULE,
        status=Refresh.Status.FAILED,
        due_at=at,
        queued_at=at,
        started_at=at,
        finished_at=at + timedelta(minutes=4),
    )
    subjects: list[dict[str, Any]] = [{"source": source} for source in sources]
    subjects += [{"segment": segment} for segment in segments]
    failed = at.day % len(segments)
    RefreshTask.objects.bulk_create(
        RefreshTask(
            refresh=refresh,
            position=position,
            status="failed" if position == len(sources) + failed else "successful",
            problem=None,
            started_at=at,
            finished_at=at + timedelta(seconds=position),
            **subject,
        )
        for position, subject in enumerate(subjects)
    )
    _snapshots(segments, at)
    return refresh


def _snapshots(segments: list[Segment], at: datetime) -> None:
    first = segments[0].snapshot
    assert first is not None
    made = Snapshot.objects.bulk_create(
        Snapshot(
            segment=segment,
            table=first.table,
            file=first.file,
            members=first.members + at.day * 7,
            created_at=at + timedelta(minutes=1),
        )
        for segment in segments[1:]
    )
    for segment, snapshot in zip(segments[1:], made, strict=True):
        segment.snapshot = snapshot
    Segment.objects.bulk_update(segments[1:], ["snapshot"])


def _audit_trail(
    amounts: Amounts,
    exports: list[Export],
    people: list[User],
    chance: random.Random,
    now: datetime,
) -> None:
    kind = ContentType.objects.get_for_model(Export)
    step = timedelta(days=amounts.nights) / amounts.audit_entries
    LogEntry.objects.bulk_create(
        LogEntry(
            content_type=kind,
            object_pk=str(export.pk),
            object_id=export.pk,
            object_repr=export.name,
            action=LogEntry.Action.UPDATE,
            changes=_change(number),
            actor=chance.choice(people),
            timestamp=now - number * step,
        )
        for number, export in (
            (number, chance.choice(exports)) for number in range(amounts.audit_entries)
        )
    )


def _change(number: int) -> dict[str, list[str]]:
    changes = (
        {"recurrence": ["refresh", "off"]},
        {"list_id": [str(number), str(number + 1)]},
        {"mapping": [str(MAPPING[:2]), str(MAPPING)]},
        {"most_shrink": ["30", "None"]},
    )
    return changes[number % len(changes)]


def _deliver(export: Export, now: datetime) -> Run:
    """Run an export from end to end against the sandbox."""
    RefreshSchedule.objects.current()
    run = start_run(export=export, trigger=Run.Trigger.ON_DEMAND, now=now)
    for _ in range(500):
        if run.is_finished:
            assert run.status == Run.Status.WITH_REJECTS, run.problem
            return run
        at = timezone.now()
        Run.objects.filter(pk=run.pk).update(wake_at=at)
        run.batches.filter(status="accepted").update(poll_at=at)
        advance(run.pk, now=at)
        run.refresh_from_db()
    raise AssertionError(f"{run} is still {run.status}: {run.problem}")
