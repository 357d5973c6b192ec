"""The web process as it serves, before the first page."""

from __future__ import annotations

import os
import subprocess
import sys

SAID = "import lianfang.config.wsgi, gc; print(gc.get_freeze_count(), len(gc.get_objects()))"


def test_what_the_start_made_is_no_page_s_garbage_collection():
    """With it a full collection took 150 ms of whatever page was being made (p95 of reminders 224 ms, visit 195)."""
    done = subprocess.run(
        [sys.executable, "-c", SAID], env=dict(os.environ), capture_output=True, text=True, check=True
    )
    set_aside, looked_through = map(int, done.stdout.split())
    assert set_aside > 100_000
    assert looked_through < 5_000
