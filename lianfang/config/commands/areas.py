"""`lianfang areas load|history FILE`: the division tree, the county's own groups and buildings, and what became of areas
that are no more."""

from __future__ import annotations

import argparse
import datetime as dt

from lianfang.config import arguments as words
from lianfang.config import installation, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    nouns = subparsers.add_parser("areas", help="the division tree").add_subparsers(
        required=True, metavar="verb"
    )
    load = nouns.add_parser("load", help="load a CSV with the columns code,name,level,parent")
    load.add_argument("file", type=words.existing_file)
    load.set_defaults(run=run_load)
    history = nouns.add_parser(
        "history", help="apply a later register, a register over years, or a list of changes"
    )
    history.add_argument("file", type=words.existing_file)
    history.add_argument(
        "--effective",
        type=dt.date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the day of what names none itself; today unless given",
    )
    history.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    history.set_defaults(run=run_history)


def run_load(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.areas.loading import FileRejected, load_file

        try:
            loaded = load_file(arguments.file)
            terminal.say(str(loaded))
            if loaded.missing_count:
                terminal.say(
                    f"{loaded.missing_count:,} townships and villages of these counties are not in the file. They"
                    f" stay. If they are gone: lianfang areas history {arguments.file} --effective YYYY-MM-DD"
                )
        except FileRejected as rejected:
            for error in rejected.errors:
                terminal.say(f"{arguments.file}:{error.number}: {error.problem.message}")
            raise


def run_history(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.areas.changes.cli import apply_history

        apply_history(
            arguments.file, effective_on=arguments.effective, dry_run=arguments.dry_run, say=terminal.say
        )
