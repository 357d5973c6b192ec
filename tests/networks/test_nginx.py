"""The two shapes of network that have a web server in front, each in a real nginx before a real server."""

import re

import pytest

from lianfang.core import gate
from tests.browser import serving
from tests.networks import nginx


@pytest.fixture(scope="module")
def site(committed_module: str):
    with serving.served() as url:
        yield url.removeprefix("http://")


def test_a_gate_shows_the_internet_no_page_of_the_desk(site, tmp_path):
    with nginx.serving("gate.conf", site, tmp_path) as gated:
        for path in (
            "/login",
            "/coverage",
            "/register",
            "/devices",
            "/static/desk/desk.css",
            "/api/v1/intake/operations",
        ):
            assert gated.ask(path)[0] == 404, path
        assert gated.ask("/healthz")[0] == 200
        assert gated.ask("/")[0] == 302


def test_a_gate_writes_no_query_into_its_log(site, tmp_path):
    with nginx.serving("gate.conf", site, tmp_path) as gated:
        gated.ask("/api/v1/sync/pull?cursor=secret")
        assert "secret" not in gated.logged("/api/v1/sync/pull")


def test_who_guesses_invitations_is_slowed_down_at_the_gate(site, tmp_path):
    with nginx.serving("gate.conf", site, tmp_path) as gated:
        answers = [gated.ask("/api/v1/devices/enrol", body=b"{}")[0] for _ in range(50)]
        assert 429 in answers


def test_what_is_larger_than_any_push_stops_at_the_gate(site, tmp_path):
    with nginx.serving("gate.conf", site, tmp_path) as gated:
        assert gated.ask("/api/v1/sync/push", body=b"x" * 600_000)[0] == 413


def test_plain_http_leads_to_https_and_the_certificate_alone_is_given_without(site, tmp_path):
    with nginx.serving("gate.conf", site, tmp_path) as gated:
        assert gated.ask("/phone/", plain=True)[0] == 301
    with nginx.serving("inner.conf", site, tmp_path) as inner:
        assert inner.ask("/phone/", plain=True)[0] == 301
        assert inner.ask("/trust/", plain=True)[0] == 200


def test_desks_and_phones_share_the_inner_network(site, tmp_path):
    with nginx.serving("inner.conf", site, tmp_path) as inner:
        assert inner.ask("/static/desk/desk.css")[0] == 200
        assert inner.ask("/healthz")[0] == 200


def test_the_gate_and_the_server_behind_it_let_the_same_paths_through():
    text = (nginx.DEPLOY / "gate.conf").read_text()
    proxied = re.findall(r"location (?:= )?(\S+)\s+\{ include", text)
    assert sorted(proxied) == sorted(gate.PHONE_PATHS)
