"""What can be wrong with a connection, in words: for administrators, and for everybody else.

Administrators are told what to do. Everybody else may not see a connection, so they read its
name but neither its host nor its account, and whom to ask.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description, Wording, describe, problem
from connections.activecampaign.errors import ActiveCampaignError
from connections.models import Credentials

_FIND_HOST = _(
    "In ActiveCampaign, open Settings > Developer and copy the host name of the URL: the part "
    "after https://, for example acme.api-us1.com"
)
_LATER = _("Try again in a few minutes.")

WORDINGS_FOR_ADMINISTRATORS: dict[str, Wording] = {
    "key_refused": Wording(
        _("ActiveCampaign refused the API key."),
        _(
            "In ActiveCampaign, open Settings > Developer, copy the key again, enter it in the "
            "connection, and select Connect. A key stops working when its user is removed."
        ),
    ),
    "key_unreadable": Wording(
        _("The stored API key cannot be decrypted."),
        _(
            "Enter the key again and select Connect; or give Facteur back the encryption key it "
            "was stored with (FIELD_ENCRYPTION_KEYS)."
        ),
    ),
    "lists_forbidden": Wording(
        _("The key works, but its ActiveCampaign user may not see lists."),
        _(
            "In ActiveCampaign, let the group of this user see the lists, or take the key of "
            "another user."
        ),
    ),
    "contacts_forbidden": Wording(
        _("The key works, but its ActiveCampaign user may not see contacts."),
        _(
            "Nothing was sent, because who unsubscribed could not be read. In ActiveCampaign, let "
            "the group of this user see contacts, or take the key of another user."
        ),
    ),
    "list_not_found": Wording(
        _("ActiveCampaign has no list with the ID %(list_id)s."),
        _("Choose another list in the export."),
    ),
    "payment": Wording(
        _("ActiveCampaign refuses requests because of a payment problem of the account."),
        _("Settle it in ActiveCampaign, under Settings > Billing, then try again."),
    ),
    "redirect": Wording(
        _("%(host)s sends requests on to another address. The key was not sent there."),
        _FIND_HOST,
    ),
    "not_the_api": Wording(
        _("%(host)s answers, but not as the API of ActiveCampaign does."), _FIND_HOST
    ),
    "private_address": Wording(
        _("%(host)s leads to a private address, and Facteur sends nothing there."), _FIND_HOST
    ),
    "host_not_allowed": Wording(
        _("%(host)s is not among the host names that this installation allows."),
        _(
            "Enter the host name of the API, for example acme.api-us1.com; or ask whoever "
            "operates Facteur to allow it (ACTIVECAMPAIGN_HOST_SUFFIXES)."
        ),
    ),
    "unresolvable": Wording(_("The host name %(host)s cannot be found."), _FIND_HOST),
    "no_connection": Wording(
        _("%(host)s does not accept connections."),
        _("Check the host name, and whether this server may reach the Internet; then try again."),
    ),
    "no_tls": Wording(
        _("No secure connection (TLS) to %(host)s could be made."),
        _("Check the host name, and whether a proxy stands between Facteur and the Internet."),
    ),
    "too_slow": Wording(
        _("%(host)s takes too long to answer."),
        _("Check the host name. If it is right, try again in a few minutes."),
    ),
    "unavailable": Wording(_("ActiveCampaign is not available at the moment."), _LATER),
    "lost_answer": Wording(_("The answer of ActiveCampaign did not arrive."), _LATER),
    "rate_limited": Wording(
        _("ActiveCampaign gets too many requests for this account at the moment."),
        _("Nothing is wrong with the connection. Try again in a minute."),
    ),
    "refused": Wording(
        _("ActiveCampaign refused the request: %(detail)s"),
        _("Check the settings it names, then try again."),
    ),
    "unreadable": Wording(
        _("The answer of ActiveCampaign could not be read."),
        _("Check the host name. If it is right, try again in a few minutes."),
    ),
    "export_user_gone": Wording(
        _("The export user of “%(connection)s” is no active administrator any more."),
        _("Edit the connection, select Add yourself as export user, and save."),
    ),
    "consent_lapsed": Wording(
        _("Nobody has agreed to today’s privacy text for the connection “%(connection)s”."),
        _("Edit the connection, read Data privacy and compliance, select I agree, and save."),
    ),
}

_UNREACHED = Wording(
    _("Facteur does not reach ActiveCampaign with the connection “%(connection)s”."),
    _("Ask an administrator to check its host name."),
)
_AT_THE_MOMENT = Wording(
    _("ActiveCampaign does not answer the connection “%(connection)s” at the moment."),
    _("Try again in a few minutes. If it stays so, ask an administrator."),
)

WORDINGS: dict[str, Wording] = {
    "key_refused": Wording(
        _("ActiveCampaign refused the API key of the connection “%(connection)s”."),
        _("Ask an administrator to enter a valid key."),
    ),
    "key_unreadable": Wording(
        _("The API key of the connection “%(connection)s” cannot be decrypted."),
        _("Ask an administrator to enter it again."),
    ),
    "lists_forbidden": Wording(
        _("The connection “%(connection)s” may not see lists in ActiveCampaign."),
        _("Ask an administrator to take the key of a user who may."),
    ),
    "contacts_forbidden": Wording(
        _("The connection “%(connection)s” may not see contacts in ActiveCampaign."),
        _(
            "Nothing was sent, because who unsubscribed could not be read. Ask an administrator to "
            "take the key of a user who may see contacts."
        ),
    ),
    "list_not_found": WORDINGS_FOR_ADMINISTRATORS["list_not_found"],
    "payment": Wording(
        _("ActiveCampaign refuses requests because of a payment problem of the account."),
        _("Ask an administrator to settle it in ActiveCampaign."),
    ),
    "redirect": _UNREACHED,
    "not_the_api": _UNREACHED,
    "private_address": _UNREACHED,
    "host_not_allowed": _UNREACHED,
    "unresolvable": _UNREACHED,
    "no_connection": _UNREACHED,
    "no_tls": _UNREACHED,
    "too_slow": _AT_THE_MOMENT,
    "unavailable": _AT_THE_MOMENT,
    "lost_answer": _AT_THE_MOMENT,
    "rate_limited": Wording(
        _("ActiveCampaign gets too many requests for this account at the moment."),
        _("Nothing is wrong. Try again in a minute."),
    ),
    "refused": Wording(
        _("ActiveCampaign refused the request: %(detail)s"),
        _("Check the settings it names, or ask an administrator."),
    ),
    "unreadable": Wording(
        _("The answer of ActiveCampaign could not be read."),
        _("Try again in a few minutes. If it stays so, ask an administrator."),
    ),
    "export_user_gone": Wording(
        _("The export user of “%(connection)s” is no active administrator any more."),
        _("Ask an administrator to add themself as its export user."),
    ),
    "consent_lapsed": Wording(
        _("Nobody has agreed to today’s privacy text for the connection “%(connection)s”."),
        _("Ask an administrator to agree to it."),
    ),
}


# Which field of the form to look at.
FIELDS = {
    "key_refused": "api_key",
    "key_unreadable": "api_key",
    "lists_forbidden": "api_key",
    "redirect": "host",
    "not_the_api": "host",
    "private_address": "host",
    "host_not_allowed": "host",
    "unresolvable": "host",
    "no_connection": "host",
    "no_tls": "host",
    "too_slow": "host",
}


def wordings_for(user: User | None) -> Mapping[str, Wording]:
    """Return the wordings for who reads them; without a user, those that everybody may read."""
    return WORDINGS_FOR_ADMINISTRATORS if user and user.is_administrator else WORDINGS


def problem_of(
    error: ActiveCampaignError, connection: Credentials, *, list_id: int | None = None
) -> dict[str, Any]:
    """Return an error of the client in the form that is stored; it never holds the key."""
    return problem(
        error.code,
        connection=connection.name,
        host=connection.host,
        list_id=list_id,
        status=error.status,
        detail=error.detail,
        request_id=error.request_id,
    )


def describe_problem(
    stored: Mapping[str, Any] | None, user: User | None = None
) -> Description | None:
    """Return a stored problem of a connection in words for `user`; None when there is none."""
    return describe(stored, wordings_for(user))


def describe_error(
    error: ActiveCampaignError,
    connection: Credentials,
    *,
    user: User | None = None,
    list_id: int | None = None,
) -> Description:
    """Return an error of the client in words for `user`."""
    stored = problem_of(error, connection, list_id=list_id)
    wording = wordings_for(user)[error.code]
    return Description(str(wording.happened) % stored, str(wording.todo) % stored)
