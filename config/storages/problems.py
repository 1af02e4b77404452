"""What can be wrong with the storage, in words for people and for machines."""

import errno
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.problems import Wording, problem

WORDINGS = {
    "storage_refused": Wording(
        _("The file storage refuses Facteur’s key."),
        _("Ask whoever operates Facteur to check S3_ACCESS_KEY_ID and the bucket’s policy."),
    ),
    "storage_no_bucket": Wording(
        _("The bucket of the file storage does not exist."),
        _("Ask whoever operates Facteur to check S3_BUCKET, S3_REGION and S3_ENDPOINT_URL."),
    ),
    "storage_unreachable": Wording(
        _("The file storage can’t be reached."),
        _("Try again in a few minutes; if it stays like this, tell whoever operates Facteur."),
    ),
    # said
    "storage_failed": Wording(
        _("The file storage answered “%(said)s”."),
        _("Try again in a few minutes; if it stays like this, tell whoever operates Facteur."),
    ),
    "disk_full": Wording(
        _("There is no room left on the disk that Facteur works on."),
        _("Ask whoever operates Facteur to make room where DATA_DIR is, then try again."),
    ),
}
_FOR_MACHINES = {
    "storage_refused": "refuses the key",
    "storage_no_bucket": "the bucket does not exist",
    "storage_unreachable": "can't be reached",
}


class StorageUnavailable(OSError):
    """The storage does not do what it is asked; `problem` says why, as it is stored.

    The message is for machines and logs: it names no bucket, address or key.
    """

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(_FOR_MACHINES.get(code) or f"answered {values.get('said', code)}")
        self.problem = problem(code, **values)


def problem_of_storage(error: Exception) -> dict[str, Any] | None:
    """Return what is wrong with the place that files are kept in, if that is what `error` says."""
    if isinstance(error, StorageUnavailable):
        return error.problem
    # DuckDB, SQLite and PostgreSQL quote the system, each within an error of its own.
    says_so = "no space left on device" in str(error).lower() or "disk is full" in str(error)
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return problem("disk_full") if is_full or says_so else None
