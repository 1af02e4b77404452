"""python -m connections.activecampaign.sandbox --port 8100 --key KEY"""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from connections.activecampaign.sandbox.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve a sandbox until SIGINT or SIGTERM."""
    options = _parser().parse_args(arguments)
    sandbox = Sandbox(
        key=options.key,
        bind=options.bind,
        port=options.port,
        data=options.data,
        seed=options.seed,
        limits=options.limits,
        processing_seconds=options.processing_seconds,
        contact_limit=options.contact_limit,
    )
    for name in options.list:
        sandbox.ensure_list(name)
    for title, type, values in options.field:
        sandbox.ensure_field(title, type, values)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with sandbox:
        sys.stdout.write(f"Sandbox: {sandbox.url}\n")
        sys.stdout.flush()
        stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A local ActiveCampaign for tests and demonstrations."
    )
    parser.add_argument("--key", required=True, help="the API key that is let in")
    parser.add_argument("--port", type=int, default=8100, help="0 takes any free one")
    parser.add_argument("--bind", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--data", type=Path, help="an SQLite file that keeps everything")
    parser.add_argument("--seed", type=int, default=0, help="the dice of the faults")
    parser.add_argument("--no-limits", dest="limits", action="store_false", help="no rate limits")
    parser.add_argument(
        "--processing-seconds", type=float, default=1.0, help="how long an import waits, about"
    )
    parser.add_argument("--contact-limit", type=int, default=2_000_000, help="of the account")
    parser.add_argument(
        "--list", action="append", default=[], metavar="NAME", help="add a list, unless it exists"
    )
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        type=_field,
        metavar="TITLE[:TYPE[:VALUE,...]]",
        help="add a custom field, unless it exists",
    )
    return parser


def _field(text: str) -> tuple[str, str, tuple[str, ...]]:
    title, _, rest = text.partition(":")
    type, _, values = rest.partition(":")
    return title, type or "text", tuple(value for value in values.split(",") if value)


if __name__ == "__main__":
    main()
