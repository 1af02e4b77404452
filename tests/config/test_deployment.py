"""What is written about deploying must be what the code does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.secrets import make_encryption_key, make_secret_key

HOUSE = Path(__file__).parents[2]
SETTINGS = "".join(
    (HOUSE / "config" / name).read_text() for name in ("settings.py", "storages/choosing.py")
)
MANUAL = (HOUSE / "docs" / "deploy.md").read_text()
COMPOSE = (HOUSE / "docker-compose.yml").read_text()
EXAMPLE = (HOUSE / ".env.example").read_text()


def test_the_manual_describes_every_setting_and_no_other() -> None:
    read = set(re.findall(r"\b(?:env|env\.\w+|read\w*_secret)\(\s*\"([A-Z0-9_]+)\"", SETTINGS))
    read.add("FIELD_ENCRYPTION_KEYS")  # by a function of its own

    described = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", MANUAL, re.MULTILINE))

    assert described == read


def test_the_manual_gives_the_numbers_that_settings_have_by_default() -> None:
    numbers = re.findall(r"env\.(?:int|float)\(\"([A-Z0-9_]+)\", default=([\d_.]+)\)", SETTINGS)

    described = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([\d.]+) \|", MANUAL, re.MULTILINE))

    assert {name: float(number) for name, number in numbers} == {
        name: float(number) for name, number in described.items()
    }


def test_the_example_names_what_compose_demands_and_gives_no_value() -> None:
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))

    named = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert set(named) == demanded
    assert not any(named.values())


@pytest.mark.parametrize("make", [make_secret_key, make_encryption_key])
def test_fresh_secrets_can_stand_in_an_env_file(make: Callable[[], str]) -> None:
    assert re.fullmatch(r"[\w=-]{40,}", make())


def check_deployment(data: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Start Facteur as a deployment does, with these settings different or, if None, missing."""
    settings: dict[str, str | None] = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(data),
        "DATABASE_URL": "postgresql://facteur:secret@database/facteur",
        "SECRET_KEY": "a key for this test",
        "FIELD_ENCRYPTION_KEYS": make_encryption_key(),
    }
    settings |= changes
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=HOUSE,
        env={name: value for name, value in settings.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_a_deployment_without_a_secret_does_not_start_and_says_how_to_make_one(
    missing: str, tmp_path: Path
) -> None:
    done = check_deployment(tmp_path, **{missing: None})

    assert done.returncode != 0
    assert f"{missing} is not set." in done.stderr
    assert f"python -m config.secrets {missing}" in done.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", ["hunter2", "", " {key}", "ключ"])
def test_an_encryption_key_that_is_none_is_refused_at_the_start_and_not_shown(
    wrong: str, tmp_path: Path
) -> None:
    key = make_encryption_key()

    done = check_deployment(
        tmp_path, FIELD_ENCRYPTION_KEYS=f"{key},{wrong.format(key=make_encryption_key())}"
    )

    assert "Number 2 of the 2 in FIELD_ENCRYPTION_KEYS is not a key." in done.stderr
    assert key not in done.stderr


def test_a_file_of_a_secret_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = check_deployment(tmp_path, SECRET_KEY=None, SECRET_KEY_FILE="/run/secrets/nothing")

    assert "SECRET_KEY_FILE names /run/secrets/nothing, which can't be read" in done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"S3_ACCESS_KEY_ID": "key"}, "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together"),
        ({"S3_ENDPOINT_URL": "minio:9000"}, "S3_ENDPOINT_URL is 'minio:9000'."),
        ({"S3_ENCRYPTION": "yes"}, "S3_ENCRYPTION is 'yes'."),
        ({"S3_KMS_KEY_ID": "key"}, "S3_KMS_KEY_ID needs S3_ENCRYPTION=aws:kms."),
        ({"S3_SECRET_ACCESS_KEY_FILE": "/run/nothing"}, "S3_SECRET_ACCESS_KEY_FILE names"),
    ],
)
def test_a_bucket_that_makes_no_sense_is_refused_at_the_start(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = check_deployment(tmp_path, S3_BUCKET="facteur", **changes)

    assert done.returncode != 0
    assert said in done.stderr


def test_a_bucket_that_makes_sense_starts_without_being_asked(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2\n")

    done = check_deployment(
        tmp_path,
        S3_BUCKET="facteur",
        S3_ACCESS_KEY_ID="key",
        S3_SECRET_ACCESS_KEY_FILE=str(tmp_path / "key"),
    )

    assert done.returncode == 0
    assert "hunter2" not in done.stdout + done.stderr


def test_fewer_snapshots_than_runs_may_need_are_refused_at_the_start(tmp_path: Path) -> None:
    done = check_deployment(tmp_path, KEEP_SNAPSHOTS="1")

    assert "KEEP_SNAPSHOTS is at least 2" in done.stderr


@pytest.mark.parametrize("address", ["facteur.example.com", "https://", "ftp://example.com"])
def test_an_address_that_nobody_can_open_is_refused_at_the_start(
    address: str, tmp_path: Path
) -> None:
    done = check_deployment(tmp_path, SITE_URL=address)

    assert "Write it as people type it: https://facteur.example.com" in done.stderr
