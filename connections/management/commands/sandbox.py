"""manage.py sandbox --port 8100 --key KEY: a local ActiveCampaign."""

from typing import Any

from django.core.management.base import BaseCommand

from connections.activecampaign.sandbox.__main__ import main


class Command(BaseCommand):
    """Hands everything on to the sandbox, which is a program of its own and knows no Django."""

    help = "Serve a local ActiveCampaign for tests and demonstrations, until Ctrl-C."

    def run_from_argv(self, argv: list[str]) -> None:
        main(argv[2:])

    def handle(self, *args: Any, **options: Any) -> None:
        main(list(args))
