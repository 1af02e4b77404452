"""users/me and settings/account."""

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.messages import Call, Reply, json_reply, message


def me(account: Account, user: User, call: Call) -> Reply:
    """GET /users/me"""
    data = {
        "username": f"user{user.id}",
        "firstName": "Sandbox",
        "lastName": f"User {user.id}",
        "email": user.email,
        "phone": "",
        "signature": None,
        "links": {"lists": f"https://{account.switches.account_name}/api/3/users/{user.id}/lists"},
        "id": str(user.id),
    }
    return json_reply(200, {"user": data})


def settings(account: Account, user: User, call: Call) -> Reply:
    """GET /settings/account, for the administrators' group only"""
    if not user.is_admin:
        return message(403, "Forbidden")
    data = {
        "account": account.switches.account_name,
        "email": "owner@example.com",
        "first_name": "Ada",
        "last_name": "Example",
        "cname": "",
        "status": "active",
        "subscriber_limit": account.switches.contact_limit,
        "subscriber_total": account.store.number("SELECT count(*) FROM contacts"),
        "trial": False,
        "credits": None,
        "branding": False,
    }
    return json_reply(200, data).with_headers(Cache_Control="private")
