"""What is done to several exports at once: it asks first, and says why not for the others."""

import pytest

from exports.models import Export, Run
from tests.exports.pages import text_of
from tests.factories import make_connection, make_export, make_run, make_segment

SEVERAL = "/exports/several/"


@pytest.fixture
def exports(db):
    """Return Alpha and Beta on a shared connection, and Gamma on one of the administrators."""
    segments, shared = [make_segment()], make_connection(visibility="contributors")
    return [
        make_export(segments, name="Alpha", connection=shared),
        make_export(segments, name="Beta", connection=shared),
        make_export(segments, name="Gamma", connection=make_connection()),
    ]


def ask(browser, do, exports, **sent):
    return browser.post(SEVERAL, {"do": do, "export": [each.pk for each in exports], **sent})


def confirm(browser, do, exports, **sent):
    keys = ",".join(str(each.pk) for each in exports)
    sent = {"do": do, "keys": keys, "confirmed": "yes", **sent}
    return browser.post(SEVERAL, sent, follow=True)


@pytest.mark.parametrize("do", ["run", "schedule", "detach", "remove"])
def test_nothing_is_done_before_the_question_is_answered(as_administrator, exports, do):
    page = ask(as_administrator, do, exports)

    assert "3 exports" in text_of(page)
    assert not Run.objects.exists()
    assert Export.objects.exclude(connection=None).filter(version=1).count() == 3


def test_the_question_says_for_whom_it_is_not_and_why(as_contributor, exports):
    make_run(exports[1], status=Run.Status.SENDING)

    text = text_of(ask(as_contributor, "run", exports))

    assert "Run 1 export?" in text
    assert "Not 1 export: They are running: cancel the run or wait for its end. Beta" in text
    assert "Not 1 export: You may look at them, but not change them. Gamma" in text


def test_running_several_says_how_many_and_why_not_the_others(as_contributor, exports):
    page = confirm(as_contributor, "run", exports, asked="status=failed&page=2")

    assert page.redirect_chain == [("/exports/?status=failed&page=2", 302)]
    assert "2 exports were started." in text_of(page)
    assert "Not done for “Gamma”. You may look at them, but not change them." in text_of(page)
    assert set(Run.objects.values_list("export__name", flat=True)) == {"Alpha", "Beta"}


def test_an_export_that_lacks_something_does_not_keep_the_others_from_running(
    as_contributor, exports
):
    exports[0].segments.clear()

    text = text_of(confirm(as_contributor, "run", exports[:2]))

    assert "1 export was started." in text
    assert "Not done for “Alpha”. The export has no segment any more." in text


def test_everything_that_was_found_is_meant_on_all_pages(as_administrator, exports):
    segment, shared = make_segment(), make_connection()
    for number in range(30):
        make_export([segment], name=f"Winter {number}", connection=shared)

    sent = {"do": "remove", "everything": "yes", "asked": "q=winter&page=2"}
    page = as_administrator.post(SEVERAL, sent)

    assert "Remove 30 exports?" in text_of(page)


def test_removing_removes_those_at_rest(as_administrator, exports):
    make_run(exports[0], status=Run.Status.QUEUED)

    text = text_of(confirm(as_administrator, "remove", exports))

    assert "2 exports are removed." in text
    assert [each.name for each in Export.objects.all()] == ["Alpha"]


def test_detaching_is_for_administrators(as_contributor, as_administrator, exports):
    confirm(as_contributor, "detach", exports)
    assert not Export.objects.filter(connection=None).exists()

    confirm(as_administrator, "detach", exports[:2])

    assert Export.objects.filter(connection=None).count() == 2


def test_kept_schedules_are_switched_off_and_come_back_as_they_were(as_contributor, exports):
    Export.objects.filter(name="Beta").update(recurrence="daily", times=["07:30"])

    confirm(as_contributor, "schedule", exports[:2], keep="keep", state="off")
    off = list(Export.objects.order_by("name").values_list("recurrence", flat=True))
    confirm(as_contributor, "schedule", exports[:2], keep="keep", state="on")

    assert off == ["off", "off", "refresh"]
    beta = Export.objects.get(name="Beta")
    assert (beta.recurrence, beta.times) == ("daily", ["07:30"])
    assert beta.due_at


def test_a_new_schedule_overrides_that_of_all(as_contributor, contributor, exports):
    schedule = {"recurrence": "weekly", "weekdays": ["1", "4"], "time": "06:15", "time_zone": "UTC"}

    page = confirm(as_contributor, "schedule", exports, keep="override", **schedule)

    assert "The schedules of 2 exports are saved." in text_of(page)
    alpha, beta, gamma = Export.objects.order_by("name")
    assert (alpha.recurrence, alpha.weekdays, alpha.times) == ("weekly", [1, 4], ["06:15"])
    assert (beta.due_at, beta.updated_by) == (alpha.due_at, contributor)
    assert gamma.recurrence == "refresh"


def test_a_schedule_that_lacks_something_is_asked_for_again(as_contributor, exports):
    sent = {"keep": "override", "recurrence": "weekly", "time": "06:15", "time_zone": "UTC"}

    page = confirm(as_contributor, "schedule", exports, **sent)

    assert "Choose at least one day." in text_of(page)
    assert 'value="06:15"' in page.content.decode()
    assert not Export.objects.filter(recurrence="weekly").exists()


@pytest.mark.parametrize(
    "sent", [{}, {"do": "run"}, {"do": "nonsense", "export": "1"}, {"do": "run", "keys": "a,9e9"}]
)
def test_what_makes_no_sense_changes_nothing(as_contributor, exports, sent):
    page = as_contributor.post(SEVERAL, sent, follow=True)

    assert "Nothing was changed" in text_of(page)
    assert not Run.objects.exists()


def test_as_many_queries_are_asked_for_thirty_as_for_three(
    as_contributor, exports, django_assert_max_num_queries
):
    segment, shared = make_segment(), make_connection(visibility="contributors")
    more = [make_export([segment], connection=shared) for _ in range(30)]

    with django_assert_max_num_queries(12):
        ask(as_contributor, "run", [*exports, *more])
