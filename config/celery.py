"""The Celery application: it carries nudges, the database is the truth (design.md, section 4)."""

import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("facteur")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    # A nudge that is lost costs one beat tick, so nothing is kept of results.
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_time_limit=300,
    broker_connection_retry_on_startup=True,
    beat_scheduler="config.beat.SteadyScheduler",
    # Logs carry ids and counts; the task's name and id are enough.
    worker_hijack_root_logger=False,
    beat_schedule={
        "pulse": {"task": "config.tasks.pulse", "schedule": 15.0, "options": {"expires": 15}},
        "refreshes": {"task": "segments.tasks.tick", "schedule": 15.0, "options": {"expires": 15}},
        "runs": {"task": "exports.tasks.tick", "schedule": 15.0, "options": {"expires": 15}},
        "alerts": {"task": "exports.tasks.alert", "schedule": 15.0, "options": {"expires": 15}},
        "tidying": {"task": "exports.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
    },
)
app.autodiscover_tasks(["config", "segments", "exports"])


@worker_process_init.connect
def look_after_the_dead(**_: object) -> None:
    """Have looked at once what is to be done: this process may follow one that died."""
    for task in ("segments.tasks.tick", "exports.tasks.tick"):
        app.send_task(task, expires=15)
