"""The phone app's own tests (phone/tests), so that one command proves both halves; they read the same vectors."""

import subprocess
import sys
from pathlib import Path

PHONE = Path(__file__).resolve().parents[2] / "phone"


def test_the_phone_app_passes_its_own_tests():
    assert (PHONE / "node_modules").is_dir(), "the phone app is not set up here: make setup"
    done = subprocess.run(
        [sys.executable, str(PHONE / "build.py"), "npm", "test", "--silent"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert "passed" in done.stdout
