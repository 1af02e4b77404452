"""E-mail to people who use Facteur, in their language and time zone."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import User
from accounts.time_zones import zone_named

logger = logging.getLogger(__name__)
NOWHERE = {
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
}


def mail_is_configured() -> bool:
    """Return whether e-mail leaves this installation."""
    return settings.EMAIL_BACKEND not in NOWHERE


def site_address(path: str) -> str:
    """Return the full address of a path; never from a request, whose Host anybody can forge."""
    return f"{settings.SITE_URL}{path}"


@contextmanager
def as_read_by(user: User | None) -> Iterator[None]:
    """Speak the language and time zone of `user`, as far as they have chosen any."""
    language = (user and user.language) or translation.get_language()
    zone = zone_named(user.time_zone) if user else None
    with translation.override(language), timezone.override(zone):
        yield


@contextmanager
def noting_failure(kind: str) -> Iterator[list[str]]:
    """Log, without any address, that an e-mail could not be sent; yields a list of failures."""
    failures: list[str] = []
    try:
        yield failures
    except OSError as error:  # SMTP's errors are among them
        failures.append(type(error).__name__)
        logger.error("The e-mail %s could not be sent: %s", kind, type(error).__name__)


def send_to(user: User, template: str, context: dict[str, Any]) -> bool:
    """Send `template`_subject.txt and _message.txt; return whether it left."""
    if not mail_is_configured():
        return False
    with as_read_by(user), noting_failure(template) as failures:
        context = {"user": user, "site": settings.SITE_URL, **context}
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        message = render_to_string(f"{template}_message.txt", context)
        prefix = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX
        send_mail(f"{prefix}{subject}", message, None, [user.email])
    return not failures
