"""Marking words for translation where nothing can be translated yet."""

from __future__ import annotations


def N_(message: str) -> str:
    """Mark for translation. Django's own asks the settings, which are not there yet when this file is read."""
    return message
