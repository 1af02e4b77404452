"""What is done for whom, in one sentence each: for the set-up and the page of an export."""

from django.utils.translation import gettext as translate

from exports.models import Export
from exports.options import Options


def options_in_words(export: Export) -> dict[str, str]:
    """Return a sentence each for consent, leavers, automations and guards of an export."""
    return {
        "consent": _consent(export),
        "leavers": _leavers(export),
        "automations": _automations(export),
        "guards": _guards(export),
    }


def asked_in_words(options: Options) -> dict[str, str]:
    """Return a sentence each for the consent, leavers and automations that a run was asked for."""
    return {
        "consent": _consent(options),
        "leavers": str(Export.Leavers(options.leavers).label) + ".",
        "automations": _automations(options),
    }


def _consent(export: Export | Options) -> str:
    if not export.consent_column:
        return translate("No column is asked.")
    return translate("Only those whose “%(column)s” says yes.") % {"column": export.consent_column}


def _leavers(export: Export) -> str:
    if export.leavers == Export.Leavers.UNSUBSCRIBE:
        return translate("They are unsubscribed from the list, for good.")
    if export.leavers != Export.Leavers.MARK or not export.left_value:
        return str(Export.Leavers(export.leavers).label) + "."
    names = {
        "field": export.leaver_field_title,
        "left": export.left_value,
        "back": export.back_value,
    }
    if export.back_value:
        return translate("“%(field)s” becomes “%(left)s”, and “%(back)s” when they return.") % names
    return translate("“%(field)s” becomes “%(left)s”.") % names


def _automations(export: Export | Options) -> str:
    if export.automations:
        return translate("They may start, except with the first delivery.")
    return translate("They do not start.")


def _guards(export: Export) -> str:
    limits = [
        sentence % {"percent": percent}
        for sentence, percent in (
            (translate("%(percent)s%% fewer members"), export.most_shrink),
            (translate("%(percent)s%% more members"), export.most_growth),
            (translate("%(percent)s%% rejects"), export.most_rejects),
        )
        if percent is not None
    ]
    if not limits:
        return translate("Off.")
    return translate("Asks beyond %(limits)s.") % {"limits": ", ".join(limits)}
