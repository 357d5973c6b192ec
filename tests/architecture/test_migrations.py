from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

import lianfang

MIGRATIONS = sorted(Path(lianfang.__file__).parent.glob("*/migrations/[0-9]*.py"))


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_no_migration_needs_an_extension() -> None:
    """The embedded server has none, and a county's server may not allow one."""
    assert MIGRATIONS
    for path in MIGRATIONS:
        assert not re.search(r"create\s+extension|contrib\.postgres\.operations", path.read_text(), re.I), (
            path
        )
