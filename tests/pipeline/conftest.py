"""An account in the sandbox, and an export into one of its lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as conf
from django.utils import timezone
from redis import Redis

from connections.activecampaign.sandbox import Sandbox
from tests.comparing import Differences, compare
from tests.comparing import accounted as all_accounted

if TYPE_CHECKING:
    from exports.models import Export, Run

MAPPING = [
    {"column": "email", "target": "email"},
    {"column": "first_name", "target": "first_name"},
    {"column": "phone", "target": "phone"},
]
# For tests that are about something else.
UNGUARDED = {"most_shrink": None, "most_growth": None, "most_rejects": None}


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """An account without limits, whose imports are done at once."""
    with Sandbox(limits=False, processing_seconds=0.0, false_seconds=0.0) as sandbox:
        settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset([sandbox.host])
        settings.ACTIVECAMPAIGN_BULK_PER_MINUTE = 100_000
        settings.ACTIVECAMPAIGN_SINGLE_PER_MINUTE = 100_000
        settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = 100_000
        settings.READ_BACK_SAMPLE = 0
        yield sandbox


@dataclass
class Delivery:
    """An export, the list it writes to, and the hand that turns the crank."""

    export: Export
    sandbox: Sandbox
    list_id: int

    def start(self, **asked: Any) -> Run:
        from exports.models import Run
        from exports.pipeline import start_run

        trigger = Run.Trigger.ON_DEMAND
        return start_run(export=self.export, trigger=trigger, now=timezone.now(), **asked)

    def half_way(self) -> Run:
        """Start a run that has sent everybody, and waits for results however slow this is."""
        self.sandbox.switches.false_seconds = 3600.0
        run = self.start()
        step(run)
        self.sandbox.switches.false_seconds = 0.0
        return run

    def finish(self, run: Run) -> Run:
        """Work on the run, slice by slice, until it is finished."""
        for _ in range(300):
            step(run)
            if run.is_finished:
                return run
        raise AssertionError(f"{run} is still {run.status}: {run.problem}")

    def run(self, **asked: Any) -> Run:
        return self.finish(self.start(**asked))

    def replace_people(self, people: list[dict[str, str]]) -> None:
        """Let the segment hold other people from now on."""
        from segments.snapshots import refresh_segment
        from tests.factories import make_source

        segment = self.export.segments.get()
        segment.source = make_source(rows=people)
        segment.save()
        refresh_segment(segment=segment, now=timezone.now())

    def arrived(self) -> dict[str, dict[str, Any]]:
        self.sandbox.wait_until_imported()
        return self.sandbox.contacts_on(self.list_id)

    def differences(self, people: list[dict[str, str]]) -> Differences:
        """Compare the list with these people, field by field."""
        wanted = {
            person["email"]: {name: person[name] for name in ("first_name", "phone")}
            for person in people
        }
        return compare(wanted, self.arrived())


def step(run: Run) -> None:
    """Let the time come that the run waits for, and work on it for one slice.

    Whatever its problem is then, there are words for it.
    """
    from exports.models import Batch
    from exports.models import Run as Runs
    from exports.pipeline.advance import advance
    from exports.problems import describe_problem

    with Redis.from_url(conf.REDIS_URL) as limits:
        # All but that it is the same Valkey as before.
        for key in limits.scan_iter("facteur:slots:*"):
            if not key.endswith(b":memory"):
                limits.delete(key)
    now = timezone.now()
    Runs.objects.filter(pk=run.pk, status__in=Runs.ACTIVE).update(wake_at=now)
    run.batches.filter(status=Batch.Status.ACCEPTED).update(poll_at=now)
    advance(run.pk, now=now)
    run.refresh_from_db()
    assert bool(describe_problem(run.problem)) == bool(run.problem)


@pytest.fixture
def delivery(db: None, sandbox: Sandbox) -> Callable[..., Delivery]:
    """Return a maker of exports to the sandbox: `delivery(people)`."""
    from tests.factories import make_connection, make_export, make_segment, make_source

    def make(people: list[dict[str, str]], **fields: Any) -> Delivery:
        list_id = sandbox.add_list("Newsletter")
        fields = UNGUARDED | fields
        export = make_export(
            connection=make_connection(host=sandbox.host, api_key=sandbox.key),
            segments=[make_segment(source=make_source(rows=people))],
            list_id=list_id,
            mapping=fields.pop("mapping", MAPPING),
            **fields,
        )
        return Delivery(export, sandbox, list_id)

    return make


def people(count: int, **values: str) -> list[dict[str, str]]:
    """Return so many people with an address each."""
    return [
        {"email": f"p{n}@example.test", "first_name": f"Person {n}", "phone": f"+33 {n}", **values}
        for n in range(count)
    ]


def accounted(run: Run) -> bool:
    """Tell whether the run can say of everybody what happened."""
    return all_accounted([run])
