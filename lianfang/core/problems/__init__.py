"""Every error that a person may see: its code, HTTP status and words, a table for each room.

A message says what happened and what to do. `{names}` are filled from the payload, which must never
carry a personal value: messages reach logs.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lianfang.core.problems import (
    accounts,
    areas,
    campaigns,
    intake,
    questions,
    register,
    reports,
    running,
    verification,
)
from lianfang.core.problems.words import N_

__all__ = ["N_", "PROBLEMS", "Problem"]

_ROOMS = (accounts, areas, register, questions, campaigns, intake, verification, reports, running)
PROBLEMS: dict[str, tuple[int, str]] = {
    code: problem for room in _ROOMS for code, problem in room.PROBLEMS.items()
}


class Problem(Exception):
    """A refusal with a code of `PROBLEMS`. `payload` fills the message and goes out with the JSON."""

    def __init__(self, code: str, /, **payload: Any) -> None:
        if code not in PROBLEMS:
            raise KeyError(f"unknown problem code {code!r}: add it to core/problems")
        self.code = code
        self.payload = payload
        super().__init__(code)

    @property
    def status(self) -> int:
        return PROBLEMS[self.code][0]

    @property
    def message(self) -> str:
        return _(PROBLEMS[self.code][1]).format(**self.payload)

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "detail": {k: v if isinstance(v, list) else str(v) for k, v in self.payload.items()},
        }
