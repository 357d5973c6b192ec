"""Run the `lianfang` command as a person does: a process of its own, with a home of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

READY_LINE = re.compile(r"https?://127\.0\.0\.1:\d+/")


def environment(home: Path, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANFANG_")}
    if binaries := os.environ.get("LIANFANG_PG_BIN"):
        kept["LIANFANG_PG_BIN"] = binaries
    return kept | {"LIANFANG_HOME": str(home), "LANG": "C.UTF-8"} | changes


def command(home: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lianfang.config.cli", *arguments],
        env=environment(home, **changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """`lianfang up`, started and answering."""

    def __init__(self, home: Path, port: int, *arguments: str, **changes: str) -> None:
        self.home, self.port = home, port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lianfang.config.cli", *(arguments or ("up",)), "--port", str(port)],
            env=environment(home, **changes),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(
            lambda: any(READY_LINE.search(line) for line in self.lines) or self.process.poll() is not None
        )
        assert self.process.poll() is None, "".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def status(self) -> int:
        """HTTP status of /healthz; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def children(self, word: str) -> list[int]:
        """Processes below ours whose command line has `word`."""
        return [pid for pid in descendants(self.process.pid) if word in command_line(pid)]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: object, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
