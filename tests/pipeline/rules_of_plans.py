"""The rules of planning and settling once more, slowly and in plain Python, to compare with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    """What is known of an address: what it was last sent (None: in vain), how it stands, and whose
    it was.
    """

    values: Values | None
    standing: str
    person: tuple[int, str] | None


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
    others: frozenset[str] = frozenset()


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
        if decision.key is None:
            assert before is not None
            after[email] = _after_leaving(before, decision, fate, leavers)
        elif decision.action in ("rejected", "held"):
            continue
        elif not decision.is_sent or fate == "taken":
            after[email] = Known(decision.values, "member", decision.key)
        elif fate == "refused":
            standing = before.standing if before else "refused"
            standing = "member" if standing == "waiting" else standing
            after[email] = Known(None, standing, decision.key)
        elif fate == "unknown":
            touched = before and before.standing in ("leaving", "marked", "unsubscribed")
            standing = before.standing if before and touched else "member"
            after[email] = Known(None, standing, decision.key)
    return after


def _after_leaving(before: Known, decision: Decision, fate: str | None, leavers: str) -> Known:
    done = {"keep": "left", "mark": "marked", "unsubscribe": "unsubscribed"}[leavers]
    if decision.action == "held":
        return replace(before, standing="leaving" if before.standing == "leaving" else "waiting")
    if not decision.is_sent:
        return replace(before, standing="left")
    if fate == "taken":
        return replace(before, standing=done)
    return replace(before, values=None, standing="leaving") if fate == "unknown" else before


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
    unaddressed = {(m.source, m.key) for m in members if _address_fault(m)}
    return [
        _leave(email, asked)
        for email, known in state.items()
        if known.standing in ("member", "leaving", "waiting")
        and email not in there
        and known.person not in unaddressed
    ]


def _leave(email: str, asked: Asked) -> Decision:
    hold = _hold(email, None, asked)
    if not hold and asked.leavers == "unsubscribe" and email in asked.others:
        return Decision(None, email, "held", "other_export", is_sent=False, values=None)
    is_sent = asked.leavers != "keep" and hold is None
    return Decision(None, email, "left", hold, is_sent, None)


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
