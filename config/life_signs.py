"""Signs of life: files in this machine's folder for work, each locked by a process that lives.

The kernel lets go of a lock when its process ends, however it ends. So the other processes of
the machine know at once that a worker is dead, and need not wait for its lease to run out.
"""

import fcntl
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

log = logging.getLogger("facteur.leases")


@contextmanager
def showing_life(token: uuid.UUID) -> Iterator[None]:
    """Show, for as long as the block takes, that whoever holds the lease of this token lives.

    Who leaves the block by an exception is taken for dead: it may not have let go of the lease.
    """
    path = _folder() / f"{token.hex}.life"
    sign = _lock_new(path)
    try:
        yield
        path.unlink(missing_ok=True)
    finally:
        if sign is not None:
            os.close(sign)


def tokens_of_the_dead() -> Iterator[uuid.UUID]:
    """Yield the tokens of workers of this machine that died, each until it was dealt with."""
    for path in _folder().glob("*.life"):
        try:
            with path.open("rb") as sign:
                fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield uuid.UUID(path.stem)
                path.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # it lives, or has just ended well


def _lock_new(path: Path) -> int | None:
    """Return the descriptor of a new file that is locked before anybody can see it.

    None where there can be none, on a full disk say: such a worker's lease runs out in its time.
    """
    unseen = path.with_suffix(".unseen")
    try:
        sign = os.open(unseen, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        log.warning("no sign of life: %s", type(error).__name__)
        return None
    fcntl.flock(sign, fcntl.LOCK_EX)
    unseen.rename(path)
    return sign


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
