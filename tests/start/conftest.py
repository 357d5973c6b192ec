from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that does not exist yet, in a folder that PostgreSQL's account may pass through."""
    with tempfile.TemporaryDirectory(prefix="lianfang-start-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path / "home"
