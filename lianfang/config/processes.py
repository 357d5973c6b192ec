"""The process tree of a running installation: PostgreSQL if embedded, the web server, the worker, the worker of the
clock; one parent.

The parent starts them, starts again what dies, and stops all on Ctrl-C or SIGTERM. Children do not
outlive it: each asks the kernel to be killed with its parent. PostgreSQL is the exception: a `kill -9` of
the parent leaves it running, and the next start joins it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from lianfang.config import terminal
from lianfang.config.installation import Installation
from lianfang.core.embedded import EmbeddedPostgres
from lianfang.core.problems import Problem

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 10 * 1024 * 1024
READY_SECONDS = 60
STOP_SECONDS = 15
LOOK_SECONDS = 1.0
# A child that dies at once is started again more and more slowly.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 60.0

# What only the parent may know: the owner's login.
PARENT_ONLY = ("LIANFANG_DATABASE_URL", "LIANFANG_OWNER_URL")


@dataclass
class Child:
    """One process of ours, its log, and how to start it again."""

    name: str
    arguments: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    not_before: float = 0.0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        environment = {name: value for name, value in os.environ.items() if name not in PARENT_ONLY}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lianfang.config.cli", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                # Ctrl-C in the terminal goes to the parent alone, which stops the rest in order.
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def revive(self) -> bool:
        """Start it again if it died and its pause is over."""
        now = time.monotonic()
        if self.is_running():
            return False
        if self.process is not None:
            self.pause = (
                FIRST_PAUSE_SECONDS
                if now - self.started_at > SETTLED_SECONDS
                else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
            )
            self.not_before, self.process = now + self.pause, None
        if now < self.not_before:
            return False
        self.start()
        return True

    def ask_to_stop(self) -> None:
        if self.is_running() and self.process is not None:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_log_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else f"exit code {self.process.returncode if self.process else '?'}"


@dataclass
class ProcessTree:
    host: str
    port: int
    children: list[Child]
    postgres: EmbeddedPostgres | None
    scheme: str = "http"
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"{self.scheme}://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}/"  # noqa: S104

    def run(self, when_ready: Callable[[], None]) -> None:
        """Start all, call `when_ready` once pages are answered, watch until a signal, stop all."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note_signal)
        try:
            for child in self.children:
                child.start()
            self._wait_until_answering()
            if not self.stopping.is_set():
                when_ready()
            while not self.stopping.wait(LOOK_SECONDS):
                if self.postgres and self.postgres.ensure_running():
                    terminal.say("PostgreSQL had died and runs again")
                for child in self.children:
                    if child.revive():
                        terminal.say(f"the {child.name} had died and runs again; see {child.log}")
        finally:
            self.stop()

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _wait_until_answering(self) -> None:
        web = self.children[0]
        deadline = time.monotonic() + READY_SECONDS
        while not self.stopping.wait(0.05):
            if not web.is_running() or time.monotonic() > deadline:
                raise Problem("start.server_failed", detail=web.last_log_line(), log=web.log)
            if _answers(self.address + "healthz"):
                return

    def stop(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.end(deadline)


def tree(installation: Installation, host: str, port: int, *, https: bool = False) -> ProcessTree:
    log = installation.home / "log"
    secure = ["--https"] if https else []
    children = [
        Child("web server", ["serve", "--host", host, "--port", str(port), *secure], log / "web.log"),
        Child("worker", ["work"], log / "worker.log"),
        # Reminders and deadlines wait for no sheet, however many there are.
        Child("clock", ["work", "--queue", "clock"], log / "clock.log"),
    ]
    return ProcessTree(host, port, children, installation.postgres, "https" if https else "http")


def phone_door(installation: Installation, host: str, port: int, *, https: bool = False) -> Child:
    """A web server of its own that answers phones and has no page of the desk."""
    arguments = [
        "serve",
        "--host",
        host,
        "--port",
        str(port),
        "--only-phones",
        *(["--https"] if https else []),
    ]
    return Child("phones' web server", arguments, installation.home / "log" / "phones.log")


def _answers(address: str) -> bool:
    """Any HTTP answer will do: whether the system is well is the page's own matter."""
    try:
        # Not through a proxy of the environment: this is our own machine.
        unseen = ssl._create_unverified_context()  # noqa: S323 - asked whether it answers, told nothing
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unseen)
        )
        opener.open(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def die_with_parent() -> None:
    """Called first in a child: `kill -9` of its parent kills it too, and the port is free for the next start."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in between
            os._exit(1)
        return
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
