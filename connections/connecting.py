"""*Connect*: does the host name lead to ActiveCampaign, and what may the key do there?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Literal

from config.fields import DecryptionError
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.endpoint import HostError
from connections.activecampaign.errors import ActiveCampaignError, ConfigError
from connections.activecampaign.limiter import AccountLimiter
from connections.models import ConnectionDraft, endpoint_of
from connections.patience import Patience
from connections.problems import problem_of

# Seconds to open a connection, and between two bytes of an answer.
TIMEOUT = (4.0, 8.0)

State = Literal["passed", "failed", "unknown", "skipped", "not_tried"]


@dataclass(frozen=True)
class Step:
    """One named check: what became of it, and what it found or why it failed."""

    name: str
    state: State
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Examination:
    """All steps of one *Connect*, in their order."""

    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        return not any(step.state in ("failed", "not_tried") for step in self.steps)

    @property
    def key_owner(self) -> str:
        return str(self._facts("key").get("owner", ""))

    @property
    def account_name(self) -> str:
        return str(self._facts("account").get("name", ""))

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(step) for step in self.steps]

    def _facts(self, name: str) -> Mapping[str, Any]:
        return next(step.facts for step in self.steps if step.name == name)


Facts = Mapping[str, Any]
# `take_turn` is called before each request, which counts for the account's limits.
TakeTurn = Callable[[], None]
Check = Callable[[ActiveCampaignClient, TakeTurn], Facts | None]


def _check_name(client: ActiveCampaignClient, _take_turn: TakeTurn) -> Facts:
    return {"addresses": len(client.resolve())}


def _check_tls(client: ActiveCampaignClient, _take_turn: TakeTurn) -> Facts | None:
    if client.endpoint.is_sandbox:
        return None
    client.check_tls()
    return {}


def _check_key(client: ActiveCampaignClient, take_turn: TakeTurn) -> Facts:
    take_turn()
    owner = client.me()
    return {"owner": f"{owner.name} ({owner.email})" if owner.email else owner.name}


def _check_account(client: ActiveCampaignClient, take_turn: TakeTurn) -> Facts:
    take_turn()
    return asdict(client.account())


def _check_lists(client: ActiveCampaignClient, take_turn: TakeTurn) -> Facts:
    return {"count": len(client.lists(take_turn=take_turn))}


CHECKS: dict[str, Check] = {
    "name": _check_name,
    "tls": _check_tls,
    "key": _check_key,
    "account": _check_account,
    "lists": _check_lists,
}


def examine(draft: ConnectionDraft, limiter: AccountLimiter, *, seconds: float) -> Examination:
    """Try what is entered, step by step and in so many seconds.

    After a failed step no other is tried.
    """
    try:
        endpoint = endpoint_of(draft.host)
        endpoint.validate()
        client = ActiveCampaignClient(endpoint, draft.key(), timeout=TIMEOUT)
    except HostError:
        return _stopped_at("name", ConfigError("host_not_allowed"), draft)
    except DecryptionError:
        return _stopped_at("key", ConfigError("key_unreadable"), draft)
    with client:
        return Examination(tuple(_steps(client, Patience(limiter, seconds), draft)))


def _steps(
    client: ActiveCampaignClient, patience: Patience, draft: ConnectionDraft
) -> Iterator[Step]:
    failed = False
    for name, check in CHECKS.items():
        step = Step(name, "not_tried") if failed else _try(name, check, client, patience, draft)
        failed = failed or step.state == "failed"
        yield step


def _try(
    name: str,
    check: Check,
    client: ActiveCampaignClient,
    patience: Patience,
    draft: ConnectionDraft,
) -> Step:
    try:
        facts = patience.call(partial(check, client, patience.take_turn))
    except ActiveCampaignError as error:
        # Only administrators of the account may read its contact limit, and any key may send.
        if name == "account" and error.code == "key_refused":
            return Step(name, "unknown")
        return _failed(name, error, draft)
    return Step(name, "skipped") if facts is None else Step(name, "passed", facts)


def _failed(name: str, error: ActiveCampaignError, draft: ConnectionDraft) -> Step:
    return Step(name, "failed", problem=problem_of(error, draft))


def _stopped_at(name: str, error: ConfigError, draft: ConnectionDraft) -> Examination:
    steps = {other: Step(other, "not_tried") for other in CHECKS}
    return Examination(tuple((steps | {name: _failed(name, error, draft)}).values()))
