"""Full re-delivery: what it means is said first, then everybody is sent again."""

import pytest

from exports.models import Export, Run
from tests.exports.pages import text_of
from tests.factories import make_export, make_segment, make_source
from tests.pipeline.conftest import Delivery, people

MAPPING = [{"column": "email", "target": "email"}]


@pytest.fixture
def export(shared, sandbox) -> Export:
    """An export that delivered three people, one of whom has left since."""
    segment = make_segment(make_source(people(3)))
    export = make_export(
        [segment],
        name="Newsletter",
        connection=shared,
        list_id=19,
        mapping=MAPPING,
        most_shrink=None,
    )
    delivery = Delivery(export, sandbox, 19)
    delivery.run()
    delivery.replace_people(people(2))
    export.refresh_from_db()
    return export


def test_the_question_says_what_it_means(as_contributor, export):
    text = text_of(as_contributor.get(f"/exports/{export.pk}/full/?counted"))

    assert "Send everybody of “Newsletter” again?" in text
    assert "2 contacts are sent (bulk imports: 1)." in text
    assert "about 1 minute" in text
    assert "1 person has left since the last run, and stays on the list" in text
    assert "Automations do not start." in text
    assert "Who unsubscribed or bounced is read from the list first and stays out" in text
    assert not Run.objects.filter(scope=Run.Scope.FULL).exists()


def test_the_question_comes_before_the_figures_which_it_asks_for(
    as_contributor, export, django_assert_max_num_queries
):
    address = f"/exports/{export.pk}/full/"

    with django_assert_max_num_queries(3):
        question = as_contributor.get(address).content.decode()
    asked = as_contributor.get(f"{address}?counted", headers={"HX-Request": "true"})
    figures = asked.content.decode()

    assert "Send everybody of “Newsletter” again?" in question
    assert 'hx-get="?counted"' in question
    assert "contacts are sent" not in question
    assert "<strong>2 contacts</strong> are sent" in figures
    assert "hx-get" not in figures
    assert "<h1" not in figures


def test_leavers_that_are_due_are_named_with_what_is_done(as_contributor, export):
    export.leavers, export.automations = Export.Leavers.UNSUBSCRIBE, True
    export.save()

    text = text_of(as_contributor.get(f"/exports/{export.pk}/full/?counted"))

    assert "3 contacts are sent" in text
    assert "treated as in every run: They are unsubscribed from the list, for good." in text
    assert "Automations may start for everybody who is sent." in text


def test_everybody_is_sent_again(as_contributor, contributor, export, sandbox):
    answer = as_contributor.post(f"/exports/{export.pk}/full/")

    run = Run.objects.get(scope=Run.Scope.FULL)
    assert answer.url == f"/runs/{run.pk}/"
    assert run.started_by == contributor
    Delivery(export, sandbox, 19).finish(run)
    assert (run.accepted, run.unchanged, run.reasons) == (2, 0, {"full": 2})


def test_what_the_run_would_ask_about_is_said_before(as_contributor, export):
    export.most_shrink = 30
    export.save()

    text = text_of(as_contributor.get(f"/exports/{export.pk}/full/?counted"))

    assert "The run would ask for approval before it sends" in text


def test_a_run_that_is_under_way_is_shown_instead(as_contributor, export, sandbox):
    under_way = Delivery(export, sandbox, 19).start()

    page = as_contributor.post(f"/exports/{export.pk}/full/", follow=True)

    assert page.redirect_chain[-1][0] == f"/runs/{under_way.pk}/"
    assert "“Newsletter” is running already." in text_of(page)


def test_what_can_not_be_planned_is_said(as_contributor, shared):
    segment = make_segment(refreshed=False, name="Fresh")
    export = make_export([segment], connection=shared, list_id=19)

    text = text_of(as_contributor.get(f"/exports/{export.pk}/full/?counted"))

    assert "The segment “Fresh” has never been refreshed" in text


def test_viewers_deliver_nothing(as_viewer, export):
    assert as_viewer.post(f"/exports/{export.pk}/full/").status_code == 403
    assert not Run.objects.filter(scope=Run.Scope.FULL).exists()
