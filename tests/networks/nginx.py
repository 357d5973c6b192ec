"""A real nginx with a configuration of deploy/nginx, changed in what its head says has to be edited, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lianfang.config import certificates
from tests.start.running import free_port

DEPLOY = Path(__file__).parents[2] / "deploy" / "nginx"
_FRAME = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    port: int
    plain_port: int
    folder: Path
    trust: ssl.SSLContext

    def ask(
        self, path: str, *, body: bytes | None = None, plain: bool = False, **headers: str
    ) -> tuple[int, str]:
        """Status, and the body or, of a redirect, where it leads."""
        scheme, port = ("http", self.plain_port) if plain else ("https", self.port)
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}{path}", data=body, headers=headers)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.trust), _Stay
        )
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location") or error.read().decode()

    def logged(self, path: str) -> str:
        """The log, as soon as it tells of `path`: a line is written after the answer."""
        for _ in range(40):
            text = (self.folder / "access.log").read_text()
            if path in text:
                return text
            time.sleep(0.05)
        raise AssertionError(f"nothing was logged of {path}: {text}")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def serving(name: str, upstream: str, folder: Path) -> Iterator[Nginx]:
    """`upstream` is host:port of Lianfang. Fails, not skips, where there is no nginx: tests/install-browser.sh puts it
    there, and a green run has to mean that this ran."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, "nginx is missing: apt-get install nginx-light"
    tls = certificates.files(folder)
    certificates.issue(tls, ["127.0.0.1"], dt.datetime.now(dt.UTC))
    port, plain_port = free_port(), free_port()
    (folder / "site.conf").write_text(_edited(DEPLOY / name, upstream, tls, port, plain_port))
    (folder / "nginx.conf").write_text(_FRAME.format(folder=folder))
    process = subprocess.Popen(
        [found, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE
    )
    nginx = Nginx(port, plain_port, folder, ssl.create_default_context(cafile=tls.authority))
    try:
        _wait(nginx, process)
        yield nginx
    finally:
        process.terminate()
        process.wait(10)


def _edited(site: Path, upstream: str, tls: certificates.Files, port: int, plain_port: int) -> str:
    text = site.read_text()
    for was, becomes in (
        (r"listen 80;", f"listen 127.0.0.1:{plain_port};"),
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        (r"server_name \S+;", "server_name 127.0.0.1;"),
        (r"ssl_certificate +\S+;", f"ssl_certificate {tls.server};"),
        (r"ssl_certificate_key \S+;", f"ssl_certificate_key {tls.server_key};"),
        (r"server (10\.0\.0\.10:8301|127\.0\.0\.1:8300);", f"server {upstream};"),
        (r"/etc/lianfang/nginx/proxy.conf", str(DEPLOY / "proxy.conf")),
        (r"/var/log/nginx/lianfang.log", str(tls.folder.parent / "access.log")),
    ):
        text, count = re.subn(was, becomes, text)
        assert count, f"{site.name} has no {was}"
    return text


def _wait(nginx: Nginx, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        try:
            nginx.ask("/healthz")
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx does not answer")
