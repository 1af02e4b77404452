"""The people who use Facteur."""

from __future__ import annotations

from typing import Any, ClassVar

from auditlog.registry import auditlog
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

ADDRESS_TAKEN = _("Somebody with this e-mail address is already here.")


class UserManager(BaseUserManager["User"]):
    """Makes users; addresses are compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new saved user; without a password they can only sign in by invitation."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def invited(self) -> models.QuerySet[User]:
        """Return those who have not yet made use of their invitation."""
        return self.filter(last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def alerted(self) -> models.QuerySet[User]:
        """Return those who are told by e-mail what needs somebody."""
        return self.active_administrators().filter(wants_alerts=True)

    def active_administrators(self) -> models.QuerySet[User]:
        """Return those who can administer this installation now."""
        return self.filter(role=User.Role.ADMINISTRATOR, is_active=True)


class User(AbstractBaseUser):
    """Who may do what: a viewer looks, a contributor exports, an administrator connects."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer")
        CONTRIBUTOR = "contributor", _("Contributor")
        ADMINISTRATOR = "administrator", _("Administrator")

    email = models.EmailField(
        _("E-mail address"), unique=True, error_messages={"unique": ADDRESS_TAKEN}
    )
    full_name = models.CharField(_("Name"), max_length=150, blank=True)
    role = models.CharField(
        _("Role"),
        max_length=20,
        choices=Role.choices,
        default=Role.VIEWER,
        help_text=_(
            "Viewers look. Contributors build segments and exports. Administrators also manage "
            "connections, people and the schedule."
        ),
    )
    language = models.CharField(
        _("Language"),
        max_length=10,
        choices=[("", _("As the browser says")), *settings.LANGUAGES],
        blank=True,
    )
    time_zone = models.CharField(
        _("Time zone"),
        max_length=64,
        blank=True,
        help_text=_("Empty: the time zone of this installation."),
    )
    wants_alerts = models.BooleanField(
        _("E-mail me alerts"),
        default=True,
        help_text=_(
            "When an export or a refresh fails, works again, is paused, or needs approval."
        ),
    )
    # Which columns they see: {"exports": ["status", …]}; a list that is not in it is as usual.
    columns = models.JSONField(default=dict, editable=False)
    # Whether they do without the checklist on the first page.
    dismissed_first_steps = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_any_case", violation_error_message=ADDRESS_TAKEN
            )
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def is_invited(self) -> bool:
        """Whether they have yet to make use of their invitation."""
        return self.last_login is None and not self.has_usable_password()

    @property
    def is_administrator(self) -> bool:
        return self.is_active and self.role == self.Role.ADMINISTRATOR

    @property
    def is_contributor(self) -> bool:
        """Whether they may build segments and exports; administrators may too."""
        return self.is_active and self.role in (self.Role.CONTRIBUTOR, self.Role.ADMINISTRATOR)


auditlog.register(
    User, exclude_fields=["password", "last_login", "columns", "dismissed_first_steps"]
)
