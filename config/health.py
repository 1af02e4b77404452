"""How the installation is: answers for the machines that watch over it.

`/healthz`  200 while the process answers; asks nobody else.
`/readyz`   JSON by part: database, broker, storage, worker; 503 when one of them fails.
`/metrics`  for Prometheus; from this machine, or with METRICS_TOKEN as a bearer token.

They are answered before anything that wants a known host name, a session or TLS: probes come
by IP address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from redis import RedisError

from config.broker import open_broker, waiting_tasks, worker_seen_at
from config.storages.problems import StorageUnavailable

logger = logging.getLogger(__name__)

# A worker notes every 15 s that it takes tasks; a few long slices may delay that.
WORKER_MISSED_AFTER = timedelta(seconds=90)
THIS_MACHINE = {"127.0.0.1", "::1"}


class NotHealthy(Exception):
    """A part does not do its work; the message says so without addresses or secrets."""


class HealthMiddleware:
    """Answers the addresses of this module, and lets everything else pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answers.get(request.path_info, self.get_response)(request)


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Say of each part whether it does its work."""
    problems = check_parts()
    states = {part: problem or "ok" for part, problem in problems.items()}
    return JsonResponse(states, status=503 if any(problems.values()) else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Give figures in the text format of Prometheus."""
    if not _may_read_metrics(request):
        return HttpResponseNotFound()
    text = _gauge(
        "facteur_part_ok",
        "Whether a part of the installation does its work.",
        {f'{{part="{part}"}}': int(not problem) for part, problem in check_parts().items()},
    )
    return HttpResponse(text + _broker_figures(), content_type="text/plain; version=0.0.4")


def check_parts() -> dict[str, str]:
    """Return what is wrong with each part; empty where nothing is."""
    parts = {
        "database": _check_database,
        "broker": _check_broker,
        "storage": _check_storage,
        "worker": _check_worker,
    }
    return {part: _problem(part, check) for part, check in parts.items()}


def _problem(part: str, check: Callable[[], None]) -> str:
    try:
        check()
    except (NotHealthy, StorageUnavailable) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # whatever it is, the part does not work
        logger.warning("The %s does not work: %s", part, type(error).__name__)
        return "does not work"
    return ""


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_broker() -> None:
    with open_broker() as broker:
        broker.ping()


def _check_storage() -> None:
    name = default_storage.save("health/probe", ContentFile(b"probe"))
    default_storage.delete(name)


def _check_worker() -> None:
    seen_at = worker_seen_at()
    if seen_at is None:
        raise NotHealthy("no worker has been seen yet")
    missed = timezone.now() - seen_at
    if missed > WORKER_MISSED_AFTER:
        raise NotHealthy(f"no worker has been seen for {missed.total_seconds():.0f} seconds")


def _broker_figures() -> str:
    try:
        waiting, seen_at = waiting_tasks(), worker_seen_at()
    except RedisError:
        return ""  # the figure above says that the broker does not work
    lengths = {f'{{queue="{queue}"}}': length for queue, length in waiting.items()}
    seen = {"": seen_at.timestamp()} if seen_at else {}
    return _gauge("facteur_queue_length", "Tasks that wait for a worker.", lengths) + _gauge(
        "facteur_worker_seen_timestamp_seconds", "When a worker last took a task.", seen
    )


def _gauge(name: str, about: str, values: Mapping[str, float]) -> str:
    """Return a gauge with one line for each label, which comes in braces."""
    lines = [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
    lines += [f"{name}{label} {value:.0f}" for label, value in values.items()]
    return "\n".join(lines) + "\n"


def _may_read_metrics(request: HttpRequest) -> bool:
    """Tell whether the token is right or, without a token, whether no network lies between."""
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        return constant_time_compare(request.headers.get("Authorization", ""), expected)
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in THIS_MACHINE and not forwarded
