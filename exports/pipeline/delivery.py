"""Delivery: a run's requests, several in flight, and the ledger kept beside them.

Requests leave in groups: a group is in the ledger before it leaves and after it is answered.
Two groups are under way at a time, so that the account has work while we write.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.utils import timezone

from connections.activecampaign.answers import Accepted, ImportResult, Refused
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, RateLimited
from connections.activecampaign.limiter import AccountLimiter, Kind, Slots
from exports.models import Batch, Run
from exports.pipeline import confirm, ledger, send
from exports.pipeline.planned import PlanReader
from exports.pipeline.refusals import check_destination, check_request
from exports.pipeline.turns import Turns

IN_FLIGHT = 8
# An account with room for so many requests a second is as good as one without limits.
UNLIMITED = 1000
# Requests in a group. What a worker that dies has sent in vain is two groups at most.
GROUP = 32
FIRST_GROUP = 8
GROUPS = 2
# Seconds for the requests that look at the list and the fields.
LOOK = 15.0
# How old the run's figures may be while requests leave.
FIGURES = timedelta(seconds=1)
# Seconds. Who waits for longer than this to send needs no second's slots for it meanwhile.
LONG_WAIT = 1.0

T = TypeVar("T")
A = TypeVar("A")


class NotSent:
    """A request that was not made after all: nothing is known of it but that."""


@dataclass
class Group:
    """Requests that left together: batches that are sent, and batches whose result is asked for."""

    sent: list[tuple[Batch, Future[send.Answer | NotSent]]]
    asked: list[tuple[Batch, Future[ImportResult | ActiveCampaignError | NotSent]]]
    slots: list[Slots]

    @property
    def batches(self) -> list[Batch]:
        return [batch for batch, _ in (*self.sent, *self.asked)]

    @property
    def unanswered(self) -> int:
        sent, asked = (answer for _, answer in self.sent), (answer for _, answer in self.asked)
        return sum(not answer.done() for answer in sent) + sum(
            not answer.done() for answer in asked
        )


class Delivery:
    """The requests of one run for one slice of work.

    `wait` is how many seconds the account's limit asks for before the next batch may leave,
    None when there is no batch to send any more.
    """

    def __init__(
        self,
        run: Run,
        plan: PlanReader,
        client: ActiveCampaignClient,
        limiter: AccountLimiter,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._run, self._plan = run, plan
        self._client, self._limiter, self._pool = client, limiter, pool
        self._under_way: deque[Group] = deque()
        self._tried = run.batches.filter(requests__gt=0).exists()
        self._doubt: Refused | None = None
        self._has_looked = False
        self._summed_at = timezone.now()
        self.wait: float | None = None

    def work(self, goes_on: Callable[[], bool], may_send: Callable[[], bool]) -> None:
        """Send and ask until there is nothing to do now, an error is met, or `goes_on` says no.

        While `may_send` says no, results are asked for and nothing is sent. An error is raised when
        the account asks for a pause, or when nothing but errors came: then the run has to wait.
        Raises RequestAtFault, NotYet and LeaseLost.
        """
        answered, errors = 0, list[ActiveCampaignError]()
        while True:
            has_room = not errors and len(self._under_way) < self._groups
            if has_room and goes_on() and self._launch(self._width if may_send() else 0):
                continue
            if not self._under_way:
                break
            for answer in self._land(self._under_way.popleft()):
                if isinstance(answer, ActiveCampaignError):
                    errors.append(answer)
                elif not isinstance(answer, NotSent):
                    answered += 1
        ledger.sum_up(self._run, now=timezone.now())
        if answered:
            # They answer: what failed before is over.
            self._run.note(None, attempts=0)
        for error in errors:
            if isinstance(error, RateLimited) or not answered:
                raise error

    @property
    def _groups(self) -> int:
        return GROUPS if self._run.accepted else 1

    @property
    def _width(self) -> int:
        """Return how many batches may leave together: one, while none of those sent was accepted.

        A request that is at fault itself then shows after a dozen answers instead of hundreds.
        """
        if self._run.accepted:
            return GROUP
        return 1 if self._tried else FIRST_GROUP

    @property
    def _room(self) -> int:
        """Return how many requests can leave at once: a slot is no good to one that queues."""
        if self._limiter.at_once >= UNLIMITED:
            return GROUP
        return max(0, IN_FLIGHT - sum(group.unanswered for group in self._under_way))

    def _launch(self, width: int) -> bool:
        """Let a group of requests leave, up to `width` batches and the questions that are due.

        Return False when there is none that may leave now.
        """
        now, room = timezone.now(), self._room
        if not room or (self._doubt and self._under_way):
            return False
        if self._doubt:
            self._settle(self._doubt)
        besides = [batch.pk for group in self._under_way for batch in group.batches]
        batches = self._next_to_send(min(width, room), besides)
        bodies, added = send.encode(self._run, self._plan, batches)
        if added:
            ledger.record(self._run, batches, added=added, now=now)
        most = GROUP if room == GROUP else room - len(batches)
        due = confirm.next_to_ask(self._run, most=most, besides=besides, now=now)
        # Slots last: what is late to use them may meet those who come after.
        to_send = self._limiter.take_some(_kind_of(batches), len(batches), who=self._run.pk)
        if batches and to_send.kind == Kind.BULK:
            # That lone contacts have to wait says nothing of the others.
            self.wait = to_send.wait
        nobody_sends = self.wait is None or self.wait > LONG_WAIT
        to_ask = self._limiter.take_some(Kind.READ if nobody_sends else Kind.RESULT, len(due))
        batches, bodies, due = (
            batches[: to_send.granted],
            bodies[: to_send.granted],
            due[: to_ask.granted],
        )
        if not (batches or due):
            return False
        if batches:
            ledger.mark_sending(self._run, batches, now=now)
            self._tried = True
        posts = [self._submit(to_send, send.post, body) for body in bodies]
        polls = [self._submit(to_ask, confirm.ask, batch.batch_id) for batch in due]
        self._under_way.append(
            Group(
                sent=list(zip(batches, posts, strict=True)),
                asked=list(zip(due, polls, strict=True)),
                slots=[to_send, to_ask],
            )
        )
        return True

    def _next_to_send(self, width: int, besides: Collection[int]) -> list[Batch]:
        """Return the batches that may leave now: none, while there is no slot for them.

        Lone contacts have a limit of their own: while they wait for it, the others go on.
        """
        most = min(width, self._limiter.at_once)
        waits = []
        for batches in send.next_to_send(self._run, most=most, besides=besides):
            wait = self._limiter.wait_for(_kind_of(batches), who=self._run.pk)
            if not wait:
                self.wait = 0.0
                return batches
            waits.append(wait)
        self.wait = min(waits, default=None)
        return []

    def _submit(
        self, slots: Slots, request: Callable[[ActiveCampaignClient, T], A], value: T
    ) -> Future[A | NotSent]:
        """Make a request as soon as may be, unless this process stood still meanwhile.

        Another request may have its slot by then. And another worker may have the run: what this
        one would send may be older than what that one, or a later run, has sent.
        """

        def leave() -> A | NotSent:
            if slots.are_late or not self._run.surely_ours:
                return NotSent()
            return request(self._client, value)

        return self._pool.submit(leave)

    def _land(self, group: Group) -> list[object]:
        """Wait for the answers of a group, write them down and return them."""
        answers = [answer.result() for _, answer in group.sent]
        results = [answer.result() for _, answer in group.asked]
        for slots in group.slots:
            self._limiter.answered(slots)
        now, added, changed = timezone.now(), list[Batch](), list[Batch]()
        only_waits = self._run.status == Run.Status.CONFIRMING
        for (batch, _), answer in zip(group.sent, answers, strict=True):
            if isinstance(answer, NotSent):
                send.put_back(batch)
            else:
                added += send.take_in(batch, answer, now=now)
            changed.append(batch)
        for (batch, _), result in zip(group.asked, results, strict=True):
            if isinstance(result, ImportResult):
                confirm.take_in(batch, result, self._plan, only_waits=only_waits, now=now)
                changed.append(batch)
        ledger.record(self._run, changed, added=added, now=now)
        accepted = any(isinstance(answer, Accepted) for answer in answers)
        if now > self._summed_at + FIGURES or (accepted and not self._run.accepted):
            ledger.sum_up(self._run, now=now)
            self._summed_at = now
        if any(batch.status == Batch.Status.REFUSED for batch, _ in group.sent):
            check_request(self._run, self._plan, now=now)
        if not (self._doubt or self._has_looked):
            refused = (answer for answer in answers if isinstance(answer, Refused))
            self._doubt = next((answer for answer in refused if answer.names_nobody), None)
        return [*answers, *results]

    def _settle(self, doubt: Refused) -> None:
        """Look, once a slice, whether list and fields are still there when nobody is named."""
        turns = Turns(self._limiter, until=time.monotonic() + LOOK)
        check_destination(self._run, self._client, turns, doubt.words)
        self._doubt, self._has_looked = None, True


def _kind_of(batches: list[Batch]) -> Kind:
    return send.kind_of(batches[0]) if batches else Kind.BULK


@contextmanager
def delivering(
    run: Run, plan: PlanReader, client: ActiveCampaignClient, limiter: AccountLimiter
) -> Iterator[Delivery]:
    """Give the means to deliver a run; no request is under way when the block ends."""
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="delivery") as pool:
        yield Delivery(run, plan, client, limiter, pool)
