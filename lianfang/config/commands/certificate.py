"""`lianfang certificate NAME…`: a certificate for an inner network, from an authority of one's own."""

from __future__ import annotations

import argparse
import datetime as dt

from lianfang.config import arguments as words
from lianfang.config import certificates, installation, terminal
from lianfang.core import cluster
from lianfang.core.fingerprints import fingerprint


def add_arguments(subparsers: words.Subparsers) -> None:
    parser = subparsers.add_parser(
        "certificate",
        help="issue a certificate for an inner network",
        description="Writes tls/ca.pem (desks and phones trust it), tls/server.pem and tls/server.key."
        " `lianfang up --https` serves with them.",
    )
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        type=_name,
        help="names and addresses by which people reach the server",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    home = installation.home_folder()
    cluster.make_home(home)
    found = certificates.files(home)
    certificates.issue(found, arguments.names, dt.datetime.now(dt.UTC))
    terminal.say(f"{found.authority}  to be trusted by desks and phones, which get it at /trust/")
    terminal.say(f"SHA-256 {fingerprint(found.authority)}")
    terminal.say("lianfang up --https  serves with it; it is valid for 13 months")


def _name(text: str) -> str:
    try:
        certificates.subject(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a name nor an address") from None
    return text
