"""The table: what is asked for, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, NamedTuple

Found = Mapping[str, dict[str, Any]]
GROWTH = ("growth-10k", "growth-100k", "growth-1M", "growth-4M")
# What the growth of ten or four times may deviate from that of the profiles.
SLACK = 1.1
FLAT = 1.25


class Line(NamedTuple):
    """One line: what it is now, and whether that is what it must be, and what it should."""

    now: str
    holds: bool
    reaches: bool | None = None


class Measure(NamedTuple):
    """One measure of the table, the files it needs, and how its line follows from them."""

    name: str
    must: str
    aim: str
    needs: tuple[str, ...]
    line: Callable[..., Line]


def print_table(found: Found) -> None:
    """Print what was measured, as Markdown."""
    print("| measure | must be | aim | is | verdict |")
    print("|---|---|---|---|---|")
    for measure in MEASURES:
        print(f"| {measure.name} | {measure.must} | {measure.aim} | {_is(measure, found)} |")
    print()
    for name, result in found.items():
        small = "" if result["scale"] == 1 else f", ONLY {result['scale']:g} OF ITS SIZE"
        load = f"load before {result['load']:.1f} on {result['cores']} cores"
        print(f"- {name}: {result['at']}, {load}{small}")


def _is(measure: Measure, found: Found) -> str:
    if not all(name in found for name in measure.needs):
        return "| not measured"
    line = measure.line(*(found[name] for name in measure.needs))
    verdict = "aim reached" if line.reaches else "holds" if line.holds else "**no**"
    return f"{line.now} | {verdict}"


def _script(result: dict[str, Any]) -> Line:
    facteur, plain = median(result["facteur"]), median(result["plain"])
    times = facteur / plain
    now = f"{times:.2f}x ({facteur:.1f} s, the script {plain:.1f} s; medians of {_rounds(result)})"
    return Line(now, times <= 1.3, times < 1)


def _one_by_one(result: dict[str, Any]) -> Line:
    facteur, other = median(result["facteur"]), median(result["one_by_one"])
    faster = other / facteur
    now = f"{faster:.0f}x ({other:,.0f} s, from a sample of {result['sample']:,})"
    return Line(now, faster >= 50, faster >= 100)


def _drt(result: dict[str, Any]) -> Line:
    facteur, drt, tuned = (median(result[name]) for name in ("facteur", "drt", "drt_tuned"))
    faster = drt / facteur
    now = (
        f"{faster:.1f}x ({facteur:.1f} s, drt {drt:.1f} s with batch_size 250;"
        f" {tuned:.1f} s, {tuned / facteur:.2f}x, with 10,000)"
    )
    return Line(now, faster >= 3, faster >= 3)


def _dlt(result: dict[str, Any]) -> Line:
    facteur, dlt = median(result["facteur"]), median(result["dlt"])
    faster = dlt / facteur
    return Line(f"{faster:.2f}x ({facteur:.1f} s, dlt {dlt:.1f} s)", faster >= 0.8, faster > 1)


def _steady(result: dict[str, Any]) -> Line:
    (rate,), refused = result["rates"], result["refused"]
    now = f"{rate:.1f} a minute, {refused} refused"
    return Line(now, rate >= 97 and not refused, rate >= 99 and not refused)


def _million(result: dict[str, Any]) -> Line:
    minutes = result["seconds"] / 60
    return Line(f"{minutes:.1f} min, {result['refused']} refused", minutes <= 42, minutes <= 41)


def _second(result: dict[str, Any]) -> Line:
    seconds = median(result["seconds"])
    now = (
        f"{seconds:.1f} s, {result['requests']} requests, as many as needed; leavers unsubscribed:"
        f" {result['unsubscribed_seconds']:.1f} s, {result['unsubscribed_requests']} requests"
    )
    return Line(now, seconds < 10, seconds < 5)


def _twenty(result: dict[str, Any]) -> Line:
    rates, refused = result["rates"], result["refused"]
    now = (
        f"{min(rates):.1f} to {max(rates):.1f} a minute, {refused} refused,"
        f" worker on {result['worker_cores']:.2f} cores"
    )
    return Line(now, min(rates) >= 95 and not refused, min(rates) >= 97 and not refused)


def _memory(*results: dict[str, Any]) -> Line:
    most = max(result["memory"] for result in results)
    return Line(f"{most} MB", most <= 400, most <= 250)


def _growth(*results: dict[str, Any]) -> Line:
    times = [result["seconds"] for result in results]
    people = [result["people"] for result in results]
    memory = [result["memory"] for result in results]
    now = f"{', '.join(f'{seconds:.1f}' for seconds in times)} s; {', '.join(map(str, memory))} MB"
    linear = all(
        times[at] <= SLACK * times[at - 1] * people[at] / people[at - 1] for at in range(1, 4)
    )
    flat = memory[-1] <= FLAT * memory[-2]
    return Line(now, linear and flat)


def _rounds(result: dict[str, Any]) -> int:
    return len(result["facteur"])


MEASURES = (
    Measure(
        "1,000,000 profiles, unlimited, plan to settled, against a plain script",
        "at most 1.3x its time",
        "faster than it",
        ("script",),
        _script,
    ),
    Measure(
        "the same against contact by contact (contact/sync + contactLists)",
        "50x faster",
        "100x",
        ("script",),
        _one_by_one,
    ),
    Measure(
        "100,000 profiles against drt-core, batches of 250",
        "3x faster",
        "faster",
        ("tools",),
        _drt,
    ),
    Measure(
        "100,000 profiles against a dlt sink, batches of 250",
        "0.8x its speed",
        "faster",
        ("tools",),
        _dlt,
    ),
    Measure(
        "documented limits, steady state over five minutes",
        "97 bulk requests/min, 0 refusals",
        "99",
        ("steady",),
        _steady,
    ),
    Measure("1,000,000 under documented limits", "42 min", "41 min", ("million",), _million),
    Measure(
        "second run, 1% changed, 1% left, 1% joined of 1,000,000",
        "exactly the requests needed; under 10 s",
        "under 5 s",
        ("second",),
        _second,
    ),
    Measure(
        "twenty accounts at once under documented limits",
        "95 requests/min each",
        "97",
        ("twenty",),
        _twenty,
    ),
    Measure(
        "peak memory of a worker in all of these",
        "400 MB",
        "250 MB",
        ("script", "tools", "second", *GROWTH, "steady", "twenty", "million"),
        _memory,
    ),
    Measure(
        "growth: 10,000, 100,000, 1,000,000, 4,000,000 (limit lifted)",
        "linear in time, flat in memory",
        "",
        GROWTH,
        _growth,
    ),
)
