"""Who may come in at this moment, when thousands of phones find the network again at once.

A process lets so many phones in together (`LIANFANG_PHONES_AT_ONCE`); whoever comes above that is told at once when to
come back, so that nobody waits in a queue that nobody sees and desks keep a place. The times told are those of a queue
in thought: each refused phone is given the next moment at which a place should be free.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lianfang.core.problems import Problem
from lianfang.core.views import problem_response

PATHS = ("/api/v1/sync/",)
FIRST_GUESS = 0.3  # seconds that one request takes, until some were measured
WEIGHT = 0.05  # of the newest measurement
SOONEST, LATEST = 1, 120  # seconds


class Admission:
    """Places of one process, and the queue in thought."""

    def __init__(self, places: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.places = places
        self._clock = clock
        self._lock = threading.Lock()
        self._inside = 0
        self._usual = FIRST_GUESS
        self._queue_until = 0.0

    def enter(self) -> float | None:
        """None: come in (and `leave` afterwards). Else: seconds until there should be a place."""
        with self._lock:
            if self._inside < self.places:
                self._inside += 1
                return None
            now = self._clock()
            self._queue_until = max(self._queue_until, now) + self._usual / self.places
            return min(max(self._queue_until - now, SOONEST), LATEST)

    def leave(self, took: float) -> None:
        with self._lock:
            self._inside -= 1
            self._usual += WEIGHT * (took - self._usual)


class AdmissionMiddleware:
    """The outermost: a refusal costs no session, no transaction, no database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.admission = Admission(settings.PHONES_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PATHS):
            return self.get_response(request)
        seconds = self.admission.enter()
        if seconds is not None:
            return busy(request, seconds)
        started = time.monotonic()
        try:
            return self.get_response(request)
        finally:
            self.admission.leave(time.monotonic() - started)


def busy(request: HttpRequest, seconds: float) -> HttpResponse:
    """429: nothing was read and nothing stored; the phone keeps it and comes again, spread over half as long more."""
    later = round(seconds * random.uniform(1, 1.5) + 0.5)  # noqa: S311 - spreading, no secret
    answer = problem_response(request, Problem("sync.busy", seconds=later))
    answer["Retry-After"] = str(later)
    return answer
