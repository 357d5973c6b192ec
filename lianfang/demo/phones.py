"""A phone of the demonstration: where somebody's own phone, in the same network, finds the app."""

from __future__ import annotations


def link(origin: str) -> str:
    return f"{origin}/phone/"
