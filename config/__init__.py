"""Settings, URLs, the Celery application, fields and health: no business here."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
