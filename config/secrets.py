"""Secrets from the environment, from files, or made once for an embedded installation."""

import os
import secrets
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_secret(name: str, *, make: Callable[[], str], folder: Path | None) -> str:
    """Return the secret called `name`.

    It is looked for in the variable NAME, then in the file that NAME_FILE names. An embedded
    installation (`folder` is given) makes its own the first time, in a file that only its
    owner can read. Raises ImproperlyConfigured, naming the fix, when there is none.
    """
    if value := read_optional_secret(name):
        return value
    if folder is not None:
        return _kept_in(folder / name.lower(), make)
    raise ImproperlyConfigured(
        f"{name} is not set. Set {name}, or {name}_FILE to a file that holds it. "
        f"A fresh one: python -m config.secrets {name}"
    )


def read_optional_secret(name: str) -> str:
    """Return the secret in the variable NAME or in the file that NAME_FILE names; "" without both.

    Raises ImproperlyConfigured when there is no such file.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return _read_file(f"{name}_FILE", Path(path))
    return ""


def read_encryption_keys(*, folder: Path | None) -> list[str]:
    """Return FIELD_ENCRYPTION_KEYS, the one that encrypts first.

    Raises ImproperlyConfigured, naming the fix, when there is none or one is not a key.
    """
    name = "FIELD_ENCRYPTION_KEYS"
    keys = read_secret(name, make=make_encryption_key, folder=folder).split(",")
    for number, key in enumerate(keys, start=1):
        if not _is_encryption_key(key):
            raise ImproperlyConfigured(
                f"Number {number} of the {len(keys)} in {name} is not a key. They are separated "
                f"by commas, without blanks. A fresh one: python -m config.secrets {name}"
            )
    return keys


def _is_encryption_key(text: str) -> bool:
    from cryptography.fernet import Fernet

    try:
        Fernet(text)
    except ValueError:
        return False
    return not any(character.isspace() for character in text)


def _read_file(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{variable} names {path}, which can't be read: {error.strerror}."
        ) from None


def _kept_in(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, make())
    return path.read_text(encoding="utf-8").strip()


def _write_once(path: Path, secret: str) -> None:
    """Write a file that only its owner may read, complete from its first moment on.

    Of several processes that start at once, one makes the secret and all read that one.
    """
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def make_secret_key() -> str:
    """Return a fresh SECRET_KEY: only characters that mean nothing in an .env file."""
    return secrets.token_urlsafe(50)


def make_encryption_key() -> str:
    """Return a fresh Fernet key for FIELD_ENCRYPTION_KEYS."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


if __name__ == "__main__":
    import sys

    makers = {"SECRET_KEY": make_secret_key, "FIELD_ENCRYPTION_KEYS": make_encryption_key}
    if len(sys.argv) != 2 or sys.argv[1] not in makers:
        sys.exit(f"Usage: python -m config.secrets {' | '.join(makers)}")
    sys.stdout.write(makers[sys.argv[1]]() + "\n")
