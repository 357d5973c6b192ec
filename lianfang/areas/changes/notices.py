"""What a person should know before areas merge. Rooms above say it: `BEFORE_AREA_CHANGE` in the settings names their
functions, so that this room need not know them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from lianfang.areas.models import Area
from lianfang.core.scope import Scope


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, the lines behind it, and the page where all of it stands."""

    title: str
    lines: list[str]
    url: str = ""


Ask = Callable[[Scope, Area, Collection[str]], Notice | None]


def notices(scope: Scope, area: Area, paths: Collection[str]) -> list[Notice]:
    """What stands in the way of changing `paths`, all of them in `area`. It hinders nobody: a phone without signal
    must not hold up a county."""
    asked: list[Ask] = [import_string(name) for name in settings.BEFORE_AREA_CHANGE]
    return [found for ask in asked if (found := ask(scope, area, paths)) is not None]
