"""Loaded by pytest before Django's settings (`-p tests.environment` in pyproject.toml): a home that is thrown away.

Without it a test run would make keys in the account's own installation.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="lianfang-tests-"))
HOME.chmod(0o711)  # under root, PostgreSQL runs as another account and has to pass through
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

for name in (
    "LIANFANG_DATABASE_URL",
    "LIANFANG_APP_URL",
    "LIANFANG_OWNER_URL",
    "LIANFANG_DEMO",
    "LIANFANG_CLOCK_OFFSET",
):
    os.environ.pop(name, None)
os.environ["LIANFANG_HOME"] = str(HOME)
