"""A text field that is encrypted at rest, and in memory until it is read."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute


class DecryptionError(Exception):
    """A stored secret can't be read with any of FIELD_ENCRYPTION_KEYS."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher of FIELD_ENCRYPTION_KEYS: the first key encrypts, all decrypt."""
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS))


@dataclass(frozen=True)
class Encrypted:
    """A text as the database holds it."""

    token: str

    def decrypt(self) -> str:
        """Return the text; raises DecryptionError."""
        try:
            return cipher().decrypt(self.token.encode()).decode()
        except InvalidToken:
            raise DecryptionError(
                "A stored secret can't be decrypted: add the key it was encrypted with to "
                "FIELD_ENCRYPTION_KEYS."
            ) from None

    def rotate(self) -> "Encrypted":
        """Return the same text encrypted with the first key; raises DecryptionError."""
        try:
            return Encrypted(cipher().rotate(self.token.encode()).decode())
        except InvalidToken:
            raise DecryptionError("A stored secret can't be decrypted.") from None


class DecryptedAttribute(DeferredAttribute):
    """Decrypts when the attribute is read, so that a lost key hurts only who needs the secret."""

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return value.decrypt() if isinstance(value, Encrypted) else value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not generic when run
    """Text that the database only ever sees encrypted (Fernet); an empty text stays empty.

    Reading the attribute raises DecryptionError when the key is lost; loading the row does not.
    """

    descriptor_class = DecryptedAttribute

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        # What was not read is written back as it was, without its key.
        loaded = model_instance.__dict__.get(self.attname)
        return loaded if isinstance(loaded, Encrypted) else super().pre_save(model_instance, add)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Encrypted):
            return value.token
        text = super().get_prep_value(value)
        return cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(
        self, value: str | None, expression: Any, connection: Any
    ) -> Encrypted | str | None:
        return Encrypted(value) if value else value
