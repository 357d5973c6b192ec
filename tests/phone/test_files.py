"""What the server gives below /phone/, and what it lets the app do."""

import os

import pytest

from lianfang.core import resources


@pytest.fixture
def built(tmp_path, monkeypatch):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>" + "联防" * 200, "utf-8")
    (tmp_path / "sw.js").write_text("/* */", "utf-8")
    (tmp_path / ".built").touch()
    (tmp_path / "assets" / "index-Ab_4-xyz.js").write_text("1;" * 400, "utf-8")
    monkeypatch.setattr(resources, "path", lambda name: tmp_path)
    return tmp_path


pytestmark = pytest.mark.django_db


def test_nothing_beside_the_build_can_be_read(client, built):
    (built.parent / "secret").write_text("x", "utf-8")
    for name in (
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "assets/../../secret",
        "assets",
        ".built",
        "missing.js",
    ):
        assert client.get(f"/phone/{name}").status_code == 404


def test_the_page_is_asked_for_each_time_and_a_hashed_file_never_again(client, built):
    assert client.get("/phone/")["Cache-Control"] == "no-cache"
    assert client.get("/phone/sw.js")["Cache-Control"] == "no-cache"
    assert (
        client.get("/phone/assets/index-Ab_4-xyz.js")["Cache-Control"]
        == "public, max-age=31536000, immutable"
    )


def test_a_page_that_has_not_changed_is_not_sent_again(client, built):
    first = client.get("/phone/")
    again = client.get("/phone/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text("<!doctype html>new", "utf-8")
    os.utime(built / "index.html", ns=(1, 1))
    assert client.get("/phone/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_it_is_packed_once_and_only_for_who_can_unpack(client, built):
    packed = client.get("/phone/", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < 200
    plain = client.get("/phone/")
    assert "Content-Encoding" not in plain
    assert plain.content.decode().startswith("<!doctype html>联防")


def test_the_app_runs_only_its_own_scripts_and_talks_only_to_us(client, built):
    policy = client.get("/phone/")["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert client.get("/phone/sw.js")["Content-Type"].startswith("text/javascript")


def test_a_server_without_the_app_says_so(client, monkeypatch):
    def missing(name):
        raise FileNotFoundError

    monkeypatch.setattr(resources, "path", missing)
    answer = client.get("/phone/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (404, "phone.not_built")
