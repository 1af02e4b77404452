"""Pages of the schedule and of the status."""

from __future__ import annotations

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Refresh, RefreshSchedule
from segments.refreshes.advancing import advance
from segments.refreshes.starting import start_refresh
from tests.factories import NOW, make_segment, make_source

pytestmark = pytest.mark.django_db
SCHEDULE, STATUS = "segments:schedule", "segments:status"
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


def test_refresh_now_is_queued_and_cancelled(page: Client) -> None:
    make_source(name="People")

    page.post(reverse("segments:refresh_now"))
    refresh = Refresh.objects.get()
    running = text_of(page.get(reverse(STATUS)))
    page.post(reverse("segments:cancel_refresh", args=[refresh.pk]))

    assert 'hx-trigger="every 2s"' in running
    refresh.refresh_from_db()
    assert refresh.status == "canceled"


def test_a_second_refresh_now_says_that_one_is_under_way(page: Client) -> None:
    page.post(reverse("segments:refresh_now"))

    response = page.post(reverse("segments:refresh_now"), follow=True)

    assert "A refresh is already under way." in text_of(response)
    assert Refresh.objects.count() == 1


def test_a_refresh_that_has_ended_cannot_be_cancelled(page: Client) -> None:
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=NOW)
    advance(refresh)

    address = reverse("segments:cancel_refresh", args=[refresh.pk])

    assert "The refresh had already ended." in text_of(page.post(address, follow=True))


def test_the_page_stops_asking_when_nothing_runs(page: Client) -> None:
    make_segment(name="Everybody")
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=NOW)

    running = page.get(reverse(STATUS), headers=HTMX)
    advance(refresh)
    done = page.get(reverse(STATUS), headers=HTMX)

    assert (running.status_code, done.status_code) == (200, 286)
    assert "Everybody" in text_of(done)
    assert "hx-get" not in text_of(done)


def test_everybody_sees_the_status_and_only_administrators_act(
    client: Client, contributor: User
) -> None:
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=NOW)
    client.force_login(contributor)

    shown = client.get(reverse(STATUS))

    assert shown.status_code == 200
    assert "Cancel job" not in text_of(shown)
    assert client.get(reverse(SCHEDULE)).status_code == 403
    assert client.post(reverse("segments:refresh_now")).status_code == 403
    cancel = reverse("segments:cancel_refresh", args=[refresh.pk])
    assert client.post(cancel).status_code == 403
