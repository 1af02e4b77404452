"""The rules of planning and settling once more, slowly and in plain Python, to compare with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Member:
    """A profile in a segment, as its file writes it."""

    source: int
    key: str
    email: str
    first_name: str
    born: str
    agreed: str


@dataclass(frozen=True)
class Known:
    """What is known of an address: what it was last sent (None: in vain), and how it stands."""

    values: Values | None
    standing: str


@dataclass(frozen=True)
class Asked:
    """What a run is asked to do."""

    targets: tuple[str, ...]
    leavers: str = "keep"
    consent: bool = False
    full: bool = False
    only: frozenset[tuple[int, str]] | None = None
    unreachable: dict[str, str] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decision:
    """What is decided about one person; `key` is None of who left."""

    key: tuple[int, str] | None
    email: str | None
    action: str
    reject: str | None
    is_sent: bool
    values: Values | None


def decide(segments: list[list[Member]], state: dict[str, Known], asked: Asked) -> list[Decision]:
    """Return what is decided about everybody."""
    members = list({(m.source, m.key): m for segment in segments for m in segment}.values())
    valid = [member for member in members if _address_fault(member) is None]
    agreeing = {_address(m): True for m in valid}
    firsts: dict[str, Member] = {}
    for member in valid:
        agreeing[_address(member)] &= member.agreed.strip().lower() in ("yes", "oui", "1")
        if not _field_fault(member, asked):
            firsts.setdefault(_address(member), member)
    decisions = [
        _decide(member, firsts, agreeing, state, asked)
        for member in members
        if asked.only is None or (member.source, member.key) in asked.only
    ]
    return decisions + ([] if asked.only is not None else _leavers(members, state, asked))


def settle(
    state: dict[str, Known], decided: list[tuple[Decision, str | None]], leavers: str
) -> dict[str, Known]:
    """Return the next state; with each decision comes what became of its contact, if sent."""
    after = dict(state)
    for decision, fate in decided:
        email, before = decision.email or "", state.get(decision.email or "")
        if decision.action in ("rejected", "held"):
            continue
        if decision.action == "left":
            assert before is not None
            done = {"keep": "left", "mark": "marked", "unsubscribe": "unsubscribed"}[leavers]
            if not decision.is_sent:
                after[email] = Known(before.values, "left")
            elif fate == "taken":
                after[email] = Known(before.values, done)
            elif fate == "unknown":
                after[email] = Known(None, "leaving")
        elif not decision.is_sent or fate == "taken":
            after[email] = Known(decision.values, "member")
        elif fate == "refused":
            after[email] = Known(None, before.standing if before else "refused")
        elif fate == "unknown":
            touched = before and before.standing in ("leaving", "marked", "unsubscribed")
            after[email] = Known(None, before.standing if before and touched else "member")
    return after


def _decide(
    member: Member,
    firsts: dict[str, Member],
    agreeing: dict[str, bool],
    state: dict[str, Known],
    asked: Asked,
) -> Decision:
    email, known = _address(member), state.get(_address(member))
    values = _values(member, asked)

    def decision(action: str, reject: str | None = None, *, is_sent: bool = False) -> Decision:
        return Decision((member.source, member.key), email or None, action, reject, is_sent, values)

    field_fault = _field_fault(member, asked)
    if fault := _address_fault(member):
        return decision("rejected", fault)
    if not field_fault and firsts[email] is not member:
        return decision("rejected", "duplicate")
    if hold := _hold(email, known, asked):
        return decision("held", hold)
    if asked.consent and not agreeing[email]:
        return decision("held", "no_consent")
    if field_fault:
        return decision("rejected", field_fault)
    action = _action(known, values, full=asked.full)
    return decision(action, is_sent=action != "unchanged")


def _action(known: Known | None, values: Values, *, full: bool) -> str:
    if known is None:
        return "new"
    if known.standing in ("leaving", "marked", "unsubscribed"):
        return "returned"
    if known.values is None:
        return "retried"
    if known.standing == "left" and known.values != values:
        return "returned"
    if full:
        return "full"
    if known.values == values:
        return "unchanged"
    same_fields = [name for name, _ in known.values] == [name for name, _ in values]
    return "changed" if same_fields else "remapped"


def _leavers(members: list[Member], state: dict[str, Known], asked: Asked) -> list[Decision]:
    there = {_address(member) for member in members}
    gone = [
        (email, known)
        for email, known in state.items()
        if known.standing in ("member", "leaving") and email not in there
    ]
    return [
        Decision(
            None,
            email,
            "left",
            hold := _hold(email, None, asked),
            asked.leavers != "keep" and hold is None,
            None,
        )
        for email, _known in gone
    ]


def _hold(email: str, known: Known | None, asked: Asked) -> str | None:
    listed = asked.unreachable.get(email)
    if listed == "unsubscribed" and known and known.standing == "unsubscribed":
        return "left_before"
    return listed or ("suppressed" if email in asked.suppressed else None)


def _address(member: Member) -> str:
    return member.email.strip().lower()


def _address_fault(member: Member) -> str | None:
    if not _address(member):
        return "no_address"
    return None if "@" in member.email else "invalid_address"


def _field_fault(member: Member, asked: Asked) -> str | None:
    is_date = not member.born or member.born.startswith("19")
    return None if is_date or "field_7" not in asked.targets else "bad_date:field_7"


def _values(member: Member, asked: Asked) -> Values:
    sent: dict[str, Any] = {"field_7": member.born, "first_name": member.first_name.strip()}
    return tuple((name, sent[name]) for name in sorted(asked.targets))
