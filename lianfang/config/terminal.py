"""Speaking to the person at the terminal, in Chinese where the terminal is set to it, else in English."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.utils import translation

import lianfang


def language() -> str:
    setting = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-hans" if setting.startswith("zh") else "en"


def set_up() -> None:
    """Django for a command: rooms can be imported from here on. Needs the database's address."""
    django.setup()
    translation.activate(language())


def ready_to_translate() -> None:
    """Words need settings, but the real ones make keys when read: not in answer to an error about lost keys."""
    if not settings.configured:
        locale = Path(lianfang.__file__).parent / "locale"
        settings.configure(USE_I18N=True, LANGUAGE_CODE="zh-hans", LOCALE_PATHS=[locale])
    if not apps.ready:
        apps.populate([])


def say(line: str) -> None:
    print(line, flush=True)
