"""The pages on which a person sees what arrived."""

from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.messages import Call, Reply, message


def answer(account: Account, call: Call) -> Reply:
    return message(404, "Not Found")
