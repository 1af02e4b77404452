"""One-time links with which somebody sets a password, and the e-mail that brings them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts.audit import record
from accounts.mail import send_to, site_address
from accounts.models import User


@dataclass(frozen=True)
class Invitation:
    """A link that is shown once, and whether it also went out by e-mail."""

    link: str
    valid_until: datetime
    is_mailed: bool


def password_link(user: User) -> str:
    """Return an address where `user` sets a password; it dies with its use or by age."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(user),
            "key": default_token_generator.make_token(user),
        },
    )
    return site_address(path)


def send_invitation(*, user: User, inviter: User, now: datetime) -> Invitation:
    """Make a link for `user`, e-mail it where mail is set up, and note that in the audit trail."""
    link = password_link(user)
    valid_until = now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    is_mailed = send_to(
        user,
        "accounts/email/invitation",
        {"link": link, "valid_until": valid_until, "inviter": inviter},
    )
    record("link_made", user, actor=inviter)
    return Invitation(link, valid_until, is_mailed)
