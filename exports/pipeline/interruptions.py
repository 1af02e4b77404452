"""What keeps a run from going on now: each carries the problem that people read."""

from datetime import timedelta
from typing import Any


class Stop(Exception):
    """The run can't go on; `problem` says why and what to do."""

    def __init__(self, why: dict[str, Any]) -> None:
        super().__init__(why["code"])
        self.problem = why


class Skip(Stop):
    """The run has nothing to do, or must not do it."""


class NotYet(Exception):
    """The run has to wait for something, `pause` long, and then look again."""

    def __init__(self, why: dict[str, Any], pause: timedelta) -> None:
        super().__init__(why["code"])
        self.problem, self.pause = why, pause
