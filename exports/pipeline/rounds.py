"""Rounds: sending, confirming and looking at the list, for the rest of a slice of work."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.problems import problem
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.limiter import AccountLimiter
from connections.services import limiter_for_host
from exports.models import Run
from exports.pipeline import ledger, read_back
from exports.pipeline.confirm import hasten, next_poll
from exports.pipeline.delivery import Delivery, delivering
from exports.pipeline.finish import note_needs_approval
from exports.pipeline.guards import RejectsGuard
from exports.pipeline.interruptions import Stop
from exports.pipeline.planned import PlanReader, open_plan_of
from exports.pipeline.refusals import RequestAtFault
from exports.pipeline.settle import ending, settle
from exports.pipeline.turns import LONGEST_SLEEP, YIELD, Turns, open_account

log = logging.getLogger("facteur.runs")

# A run that sends is not left to the tick: its slots would stay unused until then.
LONGEST_WAIT = timedelta(seconds=15)


def deliver(run: Run, until: float) -> datetime:
    """Send and confirm for the rest of the slice; return when to go on."""
    limiter = limiter_for_host(run.host)
    with open_account(run) as client:
        if paused := limiter.paused_for():
            return timezone.now() + timedelta(seconds=paused)
        with open_plan_of(run) as plan, delivering(run, plan, client, limiter) as delivery:
            rounds = _Rounds(run, client, plan, delivery, limiter, RejectsGuard(run, plan), until)
            return rounds.go_on()


def cancel_requested(run: Run) -> bool:
    """Ask the database whether somebody has asked the run to stop."""
    return Run.objects.filter(pk=run.pk).exclude(cancel_requested_by=None).exists()


@dataclass
class _Rounds:
    """All that the rounds of one slice need; `until` is of `time.monotonic()`."""

    run: Run
    client: ActiveCampaignClient
    plan: PlanReader
    delivery: Delivery
    limiter: AccountLimiter
    guard: RejectsGuard
    until: float

    def go_on(self) -> datetime:
        """Go round until the slice is over or the run has to wait; return when to go on."""
        while True:
            wake_at = self._round()
            now = timezone.now()
            left = self.until - time.monotonic()
            if self.run.is_at_rest or wake_at > now + timedelta(seconds=min(LONGEST_SLEEP, left)):
                return wake_at
            if Run.objects.waiting(now).exclude(pk=self.run.pk).exists():
                # Somebody else has work for this worker.
                return max(wake_at, now + YIELD)
            time.sleep(max(0.0, (wake_at - now).total_seconds()))
            if not self._is_time_left():
                return timezone.now()

    def _is_time_left(self) -> bool:
        return time.monotonic() < self.until and not cancel_requested(self.run)

    def _round(self) -> datetime:
        """Do what there is to do; return when there is more."""
        try:
            self.delivery.work(self._is_time_left, may_send=lambda: not self.guard.stops())
        except RequestAtFault as fault:
            raise Stop(problem("request_refused", words=fault.words)) from fault
        open_ = ledger.open_batches(self.run)
        if open_["unsent"] and (why := self.guard.stops()):
            return self._hold(why, is_answered=not open_["unconfirmed"])
        if open_["unsent"]:
            return self._next(self.delivery.wait or 0.0)
        self.limiter.leave(self.run.pk)
        if self.run.status == Run.Status.SENDING:
            self.run.start_confirming(now=timezone.now())
            hasten(self.run)
        return self._next(None) if open_["unconfirmed"] else self._end()

    def _hold(self, why: dict[str, Any], *, is_answered: bool) -> datetime:
        """Send nothing more, and let somebody decide once the results of what was sent are known.

        Days may pass until then, and ActiveCampaign does not keep results for ever.
        """
        self.limiter.leave(self.run.pk)
        if not is_answered:
            self.run.note(why, attempts=0)
            return self._next(None)
        with transaction.atomic():
            self.run.ask_approval([why])
            note_needs_approval(self.run, now=timezone.now())
        log.warning("run %s: too many rejects, waits for approval", self.run.pk)
        return timezone.now()

    def _end(self) -> datetime:
        """Look at the list, then finish the run."""
        if not read_back.is_done(self.run):
            turns = Turns(self.limiter, until=self.until)
            read_back.read_sample(self.run, self.client, self.plan, turns)
            if not read_back.is_done(self.run):
                return turns.wake_at
        status = ending(self.run)
        settle(self.run, status, now=timezone.now())
        log.info("run %s: %s", self.run.pk, status)
        return timezone.now()

    def _next(self, wait: float | None) -> datetime:
        """Return when there is something to do: a slot to send in, or a result that is due."""
        now = timezone.now()
        times = [] if wait is None else [now + timedelta(seconds=wait)]
        if (due := next_poll(self.run)) is not None:
            # A result that is due but has no slot comes with the next slot, in a moment.
            times.append(max(due, now + timedelta(seconds=0.1)))
        # Those who wait long are woken by the tick, which is never on time.
        return min(*times, now + LONGEST_WAIT) if times else now
