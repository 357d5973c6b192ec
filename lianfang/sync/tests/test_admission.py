"""So many phones at once as there are places; the rest are told when to come back, spread as places become free."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from lianfang.sync.admission import LATEST, SOONEST, Admission, AdmissionMiddleware

PUSH = "/api/v1/sync/push"


def full(places=2):
    admission = Admission(places, clock=lambda: 100.0)
    assert [admission.enter() for _ in range(places)] == [None] * places
    return admission


def test_whoever_comes_above_the_places_is_told_to_come_later():
    assert full().enter() >= SOONEST


def test_a_place_is_free_again_when_somebody_leaves():
    admission = full()
    admission.leave(0.1)
    assert admission.enter() is None
    assert admission.enter() is not None


def test_they_are_told_one_after_the_other_as_fast_as_places_become_free():
    admission = full(places=2)
    for _ in range(400):  # the usual request takes a second
        admission.leave(1.0)
        admission.enter()
    told = [admission.enter() for _ in range(40)]
    assert told == sorted(told)
    assert told[-1] - told[-11] == pytest.approx(10 * 1.0 / 2, rel=0.05)


def test_nobody_is_sent_away_for_more_than_two_minutes():
    admission = full()
    assert max(admission.enter() for _ in range(5000)) == LATEST


@pytest.fixture
def middleware(settings):
    settings.PHONES_AT_ONCE = 1
    seen = []

    def work(request):
        seen.append(request.path)
        if request.path == PUSH and len(seen) == 1:  # while one is inside, others come
            middleware.during = [middleware(RequestFactory().post(path)) for path in (PUSH, "/today")]
        return HttpResponse("done")

    middleware = AdmissionMiddleware(work)
    middleware.seen = seen
    return middleware


def test_a_second_phone_gets_429_and_a_desk_is_let_in(middleware):
    assert middleware(RequestFactory().post(PUSH)).status_code == 200
    refused, desk = middleware.during
    assert (refused.status_code, desk.status_code) == (429, 200)
    assert middleware.seen == [PUSH, "/today"]
    assert 1 <= int(refused["Retry-After"]) <= LATEST * 1.5 + 1
    assert json.loads(refused.content)["code"] == "sync.busy"


def test_the_place_of_a_request_that_failed_is_free_again(settings):
    settings.PHONES_AT_ONCE = 1

    def fail(request):
        raise RuntimeError

    middleware = AdmissionMiddleware(fail)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            middleware(RequestFactory().post(PUSH))
