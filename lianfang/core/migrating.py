"""Run as `python -m lianfang.core.migrating` by `core.database`, with the owner's URL in the environment."""

from __future__ import annotations

import sys
import traceback

import django

MIGRATION_SECONDS = 24 * 3600


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor
    from django.utils.module_loading import import_string

    from lianfang.core.scope import install_key, root_token

    executor = MigrationExecutor(connections["owner"])
    targets = executor.loader.graph.leaf_nodes()
    # Asked first, because Django's command does a second of other work even when nothing is pending.
    if executor.migration_plan(targets):
        # Row-level security binds the owner too: whoever migrates carries a root token, whose key core sets up.
        call_command("migrate", "core", database="owner", interactive=False, verbosity=0)
        install_key(connections["owner"])
        connections["owner"].cursor().execute(
            "select set_config('lianfang.token', %s, false)", [root_token("migration", MIGRATION_SECONDS)]
        )
        call_command("migrate", database="owner", interactive=False, verbosity=0)
    for step in settings.AFTER_MIGRATE:
        import_string(step)(connections["owner"])


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # noqa: BLE001 - the parent shows the last line
        traceback.print_exc()
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
