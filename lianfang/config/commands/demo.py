"""`lianfang demo`: a county of made-up people, campaigns under way, its clock at a few minutes past nine."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import time
from functools import partial
from pathlib import Path

import segno

from lianfang.config import arguments as words
from lianfang.config import certificates, installation, neighbourhood, processes, terminal
from lianfang.core import database
from lianfang.core.embedded import EmbeddedPostgres
from lianfang.core.problems import Problem

LAST_PORT = 65535


def add_arguments(subparsers: words.Subparsers) -> None:
    demo = subparsers.add_parser("demo", help="load a county of made-up people and serve it")
    demo.add_argument("--people", type=words.count, metavar="N", help="how many (760000: the whole county)")
    demo.add_argument("--fresh", action="store_true", help="throw the demo's data away and load it again")
    words.add_address(demo)
    demo.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    home = installation.home_folder("lianfang-demo")
    installation.refuse_taken_port(arguments.host, arguments.port)
    os.environ["LIANFANG_DEMO"] = "1"
    throw_away = arguments.fresh or installation.read_demo_marker(home).get("loaded") is False
    with installation.opened(home, before=partial(_empty, home) if throw_away else None) as opened:
        terminal.set_up()
        from lianfang.demo import loading

        marker = installation.read_demo_marker(home)
        if marker.get("loaded") and arguments.people not in (None, marker["people"]):
            terminal.say("the demo is loaded already; --fresh loads it again with another number of people")
        if not installation.read_demo_marker(home).get("loaded"):
            _load(opened, arguments.people)
        offset = loading.clock_offset()
        os.environ["LIANFANG_CLOCK_OFFSET"] = str(offset)
        logins = loading.logins()
        tree = processes.tree(opened, arguments.host, arguments.port)
        phones = _let_phones_in(opened, tree, arguments.port + 1)
        tree.run(lambda: _announce(tree.address, logins, phones, dt.timedelta(seconds=offset)))


def _load(opened: installation.Installation, people: int | None) -> None:
    from lianfang.areas.models import Area
    from lianfang.demo import loading

    if Area.objects.exists():
        raise Problem("start.not_a_demo", path=opened.home)
    started = time.monotonic()
    terminal.say("loading the demo county ...")
    installation.write_demo_marker(opened.home, people=people, loaded=False)
    with database.connect(installation.owner_url(opened.postgres)) as owner:
        # The app role owns no table, and only an owner may count rows for the planner.
        loading.load(people, analyze=lambda: owner.execute("ANALYZE"))
    installation.write_demo_marker(opened.home, people=people, loaded=True)
    terminal.say(f"loaded in {time.monotonic() - started:.0f} s")


def _empty(home: Path, postgres: EmbeddedPostgres | None) -> None:
    """Only what a demo put there, and only in a database of our own. Before its tables are brought up to date: old ones
    may be such as cannot be, which is no reason to keep what is thrown away."""
    if not installation.is_demo(home):
        return
    if postgres is None:
        raise Problem("start.demo_outside")
    # Still marked: ended before all is loaded, it is thrown away again, whatever tables and keys it has by then.
    installation.write_demo_marker(home, people=None, loaded=False)
    postgres.recreate_database()


def _let_phones_in(opened: installation.Installation, tree: processes.ProcessTree, port: int) -> str:
    """A door for phones in the same network, if there is one: HTTPS with a certificate of our own, and no page of the
    desk. Returns the address of the phone app there, or nothing."""
    address = neighbourhood.own_address()
    if address is None or port > LAST_PORT:
        return ""
    try:
        installation.refuse_taken_port(address, port, patience=0)
    except Problem:
        return ""
    found, now = certificates.files(opened.home), dt.datetime.now(dt.UTC)
    if not certificates.covers(found, [address], now):
        certificates.issue(found, [address], now)
    tree.children.append(processes.phone_door(opened, address, port, https=True))
    origin = f"https://{address}:{port}"
    os.environ["LIANFANG_PHONE_ORIGIN"] = origin  # codes that the desk shows lead there
    return origin


def _announce(address: str, logins: object, phones: str, offset: dt.timedelta) -> None:
    terminal.say(f"\nLianfang demo is at {address}  (Ctrl-C stops it)")
    terminal.say(str(logins))
    if phones:
        from lianfang.core.clock import frozen
        from lianfang.demo import phones as invited

        with frozen(dt.datetime.now(dt.UTC) + offset):  # this process began with the machine's clock
            link = invited.link(phones)
        terminal.say("")
        segno.make(link, error="l").terminal(compact=True)
        terminal.say(f"{link}  a phone in the same network; certificate: {phones}/trust/")
