"""The sandbox's own controls, apart from the API and for this machine only.

GET     /sandbox/faults       the faults and how often they struck
PUT     /sandbox/faults       {"seed": 1, "faults": [{"kind": "too_many", "times": 3}]}
DELETE  /sandbox/faults
GET     /sandbox/switches
PUT     /sandbox/switches     {"limits": false}
GET     /sandbox/requests     counts by endpoint and minute
POST    /sandbox/reset        no contacts, imports, faults, counts; lists and fields stay
"""

from dataclasses import asdict
from typing import Any

from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.faults import Fault
from connections.activecampaign.sandbox.messages import Call, Reply, json_reply, message

PREFIX = "/sandbox/"


def answer(account: Account, call: Call) -> Reply:
    """Return the answer to a request for the controls."""
    # A page in a browser may not turn the knobs either: its requests name their origin.
    if not call.from_loopback or "Origin" in call.headers:
        return message(403, "The controls answer this machine only.")
    try:
        return _answer(account, call)
    except (TypeError, ValueError) as error:
        return message(400, str(error))


def _answer(account: Account, call: Call) -> Reply:
    match call.method, call.path.removeprefix(PREFIX):
        case "GET", "faults":
            pass
        case "PUT", "faults":
            given = _an_object(call)
            faults = [Fault(**entry) for entry in given.get("faults", [])]
            account.faults.replace(faults, int(given.get("seed", account.faults.seed)))
        case "DELETE", "faults":
            account.faults.clear()
        case "GET", "switches":
            return json_reply(200, asdict(account.switches))
        case "PUT", "switches":
            account.switches.change(_an_object(call))
            return json_reply(200, asdict(account.switches))
        case "GET", "requests":
            return json_reply(200, _requests(account))
        case "POST", "reset":
            reset(account)
            return json_reply(200, {})
        case _:
            return message(404, "There is no such control.")
    return json_reply(200, {"faults": [asdict(fault) for fault in account.faults.all()]})


def reset(account: Account) -> None:
    """Empty the account, but for its lists and fields, and have it behave faithfully again."""
    account.store.reset()
    account.faults.clear()
    account.switches.change(account.first_switches)
    account.limits.reset()
    account.log.reset()


def _an_object(call: Call) -> dict[str, Any]:
    if not isinstance(call.json, dict):
        raise ValueError("The body must be a JSON object.")
    return call.json


def _requests(account: Account) -> dict[str, Any]:
    minutes = account.log.by_minute()
    return {
        "total": account.log.count(),
        "too_fast": account.limits.refused,
        "by_minute": {str(minute): counts for minute, counts in minutes.items()},
    }
