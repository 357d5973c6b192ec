"""`lianfang register load|export`: a county's people, from and to a spreadsheet."""

from __future__ import annotations

import argparse
from pathlib import Path

from lianfang.config import arguments as words
from lianfang.config import installation, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    nouns = subparsers.add_parser("register", help="households and persons").add_subparsers(
        required=True, metavar="verb"
    )
    load = nouns.add_parser(
        "load", help="load a sheet of people; good rows are taken, bad ones come back marked"
    )
    load.add_argument("file", type=words.existing_file)
    load.add_argument("--county", required=True, metavar="CODE", help="division code of the county")
    load.add_argument("--dry-run", action="store_true", help="check everything, store nothing")
    load.add_argument(
        "--rejects", type=Path, metavar="OUT.xlsx", help="write a copy of the file with its errors"
    )
    load.add_argument("--json", action="store_true", help="print the outcome as JSON")
    load.add_argument(
        "--sheet", action="append", metavar="NAME", help="take this sheet, also a hidden one; can be repeated"
    )
    load.add_argument("--hidden-rows", action="store_true", help="take rows that are hidden or filtered out")
    load.set_defaults(run=run_load)

    export = nouns.add_parser(
        "export", help="write what `load` takes back unchanged; recorded with its reason"
    )
    export.add_argument("--county", required=True, metavar="CODE")
    export.add_argument("--out", required=True, type=Path, metavar="FILE")
    export.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands in the audit log")
    export.set_defaults(run=run_export)

    doors = nouns.add_parser(
        "doors", help="make doors before people: '1-62栋 2单元 6层 2户' '没有4栋'; twice changes nothing"
    )
    doors.add_argument(
        "lines", nargs="*", metavar="LINE", help="a line of the pattern, as on the desk's page"
    )
    doors.add_argument("--area", metavar="CODE", help="the village, or an estate, group or grid of it")
    doors.add_argument(
        "--estate", default="", metavar="NAME", help="estate below the area; made when missing"
    )
    doors.add_argument("--dry-run", action="store_true", help="count and show, make nothing")
    doors.add_argument(
        "--undo", type=int, metavar="RUN", help="take back the doors of a run that nobody used"
    )
    doors.set_defaults(run=run_doors)


def run_load(arguments: argparse.Namespace) -> int | None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.register.cli import load
        from lianfang.register.columns import Choices

        sheets = frozenset(arguments.sheet) if arguments.sheet else None
        return load(
            file=arguments.file,
            county=arguments.county,
            dry_run=arguments.dry_run,
            rejects=arguments.rejects,
            as_json=arguments.json,
            choices=Choices(taken_sheets=sheets, takes_hidden_rows=arguments.hidden_rows),
        )


def run_export(arguments: argparse.Namespace) -> int | None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        from lianfang.register.cli import export

        return export(county=arguments.county, out=arguments.out, reason=arguments.reason)


def run_doors(arguments: argparse.Namespace) -> int | None:
    with installation.opened(installation.home_folder()):
        terminal.set_up()
        if arguments.undo:
            return _undo_doors(arguments.undo)
        if not arguments.area or not arguments.lines:
            raise SystemExit("lianfang register doors --area CODE [--estate NAME] LINE …, or --undo RUN")
        from lianfang.register.cli import doors

        return doors(
            area=arguments.area,
            estate=arguments.estate,
            lines=arguments.lines,
            dry_run=arguments.dry_run,
        )


def _undo_doors(run: int) -> int:
    from lianfang.campaigns.operations.door_runs import undo_doors
    from lianfang.core.scope import crossing

    with crossing("register.doors", actor_id=None) as everywhere:
        print(undo_doors(run_id=run, scope=everywhere, by=None))
    return 0
