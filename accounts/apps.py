from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.models import Authenticator
        from auditlog.registry import auditlog
        from django.contrib.auth.signals import user_logged_in

        # That there is a second factor, not what it is made of.
        auditlog.register(Authenticator, include_fields=["user", "type"])
        user_logged_in.connect(_record_sign_in, dispatch_uid="accounts.record_sign_in")


def _record_sign_in(sender: type, **kwargs: Any) -> None:
    from accounts.audit import record

    record("signed_in", kwargs["user"], actor=kwargs["user"])
