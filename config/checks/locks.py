"""The lock files: requirements.txt, and requirements-dev.txt on top of it.

`python -m config.checks.locks write` compiles them; `check` fails when pyproject.toml asks
for something that they do not hold, or when they name a package index. Newer versions on
the index are no reason to fail, an index out of reach neither.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
ADDRESS = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links")
OUT_OF_REACH = re.compile(
    r"error sending request|failed to fetch|offline|dns error|timed out", re.IGNORECASE
)


class CompileError(Exception):
    """uv could not compile a lock file; the message is what it said."""


def write(options: list[str], folder: Path = HOUSE) -> None:
    """Compile both lock files in `folder`, starting from what they hold.

    Raises CompileError with what uv said.
    """
    _compile(folder / RUNTIME, options)
    _compile(folder / DEVELOPMENT, [*options, "--group", "dev", "-c", str(folder / RUNTIME)])


def check(house: Path = HOUSE) -> list[str]:
    """Return what is wrong with the lock files of the house."""
    return [*addresses(house), *_differences(house)]


def _compile(output: Path, options: list[str]) -> None:
    command: list[str | Path] = [
        *(Path(sys.executable).with_name("uv"), "pip", "compile", "pyproject.toml"),
        *("--universal", "--generate-hashes", "--python-version", "3.11"),
        *("--no-emit-index-url", "--no-header", "--quiet", "--output-file", output),
        *options,
    ]
    done = subprocess.run(  # noqa: S603  # a command of our own
        command, cwd=HOUSE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CompileError(done.stderr)


def addresses(house: Path) -> list[str]:
    """Return the lines that name an address: it holds on one network only."""
    return [
        f"{name}:{number}: names an address: {line.strip()}"
        for name in (RUNTIME, DEVELOPMENT)
        for number, line in enumerate((house / name).read_text().splitlines(), start=1)
        if ADDRESS.search(line)
    ]


def _differences(house: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for name in (RUNTIME, DEVELOPMENT):
            shutil.copy(house / name, folder)
        try:
            write([], Path(folder))
        except CompileError as error:
            if OUT_OF_REACH.search(str(error)):
                sys.stdout.write("The package index is out of reach: lock files not compared.\n")
                return []
            return [f"pyproject.toml can't be locked: {error}"]
        return [
            f"{name} does not fit pyproject.toml; run `make lock`"
            for name in (RUNTIME, DEVELOPMENT)
            if _pins(Path(folder) / name) != _pins(house / name)
        ]


def _pins(path: Path) -> list[str]:
    """Return the pinned versions: the index may list more files for one of them any day."""
    return [line for line in path.read_text().splitlines() if re.match(r"[\w.\[\]-]+==", line)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", *options]:
            try:
                write(options)
            except CompileError as error:
                sys.exit(str(error))
        case ["check"]:
            if problems := check():
                sys.exit("\n".join(problems))
        case _:
            sys.exit(__doc__)
