"""Connections: consented, encrypted ways into ActiveCampaign accounts."""

from __future__ import annotations

from typing import Any

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from accounts.models import User
from config.fields import EncryptedTextField
from connections.privacy import PRIVACY_VERSION


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Filters by what people may do."""

    def usable_by(self, user: User) -> ConnectionQuerySet:
        """Return the connections that `user` may choose in an export."""
        if user.is_administrator:
            return self
        if user.is_contributor:
            return self.filter(visibility=Connection.Visibility.CONTRIBUTORS)
        return self.none()

    def manageable_by(self, user: User) -> ConnectionQuerySet:
        """Return the connections that `user` may see, edit, share and remove."""
        return self if user.is_administrator else self.none()


class Credentials(models.Model):
    """The fields that a connection and its draft share."""

    class Visibility(models.TextChoices):
        ADMINISTRATORS = "administrators", _("Administrators")
        CONTRIBUTORS = "contributors", _("Administrators and contributors")

    name = models.CharField(
        _("Display name"),
        max_length=120,
        help_text=_(
            "Say what the connection is for and where it leads, for example "
            "“Newsletter – acme.api-us1.com”."
        ),
    )
    visibility = models.CharField(
        _("Choose who can use this connection"),
        max_length=20,
        choices=Visibility.choices,
        default=Visibility.ADMINISTRATORS,
        help_text=_("Contributors can export with it, but neither see its key nor change it."),
    )
    api_key = EncryptedTextField(
        _("API key"),
        help_text=_("In ActiveCampaign: Settings > Developer > Key. It is stored encrypted."),
    )
    host = models.CharField(
        _("REST Endpoint Hostname"),
        max_length=253,
        help_text=_(
            "In ActiveCampaign: Settings > Developer > URL, without https://, for example "
            "acme.api-us1.com"
        ),
    )
    account_name = models.CharField(_("Account"), max_length=255, blank=True, editable=False)
    key_owner = models.CharField(_("Key of"), max_length=255, blank=True, editable=False)
    connected_at = models.DateTimeField(_("Connected"), null=True, editable=False)
    export_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("Export user"),
    )
    export_user_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class Connection(Authored, Credentials):
    """Where may data go, with whose key, agreed to by whom, and who may use it?"""

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [models.UniqueConstraint(fields=["name"], name="connection_name")]

    def __str__(self) -> str:
        return self.name

    def problem(self) -> dict[str, Any] | None:
        """Return why this connection may not be used now (see connections/problems.py)."""
        if not (self.export_user and self.export_user.is_administrator):
            return {"code": "export_user_gone", "connection": self.name}
        if not self.consents.filter(version=PRIVACY_VERSION, host=self.host).exists():
            return {"code": "consent_lapsed", "connection": self.name}
        return None


class ConnectionDraft(Credentials):
    """What has an administrator entered so far, between the first field and *Save*?

    The key never goes back to the browser, so what is entered is kept here, encrypted.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="connection_drafts"
    )
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, related_name="drafts")
    base_version = models.PositiveIntegerField(default=0)
    agreed_version = models.CharField(max_length=20, blank=True)
    agreed_at = models.DateTimeField(null=True)
    # The result of the last *Connect*: [{"step", "state", "problem"}], see services.connect.
    steps = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "connection"], name="one_draft_per_connection"),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(connection=None),
                name="one_draft_of_a_new_connection",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"


class Consent(models.Model):
    """Who agreed to which privacy text, when, and for which host?

    Kept when the connection is removed: it is the record that the transfer was agreed to.
    """

    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="consents")
    connection_name = models.CharField(max_length=120)
    version = models.CharField(max_length=20)
    host = models.CharField(max_length=253)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    user_email = models.EmailField()
    agreed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return f"{self.connection_name}, {self.host}, version {self.version}"


auditlog.register(Connection, mask_fields=["api_key"])
auditlog.register(Consent)
