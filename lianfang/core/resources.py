"""Where data files lie that belong to the project but not to one room: `contract/` and `protocols/`."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def path(name: str) -> Path:
    """`contract/…` or `protocols/…` in a checkout (beside the package) or in an installed wheel (below it).

    Raises FileNotFoundError with both places when the file is in neither.
    """
    candidates = (PACKAGE.parent / name, PACKAGE / name)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"{name} is neither at {candidates[0]} nor at {candidates[1]}")
