"""Where profiles come from, and the tables that were read from there."""

from __future__ import annotations

from typing import Self

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from accounts.models import User
from config.fields import EncryptedTextField
from segments.columns import ColumnType, types_of
from segments.models.schedules import Scheduled


class UploadQuerySet(models.QuerySet["Upload"]):
    """Filters of uploads."""

    def visible_to(self, user: User) -> Self:
        """Return those that `user` may look into: their own, and all to administrators."""
        return self.all() if user.is_administrator else self.filter(created_by=user)


class Upload(models.Model):
    """Which file did somebody upload that has not been read into a table yet?"""

    file = models.CharField(max_length=255)
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")

    def __str__(self) -> str:
        return f"Upload {self.pk}"


class SourceQuerySet(models.QuerySet["Source"]):
    """Filters of sources."""

    def controlled_by(self, user: User) -> Self:
        """Return those that `user` may schedule and remove: databases only administrators may."""
        return self.all() if user.is_administrator else self.exclude(kind=Source.Kind.DATABASE)


class Source(Scheduled, Authored):
    """Where do profiles come from?"""

    class Kind(models.TextChoices):
        UPLOAD = "upload", _("Uploaded file")
        FILES = "files", _("Files in the storage")
        DATABASE = "database", _("Database")

    class Takes(models.TextChoices):
        NEWEST = "newest", _("The newest file")
        ALL = "all", _("All files together")

    name = models.CharField(
        _("Display name"),
        max_length=120,
        help_text=_("What it holds, for example “Customers of the shop”."),
    )
    kind = models.CharField(_("Type"), max_length=20, choices=Kind.choices, default=Kind.UPLOAD)
    # In the order of the current table; see segments/columns.py.
    columns = models.JSONField(_("Columns"), default=list)
    key_column = models.CharField(
        _("Key"),
        max_length=255,
        blank=True,
        help_text=_("The column that tells one customer from another: never empty, never twice."),
    )
    # Whether the first table may suggest a key, as long as nobody has chosen one, or none.
    finds_key = models.BooleanField(default=True, editable=False)
    table = models.ForeignKey(
        "ProfileTable",
        models.RESTRICT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("profile table"),
    )
    # Why the last refresh failed, see segments/problems.py; the table stays the one before.
    problem = models.JSONField(null=True, editable=False)

    # How files are read: {"encoding": "cp1252", "delimiter": ";", "sheet": "Customers"}; what is
    # absent is detected anew each time.
    reading = models.JSONField(_("How the file is read"), default=dict)
    # Of an uploaded file: the one that the next refresh reads.
    upload = models.OneToOneField(Upload, models.SET_NULL, null=True, editable=False)
    # Of files in the storage: which ones, and whether they are one table together.
    pattern = models.CharField(
        _("Path"),
        max_length=255,
        blank=True,
        help_text=_(
            "Where the files lie in the storage, for example exports/customers_*.parquet. "
            "They are looked up anew at each refresh."
        ),
    )
    takes = models.CharField(
        _("If several files match"), max_length=10, choices=Takes.choices, default=Takes.NEWEST
    )
    # Of a database: see segments/databases/.
    database_url = models.CharField(_("Database"), max_length=500, blank=True)
    database_password = EncryptedTextField(_("Password"), blank=True)
    query = models.TextField(_("Query"), blank=True)
    timeout_seconds = models.PositiveIntegerField(_("Time limit in seconds"), default=600)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [models.UniqueConstraint(fields=["name"], name="source_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def column_types(self) -> dict[str, str]:
        return dict(types_of(self.columns))

    @property
    def email_columns(self) -> list[str]:
        return [name for name, kind in self.column_types.items() if kind == ColumnType.EMAIL]


class ProfileTable(models.Model):
    """Which profiles did the source hold at one time? An immutable Parquet file."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="tables")
    file = models.CharField(max_length=255)
    # What people call what it was read from: a file's name, or a database's.
    original_name = models.CharField(max_length=255)
    rows = models.PositiveBigIntegerField()
    # The columns as they were when the table was read, with their types.
    columns = models.JSONField(default=list)
    # What it was read from, in the order of the rows: [{"name": "a.csv", "rows": 12}].
    files = models.JSONField(default=list)
    # What is different from the table before; see segments/sources/changes.py.
    changes = models.JSONField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("profile table")
        verbose_name_plural = _("profile tables")

    def __str__(self) -> str:
        return f"{self.source_id}: {self.file}"


# The database's password is left out altogether: a mask would show half of it.
auditlog.register(
    Source,
    exclude_fields=["table", "problem", "due_at", "upload", "database_password", "finds_key"],
)
