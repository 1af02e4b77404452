"""Files that others put into the storage for Facteur to read: looked up anew at each refresh.

They lie in the folder INCOMING_DIR or, with S3, below `incoming/` in the bucket. Of each file a
copy is read, so that nobody changes it under the reader. S3 shows a file when it is complete; in
a folder it is taken for complete once it has not changed for INCOMING_QUIET_SECONDS.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from itertools import islice

from django.conf import settings

from config.storages.stored import ChangedMeanwhile, Storage, StoredFile, incoming_storage
from segments import parquet
from segments.models import Source
from segments.problems import BadFile

MAX_FILES = 1_000
# How many files are looked at, whether they match or not.
MAX_LISTED = 100_000
PATIENCE_SECONDS = 30.0
_ANY_FOLDERS = "**"


def place() -> str:
    """Return where the files lie, for administrators: a folder, or a bucket and a prefix in it."""
    options = settings.STORAGES["incoming"]["OPTIONS"]
    bucket = options.get("bucket_name", "")
    return f"{bucket}/{options['location']}" if bucket else str(options["location"])


def check_pattern(pattern: str) -> None:
    """Raise BadFile when this is no path to look up: it leads out of the folder, for example."""
    parts = pattern.split("/")
    if (
        not pattern.isprintable()
        or "\\" in pattern
        or any(part in ("", ".", "..") for part in parts)
        or any(_ANY_FOLDERS in part and part != _ANY_FOLDERS for part in parts)
        or parts[-1] == _ANY_FOLDERS
    ):
        raise BadFile("incoming_pattern", pattern=pattern)


def matching(pattern: str) -> list[StoredFile]:
    """Return the files that match, the newest first.

    `*` and `?` stand for characters of a name, `**` for any number of folders. Names that begin
    with a dot match only a pattern that does. Raises BadFile and StorageUnavailable.
    """
    check_pattern(pattern)
    wanted = pattern.split("/")
    folder = "/".join(_fixed(wanted))
    listed = incoming_storage().walk(folder, deep=len(wanted) > len(_fixed(wanted)) + 1)
    found = []
    try:
        for number, file in enumerate(islice(listed, MAX_LISTED + 1)):
            if number == MAX_LISTED:
                raise BadFile("incoming_crowded", limit=MAX_LISTED, pattern=pattern)
            if _matches(file.name.split("/"), wanted):
                found.append(file)
    except PermissionError as error:
        raise BadFile("incoming_unreadable", file=folder or pattern) from error
    return sorted(found, key=lambda file: (file.modified_at, file.name), reverse=True)


def chosen(pattern: str, takes: str) -> list[StoredFile]:
    """Return the newest of the matching files, or all of them by name.

    Raises BadFile when there is none, or more than can be read together.
    """
    found = matching(pattern)
    if not found:
        raise BadFile("incoming_none", pattern=pattern)
    if takes == Source.Takes.NEWEST:
        found = found[:1]
    if len(found) > MAX_FILES:
        raise BadFile("incoming_too_many", limit=MAX_FILES, pattern=pattern)
    if sum(file.size for file in found) > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 1024**2
        raise BadFile("incoming_too_large", limit=limit, pattern=pattern)
    return sorted(found, key=lambda file: file.name)


@contextmanager
def open_incoming(
    pattern: str, takes: str, *, patience: float = PATIENCE_SECONDS
) -> Iterator[list[tuple[str, str]]]:
    """Give local copies of the chosen files, as (path, name), in the order of their names.

    A file that is still being written is waited for, `patience` seconds at most. Raises BadFile
    and StorageUnavailable.
    """
    storage = incoming_storage()
    with ExitStack() as stack:
        copies = []
        for file in _complete(storage, pattern, takes, patience):
            path = stack.enter_context(parquet.scratch(".incoming"))
            _fetch(storage, file, path)
            copies.append((path, file.name))
        yield copies


def _complete(storage: Storage, pattern: str, takes: str, patience: float) -> list[StoredFile]:
    """Return the chosen files once nobody seems to write to them."""
    files = chosen(pattern, takes)
    give_up_at = time.monotonic() + patience
    while storage.shows_unfinished and (young := _young(files)):
        time.sleep(settings.INCOMING_QUIET_SECONDS)
        # Nothing has changed meanwhile: complete, whatever the clocks of others say.
        if (again := chosen(pattern, takes)) == files:
            break
        if time.monotonic() > give_up_at:
            raise BadFile("incoming_unfinished", file=young.name)
        files = again
    return files


def _young(files: list[StoredFile]) -> StoredFile | None:
    quiet_since = time.time() - settings.INCOMING_QUIET_SECONDS
    return next((file for file in files if file.modified_at.timestamp() > quiet_since), None)


def _fetch(storage: Storage, file: StoredFile, path: str) -> None:
    try:
        storage.fetch(file, path)
    except ChangedMeanwhile as error:
        raise BadFile("incoming_unfinished", file=file.name) from error
    except FileNotFoundError as error:
        raise BadFile("incoming_gone", file=file.name) from error
    except PermissionError as error:
        raise BadFile("incoming_unreadable", file=file.name) from error


def _fixed(wanted: list[str]) -> list[str]:
    """Return the folders at the beginning of a pattern that are named, not described."""
    folders = wanted[:-1]
    described = (number for number, part in enumerate(folders) if "*" in part or "?" in part)
    return folders[: next(described, len(folders))]


def _matches(parts: list[str], wanted: list[str]) -> bool:
    """Tell whether the parts of a path match those of a pattern.

    `reached` holds how many parts of the pattern the path so far may have used up: one pass,
    however many `**` there are.
    """
    reached = _passing_over({0}, wanted)
    for part in parts:
        stepped = set()
        for position in reached - {len(wanted)}:
            if wanted[position] == _ANY_FOLDERS:
                stepped |= {position} if not part.startswith(".") else set()
            elif _name_matches(part, wanted[position]):
                stepped.add(position + 1)
        reached = _passing_over(stepped, wanted)
    return len(wanted) in reached


def _passing_over(positions: set[int], wanted: list[str]) -> set[int]:
    """Add the positions after each `**`, which may stand for no folder at all."""
    reached = set(positions)
    for position, part in enumerate(wanted):
        if position in reached and part == _ANY_FOLDERS:
            reached.add(position + 1)
    return reached


def _name_matches(name: str, wanted: str) -> bool:
    if name.startswith(".") and not wanted.startswith("."):
        return False
    return fnmatchcase(name, wanted.replace("[", "[[]"))
