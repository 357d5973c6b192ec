"""A certificate of one's own: who it is for, who may sign with it, and that a server speaks with it."""

import datetime as dt
import ssl
import urllib.request

import pytest
from cryptography import x509

from lianfang.config import certificates
from tests.start import running

NOW = dt.datetime(2026, 8, 7, 13, tzinfo=dt.UTC)


def read(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_authority_can_sign_for_nobody_else(tmp_path):
    found = certificates.files(tmp_path)
    certificates.issue(found, ["lianfang.inner", "10.1.2.3"], NOW)
    constraints = read(found.authority).extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert {str(one.value) for one in constraints.value.permitted_subtrees} == {
        "lianfang.inner",
        "10.1.2.3/32",
    }
    assert (
        read(found.authority).extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    )


def test_no_key_of_the_authority_is_kept_and_the_servers_is_nobody_elses_to_read(tmp_path):
    found = certificates.files(tmp_path)
    certificates.issue(found, ["10.1.2.3"], NOW)
    assert sorted(path.name for path in found.folder.iterdir()) == ["ca.pem", "server.key", "server.pem"]
    assert found.server_key.stat().st_mode & 0o077 == 0


def test_it_has_to_be_made_anew_for_another_address_and_before_it_ends(tmp_path):
    found = certificates.files(tmp_path)
    assert not certificates.covers(found, ["10.1.2.3"], NOW)
    certificates.issue(found, ["10.1.2.3"], NOW)
    assert certificates.covers(found, ["10.1.2.3"], NOW)
    assert not certificates.covers(found, ["10.1.2.4"], NOW)
    assert not certificates.covers(found, ["10.1.2.3"], NOW + dt.timedelta(days=392))


@pytest.mark.parametrize("text", ["", "a b", "名", "a/b", "x\ny"])
def test_what_is_neither_name_nor_address_is_refused(text):
    with pytest.raises(ValueError):
        certificates.subject(text)


def test_https_without_a_certificate_says_how_to_make_one(tmp_path):
    done = running.command(tmp_path, "up", "--https", "--port", str(running.free_port()))
    assert done.returncode == 1
    assert "lianfang certificate" in done.stderr


def test_up_serves_desk_and_phones_each_at_its_own_address(tmp_path):
    assert running.command(tmp_path, "certificate", "127.0.0.1").returncode == 0
    phones = running.free_port()
    up = running.Up(tmp_path, running.free_port(), "up", "--https", "--phones-at", f"127.0.0.1:{phones}")
    try:
        trust = ssl.create_default_context(cafile=tmp_path / "tls" / "ca.pem")
        assert status(f"https://127.0.0.1:{up.port}/login", trust) == 200
        running.wait_until(lambda: status(f"http://127.0.0.1:{phones}/healthz") == 200)
        assert status(f"http://127.0.0.1:{phones}/login") == 404
    finally:
        up.stop()


def status(address, trust=None):
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    try:
        with opener.open(address, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
