"""Codes, levels and paths of areas. Pure."""

from __future__ import annotations

from lianfang.core.scope import ROOT

# The order of levels. Below a village a county arranges its own; a building holds nothing further.
RANK = {
    "province": 1,
    "prefecture": 2,
    "county": 3,
    "township": 4,
    "village": 5,
    "estate": 6,
    "grid": 7,
    "group": 7,
    "building": 8,
}
# Sheets and the national file number the levels 1 to 5.
BY_NUMBER = {"1": "province", "2": "prefecture", "3": "county", "4": "township", "5": "village"}


def level_of(text: str) -> str | None:
    """A level's key from '1'…'5' or its name; None when it is no level."""
    text = text.strip().lower()
    return BY_NUMBER.get(text) or (text if text in RANK else None)


def may_hold(parent: str | None, child: str) -> bool:
    """May an area of level `child` lie directly in one of level `parent`? None: at the top."""
    if parent is None:
        return child == "province"
    if RANK[child] <= 5:
        return RANK[child] == RANK[parent] + 1
    return 5 <= RANK[parent] < RANK[child]


def label(code: str, parent_code: str) -> str:
    """What a code adds to its parent's: the label of a path. Never holds a dot, a slash or a comma."""
    own = code[len(parent_code) :] if parent_code and code.startswith(parent_code) else code
    return "".join(c for c in own if c not in "./,;~ ") or code


def path_of(code: str, parent_code: str, parent_path: str | None) -> str:
    """`cn.43.05.81.107.221.`: one label a level, so that a subtree is a range."""
    return f"{parent_path or ROOT}{label(code, parent_code)}."
