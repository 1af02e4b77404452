"""Whatever segments, states, options and faults there are: everybody is accounted for.

Plans and states are compared with rules_of_plans.py, which decides the same one by one.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from exports.mapping import Mapping
from exports.models import Batch, Run
from exports.options import Options
from exports.pipeline.plan import PlannedSegment, write_plan
from exports.pipeline.planning.claims import OtherExport
from exports.pipeline.settle import settle, state_before
from segments import parquet
from tests.factories import make_export, make_run
from tests.pipeline.rules_of_plans import Asked, Decision, Known, Member, decide
from tests.pipeline.rules_of_plans import settle as settle_by_hand

FIELDS = {
    "first_name": {"column": "first_name", "target": "first_name"},
    "field_7": {"column": "born", "target": "field:7", "type": "date", "title": "Born"},
}
HOST = "acme.api-us1.com"


@pytest.mark.parametrize("seed", range(12))
def test_run_after_run_everybody_is_where_the_rules_put_them(db, seed):
    dice = random.Random(seed)
    export = make_export()
    state: dict[str, Known] = {}
    rejected: Run | None = None
    for _ in range(5):
        profiles = [_profiles(dice, source) for source in (1, 2)]
        numbers = [_some(dice, profiles[0]), _some(dice, profiles[0]), _some(dice, profiles[1])]
        segments = [_members(profiles[n // 2], rows) for n, rows in enumerate(numbers)]
        asked = _asked(dice, rejected)
        run = _plan(export, profiles, numbers, asked, rejected)
        decided = _read(run)

        expected = decide(segments, state, asked)

        assert Counter(decision for _, decision in decided) == Counter(
            _without_unsent_values(decision) for decision in expected
        )
        assert sorted(n for n, _ in decided if n is not None) == list(range(run.to_send))

        fates = _send(dice, run)
        run.refresh_from_db()
        settle(run, Run.Status.WITH_REJECTS, now=timezone.now())

        assert (run.members or 0) + run.leavers == (
            run.unchanged
            + run.held_back
            + run.accepted
            + run.rejected_before
            + run.rejected_after
            + run.not_attempted
        )
        in_order = {decision.email: fate for (n, decision) in decided if (fate := fates.get(n))}
        state = settle_by_hand(
            state,
            [(each, in_order.get(each.email) if each.is_sent else None) for each in expected],
            asked.leavers,
        )
        assert _stored_state(run) == {
            email: (known.values is not None, known.standing) for email, known in state.items()
        }
        rejected = run


def _profiles(dice: random.Random, source: int) -> list[Member]:
    people = range(source, source + 12)
    return [
        Member(
            source=source,
            key=f"k{n}",
            email=dice.choice(
                [f"p{n}@example.test"] * 8
                + [f" P{n}@Example.test ", f"p{n + 1}@example.test", "", "nobody"]
            ),
            first_name=dice.choice(["Ana", "Ana", "Ana ", "Bea", ""]),
            born=dice.choice(["1990-01-02"] * 6 + ["", "nonsense"]),
            agreed=dice.choice(["yes"] * 8 + ["Oui ", "1", "no", "", "perhaps"]),
        )
        for n in people
    ]


def _some(dice: random.Random, profiles: list[Member]) -> list[int]:
    share = dice.choice([0.0, 0.5, 0.9, 1.0])
    return [row for row in range(len(profiles)) if dice.random() < share]


def _members(profiles: list[Member], rows: list[int]) -> list[Member]:
    return [profiles[row] for row in rows]


def _asked(dice: random.Random, rejected: Run | None) -> Asked:
    addresses = [f"p{n}@example.test" for n in range(1, 15)]
    only = None
    if rejected is not None and dice.random() < 0.2:
        only = frozenset(_rejected_keys(rejected))
    return Asked(
        targets=dice.choice([("first_name",), ("field_7", "first_name")]),
        leavers=dice.choice(["keep", "mark", "unsubscribe"]),
        consent=dice.random() < 0.3,
        full=only is None and dice.random() < 0.2,
        only=only,
        unreachable={
            email: dice.choice(["unsubscribed", "bounced"])
            for email in addresses
            if dice.random() < 0.1
        },
        suppressed=frozenset(email for email in addresses if dice.random() < 0.1),
        others=frozenset(email for email in addresses if dice.random() < 0.3),
    )


def _plan(
    export: Any,
    profiles: list[list[Member]],
    numbers: list[list[int]],
    asked: Asked,
    rejected: Run | None,
) -> Run:
    """Let Facteur plan; return the run as it is when it begins to send."""
    export.refresh_from_db()
    mapping = [{"column": "email", "target": "email"}, *(FIELDS[name] for name in asked.targets)]
    run = make_run(
        export,
        host=HOST,
        list_id=1,
        mapping=mapping,
        status=Run.Status.SENDING,
        queued_at=timezone.now(),
    )
    options = Options(
        consent_column="agreed" if asked.consent else "",
        leavers=asked.leavers,
        leaver_field=9,
        left_value="gone",
    )
    tables = [_table(each) for each in profiles]
    plan = write_plan(
        segments=[
            PlannedSegment(_rows(rows), tables[n // 2], n // 2 + 1, n // 2 + 1, "key", {})
            for n, rows in enumerate(numbers)
        ],
        mapping=Mapping.from_json(mapping),
        delivered=state_before(run),
        options=options,
        unreachable=[_listed(asked.unreachable)],
        suppressed=[_listed(dict.fromkeys(asked.suppressed, ""))],
        others=_others(asked.others),
        full=asked.full,
        only=rejected if asked.only is not None else None,
    )
    Run.objects.filter(pk=run.pk).update(
        options=options.to_json(),
        plan=plan.file,
        members=plan.members,
        to_send=plan.to_send,
        unchanged=plan.unchanged,
        rejected_before=plan.rejected,
        held_back=plan.held,
        left=plan.left,
        leavers=plan.leavers,
        reasons=plan.reasons,
    )
    run.take_lease(timezone.now())
    run.refresh_from_db()
    return run


def _send(dice: random.Random, run: Run) -> dict[int, str]:
    """Let ActiveCampaign answer as it likes; return what became of each position."""
    fates: dict[int, str] = {}
    first = 0
    while first < run.to_send:
        status = dice.choice([*Batch.Status, *[Batch.Status.CONFIRMED] * 6])
        alone = status == Batch.Status.REFUSED
        size = 1 if alone else min(dice.randint(1, 4), run.to_send - first)
        batch = Batch(run=run, first=first, size=size, status=status)
        is_answered = status in (Batch.Status.ACCEPTED, Batch.Status.CONFIRMED)
        if alone or (is_answered and dice.random() < 0.3):
            batch.reject({first: ("refused", "No")})
        batch.save()
        rest = {
            Batch.Status.ACCEPTED: "taken",
            Batch.Status.CONFIRMED: "taken",
            Batch.Status.SENDING: "unknown",
            Batch.Status.UNKNOWN: "unknown",
        }.get(status)
        for position in range(first, first + size):
            if str(position) in batch.rejects:
                fates[position] = "refused"
            elif rest:
                fates[position] = rest
        first += size
    return fates


def _read(run: Run) -> list[tuple[int | None, Decision]]:
    names = sorted(field["target"].replace(":", "_") for field in run.mapping[1:])
    with parquet.reading(run.plan) as path, parquet.connect() as db:
        found = parquet.rows(db, "FROM read_parquet(?)", [path])
    return [
        (
            row["position"],
            Decision(
                key=(row["source"], row["key"]) if row["key"] else None,
                email=row["email"],
                action=row["action"],
                reject=row["reject"],
                is_sent=row["position"] is not None,
                values=tuple((name, row[name] or "") for name in names)
                if row["position"] is not None and row["action"] != "left"
                else None,
            ),
        )
        for row in found
    ]


def _without_unsent_values(decision: Decision) -> Decision:
    if decision.is_sent:
        return decision
    return Decision(
        decision.key, decision.email, decision.action, decision.reject, is_sent=False, values=None
    )


def _rejected_keys(run: Run) -> set[tuple[int, str]]:
    theirs = {int(n) for batch in run.batches.all() for n in batch.rejects}
    return {
        decision.key
        for position, decision in _read(run)
        if decision.key and (decision.action == "rejected" or position in theirs)
    }


def _stored_state(run: Run) -> dict[str, tuple[bool, str]]:
    run.export.refresh_from_db()
    if not run.export.delivered:
        return {}
    with parquet.reading(run.export.delivered) as path, parquet.connect() as db:
        found = parquet.rows(db, "FROM read_parquet(?)", [path])
    assert len({row["email"] for row in found}) == len(found)
    return {row["email"]: (row["hash"] is not None, row["standing"]) for row in found}


def _table(profiles: list[Member]) -> str:
    columns = ("key", "email", "first_name", "born", "agreed")
    rows = [
        (row, *(getattr(profile, name) or None for name in columns))
        for row, profile in enumerate(profiles)
    ]
    texts = ", ".join(f"{name} VARCHAR" for name in columns)
    return _stored(f"__row BIGINT, {texts}", rows)


def _others(claimed: frozenset[str]) -> list[OtherExport]:
    """Return exports that have delivered, or are about to deliver, these and nobody else."""
    known, coming = sorted(claimed)[::2], sorted(claimed)[1::2]
    delivered = [(email, "member") for email in known]
    delivered += [(f"p{n}@example.test", "left") for n in range(20)]
    members = [Member(9, email, f" {email.upper()}", "", "", "yes") for email in coming]
    refusing = [Member(9, f"n{n}", f"p{n}@example.test", "", "", "no") for n in range(20)]
    segment = (_table(members + refusing), _rows(list(range(len(members + refusing)))))
    state = _stored("email VARCHAR, standing VARCHAR", delivered)
    return [
        OtherExport(state, (), "email", ""),
        OtherExport("", (segment,), "email", "agreed"),
        OtherExport("", (segment,), "gone", ""),
    ]


def _rows(numbers: list[int]) -> str:
    return _stored("__row BIGINT", [(number,) for number in numbers])


def _listed(standings: dict[str, str]) -> str:
    return _stored("email VARCHAR, standing VARCHAR", list(standings.items()))


def _stored(columns: str, rows: list[tuple[Any, ...]]) -> str:
    with parquet.writing("tests") as new, parquet.connect() as db:
        db.execute(f"CREATE TABLE stored ({columns})")
        if rows:
            db.executemany(f"INSERT INTO stored VALUES ({', '.join('?' * len(rows[0]))})", rows)
        db.execute(f"COPY stored TO {parquet.literal(new.path)} (FORMAT parquet)")
    return new.name
