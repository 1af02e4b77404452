"""A button is on a run's page only when pressing it would work; otherwise a line says why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from exports.models import Run
from exports.suppression import add_addresses, list_of_account
from tests.exports.pages import text_of
from tests.factories import NOW, make_export, make_run, make_segment, make_source
from tests.pipeline.conftest import MAPPING

RUN_IT = "Run the export: it sends only what is still due."


@pytest.fixture
def run(shared) -> Run:
    """A run that failed while it was sending, with a reject."""
    segment = make_segment(make_source([{"email": "ana@example.com"}]))
    export = make_export([segment], connection=shared, list_id=19, mapping=MAPPING)
    return make_run(
        export,
        status=Run.Status.FAILED,
        host=shared.host,
        plan="plans/some.parquet",
        members=2,
        rejected_before=1,
        not_attempted=1,
        planned_at=NOW,
        finished_at=NOW,
    )


def a_later_run_was_planned(run: Run) -> None:
    make_run(run.export, members=2)


def another_run_is_under_way(run: Run) -> None:
    make_run(run.export, status=Run.Status.QUEUED)


def the_export_has_another_list(run: Run) -> None:
    run.export.list_id = 20
    run.export.save()


def the_export_has_no_connection(run: Run) -> None:
    type(run.export).objects.update(connection=None)
    Run.objects.update(connection=None)


def somebody_was_suppressed(run: Run) -> None:
    later = timezone.now() + timedelta(minutes=1)
    lines = ["zoe@example.com"]
    add_addresses(to=list_of_account(run.host), lines=lines, user=None, now=later)


def the_plan_is_not_kept(run: Run) -> None:
    Run.objects.update(plan="")


def it_was_never_planned(run: Run) -> None:
    Run.objects.update(plan="", members=None)


def test_a_failed_run_that_can_go_on_has_the_button(as_contributor, run):
    page = as_contributor.get(f"/runs/{run.pk}/")

    assert f"/runs/{run.pk}/resume/" in page.content.decode()
    assert "This run can’t be resumed" not in text_of(page)


@pytest.mark.parametrize(
    ("what_happened", "said"),
    [
        (a_later_run_was_planned, f"A later run has taken its place. {RUN_IT}"),
        (another_run_is_under_way, "Another run of the export is under way. Wait for its end."),
        (the_export_has_another_list, "The export has another connection or list"),
        (the_export_has_no_connection, "The export has no connection. Edit the export"),
        (somebody_was_suppressed, "Since the run was planned, a suppression list has changed"),
        (the_plan_is_not_kept, f"The plan of the run is not kept any more. {RUN_IT}"),
        (it_was_never_planned, f"The run ended before it was planned. {RUN_IT}"),
    ],
)
def test_one_that_would_be_refused_says_why_on_the_page_and_when_asked(
    as_administrator, run, what_happened, said
):
    what_happened(run)

    page = as_administrator.get(f"/runs/{run.pk}/")
    answer = as_administrator.post(f"/runs/{run.pk}/resume/", follow=True)

    assert f"/runs/{run.pk}/resume/" not in page.content.decode()
    assert f"This run can’t be resumed. {said}" in text_of(page)
    assert f"This run can’t be resumed. {said}" in text_of(answer)
    assert Run.objects.get(pk=run.pk).status == Run.Status.FAILED


def test_who_may_not_edit_the_export_is_told_nothing_of_buttons(as_viewer, run):
    a_later_run_was_planned(run)

    assert "This run can’t be resumed" not in text_of(as_viewer.get(f"/runs/{run.pk}/"))


def test_rejects_that_can_be_delivered_have_the_button(as_contributor, run):
    page = as_contributor.get(f"/runs/{run.pk}/rejects/")

    assert page.context["can_correct"]
    assert page.context["why_not_retried"] is None


@pytest.mark.parametrize(
    ("what_happened", "said"),
    [
        (another_run_is_under_way, "Another run of the export is under way. Wait for its end."),
        (the_export_has_no_connection, "The export has no connection. Edit the export"),
        (lambda run: run.export.segments.clear(), "The export has no segment any more."),
        (the_plan_is_not_kept, "Who was rejected in that run is not kept any more."),
    ],
    ids=["under way", "no connection", "no segment", "no plan"],
)
def test_rejects_that_nobody_could_deliver_now_say_why(as_administrator, run, what_happened, said):
    what_happened(run)

    for address in (f"/runs/{run.pk}/", f"/runs/{run.pk}/rejects/"):
        context = as_administrator.get(address).context
        assert said in str(context["why_not_retried"])
