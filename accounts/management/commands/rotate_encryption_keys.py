"""Encrypts every stored secret with the first of FIELD_ENCRYPTION_KEYS."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from accounts.adapter import rotate_second_factor
from config.fields import DecryptionError, Encrypted, EncryptedTextField

# The name of a row, and what encrypts it anew and returns how many rows that changed.
Rotation = tuple[str, Callable[[], int]]


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret again, with the first of FIELD_ENCRYPTION_KEYS. Put the new "
        "key before the old ones, run this, then take the old ones away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate what can be read; raises CommandError when something could not."""
        rotated, unreadable = 0, []
        for name, rotate in chain(_encrypted_fields(), _second_factors()):
            try:
                rotated += rotate()
            except DecryptionError:
                unreadable.append(name)
        self.stdout.write(f"{rotated} secrets are encrypted with the first key.")
        if unreadable:
            raise CommandError(
                f"These can't be read with any key, and are as they were: {', '.join(unreadable)}. "
                "Add their key to FIELD_ENCRYPTION_KEYS, or enter them again."
            )


def _encrypted_fields() -> Iterator[Rotation]:
    """Walk what the encrypted fields of all models hold."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield from _rows(model, field)


def _rows(model: type[models.Model], field: EncryptedTextField) -> Iterator[Rotation]:
    for pk, secret in model._base_manager.values_list("pk", field.attname).iterator():
        if isinstance(secret, Encrypted):
            yield f"{model._meta.label} {pk}", partial(_rotate, model, field, pk, secret)


def _second_factors() -> Iterator[Rotation]:
    """Walk the seeds of authenticator apps and recovery codes, which allauth keeps in JSON."""
    for authenticator in Authenticator.objects.iterator():
        name = f"{authenticator._meta.label} {authenticator.pk}"
        yield name, partial(_rotate_second_factor, authenticator)


# Both rotate only what is still the same: what was changed meanwhile has the first key.


def _rotate(
    model: type[models.Model], field: EncryptedTextField, pk: Any, secret: Encrypted
) -> int:
    same = model._base_manager.filter(**{"pk": pk, field.attname: secret})
    return same.update(**{field.attname: secret.rotate()})


def _rotate_second_factor(authenticator: Authenticator) -> int:
    same = Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data)
    return int(same.update(data=rotate_second_factor(authenticator.data)))
