"""What is written about deploying must be what the code does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
SETTINGS = (HOUSE / "config" / "settings.py").read_text()
MANUAL = (HOUSE / "docs" / "deploy.md").read_text()
COMPOSE = (HOUSE / "docker-compose.yml").read_text()
EXAMPLE = (HOUSE / ".env.example").read_text()


def test_the_manual_describes_every_setting_and_no_other() -> None:
    read = set(re.findall(r"\b(?:env|env\.\w+|read_secret)\(\s*\"([A-Z_]+)\"", SETTINGS))

    described = set(re.findall(r"^\| `([A-Z_]+)` \|", MANUAL, re.MULTILINE))

    assert described == read


def test_the_manual_gives_the_numbers_that_settings_have_by_default() -> None:
    numbers = re.findall(r"env\.(?:int|float)\(\"([A-Z_]+)\", default=([\d_.]+)\)", SETTINGS)

    described = dict(re.findall(r"^\| `([A-Z_]+)` \| ([\d.]+) \|", MANUAL, re.MULTILINE))

    assert {name: float(number) for name, number in numbers} == {
        name: float(number) for name, number in described.items()
    }


def test_the_example_names_what_compose_demands_and_gives_no_value() -> None:
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))

    named = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert set(named) == demanded
    assert not any(named.values())


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_a_deployment_without_a_secret_does_not_start_and_says_how_to_make_one(
    missing: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://facteur:secret@database/facteur",
        "SECRET_KEY": "a key for this test",
        "FIELD_ENCRYPTION_KEYS": "another key for this test",
    }
    del environment[missing]

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=HOUSE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert f"{missing} is not set." in done.stderr
    assert f"python -m config.secrets {missing}" in done.stderr
    assert not any(tmp_path.iterdir())
