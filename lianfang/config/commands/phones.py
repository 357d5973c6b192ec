"""`lianfang restored` and `lianfang backed-up`: what phones must know of backups."""

from __future__ import annotations

import argparse
import datetime as dt

from lianfang.config import arguments as words
from lianfang.config import installation, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    restored = subparsers.add_parser(
        "restored",
        help="say that the database was restored: phones send again what they still keep",
    )
    restored.set_defaults(run=run_restored)
    backed_up = subparsers.add_parser(
        "backed-up", help="say that a backup is complete: phones may forget what it holds"
    )
    backed_up.add_argument(
        "--at",
        type=_moment,
        metavar="TIME",
        help="when the backup began, such as 2026-08-07T02:00:00+08:00; now unless given",
    )
    backed_up.set_defaults(run=run_backed_up)


def _moment(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: no time such as 2026-08-07T02:00:00+08:00") from None
    return found if found.tzinfo else found.astimezone()


def run_restored(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.sync.epoch import note_restored

        epoch = note_restored(by=None)
        terminal.say(f"epoch {epoch}: phones pull afresh and send again what they still keep")


def run_backed_up(arguments: argparse.Namespace) -> None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.core.clock import now
        from lianfang.sync.epoch import current, note_backup

        current()
        note_backup(arguments.at or now())
        terminal.say("noted: phones may forget what this backup holds")
