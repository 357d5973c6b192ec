"""The subcommands of `lianfang`, one module a noun. Each has `add_arguments(subparsers)`, which names the
function that runs it: `function(arguments) -> exit code or None`.

A command imports the rooms it needs inside its function: models can be imported only after
`terminal.set_up()`, which needs the database's address, which is known only once the database has been
opened. That is the order of starting, not a way round the layers: all of this is `config`, above every
room.
"""

from __future__ import annotations

from types import ModuleType

from lianfang.config.commands import (
    address,
    areas,
    certificate,
    database,
    demo,
    phones,
    register,
    server,
    user,
    verification,
    version,
)

COMMANDS: tuple[ModuleType, ...] = (
    server,
    demo,
    database,
    certificate,
    areas,
    address,
    register,
    phones,
    user,
    verification,
    version,
)
