"""A run's page while it is under way: what changes, in which place, and what is read out."""

import re

import pytest

from exports.models import Approval, Run
from tests.exports.pages import text_of
from tests.factories import NOW, make_export, make_run

# What the page asks to be drawn anew: each has to be in the answer.
PARTS = re.compile(r'hx-select-oob="([^"]+)"')


def title_of(response) -> str:
    return re.search(r"<title>(.*?)</title>", response.content.decode(), re.S)[1].strip()


@pytest.mark.parametrize("status", Run.ACTIVE)
def test_every_part_that_is_renewed_is_on_the_page_and_in_the_answer(as_viewer, db, status):
    run = make_run(status=status, members=10, to_send=10, accepted=4)

    page = as_viewer.get(f"/runs/{run.pk}/").content.decode()
    part = as_viewer.get(f"/runs/{run.pk}/progress/").content.decode()

    for name in PARTS.search(page)[1].split(","):
        place = f'id="{name.removeprefix("#").partition(":")[0]}"'
        assert page.count(place) == 1, place
        assert part.count(place) == 1, place


@pytest.mark.parametrize(
    ("status", "said"),
    [("queued", "Queued ·"), ("sending", "Sending, 42% ·"), ("confirming", "Confirming, 23% ·")],
)
def test_the_title_says_how_it_stands(as_viewer, db, status, said):
    run = make_run(status=status, members=99, to_send=99, accepted=42, confirmed=10)

    assert title_of(as_viewer.get(f"/runs/{run.pk}/")).startswith(said)
    assert title_of(as_viewer.get(f"/runs/{run.pk}/progress/")).startswith(said)


@pytest.mark.parametrize(
    ("status", "icon"),
    [
        ("sending", "favicon-running"),
        ("needs_approval", "favicon-attention"),
        ("failed", "favicon-attention"),
        ("successful", "favicon"),
    ],
)
def test_the_icon_of_the_tab_says_how_it_stands(as_viewer, db, status, icon):
    run = make_run(status=status)

    page = as_viewer.get(f"/runs/{run.pk}/").content.decode()

    assert re.search(r'<link rel="icon"[^>]* href="/static/([a-z-]+)', page)[1] == icon


def test_a_run_that_has_not_sent_everything_is_never_at_a_hundred_percent(as_viewer, db):
    run = make_run(status="sending", members=1000, to_send=1000, accepted=999)

    assert title_of(as_viewer.get(f"/runs/{run.pk}/")).startswith("Sending, 99% ·")


def test_what_is_read_out_changes_at_every_tenth_only(as_viewer, db):
    run = make_run(status="sending", members=100, to_send=100, accepted=47)

    page = as_viewer.get(f"/runs/{run.pk}/").content.decode()

    assert 'role="status">Sending, 40%</p>' in page
    assert page.count("aria-live") == 0


def test_the_phases_stand_in_their_order(as_viewer, db):
    run = make_run(status="sending", started_at=NOW, planned_at=NOW, members=1, to_send=1)

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert re.search(
        r"Queued until [\d:]+ Planning until [\d:]+ Sending now Confirming not yet Done not yet",
        text,
    )


def test_needs_approval_is_a_phase_of_those_that_were_asked(as_viewer, contributor, db):
    plain = make_run(status="sending", members=1, to_send=1)
    asked = make_run(make_export(name="Other"), status="sending", members=1, to_send=1)
    Approval.objects.create(run=asked, guards=[], user=contributor, approved_at=NOW)

    def phases(run):
        return [str(phase.label) for phase in as_viewer.get(f"/runs/{run.pk}/").context["phases"]]

    assert phases(plain) == ["Queued", "Planning", "Sending", "Confirming", "Done"]
    assert "Needs approval" in phases(asked)


def test_a_run_under_way_can_be_looked_at_anew_without_scripts(as_viewer, db):
    run = make_run(status="planning")

    page = as_viewer.get(f"/runs/{run.pk}/").content.decode()

    assert re.search(rf'<noscript><a [^>]*href="/runs/{run.pk}/"', page)
    assert "Refresh this page" in page


def test_printing_needs_a_script_and_is_hidden_without(as_viewer, db):
    page = as_viewer.get(f"/runs/{make_run(members=1).pk}/").content.decode()

    assert re.search(r"<button [^>]*data-print hidden>", page)
