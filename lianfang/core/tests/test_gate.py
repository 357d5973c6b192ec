"""A server that faces the internet answers phones alone, and believes nobody who says who they are."""

import pytest
from django.test import RequestFactory

from lianfang.core import gate
from lianfang.core.caller import address_of


@pytest.mark.parametrize(
    "path", ["/", "/login", "/coverage", "/api/v1/intake/operations", "/phone", "/phonebook", "/devices"]
)
def test_no_page_of_the_desk(path):
    answer = gate.OnlyPhonesMiddleware(lambda request: pytest.fail("handed on"))(RequestFactory().get(path))
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path", ["/phone/", "/phone/assets/x.js", "/api/v1/sync/pull", "/api/v1/devices/enrol"]
)
def test_phones_are_answered(path):
    assert gate.OnlyPhonesMiddleware(lambda request: "answered")(RequestFactory().get(path)) == "answered"


def test_a_caller_cannot_pose_as_another(settings):
    said = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.1")
    settings.PROXIES = []
    assert address_of(said) == "203.0.113.9"
    settings.PROXIES = ["127.0.0.1"]
    assert address_of(said) == "203.0.113.9"


def test_behind_a_web_server_of_ours_the_last_address_counts(settings):
    settings.PROXIES = ["127.0.0.1"]
    said = RequestFactory().get(
        "/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9"
    )
    assert address_of(said) == "203.0.113.9"
