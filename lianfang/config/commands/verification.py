"""`lianfang verification check`: a pushed list against the county's register, with nothing kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from lianfang.config import arguments as words
from lianfang.config import installation, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    nouns = subparsers.add_parser("verification", help="lists that are pushed down").add_subparsers(
        required=True, metavar="verb"
    )
    check = nouns.add_parser(
        "check", help="match each row of a list to the register, triage it, route it; nothing is kept"
    )
    check.add_argument("file", type=words.existing_file)
    check.add_argument("--county", required=True, metavar="CODE", help="division code of the county")
    check.add_argument(
        "--out", required=True, type=Path, metavar="RESULT.csv", help="one line a row, in the list's order"
    )
    check.add_argument(
        "--period-days", type=int, metavar="N", help="after so many days the protocol asks nothing any more"
    )
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int | None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.verification.cli import check

        return check(
            file=arguments.file, county=arguments.county, out=arguments.out, period_days=arguments.period_days
        )
