"""The desk in a thread of the test, on a database of its own, with the named cast; and a Chromium to look at it."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from lianfang.core import clock
from tests.world import TONIGHT, World

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def listen(page: Page, faults: list[str]) -> None:
    """Whatever the page complains of. A question that htmx had asked when the page was left is nobody's fault."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(("htmx:afterRequest", "htmx:sendError")):
            faults.append(message.text)

    page.on("console", hear)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Desk:
    url: str
    browser: Browser
    world: World

    def context(self, name: str, **options: object) -> BrowserContext:
        """A browser in which this person is signed in."""
        user = self.world.users[name]
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        context = self.browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", **options}
        )
        context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": self.url}])
        return context


def chromium() -> str | None:
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


@contextmanager
def desk(world: World) -> Iterator[Desk]:
    """Serve, at 21:05 of the world's evening, and start a browser."""
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield Desk(url, browser, world)
        finally:
            browser.close()
            # Playwright's loop gives this block connections of its own, apart from the test's.
            connections.close_all()


@contextmanager
def served() -> Iterator[str]:
    """The whole site in a thread, at 21:05 of the world's evening; its address."""
    before = clock._offset
    clock._offset = TONIGHT - dt.datetime.now(dt.UTC)
    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(_closing(get_wsgi_application())), _Server, _Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        clock._offset = before


def _closing(application):
    """Each request has a thread and so a connection of its own, which ends with it."""

    def answer(environ, start_response):
        try:
            return list(application(environ, start_response))
        finally:
            connections.close_all()

    return answer


def open_page(page: Page, url: str) -> None:
    """Go there, and wait until the cursor stands where the page wants it: that comes with the first frame drawn, which
    may be after the load event, and a key pressed before it goes nowhere."""
    page.goto(url)
    page.wait_for_function(_CURSOR_STANDS)


_CURSOR_STANDS = "() => [null, document.activeElement].includes(document.querySelector('[autofocus]')) && document.hasFocus()"


def picture(context: BrowserContext, url: str, folder: Path, name: str) -> Path:
    page = context.new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle")
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    page.close()
    return path
