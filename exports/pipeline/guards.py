"""Guards: what a run does not do without somebody's word.

Each is a problem (exports/problems.py): after planning, of what is about to happen; while sending,
of what ActiveCampaign rejects. Who approves takes that upon themselves, once for the whole run.
"""

from math import ceil
from typing import Any

from django.db.models import Q

from config.problems import problem
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ConfigError, PermanentError
from exports.models import Batch, Export, Run
from exports.options import Options
from exports.pipeline.ledger import TAKEN
from exports.pipeline.plan import Plan
from exports.pipeline.planned import PlanReader

Guard = dict[str, Any]

# Shares of fewer contacts say nothing about a source or an account.
FEWEST = 20
# What share of the people delivered may be replaced by others without a word when segments may
# shrink as they like.
MOST_REPLACED = 50
# Somebody else with the same address is sent.
_HARMLESS = "duplicate"


def members_before(run: Run) -> int | None:
    """Return how many members the last run to the same list had that was let through.

    None without one: the first run has nothing to be compared with.
    """
    return last_members(run.export, host=run.host, list_id=run.list_id, before=run.pk)


def last_members(
    export: Export, *, host: str, list_id: int | None, before: int | None = None
) -> int | None:
    """Return the same for a run that the export would make now, or before the run of that id."""
    let_through = Q(guards=[]) | Q(accepted__gt=0)
    runs = export.runs.filter(
        let_through, host=host, list_id=list_id, members__isnull=False, status__in=Run.FINISHED
    ).exclude(scope=Run.Scope.REJECTS)
    if before is not None:
        runs = runs.filter(pk__lt=before)
    return runs.order_by("-pk").values_list("members", flat=True).first()


def room_in(client: ActiveCampaignClient) -> int | None:
    """Return how many more contacts the account may hold; None when the key may not know."""
    try:
        account = client.account()
    except PermanentError:
        return None
    except ConfigError as error:
        # Only administrators of the account may read it, and any key may send.
        if error.code != "key_refused":
            raise
        return None
    if account.contact_limit is None or account.contact_total is None:
        return None
    return max(account.contact_limit - account.contact_total, 0)


def planned_guards(
    *,
    export: Export,
    options: Options,
    plan: Plan,
    before: int | None,
    room: int | None,
    scope: str = Run.Scope.CHANGES,
) -> list[Guard]:
    """Return what keeps a plan from being sent; `before` and `room` as members_before and room_in
    return them.
    """
    guards = _limit_guards(plan, room)
    if scope != Run.Scope.REJECTS:
        # Whoever delivers rejects again has chosen whom, and knows that they were rejected.
        changed = _size_guards(export, plan, before) or _turnover_guards(export, options, plan)
        guards = [*changed, *(_leaver_guards(options, plan) if changed else []), *guards]
        guards += _reject_guards(export, plan)
    return guards


def _size_guards(export: Export, plan: Plan, before: int | None) -> list[Guard]:
    if not before:
        return []
    if not plan.members:
        return [problem("guard_empty", members=0, before=before)]
    shrink, growth = before - plan.members, plan.members - before
    facts = {"members": plan.members, "before": before}
    if _exceeds(shrink, before, export.most_shrink):
        percent = _percent(shrink, before)
        return [problem("guard_shrink", **facts, percent=percent, most=export.most_shrink)]
    if _exceeds(growth, before, export.most_growth):
        percent = _percent(growth, before)
        return [problem("guard_growth", **facts, percent=percent, most=export.most_growth)]
    return []


def _turnover_guards(export: Export, options: Options, plan: Plan) -> list[Guard]:
    """Return what asks when many left although the segments did not shrink.

    Another column for Email, or other addresses in a source, let everybody leave and join at once.
    Without a threshold for shrinking, only those who were replaced by new people are counted.
    """
    left, before, most = plan.leaving, plan.could_leave, export.most_shrink
    if most is None:
        left, most = min(left, plan.reasons.get("new", 0)), MOST_REPLACED
    if not options.sends_leavers or not _exceeds(left, before, most):
        return []
    percent = _percent(left, before)
    return [problem("guard_turnover", left=left, before=before, percent=percent, most=most)]


def _leaver_guards(options: Options, plan: Plan) -> list[Guard]:
    """Return what approving would do to those who left, where it does something."""
    codes = {
        Export.Leavers.UNSUBSCRIBE.value: "guard_leavers_unsubscribed",
        Export.Leavers.MARK.value: "guard_leavers_marked",
    }
    code = codes.get(options.leavers)
    return [problem(code, leavers=plan.leaving)] if code and plan.leaving else []


def _limit_guards(plan: Plan, room: int | None) -> list[Guard]:
    new = plan.reasons.get("new", 0)
    if room is None or new <= room:
        return []
    return [problem("guard_contact_limit", new=new, room=room)]


def _reject_guards(export: Export, plan: Plan) -> list[Guard]:
    rejected = plan.rejected - plan.reject_reasons.get(_HARMLESS, 0)
    if plan.members < FEWEST or not _exceeds(rejected, plan.members, export.most_rejects):
        return []
    return [
        problem(
            "guard_rejects_planned",
            rejected=rejected,
            members=plan.members,
            percent=_percent(rejected, plan.members),
            most=export.most_rejects,
        )
    ]


class RejectsGuard:
    """Watches what ActiveCampaign rejects while a run sends, for one slice of it.

    Who was sent in vain before is no news, and is not counted.
    """

    def __init__(self, run: Run, plan: PlanReader) -> None:
        self._run, self._plan = run, plan
        self._most = None if run.scope == Run.Scope.REJECTS else run.export.most_rejects
        self._seen, self._in_vain = 0, 0

    def stops(self) -> Guard | None:
        """Return what asks to stop, by the run's figures as they are now; None while all is well.

        Never again in a run that somebody has let go on, nor when everything has been sent once.
        """
        if self._run.status != Run.Status.SENDING or not self._is_beyond(0):
            return None
        if self._seen != self._run.rejected_after:
            self._seen, self._in_vain = self._run.rejected_after, self._count_in_vain()
        if not self._is_beyond(self._in_vain) or self._was_approved():
            return None
        rejected, sent = self._figures(self._in_vain)
        percent = _percent(rejected, sent)
        return problem(
            "guard_rejects", rejected=rejected, sent=sent, percent=percent, most=self._most
        )

    def _figures(self, in_vain: int) -> tuple[int, int]:
        """Return how many were rejected and answered, without those sent in vain before."""
        rejected = self._run.rejected_after - in_vain
        return rejected, self._run.accepted + rejected

    def _is_beyond(self, in_vain: int) -> bool:
        rejected, sent = self._figures(in_vain)
        return sent >= FEWEST and _exceeds(rejected, sent, self._most)

    def _count_in_vain(self) -> int:
        answered = self._run.batches.filter(
            status__in=[*TAKEN, Batch.Status.REFUSED], rejected__gt=0
        )
        rejects = answered.values_list("rejects", flat=True)
        return len(self._plan.retried([int(position) for found in rejects for position in found]))

    def _was_approved(self) -> bool:
        approved = self._run.approvals.values_list("guards", flat=True)
        return any(guard["code"] == "guard_rejects" for guards in approved for guard in guards)


def _exceeds(part: int, whole: int, most: int | None) -> bool:
    return most is not None and part * 100 > most * whole


def _percent(part: int, whole: int) -> int:
    # Upwards: what is beyond a threshold must not look as if it met it.
    return ceil(part * 100 / whole)
