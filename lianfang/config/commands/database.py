"""`lianfang migrate`: bring the tables up to date without serving. `up` does the same by itself."""

from __future__ import annotations

import argparse

from lianfang.config import arguments as words
from lianfang.config import installation


def add_arguments(subparsers: words.Subparsers) -> None:
    subparsers.add_parser("migrate", help="bring the database up to date").set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        print("the database is up to date")
