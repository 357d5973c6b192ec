"""`lianfang user add`: the first login of an installation, and any other made by its administrator."""

from __future__ import annotations

import argparse
import secrets

from lianfang.config import arguments as words
from lianfang.config import installation, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    nouns = subparsers.add_parser("user", help="logins").add_subparsers(required=True, metavar="verb")
    add = nouns.add_parser("add", help="make a login with one role in one area; prints its first password")
    add.add_argument("name")
    add.add_argument("--role", required=True)
    add.add_argument("--area", required=True, metavar="CODE", help="division code of the area")
    add.set_defaults(run=run_add)


def run_add(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from django.db import transaction

        from lianfang.accounts import operations
        from lianfang.areas.queries import living_area

        password = secrets.token_urlsafe(9)
        with transaction.atomic():
            area = living_area(arguments.area)
            user = operations.add_user(
                username=arguments.name, name=arguments.name, password=password, by=None
            )
            operations.grant_role(user=user, role=arguments.role, area=area, by=None)
        terminal.say(f"{arguments.name} may sign in; password: {password}")
