"""Loaded by pytest before Django's settings (`-p tests.environment` in pyproject.toml): a home that is thrown away.

Without it a test run would make keys in the account's own installation.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _fast_folder() -> str | None:
    """Memory instead of a disk where there is plenty: a test run makes a dozen database clusters."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30:
        return str(memory)
    return None


def new_folder() -> Path:
    """A folder of its own that goes when the run ends. PostgreSQL, as another account, may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="lianfang-tests-", dir=_fast_folder()))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


HOME = new_folder()

for name in (
    "LIANFANG_DATABASE_URL",
    "LIANFANG_APP_URL",
    "LIANFANG_OWNER_URL",
    "LIANFANG_DEMO",
    "LIANFANG_CLOCK_OFFSET",
):
    os.environ.pop(name, None)
os.environ["LIANFANG_HOME"] = str(HOME)
