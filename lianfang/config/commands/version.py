"""`lianfang version`."""

from __future__ import annotations

import argparse

import lianfang
from lianfang.config import arguments as words


def add_arguments(subparsers: words.Subparsers) -> None:
    subparsers.add_parser("version", help="print the version").set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    print(f"lianfang {lianfang.__version__}")
