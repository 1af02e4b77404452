"""Pages of the schedule and of the status."""

from __future__ import annotations

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import RefreshSchedule

pytestmark = pytest.mark.django_db
SCHEDULE = "segments:schedule"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def filled(do: str = "save", **fields: Any) -> dict[str, Any]:
    basics = {"version": 1, "recurrence": "weekly", "weekdays": ["1"], "time_zone": "Europe/Paris"}
    return {**basics, "time_0": "18:30", "do": do, **fields}


def test_who_only_looks_at_the_schedule_is_not_said_to_have_added_it(page: Client) -> None:
    page.get(reverse(SCHEDULE))

    assert not LogEntry.objects.get_for_model(RefreshSchedule).exists()


def test_a_schedule_is_saved_and_knows_when_it_is_due(page: Client) -> None:
    page.get(reverse(SCHEDULE))

    page.post(reverse(SCHEDULE), filled(time_1="06:00"))

    saved = RefreshSchedule.objects.get()
    assert (saved.weekdays, saved.times) == ([1], ["06:00", "18:30"])
    assert saved.due_at is not None
    assert "Monday" in text_of(page.get(reverse(SCHEDULE)))


def test_another_time_can_be_added_up_to_four(page: Client) -> None:
    three = {"time_1": "06:00", "time_2": ""}

    shown = text_of(page.post(reverse(SCHEDULE), filled("add_time", **three)))

    assert 'name="time_3"' in shown
    assert 'value="18:30"' in shown
    assert 'value="add_time"' not in shown
    assert not RefreshSchedule.objects.exclude(times=[]).exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"time_0": ""}, "time_0"),
        ({"time_0": "25:00"}, "time_0"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"recurrence": "hourly"}, "recurrence"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(
    page: Client, fields: dict[str, Any], wrong: str
) -> None:
    response = page.post(reverse(SCHEDULE), filled(**fields))

    assert wrong in response.context["form"].errors
    assert RefreshSchedule.objects.get().recurrence == "off"


def test_a_schedule_is_switched_off_without_times(page: Client) -> None:
    page.post(reverse(SCHEDULE), filled())

    page.post(reverse(SCHEDULE), filled(version=2, recurrence="off", weekdays=[], time_0=""))

    assert RefreshSchedule.objects.get().due_at is None


def test_what_somebody_else_saved_is_not_overwritten_unseen(page: Client) -> None:
    page.post(reverse(SCHEDULE), filled())

    response = page.post(reverse(SCHEDULE), filled(time_0="07:07"))

    assert "Changed in the meantime" in text_of(response)
    assert RefreshSchedule.objects.get().times == ["18:30"]
