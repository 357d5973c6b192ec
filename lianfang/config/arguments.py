"""Pieces of the command line that several commands share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lianfang.config.installation import DEFAULT_PORT

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=port_number, default=os.environ.get("LIANFANG_PORT") or str(DEFAULT_PORT),
        help=f"port to serve at (LIANFANG_PORT, else {DEFAULT_PORT})",
    )  # fmt: skip
    parser.add_argument(
        "--host", default=os.environ.get("LIANFANG_HOST") or "127.0.0.1",
        help="address to serve at (LIANFANG_HOST); 0.0.0.0 lets other machines in",
    )  # fmt: skip


def port_number(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535 (--port, LIANFANG_PORT)")
    return int(text)


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, like 10.0.0.10:8301")
    return host, port_number(port)


def count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of people")
    return int(text)


def existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return path
