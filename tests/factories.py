"""One small function per model: what a test does not name, it does not care about."""

from itertools import count
from typing import Any

from accounts.models import User

_numbers = count(1)


def make_user(**fields: Any) -> User:
    """Return a saved viewer; `role`, `password` and every other field may be given."""
    fields.setdefault("email", f"person{next(_numbers)}@example.test")
    return User.objects.create_user(**fields)
