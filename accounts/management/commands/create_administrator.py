"""Make the first administrator, or another one when nobody is left who could."""

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.invitations import password_link
from accounts.models import User
from accounts.services import make_administrator


class Command(BaseCommand):
    help = (
        "Make an administrator: a new person, or one who is already here (who is then active, "
        "an administrator, and has the new password). The password is asked for, unless it "
        "comes with --password-stdin, or is chosen by whoever follows the link of --link."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address to sign in with")
        parser.add_argument("--name", default="", help="the name that others see")
        password = parser.add_mutually_exclusive_group()
        password.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        password.add_argument(
            "--link", action="store_true", help="print a link for setting a password"
        )

    def handle(self, *, email: str, name: str, **options: Any) -> None:
        password = None
        try:
            validate_email(email)
            if not options["link"]:
                password = self.read_password(from_stdin=options["password_stdin"])
                validate_password(password, User(email=email, full_name=name))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        person = make_administrator(email=email, full_name=name, password=password)
        self.stdout.write(f"{person.email} is an administrator.")
        if options["link"]:
            self.stdout.write(f"Set a password at {password_link(person)}")

    def read_password(self, *, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\n")
        password = getpass("Password: ")
        if getpass("Password (again): ") != password:
            raise CommandError("The two passwords differ.")
        return password
