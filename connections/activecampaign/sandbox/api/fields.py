"""fields: the account's custom fields."""

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.api.pages import bounds, meta
from connections.activecampaign.sandbox.messages import Call, Reply, json_reply
from connections.activecampaign.sandbox.store import placeholders

TYPES = (
    "dropdown",
    "hidden",
    "checkbox",
    "date",
    "datetime",
    "text",
    "textarea",
    "listbox",
    "radio",
)


def collection(account: Account, user: User, call: Call) -> Reply:
    """GET /fields"""
    tag = call.query.get("filters[perstag]")
    where, values = ("WHERE perstag = ?", (tag,)) if tag else ("", ())
    rows = account.store.all(
        f"SELECT * FROM fields {where} ORDER BY id LIMIT ? OFFSET ?",
        *values,
        *bounds(call, default=100),
    )
    ids = [row["id"] for row in rows]
    options = account.store.all(
        f"SELECT * FROM field_options WHERE field IN ({placeholders(ids)}) ORDER BY id",
        *ids,
    )
    of_field = {
        id: [str(option["id"]) for option in options if option["field"] == id] for id in ids
    }
    data = {
        "fieldOptions": [
            {
                "field": str(option["field"]),
                "value": option["value"],
                "label": option["value"],
                "id": str(option["id"]),
            }
            for option in options
        ],
        "fieldRels": [],
        "fields": [
            {
                "title": row["title"],
                "type": row["type"],
                "isrequired": "0",
                "perstag": row["perstag"],
                "defval": None,
                "options": of_field[row["id"]],
                "id": str(row["id"]),
            }
            for row in rows
        ],
        "meta": meta(
            account, account.store.number(f"SELECT count(*) FROM fields {where}", *values)
        ),
    }
    return json_reply(200, data)
