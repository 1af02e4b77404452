"""Why a run failed, was skipped or waits, in words; the pipeline stores the codes.

The comment above a wording names the values that are stored with its code.
"""

from collections.abc import Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description, Wording, describe
from config.storages.problems import WORDINGS as STORAGE_WORDINGS
from connections.problems import wordings_for

_RUN_INSTEAD = _("Run the export: it sends only what is still due.")
WORDINGS: dict[str, Wording] = {
    **STORAGE_WORDINGS,
    "disk_full": Wording(
        _("There is no room left on the disk that Facteur works on."),
        _(
            "Nothing is lost. Ask whoever operates Facteur to make room where DATA_DIR is, then "
            "resume the run."
        ),
    ),
    # members, most
    "too_many_members": Wording(
        _("The segments hold %(members)s members; one export takes %(most)s at most."),
        _("Nothing was sent. Narrow the segments, or spread them over several exports."),
    ),
    "no_segments": Wording(
        _("The export has no segment any more."),
        _("Nothing was sent. Edit the export and choose its segments."),
    ),
    # segment
    "no_snapshot": Wording(
        _("The segment “%(segment)s” has never been refreshed, so nobody is known to be in it."),
        _("Nothing was sent. Refresh the segment, then run the export again."),
    ),
    # segment
    "upstream_failed": Wording(
        _("The segment “%(segment)s” could not be refreshed."),
        _("Nothing was sent. Open the segment to see why; the next refresh tries again."),
    ),
    # column, segment
    "email_column_gone": Wording(
        _("The column “%(column)s”, matched to Email, is not in the segment “%(segment)s”."),
        _("Nothing was sent. Edit the export and choose the column with the addresses."),
    ),
    # column, segment
    "column_gone": Wording(
        _("The column “%(column)s”, which the export sends, is not in the segment “%(segment)s”."),
        _("Nothing was sent. Edit the export and choose another column, or remove the row."),
    ),
    # column, segment
    "consent_column_gone": Wording(
        _("The column “%(column)s”, which says who agreed, is not in the segment “%(segment)s”."),
        _("Nothing was sent. Edit the export and choose the column with the consents."),
    ),
    "nothing_to_send": Wording(_("Nothing to send: nobody has joined or changed since last time.")),
    "detached": Wording(
        _("The export has no connection."),
        _("Edit the export and choose one. Contributors can ask an administrator."),
    ),
    "other_host": Wording(
        _("The connection leads to another host than when the run was planned."),
        _("Nothing was sent there. Run the export again."),
    ),
    # read
    "reading_unreachable": Wording(
        _("Reading who on the list unsubscribed or bounced: %(read)s so far.")
    ),
    "waiting_for_limit": Wording(_("Waiting for ActiveCampaign’s limit.")),
    "waiting_for_refresh": Wording(_("Waiting for the refresh of its segments to finish.")),
    "trying_again": Wording(
        _("Something went wrong in Facteur."), _("Nothing is lost: it goes on where it stopped.")
    ),
    "internal": Wording(
        _("Something went wrong in Facteur, again and again."),
        _("Ask whoever operates Facteur to look into its log, then resume the run."),
    ),
    "corrections_no_reference": Wording(
        _("The file has no column Reference."),
        _("Download the rejects again, and correct that file: the references say who is who."),
    ),
    "corrections_no_values": Wording(
        _("The file has no column of a field that the export sends."),
        _("Keep the columns that you correct, with their names as they were."),
    ),
    # most
    "corrections_too_many": Wording(
        _("The file has more than %(most)s rows."),
        _("Remove the rows that need no correction, or correct it in parts."),
    ),
    # run
    "corrections_other_run": Wording(
        _("The file holds the rejects of another run (%(run)s)."),
        _("Upload it at that run, or download the rejects of this one."),
    ),
    # row
    "row_no_reference": Wording(
        _("Row %(row)s has no reference, or none that Facteur wrote."),
    ),
    # row, run
    "row_other_run": Wording(
        _("Row %(row)s is a reject of another run (%(run)s)."), _("Upload it at that run.")
    ),
    # row, first
    "row_twice": Wording(_("Row %(row)s has the same reference as row %(first)s, which counts.")),
    # row
    "row_unknown": Wording(_("Row %(row)s is nobody whom this run rejected.")),
    # row
    "row_source_gone": Wording(
        _("Row %(row)s is of a table that is not kept any more."),
        _("Run the export, and correct the rejects of that run."),
    ),
    "rejects_gone": Wording(
        _("Who was rejected in that run is not kept any more."),
        _("Run the export: it sends everybody who is due."),
    ),
    # segment
    "rejects_rekeyed": Wording(
        _(
            "The source of “%(segment)s” has another key than in the run that rejected people, so "
            "they can’t be told from the others."
        ),
        _("Run the export: it sends everybody who is due."),
    ),
    "another_run": Wording(_("Another run of the export is under way."), _("Wait for its end.")),
    "resume_not_failed": Wording(_("The run did not fail, or goes on already.")),
    "resume_unplanned": Wording(_("The run ended before it was planned."), _RUN_INSTEAD),
    "resume_plan_gone": Wording(_("The plan of the run is not kept any more."), _RUN_INSTEAD),
    "resume_elsewhere": Wording(
        _("The export has another connection or list than when the run was planned."),
        _RUN_INSTEAD,
    ),
    "resume_replaced": Wording(_("A later run has taken its place."), _RUN_INSTEAD),
    "resume_outdated": Wording(
        _(
            "Since the run was planned, a suppression list has changed, the segments were "
            "refreshed, or another export may have sent to the list: people may have taken back "
            "their consent, or be back whom it would treat as having left."
        ),
        _RUN_INSTEAD,
    ),
    # by: the run, once it is known
    "superseded": Wording(
        _("Nobody approved it before the export was to run again."),
        _("Nothing is lost: the later run sends what is due."),
    ),
    "guard_empty": Wording(
        _("The segments are empty."),
        _("Approve the run only if that is meant. It may also be a source that was read empty."),
    ),
    # members, before, percent, most
    "guard_shrink": Wording(
        _(
            "The segments shrank by %(percent)s%%, from %(before)s to %(members)s members; more "
            "than %(most)s%% needs approval."
        ),
        _("Approve the run only if that many people left."),
    ),
    # left, before, percent, most
    "guard_turnover": Wording(
        _(
            "%(left)s of the %(before)s people delivered so far are not in the segments any more "
            "(%(percent)s%%); more than %(most)s%% needs approval."
        ),
        _(
            "Approve the run only if that many people left. It may also be that Email is matched "
            "to another column, or that the addresses in the source changed."
        ),
    ),
    # members, before, percent, most
    "guard_growth": Wording(
        _(
            "The segments grew by %(percent)s%%, from %(before)s to %(members)s members; more "
            "than %(most)s%% needs approval."
        ),
        _("Approve the run only if that many people joined."),
    ),
    # leavers
    "guard_leavers_unsubscribed": Wording(
        _("People who left the segments and will be unsubscribed from the list: %(leavers)s."),
        _("Facteur cannot subscribe them again: only they can, or somebody in ActiveCampaign."),
    ),
    # leavers
    "guard_leavers_marked": Wording(
        _("People who left the segments and will be marked so in ActiveCampaign: %(leavers)s."),
    ),
    # new, room
    "guard_contact_limit": Wording(
        _("New contacts to send: %(new)s. The ActiveCampaign account has room for %(room)s more."),
        _("ActiveCampaign leaves out those who don’t fit. Narrow the segments, or approve."),
    ),
    # rejected, members, percent, most
    "guard_rejects_planned": Wording(
        _(
            "%(rejected)s of %(members)s members can’t be sent (%(percent)s%%); more than "
            "%(most)s%% needs approval."
        ),
        _("See Rejects for the reasons. Approve the run to send everybody else."),
    ),
    # rejected, sent, percent, most
    "guard_rejects": Wording(
        _(
            "ActiveCampaign rejected %(rejected)s of the first %(sent)s contacts (%(percent)s%%); "
            "more than %(most)s%% needs approval."
        ),
        _("See Rejects for the reasons. Approve the run to send the rest, or cancel it."),
    ),
    # words
    "request_refused": Wording(
        _("ActiveCampaign refuses every request of this run: %(words)s"),
        _("Check the list and the fields of Data matching, then run the export again."),
    ),
}


# Numbers of things are counted, numbers that name things are not.
_COUNTS = frozenset(
    [
        "before",
        "leavers",
        "left",
        "members",
        "most",
        "new",
        "percent",
        "read",
        "rejected",
        "room",
        "sent",
    ]
)


def describe_problem(
    stored: Mapping[str, Any] | None, user: User | None = None
) -> Description | None:
    """Return a run's problem in the active language, for `user`; None when there is none.

    Problems of the connection are worded as connections/problems.py does it. Counts are written
    as the reader writes them.
    """
    if not stored:
        return None
    shown = {name: _shown(name, value) for name, value in stored.items()}
    return describe(shown, {**wordings_for(user), **WORDINGS})


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, int) and name in _COUNTS:
        return formats.number_format(value, force_grouping=True)
    return value
