"""An operation as a kind sees it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol
from uuid import UUID


class Given(Protocol):
    @property
    def op_id(self) -> UUID: ...
    @property
    def happened_at(self) -> dt.datetime: ...
    @property
    def body(self) -> Any: ...
    @property
    def base_version(self) -> int | None: ...
