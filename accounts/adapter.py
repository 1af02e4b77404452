"""What differs from django-allauth's defaults."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.mail import as_read_by, mail_is_configured, noting_failure, site_address
from accounts.models import User
from config.fields import Encrypted, cipher

ENCRYPTED_BY_ALLAUTH = ("secret", "seed")  # of an authenticator app, and of recovery codes


class AccountAdapter(DefaultAccountAdapter):
    """People are invited by administrators; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        return site_address(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the reader's language; say so when it can't be sent, whoever asked for it."""
        if not mail_is_configured():
            return
        reader = User.objects.filter(email__iexact=email).first()
        with as_read_by(reader), noting_failure(template_prefix) as failures:
            super().send_mail(template_prefix, email, {"site": settings.SITE_URL, **context})
        if failures:
            messages.error(self.request, _("The e-mail could not be sent. Ask an administrator."))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seeds of authenticators and recovery codes are encrypted like every other secret."""

    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()


def rotate_second_factor(data: dict[str, Any]) -> dict[str, Any]:
    """Return what allauth keeps of a second factor, encrypted with the first key.

    Raises DecryptionError.
    """
    return {
        name: Encrypted(value).rotate().token if name in ENCRYPTED_BY_ALLAUTH else value
        for name, value in data.items()
    }
