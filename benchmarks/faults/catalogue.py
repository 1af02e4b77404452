"""The faults by name: what is done to a delivery, each until nobody is due any more."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.faults import clock
from benchmarks.faults.scene import NotHere, Scene
from benchmarks.stage import BULK
from tests.disks import ENOUGH, SMALL, may_mount, small_disk

DEATHS = 20
# Of the answers that go wrong, how many do.
SHARE = 0.3
SLOW_SECONDS = 2.0


@dataclass(frozen=True)
class Fault:
    """What happens to a delivery of so many `seconds`."""

    says: str
    strike: Callable[[Scene], None]
    seconds: float = 25.0


def killed_workers(scene: Scene) -> None:
    dice, run = random.Random(20), scene.start()
    for _ in range(DEATHS):
        time.sleep(dice.uniform(0.5, 6.0))
        assert not scene.look(run).is_finished, "It ended before so many workers had died."
        if dice.random() < 0.7:
            scene.ground.worker.kill()
        else:
            scene.ground.worker.kill_a_child()
    scene.deliver(run)


def emptied_broker(scene: Scene) -> None:
    run = scene.start()
    for share in (0.2, 0.4, 0.6):
        scene.wait_until_sent(share, run)
        scene.ground.empty_broker()
    scene.deliver(run)


def restarted_database(scene: Scene) -> None:
    if scene.ground.database is None:
        raise NotHere("SQLite has no server")
    run = scene.start()
    for share in (0.2, 0.4, 0.6):
        scene.wait_until_sent(share, run)
        scene.ground.database.restart()
    scene.deliver(run)


def wrong_answers(*kinds: str, **details: object) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        for kind in kinds:
            # Each is asked after the one before it: together they strike the same share.
            scene.sandbox.faults.add(kind, on=BULK, probability=SHARE / len(kinds), **details)
        scene.deliver()

    return strike


def broken_imports(kind: str, **details: object) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        scene.sandbox.faults.add(kind, **details)
        scene.deliver()
        scene.sandbox.faults.clear()
        # Who was not imported stays due: the next run sends them, and nobody else.
        scene.deliver()

    return strike


def refused_key(scene: Scene) -> None:
    first = scene.batches // 4
    scene.sandbox.faults.add("forbidden", on=BULK, first=first, last=first + 20)
    scene.deliver()


def removed_list(scene: Scene) -> None:
    run = scene.start()
    scene.wait_until_sent(0.3, run)
    scene.sandbox.remove_list(scene.list_id)
    scene.finish(run)
    scene.sandbox.add_list("Newsletter", id=scene.list_id)
    scene.deliver(run)
    # Those who had been on it before are not any more, which only a full re-delivery mends.
    scene.deliver(scene.start(scope="full"))


def stalled_worker(scene: Scene) -> None:
    stalled, run = scene.ground.worker, scene.start()
    scene.wait_until_sent(0.2, run)
    stalled.freeze()
    while not scene.can_write(run):  # it stood still with a lock of the database
        stalled.thaw()
        time.sleep(0.05)
        stalled.freeze()
    holder, sent = scene.look(run).lease_token, scene.requests()
    scene.ground.worker = scene.ground.workers.worker(processes=2)
    try:
        scene.wait(
            lambda: scene.look(run).lease_token not in (None, holder) and scene.requests() > sent
        )
    finally:
        stalled.thaw()
    scene.deliver(run)
    stalled.end()


def jumping_clock(scene: Scene) -> None:
    with clock.movable(scene.ground) as move:
        run = scene.start()
        for share, hours in ((0.2, 1), (0.4, 0), (0.6, -1), (0.8, 0)):
            scene.wait_until_sent(share, run)
            move(hours * 3600)
        scene.deliver(run)


def full_disk_planning(scene: Scene) -> None:
    _check_mount()
    with small_disk(scene.ground.folder / "work") as resize:
        run = scene.start()
        scene.wait(lambda: scene.look(run).attempts >= 2)
        resize(ENOUGH)
        scene.deliver(run)


def full_disk_settling(scene: Scene) -> None:
    _check_mount()
    with small_disk(scene.ground.folder / "work") as resize:
        resize(ENOUGH)
        run = scene.start()
        scene.wait_until_sent(0.9, run)
        resize(SMALL)
        scene.wait(lambda: scene.look(run).attempts >= 2 and run.status == run.Status.CONFIRMING)
        resize(ENOUGH)
        scene.deliver(run)


def _check_mount() -> None:
    if not may_mount():
        raise NotHere("a small disk can only be mounted by root")


FAULTS = {
    "none": Fault("nothing: for comparison", lambda scene: scene.deliver()),
    "kills": Fault(f"{DEATHS} kill -9 of workers at random moments", killed_workers, 80.0),
    "broker": Fault("broker emptied and restarted, three times", emptied_broker),
    "database": Fault("database restarted, three times", restarted_database),
    "429": Fault("30% of answers 429", wrong_answers("too_many", retry_after=1)),
    "503": Fault("30% of answers 503", wrong_answers("unavailable")),
    "limit-400": Fault("30% a rate limit as 400", wrong_answers("rate_limit_400", retry_after=1)),
    "html-500": Fault("30% of answers HTML 500", wrong_answers("html_500")),
    "reset": Fault("30% of connections reset", wrong_answers("reset")),
    "lost": Fault("30% of answers lost", wrong_answers("lost_answer")),
    "slow": Fault("30% of answers slow", wrong_answers("slow", seconds=SLOW_SECONDS)),
    "mixed": Fault(
        "30% of answers go wrong, in each way",
        wrong_answers(
            *("too_many", "unavailable", "rate_limit_400", "html_500", "reset", "lost_answer"),
            "slow",
            retry_after=1,
            seconds=SLOW_SECONDS,
        ),
    ),
    "interrupted": Fault(
        "30% of imports interrupted", broken_imports("import_interrupted", probability=SHARE)
    ),
    "failed": Fault("30% of imports failed", broken_imports("import_failed", probability=SHARE)),
    "partial": Fault("2% of contacts failed", broken_imports("fail_contacts", share=0.02)),
    "key": Fault("key refused for 21 requests", refused_key),
    "list": Fault("list removed, put back, resumed", removed_list),
    "stalled": Fault("two workers on one run: one stood still", stalled_worker),
    "clock": Fault("clock jumps an hour ahead, back, back, ahead", jumping_clock),
    "disk-planning": Fault("disk full while planning", full_disk_planning),
    "disk-settling": Fault("disk full while settling", full_disk_settling),
}
