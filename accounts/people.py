"""The list of people, with all that its page shows, in one query."""

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User


def list_people(search: str = "") -> QuerySet[User]:
    """Return people by name, each with `has_second_factor`; `search` is part of name or address."""
    second_factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    people = User.objects.annotate(has_second_factor=Exists(second_factors))
    if search:
        people = people.filter(Q(full_name__icontains=search) | Q(email__icontains=search))
    return people.order_by("-is_active", "full_name", "email")
