"""Where a database is and what it is asked; the password goes in, and never comes out again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.fields import DecryptionError, cipher
from segments.columns import Column
from segments.databases.addresses import check_url
from segments.models import Source
from segments.problems import BadDatabase, describe_problem

# For so long a password that was typed, and a test that passed, wait for Save.
KEPT_SECONDS = 24 * 60 * 60
HIDDEN_VALUE = _("Hidden value")


@dataclass(frozen=True)
class Attempt:
    """What was typed and tried last; it travels with the page, encrypted."""

    user: int
    url: str
    password: str
    query: str
    # The columns that the query gave; None when the test did not pass.
    columns: list[Column] | None

    def seal(self) -> str:
        """Return it as a text that only Facteur can read."""
        return cipher().encrypt(json.dumps(vars(self)).encode()).decode()

    @classmethod
    def unseal(cls, sealed: str, user: User) -> Attempt | None:
        """Return what was sealed for this person; None when it is nothing of theirs, or old."""
        try:
            attempt = cls(**json.loads(cipher().decrypt(sealed.encode(), ttl=KEPT_SECONDS)))
        except InvalidToken:
            return None
        return attempt if attempt.user == user.pk else None


class DatabaseForm(forms.Form):
    """A database and a query; `attempt` is what was tried last."""

    database_url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "Without the password, for example postgresql://reader@db.example.com/shop, "
            "mysql://reader@db.example.com/shop, or sqlite:///shop.sqlite for a file in the "
            "folder for incoming files."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
        ),
    )
    database_password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=500,
        strip=False,
        help_text=_("Stored encrypted and never shown again. Let this user read, and only read."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    query = forms.CharField(
        label=_("Query or table"),
        max_length=20_000,
        help_text=_("One SELECT statement, or the name of a table. Its columns become yours."),
        widget=forms.Textarea(
            attrs={"class": "code", "rows": 10, "spellcheck": "false", "autocapitalize": "off"}
        ),
    )
    timeout_seconds = forms.IntegerField(
        label=_("Time limit in seconds"),
        min_value=1,
        max_value=24 * 60 * 60,
        help_text=_("A query that takes longer is stopped."),
    )
    sealed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, source: Source, user: User) -> None:
        self.source, self.user = source, user
        self._stored = (source.database_url, _password_of(source), source.query)
        fields = ("database_url", "query", "timeout_seconds")
        super().__init__(data, initial={name: getattr(source, name) for name in fields})
        self.attempt = Attempt.unseal(data.get("sealed", ""), user) if data else None
        if self._kept_password() is not None:
            self.fields["database_password"].widget.attrs["placeholder"] = HIDDEN_VALUE

    def clean_database_url(self) -> str:
        try:
            return check_url(self.cleaned_data["database_url"])
        except BadDatabase as error:
            raise ValidationError(str(describe_problem(error.problem))) from error

    def clean(self) -> dict[str, Any]:
        """Use the password that is kept when none was typed, unless it is another server's."""
        cleaned = super().clean() or {}
        url = cleaned.get("database_url")
        kept = self._kept_password()
        if url and kept is not None and not cleaned.get("database_password"):
            before, password = kept
            if password and _server(before) != _server(url):
                self.add_error(
                    "database_password",
                    _("Enter the password again: the one that is kept is for another server."),
                )
            cleaned["database_password"] = password
        return cleaned

    def apply(self, source: Source) -> None:
        """Set on a source what was entered."""
        for name in ("database_url", "database_password", "query", "timeout_seconds"):
            setattr(source, name, self.cleaned_data[name])

    def is_proven(self, source: Source) -> bool:
        """Tell whether a source asks what it asked before, or what a test has tried."""
        asked = (source.database_url, source.database_password, source.query)
        if asked == self._stored:
            return True
        attempt = self.attempt
        return (
            attempt is not None
            and attempt.columns is not None
            and asked == (attempt.url, attempt.password, attempt.query)
        )

    def seal(self, source: Source, columns: list[Column] | None) -> None:
        """Keep what was tried, and what it gave, in the page that is drawn now."""
        self.attempt = Attempt(
            user=self.user.pk,
            url=source.database_url,
            password=source.database_password,
            query=source.query,
            columns=columns,
        )
        assert isinstance(self.data, QueryDict), "a form that was posted"  # noqa: S101
        self.data = data = self.data.copy()
        data["sealed"] = self.attempt.seal()
        self.fields["database_password"].widget.attrs["placeholder"] = HIDDEN_VALUE

    def _kept_password(self) -> tuple[str, str] | None:
        """Return the URL and the password that were tried last, or are stored."""
        if self.attempt is not None:
            return self.attempt.url, self.attempt.password
        url, password, _query = self._stored
        return (url, password) if password else None


def _password_of(source: Source) -> str:
    """Return the stored password; "" when its key is lost, so that it is asked for again."""
    try:
        return str(source.database_password)
    except DecryptionError:
        return ""


def _server(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
