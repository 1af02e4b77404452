"""Connections: consented, encrypted ways into ActiveCampaign accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from auditlog.registry import auditlog
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from accounts.models import User
from config.fields import DecryptionError, EncryptedTextField
from config.problems import problem
from connections.activecampaign.endpoint import Endpoint, HostError
from connections.privacy import PRIVACY_VERSION

# More requests than this are a slip of the pen.
MOST_REQUESTS = 100_000
_A_RATE = [MinValueValidator(1), MaxValueValidator(MOST_REQUESTS)]


def endpoint_of(host: str) -> Endpoint:
    """Return the endpoint of a clean host, with what the settings allow."""
    return Endpoint(
        host,
        suffixes=settings.ACTIVECAMPAIGN_HOST_SUFFIXES,
        sandbox_hosts=settings.ACTIVECAMPAIGN_SANDBOX_HOSTS,
    )


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

    def with_consent(self) -> ConnectionQuerySet:
        """Add whether the consent holds, so that `problem()` asks nothing for each row."""
        consents = Consent.objects.filter(
            connection=models.OuterRef("pk"), host=models.OuterRef("host"), version=PRIVACY_VERSION
        )
        return self.annotate(consented=models.Exists(consents))


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
    # Limits that the account's contract gives it; None: what ActiveCampaign documents.
    bulk_per_minute = models.PositiveIntegerField(
        _("Imports per minute"), null=True, blank=True, validators=_A_RATE
    )
    single_per_minute = models.PositiveIntegerField(
        _("Imports of one contact per minute"), null=True, blank=True, validators=_A_RATE
    )
    requests_per_second = models.PositiveIntegerField(
        _("Requests per second"), null=True, blank=True, validators=_A_RATE
    )
    # What the last *Connect* found.
    account_name = models.CharField(_("Account"), max_length=255, blank=True, editable=False)
    key_owner = models.CharField(_("Key of"), max_length=255, blank=True, editable=False)
    connected_at = models.DateTimeField(_("Connected"), null=True, editable=False)
    export_user_at = models.DateTimeField(_("Export user since"), null=True, editable=False)

    class Meta:
        abstract = True


class Connection(Authored, Credentials):
    """Where may data go, with whose key, agreed to by whom, and who may use it?"""

    key_changed_at = models.DateTimeField(_("API key changed"), null=True, editable=False)
    export_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("Export user"),
    )

    # Why its runs fail, as the last of them found out, and since when; see connections/failing.py.
    failing = models.JSONField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [models.UniqueConstraint(Lower("name"), name="connection_name_any_case")]

    def __str__(self) -> str:
        return self.name

    def is_consented(self) -> bool:
        """Tell whether somebody agreed to today's privacy text for this host."""
        if hasattr(self, "consented"):  # with_consent() has asked already
            return bool(self.consented)
        return self.consents.filter(version=PRIVACY_VERSION, host=self.host).exists()

    def problem(self) -> dict[str, Any] | None:
        """Return why this connection may not be used now (see connections/problems.py)."""
        if not (self.export_user and self.export_user.is_administrator):
            return problem("export_user_gone", connection=self.name)
        if not self.is_consented():
            return problem("consent_lapsed", connection=self.name)
        return self._problem_of_credentials()

    def trouble(self) -> dict[str, Any] | None:
        """Return why it may not be used now, or else why its runs have failed of late."""
        return self.problem() or self.failing

    def _problem_of_credentials(self) -> dict[str, Any] | None:
        try:
            endpoint_of(self.host).validate()
            _ = self.api_key
        except HostError:
            return problem("host_not_allowed", connection=self.name, host=self.host)
        except DecryptionError:
            return problem("key_unreadable", connection=self.name)
        return None


class ConnectionDraft(Credentials):
    """What has an administrator entered so far, between the first field and *Save*?

    A draft of an existing connection holds what is to change: without a key of its own it uses
    the stored one. The key never goes back to the browser, so it is kept here, encrypted.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, related_name="drafts")
    # The version of the connection that this draft started from.
    base_version = models.PositiveIntegerField(default=0)
    # Whether anything was entered: a draft that was only looked at follows the connection.
    touched = models.BooleanField(default=False)
    # Counts the changes of key or host: what *Connect* found belongs to one of them.
    revision = models.PositiveIntegerField(default=0)
    # The steps of the last *Connect*, see connections/connecting.py.
    steps = models.JSONField(default=list)
    agreed_version = models.CharField(max_length=20, blank=True)
    agreed_host = models.CharField(max_length=253, blank=True)
    agreed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

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

    def has_key(self) -> bool:
        """Tell whether there is a key to connect with: one typed here, or the stored one."""
        return bool(self.api_key) or self.connection is not None

    def key(self) -> str:
        """Return the key to connect with; raises DecryptionError when the stored one is lost."""
        holder = self if self.api_key or self.connection is None else self.connection
        return str(holder.api_key)

    def keeps_credentials(self) -> bool:
        """Tell whether key and host are still those of the saved connection."""
        saved = self.connection
        return saved is not None and not self.api_key and self.host == saved.host

    def connected(self) -> Credentials | None:
        """Return what holds the result of *Connect* with this key and host: this, or the saved."""
        if self.connected_at is not None:
            return self
        return self.connection if self.keeps_credentials() else None

    def is_agreed(self) -> bool:
        """Tell whether today's privacy text was accepted for the host that is entered."""
        if self.agreed_version == PRIVACY_VERSION and self.agreed_host == self.host:
            return True
        saved = self.connection
        return saved is not None and self.host == saved.host and saved.is_consented()

    def export_user(self) -> User | None:
        """Return who will be the export user: whoever was added here, or the saved one."""
        if self.export_user_at is not None:
            return self.user
        saved = self.connection.export_user if self.connection else None
        return saved if saved and saved.is_administrator else None

    def export_user_since(self) -> datetime | None:
        """Return since when they are."""
        if self.export_user_at is None and self.connection is not None:
            return self.connection.export_user_at
        return self.export_user_at

    def changed_meanwhile(self) -> Connection | None:
        """Return the connection when somebody has saved it since this draft was begun."""
        saved = self.connection
        return saved if saved and saved.version != self.base_version else None


class Consent(models.Model):
    """Who agreed to which privacy text, when, and for which host?

    Kept when the connection is removed: it is the record that the transfer was agreed to.
    """

    connection = models.ForeignKey(
        Connection,
        models.SET_NULL,
        null=True,
        related_name="consents",
        verbose_name=_("connection"),
    )
    connection_name = models.CharField(_("Display name"), max_length=120)
    version = models.CharField(_("Version"), max_length=20)
    host = models.CharField(_("REST Endpoint Hostname"), max_length=253)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    user_email = models.EmailField(_("E-mail address"))
    agreed_at = models.DateTimeField(_("Agreed"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return f"{self.connection_name}, {self.host}, version {self.version}"


# Named one by one, so that no secret gets into the audit trail, not even masked or encrypted:
# `key_changed_at` says that the key was changed.
AUDITED = [
    "name",
    "visibility",
    "host",
    "key_changed_at",
    "bulk_per_minute",
    "single_per_minute",
    "requests_per_second",
    "account_name",
    "key_owner",
    "connected_at",
    "export_user",
    "export_user_at",
]
auditlog.register(Connection, include_fields=AUDITED)
auditlog.register(Consent)
