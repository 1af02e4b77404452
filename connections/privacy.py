"""The privacy text that administrators agree to; a new text gets a new version."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PRIVACY_VERSION = "2026-11"

# The sentence with the link to the privacy statement stands in the template: it is a setting.
PRIVACY_TEXT: tuple[Promise, ...] = (
    _(
        "By enabling this connection, you let Facteur transmit data to ActiveCampaign and allow "
        "that data to leave the compliance boundary in which Facteur is operated. It may be "
        "sensitive, and it includes personal data such as e-mail addresses, names and phone "
        "numbers."
    ),
    _(
        "Facteur transfers this data on your instructions: the segments, fields and lists that "
        "you choose. You are responsible for ensuring that ActiveCampaign meets all the privacy "
        "and security obligations that apply to you."
    ),
    _("A Facteur administrator can remove this connection at any time to stop using this feature."),
)
