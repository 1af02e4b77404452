"""The status pages: sources, segments and exports as one chain, and each refresh in detail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from exports.models import Run
from segments.models import Refresh
from segments.refreshes.advancing import advance
from segments.refreshes.starting import start_refresh
from segments.snapshots import refresh_segment
from tests.factories import NOW, make_export, make_run, make_segment, make_source

pytestmark = pytest.mark.django_db
STATUS = "exports:status"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def start() -> Refresh:
    return start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=NOW)


def test_the_chain_shows_every_link_with_its_status(page: Client) -> None:
    people = make_source(name="People")
    segment = make_segment(people, name="Everybody")
    make_run(make_export([segment], name="Newsletter"), status=Run.Status.WITH_REJECTS)
    make_export([segment], name="Never ran")

    shown = text_of(page.get(reverse(STATUS)))

    names = ["People", "Everybody", "Never ran", "Newsletter"]
    assert sorted(names, key=shown.index) == ["People", "Everybody", "Newsletter", "Never ran"]
    assert "Completed with rejects" in shown
    assert "Not started" in shown


def test_what_needs_somebody_comes_first(page: Client) -> None:
    make_source(name="All is well")
    lost = make_source(name="Zulu is lost")
    assert lost.table is not None
    default_storage.delete(lost.table.file)
    make_segment(lost, name="Of Zulu", refreshed=False)
    advance(start())

    shown = text_of(page.get(reverse(STATUS)))

    assert shown.index("Zulu is lost") < shown.index("All is well")
    assert "The stored file of “Zulu is lost” is missing." in shown
    assert "Its source “Zulu is lost” could not be refreshed." in shown


def test_a_segment_that_was_saved_since_is_no_longer_shown_as_skipped(page: Client) -> None:
    source = make_source(name="People")
    segment = make_segment(source, name="Sleeper", is_active=False, refreshed=False)
    refresh = start()
    advance(refresh)
    before = text_of(page.get(reverse(STATUS)))

    refresh.refresh_from_db()
    assert refresh.finished_at is not None
    refresh_segment(segment=segment, now=refresh.finished_at + timedelta(seconds=1))
    after = text_of(page.get(reverse(STATUS)))

    assert "The segment is inactive." in before
    assert "The segment is inactive." not in after


def test_the_number_of_queries_does_not_grow_with_the_chain(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    source = make_source()
    for _ in range(5):
        make_run(make_export([make_segment(source)]))
    advance(start())
    page.get(reverse(STATUS))  # the first to ask makes the schedule

    with django_assert_max_num_queries(12):
        page.get(reverse(STATUS))


def test_refresh_now_leads_to_its_progress_and_can_be_cancelled(page: Client) -> None:
    make_source(name="People")

    running = text_of(page.post(reverse("exports:refresh_now"), follow=True))
    refresh = Refresh.objects.get()
    page.post(reverse("exports:cancel_refresh", args=[refresh.pk]))

    assert 'hx-trigger="every 2s"' in running
    assert "Cancel job" in running
    refresh.refresh_from_db()
    assert refresh.status == "canceled"


def test_the_progress_names_each_source_each_segment_and_the_runs_that_follow(
    page: Client,
) -> None:
    segment = make_segment(make_source(name="People"), name="Everybody")
    refresh = start()
    advance(refresh)
    make_run(make_export([segment], name="Newsletter"), refresh=refresh)

    shown = text_of(page.get(reverse("exports:refresh_detail", args=[refresh.pk])))

    assert "2 of 2 succeeded" in shown
    assert all(name in shown for name in ("People", "Everybody", "Newsletter"))


def test_a_second_refresh_now_says_that_one_is_under_way(page: Client) -> None:
    page.post(reverse("exports:refresh_now"))

    response = page.post(reverse("exports:refresh_now"), follow=True)

    assert "A refresh is already under way." in text_of(response)
    assert Refresh.objects.count() == 1


def test_a_refresh_that_has_ended_cannot_be_cancelled(page: Client) -> None:
    refresh = start()
    advance(refresh)

    address = reverse("exports:cancel_refresh", args=[refresh.pk])

    assert "The refresh had already ended." in text_of(page.post(address, follow=True))


def test_the_pages_stop_asking_when_nothing_moves(page: Client) -> None:
    make_segment(name="Everybody")
    refresh = start()
    addresses = [reverse(STATUS), reverse("exports:refresh_detail", args=[refresh.pk])]

    moving = [page.get(address, headers=HTMX) for address in addresses]
    advance(refresh)
    still = [page.get(address, headers=HTMX) for address in addresses]

    assert [response.status_code for response in moving] == [200, 200]
    assert [response.status_code for response in still] == [286, 286]
    assert not any("hx-get" in text_of(response) for response in still)


def test_everybody_sees_the_status_and_only_administrators_act(
    client: Client, contributor: User
) -> None:
    refresh = start()
    client.force_login(contributor)

    shown = client.get(reverse("exports:refresh_detail", args=[refresh.pk]))

    assert shown.status_code == 200
    assert "Cancel job" not in text_of(shown)
    assert client.post(reverse("exports:refresh_now")).status_code == 403
    cancel = reverse("exports:cancel_refresh", args=[refresh.pk])
    assert client.post(cancel).status_code == 403


def test_a_large_refresh_shows_what_needs_somebody_first_and_all_when_asked(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exports.progress.SHOWN", 1)
    refresh = start()
    well, failed = make_export(name="All is well"), make_export(name="Zulu failed")
    make_run(well, refresh=refresh)
    make_run(failed, refresh=refresh, status=Run.Status.FAILED)
    details = reverse("exports:refresh_detail", args=[refresh.pk])

    first, everything = text_of(page.get(details)), text_of(page.get(details, {"all": ""}))

    assert ("Zulu failed" in first, "All is well" in first) == (True, False)
    assert f"{details}?all" in first
    assert ("Zulu failed" in everything, "All is well" in everything) == (True, True)
