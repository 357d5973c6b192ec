"""`lianfang address --areas FILE.csv`: read addresses, a line each, with no database and nothing set up."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator

from lianfang.areas.address.files import open_gazetteer
from lianfang.areas.address.lines import answer
from lianfang.config import arguments as words
from lianfang.config import terminal

CHUNK_BYTES = 1 << 16


def add_arguments(subparsers: words.Subparsers) -> None:
    parser = subparsers.add_parser(
        "address",
        help="read addresses from standard input, one a line",
        description="Each line is a text or a JSON object with text, county and sent_by (codes of the areas file)."
        " One JSON object a line comes out, in the same order.",
    )
    parser.add_argument(
        "--areas", type=words.existing_file, required=True, metavar="FILE",
        help="the areas: CSV with code,name,level,parent, also .gz or .xz",
    )  # fmt: skip
    parser.add_argument(
        "--history", type=words.existing_file, action="append", default=[], metavar="FILE",
        help="what became of areas that are gone; may be given several times",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    terminal.ready_to_translate()
    gc.disable()  # a million names that live to the end: looking through them again and again takes seconds
    gazetteer = open_gazetteer(arguments.areas, arguments.history)
    gc.freeze()
    gc.enable()
    out = sys.stdout.buffer
    for lines in _lines(sys.stdin.fileno()):
        out.writelines([answer(gazetteer, line) + b"\n" for line in lines])
        out.flush()


def _lines(source: int) -> Iterator[list[bytes]]:
    """Whole lines, as many as have arrived: at once for a person who types, in bulk for a pipe."""
    begun: list[bytes] = []
    while chunk := os.read(source, CHUNK_BYTES):
        *whole, last = chunk.split(b"\n")
        if whole:
            whole[0] = b"".join([*begun, whole[0]])
            begun = []
            yield whole
        begun.append(last)
    if end := b"".join(begun):
        yield [end]
