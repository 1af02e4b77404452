"""Who made something and who changed it last, and that two people don't overwrite each other."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangedMeanwhile(Exception):
    """Somebody saved another version since this one was opened; `current` is theirs."""

    def __init__(self, current: Any) -> None:
        super().__init__(f"{current._meta.label} {current.pk} is now version {current.version}")
        self.current = current


class Authored(models.Model):
    """Who made this, who changed it last, and in which version is it?"""

    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    updated_at = models.DateTimeField(_("Last updated"), auto_now_add=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("Updated by"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def author(self, user: Any, now: datetime) -> Self:
        """Note that `user` makes or changes this; call before saving."""
        if self._state.adding:
            self.created_by = user
        self.updated_by, self.updated_at = user, now
        return self

    def claim_version(self, expected: int) -> None:
        """Move from version `expected` to the next one, inside the saving transaction.

        Raises ChangedMeanwhile when somebody else has saved since.
        """
        rows = type(self)._default_manager.filter(pk=self.pk, version=expected)
        if not rows.update(version=expected + 1):
            raise ChangedMeanwhile(type(self)._default_manager.get(pk=self.pk))
        self.version = expected + 1
