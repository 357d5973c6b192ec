"""`lianfang up` serves an installation; `serve` and `work` are its children and not for people."""

from __future__ import annotations

import argparse
import os

import django

from lianfang.config import arguments as words
from lianfang.config import certificates, installation, processes, terminal


def add_arguments(subparsers: words.Subparsers) -> None:
    up = subparsers.add_parser("up", help="start the system and serve it until Ctrl-C")
    words.add_address(up)
    up.add_argument(
        "--https", action="store_true", help="serve with the certificate of `lianfang certificate`"
    )
    up.add_argument(
        "--phones-at", type=words.address, metavar="HOST:PORT",
        help="a second address that answers phones alone, for a gate to the internet",
    )  # fmt: skip
    up.set_defaults(run=run_up)

    serve = subparsers.add_parser("serve")
    words.add_address(serve)
    serve.add_argument("--https", action="store_true")
    serve.add_argument("--only-phones", action="store_true")
    serve.set_defaults(run=run_serve)

    work = subparsers.add_parser("work")
    work.add_argument("--queue", help="take jobs of this queue alone")
    work.set_defaults(run=run_work)


# So many jobs at once: a large sheet of one township does not keep that of another waiting.
LONG_JOBS = 2


def run_up(arguments: argparse.Namespace) -> None:
    home = installation.home_folder()
    if arguments.https:
        certificates.require(certificates.files(home))
        os.environ["LIANFANG_HTTPS"] = "1"
    installation.refuse_taken_port(arguments.host, arguments.port)
    with installation.opened(home) as opened:
        tree = processes.tree(opened, arguments.host, arguments.port, https=arguments.https)
        if arguments.phones_at:
            tree.children.append(processes.phone_door(opened, *arguments.phones_at))
        tree.run(lambda: terminal.say(f"Lianfang is at {tree.address}  (Ctrl-C stops it)"))


def run_serve(arguments: argparse.Namespace) -> None:
    processes.die_with_parent()
    os.register_at_fork(after_in_child=processes.die_with_parent)
    if arguments.only_phones:
        os.environ["LIANFANG_ONLY_PHONES"] = "1"
    held = certificates.files(installation.home_folder()) if arguments.https else None
    # Imported before the server forks its workers: a fault shows at once, and the workers share the memory.
    from granian import Granian
    from granian.constants import Interfaces

    import lianfang.config.wsgi  # noqa: F401

    Granian(
        "lianfang.config.wsgi:application",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=4,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
        ssl_cert=held.server if held else None,
        ssl_key=held.server_key if held else None,
    ).serve()


def run_work(arguments: argparse.Namespace) -> None:
    processes.die_with_parent()
    django.setup()
    from django.core.management import call_command

    queues = {"queues": [arguments.queue]} if arguments.queue else {}
    call_command("procrastinate", "worker", concurrency=1 if arguments.queue else LONG_JOBS, **queues)
