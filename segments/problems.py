"""What can go wrong with files, rules and refreshes, in words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description, Wording, describe, problem
from config.storages.problems import WORDINGS as STORAGE_WORDINGS
from segments.databases.wordings import DATABASE_WORDINGS
from segments.files.wordings import FILE_WORDINGS
from segments.rules.wordings import RULE_WORDINGS

WORDINGS = {
    **FILE_WORDINGS,
    **STORAGE_WORDINGS,
    "database_password_lost": Wording(
        _("The stored password of the database can’t be read."),
        _("Enter it again, or have the lost key restored to FIELD_ENCRYPTION_KEYS."),
    ),
    "upload_gone": Wording(_("The uploaded file “%(file)s” is gone."), _("Upload it again.")),
    **DATABASE_WORDINGS,
    # Keys and columns.
    "key_empty": Wording(
        _("“%(column)s” can’t be the key: it is empty in row %(row)s."),
        _("Choose a column that every profile has."),
    ),
    "key_twice": Wording(
        _("“%(column)s” can’t be the key: rows %(row)s and %(other)s both have “%(value)s”."),
        _("Choose a column whose values are never repeated."),
    ),
    "key_twice_in_files": Wording(
        _(
            "“%(column)s” can’t be the key: row %(row)s and row %(other)s of %(other_file)s both "
            "have “%(value)s”."
        ),
        _("Choose a column whose values are never repeated."),
    ),
    "key_gone": Wording(
        _("The column “%(column)s”, the key of this source, is not there any more."),
        _("Bring it back in the file or the query, or choose another key first."),
    ),
    "columns_used": Wording(
        _("Nothing was replaced: columns that are in use are not there any more. %(uses)s"),
        _("Bring them back in the file or the query, or change those who use them first."),
    ),
    "types_used": Wording(
        _("Nothing was changed: segments use columns as what they are now. %(uses)s"),
        _("Change the rules of these segments first."),
    ),
    **RULE_WORDINGS,
    # Tags.
    "tag_too_long": Wording(
        _("“%(tag)s” is too long: a tag has at most %(limit)s characters."),
        _("Shorten it; commas part tags."),
    ),
    "tags_too_many": Wording(_("A segment has at most %(limit)s tags.")),
    "tags_none": Wording(_("Nothing was changed: enter a tag.")),
    "segment_full_of_tags": Wording(
        _("“%(segment)s” would have more than %(limit)s tags; nothing was changed."),
        _("Take tags off it first."),
    ),
    # Segments.
    "source_empty": Wording(_("The source “%(source)s” has no file yet."), _("Upload one.")),
    "source_failed": Wording(
        _("Its source “%(source)s” could not be refreshed."), _("See the source’s own problem.")
    ),
    "segment_inactive": Wording(
        _("The segment is inactive."), _("Activate it to have it refreshed.")
    ),
    "segment_deleted": Wording(_("The segment was deleted while it was being refreshed.")),
    "refresh_canceled": Wording(_("The refresh was canceled before its turn.")),
    "refresh_gave_up": Wording(
        _("It was begun %(attempts)s times and never finished."),
        _("Ask whoever operates Facteur to look at the worker’s memory and its log."),
    ),
    "refresh_failed": Wording(
        _("Something went wrong that Facteur did not expect."),
        _("Try again; if it happens again, ask whoever operates Facteur to look at the log."),
    ),
}


def describe_problem(stored: Mapping[str, Any] | None) -> Description | None:
    """Return a stored problem of this room in the active language; None when there is none."""
    if stored and "uses" in stored:
        stored = {**stored, "uses": " ".join(_use_in_words(use) for use in stored["uses"])}
    described = describe(stored, WORDINGS)
    if stored and described and stored.get("file"):
        named = {"file": stored["file"], "happened": described.happened}
        return replace(described, happened=gettext("%(file)s: %(happened)s") % named)
    return described


def describe_to(reader: User, stored: Mapping[str, Any] | None) -> Description | None:
    """Return a stored problem as this person may know it.

    Where a database is, and what it says, only administrators read.
    """
    if stored and stored["code"].startswith("database") and not reader.is_administrator:
        happened = gettext("The database could not be read.")
        return Description(happened, gettext("Ask an administrator."))
    return describe_problem(stored)


def _use_in_words(use: Mapping[str, Any]) -> str:
    """Say who uses a column, or what is wrong with who does."""
    if "problem" in use:
        return f"“{use['name']}”: {describe_problem(use['problem'])}"
    if use["by"] == "segment":
        return gettext("The segment “%(name)s” uses “%(column)s”.") % use
    return gettext("The export “%(name)s” uses “%(column)s”.") % use


class Refused(Exception):
    """Something that can't be done as it was asked for; `problem` says why."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.problem = problem(code, **values)


class BadFile(Refused):
    """A file that can't become a profile table."""


class BadDatabase(Refused):
    """A database or a query that can't become a profile table."""


class BadColumns(Refused):
    """Types or a key that don't fit the profiles or the segments."""
