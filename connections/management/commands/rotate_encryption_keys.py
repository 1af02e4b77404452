"""Encrypts every stored secret with the first of FIELD_ENCRYPTION_KEYS."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from config.fields import DecryptionError, Encrypted, EncryptedTextField


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret again, with the first of FIELD_ENCRYPTION_KEYS. Put the new "
        "key before the old ones, run this, then take the old ones away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate what can be read; raises CommandError when something could not."""
        rotated, unreadable = 0, []
        for model, field in encrypted_fields():
            for pk, secret in model._base_manager.values_list("pk", field.attname).iterator():
                if not isinstance(secret, Encrypted):
                    continue
                try:
                    rotated += _rotate(model, field, pk, secret)
                except DecryptionError:
                    unreadable.append(f"{model._meta.label} {pk}")
        self.stdout.write(f"{rotated} secrets are encrypted with the first key.")
        if unreadable:
            raise CommandError(
                f"These can't be read with any key, and are as they were: {', '.join(unreadable)}. "
                "Add their key to FIELD_ENCRYPTION_KEYS, or enter them again."
            )


def encrypted_fields() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Walk the encrypted fields of all models that have a table."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field


def _rotate(
    model: type[models.Model], field: EncryptedTextField, pk: Any, secret: Encrypted
) -> int:
    # Only where it is still the same: a secret that was changed meanwhile has the first key.
    same = model._base_manager.filter(**{"pk": pk, field.attname: secret})
    return same.update(**{field.attname: secret.rotate()})
