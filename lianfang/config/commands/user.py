"""`lianfang user add`: the first login of an installation, and any other made by its administrator."""

from __future__ import annotations

import argparse

import django

from lianfang.config import arguments as words
from lianfang.config import installation


def add_arguments(subparsers: words.Subparsers) -> None:
    nouns = subparsers.add_parser("user", help="logins").add_subparsers(required=True, metavar="verb")
    add = nouns.add_parser("add", help="make a login with one role in one area; prints its first password")
    add.add_argument("name")
    add.add_argument("--role", required=True)
    add.add_argument("--area", required=True, metavar="CODE", help="division code of the area")
    add.set_defaults(run=run_add)


def run_add(arguments: argparse.Namespace) -> int | None:
    with installation.opened(installation.home_folder()):
        django.setup()
        from lianfang.accounts.cli import add

        return add(name=arguments.name, role=arguments.role, area=arguments.area)
