"""A village's line between a phone and the desk. Chromium's own brake does not reach what goes through a service worker;
this one holds up the bytes themselves, and counts them as they went, compressed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 4_096


class Line:
    """`rate` in bytes a second each way, None for as fast as it goes; what was carried is counted from `slow_down` on."""

    def __init__(self, url: str) -> None:
        self.there = urlsplit(url)
        self.rate: int | None = None
        self.latency = 0.0
        self._carried = {"up": 0, "down": 0}
        self._counting = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._free_at = {"up": 0.0, "down": 0.0}  # until then the line is taken by what was sent before
        threading.Thread(target=self._listen, daemon=True).start()

    def slow_down(self, rate: int | None, latency: float) -> None:
        with self._counting:
            self.rate, self.latency = rate, latency
            self._carried = {"up": 0, "down": 0}

    @property
    def carried(self) -> int:
        return sum(self._carried.values())

    @property
    def carried_down(self) -> int:
        return self._carried["down"]

    def end(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection((self.there.hostname, self.there.port))
            for one, other, way in ((near, far, "up"), (far, near, "down")):
                threading.Thread(target=self._carry, args=(one, other, way), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, way: str) -> None:
        is_first = True
        with suppress(OSError):
            while piece := one.recv(PIECE):
                if is_first:
                    time.sleep(self.latency)
                is_first = False
                self._hold_up(len(piece), way)
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def _hold_up(self, size: int, way: str) -> None:
        with self._counting:
            self._carried[way] += size
            if self.rate is None:
                return
            begins = max(self._free_at[way], time.monotonic())
            self._free_at[way] = ends = begins + size / self.rate
        time.sleep(max(ends - time.monotonic(), 0))


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    line = Line(url)
    try:
        yield line
    finally:
        line.end()
