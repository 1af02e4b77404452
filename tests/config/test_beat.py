"""Celery beat goes on with its work, whatever happens to the clock."""

from datetime import timedelta

from config.beat import SteadyScheduler
from config.celery import app


def test_beat_goes_on_when_the_clock_was_set_back(tmp_path):
    scheduler = SteadyScheduler(app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    scheduler.setup_schedule()
    for entry in scheduler.schedule.values():
        entry.last_run_at = app.now() + timedelta(hours=1)

    pause = scheduler.tick()

    longest = timedelta(seconds=15)
    assert 0 < pause <= longest.total_seconds()
    assert all(entry.last_run_at <= app.now() for entry in scheduler.schedule.values())
    scheduler.close()
