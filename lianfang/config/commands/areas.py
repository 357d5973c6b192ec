"""`lianfang areas load FILE`: the division tree, or the county's own groups, grids, estates and buildings."""

from __future__ import annotations

import argparse

from lianfang.config import arguments as words
from lianfang.config import installation, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    nouns = subparsers.add_parser("areas", help="the division tree").add_subparsers(
        required=True, metavar="verb"
    )
    load = nouns.add_parser("load", help="load a CSV with the columns code,name,level,parent")
    load.add_argument("file", type=words.existing_file)
    load.set_defaults(run=run_load)


def run_load(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.areas.loading import FileRejected, load_file

        try:
            terminal.say(str(load_file(arguments.file)))
        except FileRejected as rejected:
            for error in rejected.errors:
                terminal.say(f"{arguments.file}:{error.number}: {error.problem.message}")
            raise
