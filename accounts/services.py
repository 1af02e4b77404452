"""Who belongs to this installation, and as what."""

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from accounts.models import User


class AlreadyHere(Exception):
    """Somebody with this address already has an account."""


class LastAdministrator(Exception):
    """Nobody else could administer this installation."""


def add_person(*, email: str, full_name: str, role: str, language: str = "") -> User:
    """Return a new person, who can sign in once they have set a password.

    Raises AlreadyHere.
    """
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email, full_name=full_name, role=role, language=language
            )
    except IntegrityError as error:
        raise AlreadyHere from error


@transaction.atomic
def change_person(*, person: User, full_name: str, role: str) -> User:
    """Rename somebody, or give them another role from their next request on.

    Raises LastAdministrator.
    """
    if role != User.Role.ADMINISTRATOR:
        _keep_another_administrator(person)
    person.full_name, person.role = full_name, role
    person.save(update_fields=["full_name", "role"])
    return person


@transaction.atomic
def deactivate_person(*, person: User) -> User:
    """Sign somebody out for good, from their next request on; what they made stays.

    Raises LastAdministrator.
    """
    _keep_another_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    return person


@transaction.atomic
def reactivate_person(*, person: User) -> User:
    """Let somebody in again, with the role and the password they had."""
    person.is_active = True
    person.save(update_fields=["is_active"])
    return person


@transaction.atomic
def remove_second_factor(*, person: User) -> None:
    """Let somebody who lost their authenticator and recovery codes in with the password alone."""
    for authenticator in Authenticator.objects.filter(user=person):
        authenticator.delete()


@transaction.atomic
def make_administrator(*, email: str, full_name: str = "", password: str | None = None) -> User:
    """Return an active administrator with this address, new or promoted.

    For whoever operates the server: it is the way in when there is no administrator.
    """
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        return User.objects.create_user(
            email, password, full_name=full_name, role=User.Role.ADMINISTRATOR
        )
    person.role, person.is_active = User.Role.ADMINISTRATOR, True
    person.full_name = full_name or person.full_name
    if password is not None:
        person.set_password(password)
    person.save()
    return person


def _keep_another_administrator(person: User) -> None:
    """Lock every active administrator; raise LastAdministrator if nobody but `person` is one.

    Two who demote each other take the same locks, so the second one sees what the first did.
    Those who never came don't count: their invitation may have gone nowhere.
    """
    administrators = User.objects.active_administrators().order_by("pk").select_for_update()
    if [somebody for somebody in administrators if not somebody.is_invited] == [person]:
        raise LastAdministrator
