from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.broker import note_worker, worker_seen_at
from config.embedded.processes import free_port
from config.embedded.supervisor import Child, Supervisor
from config.tasks import pulse
from tests.waiting import eventually

HOUSE = Path(__file__).parents[2]


def test_healthz_answers_a_stranger_that_knows_only_the_ip_address(
    client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = client.get("/healthz", headers={"host": "10.1.2.3:8000"})

    assert response.status_code == 200


@pytest.mark.django_db
def test_readyz_is_content_when_all_parts_work(client: Client) -> None:
    note_worker(now=timezone.now())

    response = client.get("/readyz", headers={"host": "10.1.2.3:8000"})

    assert response.json() == {"database": "ok", "broker": "ok", "storage": "ok", "worker": "ok"}
    assert response.status_code == 200


@pytest.mark.django_db
def test_readyz_misses_a_worker_that_never_came(client: Client) -> None:
    response = client.get("/readyz")

    assert response.json()["worker"] == "no worker has been seen yet"
    assert response.status_code == 503


@pytest.mark.django_db
def test_readyz_misses_a_worker_that_has_gone(client: Client) -> None:
    note_worker(now=timezone.now() - timedelta(minutes=5))

    response = client.get("/readyz")

    assert re.fullmatch(r"no worker has been seen for 3\d\d seconds", response.json()["worker"])
    assert response.status_code == 503


@pytest.mark.django_db
def test_readyz_names_a_broker_that_is_away_and_not_its_address(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = f"redis://:hunter2@127.0.0.1:{free_port()}/0"

    response = client.get("/readyz")

    assert response.json()["broker"] == "does not work"
    assert response.json()["database"] == "ok"
    assert response.status_code == 503
    assert b"hunter2" not in response.content


@pytest.mark.django_db
def test_readyz_names_a_storage_that_can_not_be_written(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    location = {"location": str(tmp_path / "file" / "folder")}
    default = settings.STORAGES["default"] | {"OPTIONS": location}
    settings.STORAGES = settings.STORAGES | {"default": default}

    response = client.get("/readyz")

    assert response.json()["storage"] == "does not work"
    assert response.status_code == 503


def test_readyz_names_a_database_that_is_away(client: Client) -> None:
    # Without the mark for it, a test may not use the database.
    response = client.get("/readyz")

    assert response.json()["database"] == "does not work"
    assert response.status_code == 503


@pytest.mark.django_db
def test_a_probe_leaves_no_file_behind(client: Client, data_folder: Path) -> None:
    client.get("/readyz")

    assert not any((data_folder / "files" / "health").iterdir())


@pytest.mark.django_db
def test_metrics_give_the_state_of_each_part_and_the_queue(client: Client) -> None:
    note_worker(now=timezone.now())
    pulse.delay()

    text = client.get("/metrics").content.decode()

    assert 'facteur_part_ok{part="database"} 1\n' in text
    assert 'facteur_queue_length{queue="celery"} 1\n' in text
    assert "\nfacteur_worker_seen_timestamp_seconds 1" in text


@pytest.mark.django_db
def test_metrics_still_answer_when_the_broker_is_away(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"

    text = client.get("/metrics").content.decode()

    assert 'facteur_part_ok{part="broker"} 0\n' in text
    assert "facteur_queue_length" not in text


def test_metrics_are_not_there_for_other_machines(client: Client) -> None:
    by_address = client.get("/metrics", REMOTE_ADDR="10.1.2.3")
    through_a_proxy = client.get("/metrics", headers={"x-forwarded-for": "10.1.2.3"})

    assert by_address.status_code == through_a_proxy.status_code == 404


@pytest.mark.django_db
def test_metrics_with_a_token_are_there_for_whoever_has_it(
    client: Client, settings: Settings
) -> None:
    settings.METRICS_TOKEN = "a long token"

    with_it = client.get(
        "/metrics", REMOTE_ADDR="10.1.2.3", headers={"authorization": "Bearer a long token"}
    )
    without_it = client.get("/metrics")

    assert with_it.status_code == 200
    assert without_it.status_code == 404


def test_a_real_worker_is_seen(tmp_path: Path) -> None:
    celery = [sys.executable, "-m", "celery", "--app", "config", "worker", "--pool", "solo"]

    with Supervisor(tmp_path) as supervisor:
        supervisor.start(Child("worker", celery, env={**os.environ, "PYTHONPATH": str(HOUSE)}))
        pulse.delay()

        eventually(worker_seen_at, seconds=120)
