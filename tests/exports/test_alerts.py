"""Administrators are told by e-mail what needs somebody: once, and again when it is mended."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from exports.alert_mail import GIVES_UP, send_alerts
from exports.alerts import KEPT, delete_old_alerts, look_at_refreshes
from exports.models import Alert, Export, Run
from exports.pipeline.finish import MOST_FAILURES, finish_run, note_needs_approval
from exports.services import run_by_schedule_again
from exports.tasks import alert
from segments.models import Refresh, RefreshTask
from tests.factories import make_export, make_run, make_segment, make_source, make_user

pytestmark = pytest.mark.django_db

PAYMENT = {"code": "payment"}


@pytest.fixture
def export(db):
    return make_export(name="Newsletter", recurrence="daily", times=["07:00"])


@pytest.fixture
def reader(export) -> User:
    """The only administrator there is: the export user of the connection."""
    return User.objects.active_administrators().get()


def end(export: Export, status: str, problem: dict[str, str] | None = None) -> Run:
    """Let a run of the export end like this, and send what is due then."""
    now = timezone.now()
    run = make_run(export, status=Run.Status.SENDING, queued_at=now)
    assert run.take_lease(now)
    finish_run(run, status, now=now, problem=problem)
    send_alerts(now=now)
    return run


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


def test_a_failure_is_told_with_what_to_do_and_where(export, reader, settings):
    settings.SITE_URL = "https://facteur.example"

    run = end(export, "failed", PAYMENT)

    [message] = mail.outbox
    assert message.to == [reader.email]
    assert message.subject == "Facteur: “Newsletter” failed"
    assert "Settle it in ActiveCampaign, under Settings > Billing" in message.body
    assert f"https://facteur.example/runs/{run.pk}/" in message.body
    assert "https://facteur.example/profile/" in message.body


def test_a_failure_that_goes_on_is_told_once_and_so_is_its_end(export):
    for _ in range(3):
        end(export, "failed", PAYMENT)

    end(export, "successful")
    end(export, "successful")

    assert subjects() == ["Facteur: “Newsletter” failed", "Facteur: “Newsletter” works again"]
    export.refresh_from_db()
    assert export.failing_since is None


def test_what_failed_upstream_is_told(export):
    end(export, "skipped", {"code": "upstream_failed", "segment": "Readers"})

    [message] = mail.outbox
    assert message.subject == "Facteur: “Newsletter” was skipped: upstream refresh failed"
    assert "The segment “Readers” could not be refreshed." in message.body


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ("successful", None),
        ("with_rejects", None),
        ("canceled", None),
        ("skipped", {"code": "nothing_to_send"}),
        ("skipped", {"code": "superseded"}),
    ],
)
def test_what_needs_nobody_is_not_told(export, status, problem):
    end(export, status, problem)

    assert mail.outbox == []


def test_a_cancel_and_a_replaced_run_end_no_failure(export):
    end(export, "failed", PAYMENT)

    end(export, "canceled")
    end(export, "skipped", {"code": "superseded"})

    assert len(mail.outbox) == 1
    assert Export.objects.get().failing_since is not None


def test_a_pause_is_told_and_leads_to_the_export(export):
    for _ in range(MOST_FAILURES):
        end(export, "failed", PAYMENT)

    message = mail.outbox[-1]
    assert subjects() == ["Facteur: “Newsletter” failed", "Facteur: “Newsletter” is paused"]
    assert f"/exports/{export.pk}/" in message.body
    assert "After 5 failed runs in a row" in message.body


def test_an_export_that_goes_on_failing_is_paused_again_at_once(export):
    for _ in range(MOST_FAILURES):
        end(export, "failed", PAYMENT)
    run_by_schedule_again(export=Export.objects.get())

    end(export, "failed", PAYMENT)

    assert Export.objects.get().paused_at is not None


def test_a_run_that_waits_for_approval_is_told_but_not_who_takes_its_place(export):
    now = timezone.now()
    run = make_run(export, status="needs_approval", queued_at=now)
    note_needs_approval(run, now=now)
    Run.objects.update(status="skipped", problem={"code": "superseded"})
    later = make_run(export, status="needs_approval", queued_at=now + timedelta(hours=1))
    note_needs_approval(later, now=now)

    send_alerts(now=now)

    assert subjects() == ["Facteur: “Newsletter” needs approval"]
    assert f"/runs/{run.pk}/" in mail.outbox[0].body


def test_each_reads_it_in_their_language_and_whoever_asked_not_to_reads_nothing(export, reader):
    make_user(role="administrator", language="fr", email="fr@example.test")
    make_user(role="administrator", wants_alerts=False)
    make_user(role="administrator", is_active=False)
    make_user(role="contributor")

    end(export, "failed", PAYMENT)

    assert [message.to for message in mail.outbox] == [[reader.email], ["fr@example.test"]]
    assert "Bonjour" in mail.outbox[1].body


def test_what_is_due_at_the_same_time_comes_in_one_message(export):
    other = make_export(name="Offers", connection=export.connection)
    now = timezone.now()
    for each in (export, other):
        run = make_run(each, status=Run.Status.SENDING, queued_at=now)
        assert run.take_lease(now)
        finish_run(run, "failed", now=now, problem=PAYMENT)

    send_alerts(now=now)

    [message] = mail.outbox
    assert message.subject == "Facteur: 2 alerts"
    assert "“Newsletter” failed" in message.body
    assert "“Offers” failed" in message.body


def test_no_address_of_a_customer_is_told(export):
    words = "Contact 3 (ana.lima@example.com) is refused; see <bea@example.com>"

    end(export, "failed", {"code": "request_refused", "words": words})

    assert "Contact 3 (…@…) is refused; see <…@…>" in mail.outbox[0].body
    assert "example.com" not in mail.outbox[0].body


def test_a_mail_server_that_is_down_is_logged_and_tried_again_later(export, settings, caplog):
    working, settings.EMAIL_BACKEND = (
        settings.EMAIL_BACKEND,
        "django.core.mail.backends.smtp.EmailBackend",
    )
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    with caplog.at_level(logging.ERROR):
        run = end(export, "failed", PAYMENT)
    settings.EMAIL_BACKEND = working
    now = timezone.now()

    send_alerts(now=now)
    at_once = len(mail.outbox)
    send_alerts(now=now + timedelta(minutes=3))

    assert run.status == Run.Status.FAILED
    assert "could not be sent: ConnectionRefusedError" in caplog.text
    assert at_once == 0
    assert subjects() == ["Facteur: “Newsletter” failed"]


def test_after_a_day_without_a_mail_server_it_is_let_go(export, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    end(export, "failed", PAYMENT)

    send_alerts(now=timezone.now() + GIVES_UP)

    assert Alert.objects.get().due_at is None


def test_without_mail_nothing_piles_up(export, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    end(export, "failed", PAYMENT)

    assert Alert.objects.get().due_at is None


# --- Refreshes ---------------------------------------------------------------------------------


def refreshed(source, status: str, problem: dict[str, str] | None = None) -> None:
    """Note that a source was refreshed just now, with this outcome."""
    now = timezone.now()
    refresh = Refresh.objects.create(trigger="schedule", status=status, queued_at=now)
    RefreshTask.objects.create(
        refresh=refresh, source=source, position=0, status=status, finished_at=now, problem=problem
    )


def test_a_source_that_can_t_be_refreshed_is_told_once_and_so_is_its_end():
    make_user(role="administrator")
    source = make_source(name="Shop", problem={"code": "upload_gone", "file": "people.csv"})

    alert()
    alert()
    source.problem = None
    source.save()
    alert()

    assert subjects() == [
        "Facteur: The source “Shop” could not be refreshed",
        "Facteur: The source “Shop” is refreshed again",
    ]
    assert "The uploaded file “people.csv” is gone. Upload it again." in mail.outbox[0].body


def test_a_source_that_is_being_refreshed_stands_as_before():
    make_user(role="administrator")
    source = make_source(problem={"code": "upload_gone", "file": "people.csv"})
    look_at_refreshes(now=timezone.now())

    refreshed(source, "refreshing")

    assert look_at_refreshes(now=timezone.now()) is None


def test_segments_that_fail_are_told_with_the_sources_that_work_again():
    make_user(role="administrator")
    source = make_source(name="Shop", problem={"code": "upload_gone", "file": "people.csv"})
    segment = make_segment(source, name="Readers")
    alert()
    source.problem = None
    source.save()
    segment.problem = {"code": "refresh_failed"}
    segment.save()

    alert()

    body = mail.outbox[-1].body
    assert mail.outbox[-1].subject == "Facteur: 2 alerts"
    assert "The source “Shop” is refreshed again" in body
    assert "The segment “Readers” could not be refreshed" in body


def test_old_alerts_go_but_what_is_known_of_refreshes_stays():
    make_user(role="administrator")
    make_source(problem={"code": "upload_gone", "file": "people.csv"})
    alert()
    end(make_export(), "failed", PAYMENT)

    gone = delete_old_alerts(now=timezone.now() + KEPT + timedelta(days=1))

    assert gone == 1
    assert Alert.objects.get().kind == Alert.Kind.REFRESH
