"""What is decided about every member, and about those who left: one pass, in SQL.

Members stream through: sorting a million of them takes more time and memory than all the rest.
So they stay in the order in which they are read, and no join may turn itself round.
"""

from collections.abc import Sequence

import duckdb

from exports.mapping import Mapping
from exports.options import Options
from exports.pipeline.planning import held, values
from exports.pipeline.planning.claims import OtherExport, create_claimed
from exports.pipeline.planning.state import LEAVE_FROM, SENT_ON_RETURN, Standing, listed
from segments.parquet import literal

# DuckDB keeps what it is given: more of it made a plan of a million no faster.
MEMORY = "128MB"
# What needs no request: all the others are sent.
NOT_SENT = ("unchanged", "rejected", "held")


def write_decisions(
    db: duckdb.DuckDBPyConnection,
    path: str,
    *,
    mapping: Mapping,
    options: Options,
    others: Sequence[OtherExport],
    full: bool,
    only_some: bool,
) -> None:
    """Write the plan to `path` from the relations `members`, `delivered`, `held` and
    `lost_corrections`, and whom `others` send to the same list.

    With `only_some`, of nobody but the members in the relation `chosen` (source, generation,
    key); who left is not asked then. With `full`, also what has not changed is sent.
    """
    pieces = _pieces(mapping, options, full=full, only_some=only_some)
    db.execute(f"SET memory_limit = '{MEMORY}'")
    db.execute("SET disabled_optimizers = 'build_side_probe_side'")
    db.execute(f"CREATE VIEW checked AS {_CHECKED.format(**pieces)}")
    db.execute(f"CREATE TABLE repeated AS {_REPEATED}")
    # Worth a look at all addresses only where somebody is known by a key.
    [(knows_people,)] = db.execute(_KNOWS_PEOPLE).fetchall()
    is_asked = knows_people and not only_some
    db.execute(f"CREATE TABLE unaddressed AS {_UNADDRESSED.format(is_asked=is_asked)}")
    create_claimed(db, [] if only_some else others)
    db.execute(f"COPY ({_PLAN.format(**pieces)}) TO {literal(path)} {_FORMAT}")


_FORMAT = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 20480)"

