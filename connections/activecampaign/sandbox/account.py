"""The account that the sandbox plays: its users, its data, and how it behaves today."""

import secrets
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from connections.activecampaign.sandbox.faults import Faults
from connections.activecampaign.sandbox.limits import Limits
from connections.activecampaign.sandbox.log import RequestLog
from connections.activecampaign.sandbox.store import Store
from connections.activecampaign.sandbox.switches import Switches

ADMIN_GROUP = 1


@dataclass(frozen=True)
class User:
    """Whose key it is, and what the user's group may see."""

    id: int
    email: str
    group: int = ADMIN_GROUP
    sees_lists: bool = True

    @property
    def is_admin(self) -> bool:
        return self.group == ADMIN_GROUP


class Account:
    """Everything that a request may read or change."""

    def __init__(self, path: Path | None, switches: Switches, seed: int) -> None:
        self.switches = switches
        self.first_switches = asdict(switches)
        self.store = Store(path)
        self.faults = Faults(seed)
        self.limits = Limits(switches)
        self.log = RequestLog()
        self.import_queued = threading.Event()
        self._users: dict[str, User] = {}

    def add_user(self, key: str, *, admin: bool, sees_lists: bool) -> User:
        """Let one more key in."""
        number = len(self._users) + 1
        user = User(
            id=number,
            email=f"user{number}@example.com",
            group=ADMIN_GROUP if admin else ADMIN_GROUP + 1,
            sees_lists=sees_lists,
        )
        self._users[key] = user
        return user

    def revoke(self, key: str) -> None:
        """Let a key in no longer."""
        self._users.pop(key, None)

    def user_of(self, key: str) -> User | None:
        """Return whose key it is."""
        given = key.encode()
        for known, user in self._users.items():
            if secrets.compare_digest(known.encode(), given):
                return user
        return None
