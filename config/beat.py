"""Celery beat, which nothing that happens to the clock keeps from its work."""

from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Celery's own scheduler does nothing for an hour when the clock is set back by one."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Do what is due, and return for how many seconds nothing will be."""
        now = self.app.now()
        ahead = [
            entry
            for entry in self.schedule.values()
            if entry.last_run_at and entry.last_run_at > now
        ]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            self._heap = None  # it is made anew, with the new times
        return float(super().tick(*args, **kwargs))
