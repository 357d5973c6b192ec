"""户号 and 人号 as a printed sheet carries them. With a letter in front, so that they are nobody's own numbering. Pure."""

from __future__ import annotations


def door_number(household_id: int) -> str:
    return f"H{household_id}"


def person_number(person_id: int) -> str:
    return f"P{person_id}"
