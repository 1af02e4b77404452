"""The body of a bulk import, and as SQL each contact in it: DuckDB writes a million of them.

The keys are snake_case, which only bulk import is: others are silently ignored there.
"""

import json
from collections.abc import Iterable, Mapping

MAX_CONTACTS = 250
# They refuse 400,000 bytes; the difference is our margin.
MAX_BYTES = 390_000

_KEYS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "phone": "phone",
    "account_name": "customer_acct_name",
}


def contact_sql(
    values: Mapping[str, str], fields: Mapping[int, str], *, wish: str, list_id: int
) -> str:
    """Return as SQL the JSON of a contact, whose blank values are left out.

    `values` and `fields`, by field ID, are SQL of texts; `email` is one of the values. `wish` is
    SQL of what becomes of the subscription to the list: subscribe, unsubscribe or '' for nothing.
    """
    lists = json.dumps([{"listid": list_id}])
    pieces = [
        f"""'{{"email":' || to_json({values["email"]})""",
        f"""CASE WHEN {wish} <> '' THEN ',"' || {wish} || '":{lists}' ELSE '' END""",
    ]
    for name, key in _KEYS.items():
        if name in values:
            piece = _unless_blank(values[name], f',"{key}":')
            pieces.append(f"coalesce({piece}, '')")
    if fields:
        own = [_unless_blank(value, f'{{"id":{id},"value":', "}") for id, value in fields.items()]
        all_own = f"nullif(concat_ws(',', {', '.join(own)}), '')"
        pieces.append(f"""coalesce(',"fields":[' || {all_own} || ']', '')""")
    return " || ".join([*pieces, "'}'"])


def encode_batch(contacts: Iterable[str], *, automations: bool) -> bytes:
    """Return the body that sends contacts, each as JSON; the caller keeps to the maxima."""
    without = "false" if automations else "true"
    return f'{{"contacts":[{",".join(contacts)}],"exclude_automations":{without}}}'.encode()


def _unless_blank(value: str, before: str, after: str = "") -> str:
    """Return as SQL the JSON of a value between other texts; NULL when it is blank."""
    return f"CASE WHEN {value} <> '' THEN '{before}' || to_json({value}) || '{after}' END"
