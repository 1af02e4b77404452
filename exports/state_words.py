"""What a run's state is called where the stored word would say too little: the reason itself."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

# Instead of Skipped, by the code of the problem that is stored with it.
SKIPPED_AS: dict[str, str | Promise] = {
    "nothing_to_send": pgettext_lazy("state", "Nothing to send"),
    "upstream_failed": _("Upstream refresh failed"),
    "superseded": _("Superseded"),
}


def skipped_words(problem: Mapping[str, Any] | None, usual: str) -> str:
    """Return what to call a skipped run, `usual` when its reason is none of the known ones."""
    if not problem:
        return usual
    if problem["code"] == "superseded" and "by" in problem:
        return gettext("Superseded by run %(run)s") % {"run": problem["by"]}
    return str(SKIPPED_AS.get(problem["code"], usual))