_CHECKED = """
WITH trimmed AS (
    SELECT segment, source, generation, key, person, row, agreed, {trimmed} FROM members
)
SELECT segment, source, generation, key, person, row, (segment::BIGINT << 40) + row AS turn,
    lower(email) AS email{typed},
    {agrees} AS agrees, {address_fault} AS address_fault, {field_fault} AS field_fault
FROM trimmed
"""
# Of several members with one address the first is sent: the winner must not be chance. And one
# of them who did not agree is enough: it is one person.
_REPEATED = """
SELECT email, min(turn) FILTER (field_fault IS NULL) AS first_turn, bool_and(agrees) AS all_agree
FROM checked WHERE address_fault IS NULL
GROUP BY email HAVING count(*) > 1
"""
_KNOWS_PEOPLE = "SELECT bool_or(person IS NOT NULL) IS TRUE FROM delivered"
# Members without an address that could be sent: the one they had is not that of a leaver.
_UNADDRESSED = """
SELECT person FROM checked WHERE {is_asked} AND address_fault IS NOT NULL
"""
_PLAN = """
WITH compared AS (
    SELECT checked.* EXCLUDE (email, person), coalesce(checked.email, delivered.email) AS email,
        coalesce(checked.person, delivered.person) AS person, delivered.person AS last_person,
        turn IS NULL AS is_gone,
        turn > first_turn AND field_fault IS NULL AS is_duplicate,
        coalesce(all_agree, agrees) AS agrees_everywhere,
        delivered.hash AS last_hash, delivered.targets AS last_targets, standing
    FROM checked
    LEFT JOIN repeated ON repeated.email = checked.email
    {join} JOIN delivered ON delivered.email = checked.email
    WHERE turn IS NOT NULL OR standing IN {leave_from}
        AND NOT coalesce(delivered.person IN (FROM unaddressed), false)
), judged AS (
    SELECT compared.* EXCLUDE (agrees_everywhere), CASE
            WHEN is_gone THEN coalesce(hold, {lost}, {claimed})
            WHEN address_fault IS NOT NULL THEN address_fault
            WHEN is_duplicate THEN 'duplicate'
            WHEN hold = '{unsubscribed}' AND standing = '{unsubscribed}' THEN '{left_before}'
            WHEN hold IS NOT NULL THEN hold
            WHEN NOT agrees_everywhere THEN '{no_consent}'
            ELSE field_fault END AS reject,
        CASE WHEN is_gone THEN last_hash ELSE md5_number_lower({signature}) END AS hash,
        CASE WHEN is_gone THEN last_targets ELSE md5_number_lower({targets}) END AS targets
    FROM compared LEFT JOIN held ON held.email = compared.email
), decided AS (
    SELECT *, CASE
            WHEN is_gone AND reject = '{other_export}' THEN 'held'
            WHEN is_gone THEN 'left'
            WHEN reject IN {held} THEN 'held'
            WHEN reject IS NOT NULL THEN 'rejected'
            WHEN standing IS NULL THEN 'new'
            WHEN standing IN {sent_on_return} THEN 'returned'
            WHEN last_hash IS NULL THEN 'retried'
            WHEN standing = '{left}' AND last_hash <> hash THEN 'returned'
            {or_full}
            WHEN last_hash = hash THEN 'unchanged'
            WHEN last_targets <> targets THEN 'remapped'
            ELSE 'changed' END AS action,
        CASE WHEN is_gone THEN {sends_leavers} AND reject IS NULL
            ELSE action NOT IN {not_sent} END AS is_sent
    FROM judged
)
SELECT CASE WHEN is_sent
        THEN (sum(is_sent::INTEGER) OVER (ROWS UNBOUNDED PRECEDING))::BIGINT - 1 END AS position,
    action, reject, segment, source, generation, key, row, email{names}, hash, targets, standing,
    person, action = 'unchanged' AND person IS DISTINCT FROM last_person
        OR action = 'held' AND is_gone AND standing = '{member}' AS restates
FROM decided {chosen}
"""


def _pieces(mapping: Mapping, options: Options, *, full: bool, only_some: bool) -> dict[str, str]:
    """Return the parts of the plan's query that depend on what is asked."""
    fields = values.besides_email(mapping)
    return {
        "trimmed": values.trimmed(mapping),
        "typed": values.typed(fields),
        "names": "".join(f", {name}" for _, name in fields),
        "address_fault": values.address_fault(),
        "field_fault": values.field_fault(fields),
        "signature": values.signature(fields),
        "targets": values.targets(fields),
        "agrees": held.agrees("agreed") if options.consent_column else "true",
        "join": "LEFT" if only_some else "FULL",
        "chosen": "SEMI JOIN chosen USING (source, generation, key)" if only_some else "",
        "or_full": "WHEN true THEN 'full'" if full else "",
        "sends_leavers": str(options.sends_leavers).lower(),
        "unsubscribed": held.UNSUBSCRIBED,
        "left_before": held.LEFT_BEFORE,
        "no_consent": held.NO_CONSENT,
        "held": listed(held.REASONS),
        "left": Standing.LEFT,
        "member": Standing.MEMBER,
        "other_export": held.OTHER_EXPORT,
        "leave_from": listed(LEAVE_FROM),
        "sent_on_return": listed(SENT_ON_RETURN),
        "not_sent": listed(NOT_SENT),
        "lost": (
            f"CASE WHEN compared.email IN (FROM lost_corrections) THEN '{held.CORRECTED}' END"
        ),
        "claimed": (
            "CASE WHEN is_gone AND hash(compared.email) IN (FROM claimed)"
            f" THEN '{held.OTHER_EXPORT}' END"
        ),
    }
