"""A newer version of the app arrives while somebody works: nothing changes under their fingers, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianfang.core import resources
from tests.browser.phones import Phone, is_built
from tests.browser.serving import chromium, desk
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
NEWER = "9.9.9+newer123"


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert is_built(), "the phone app is not built here: make setup"
    copy = tmp_path / "dist"
    find = resources.path
    shutil.copytree(find("phone/dist"), copy)
    monkeypatch.setattr(resources, "path", lambda name: copy if name == "phone/dist" else find(name))
    return copy


@pytest.fixture
def phone(committed_db: str, dist: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    world.campaign()
    with desk(world) as running:
        context = running.browser.new_context(locale="zh-CN")
        made = Phone(running, context)
        made.enrol("王小红")
        made.page.evaluate("async () => { await navigator.serviceWorker.ready }")
        made.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        yield made
        assert made.faults == []
        context.close()


def build_newer(dist: Path) -> None:
    """The same app under another version: other contents, other hashes."""
    worker = (dist / "sw.js").read_text("utf-8")
    older = re.search(r'VERSION = "(.+?)"', worker)[1]
    for script in (dist / "assets").glob("*.js"):
        script.write_text(script.read_text("utf-8").replace(older, NEWER), "utf-8")
    files = json.loads(re.search(r"FILES = (\{.+?\});", worker, re.S)[1])
    hashes = {name: hashlib.sha256((dist / name).read_bytes()).hexdigest()[:16] for name in files}
    worker = re.sub(r"FILES = \{.+?\};", f"FILES = {json.dumps(hashes)};", worker, flags=re.S)
    (dist / "sw.js").write_text(worker.replace(older, NEWER), "utf-8")
    (dist / "index.html").touch()


def look_for_newer(phone: Phone) -> None:
    phone.page.evaluate("async () => (await navigator.serviceWorker.getRegistration()).update()")


def test_it_waits_until_nothing_is_typed(phone: Phone, dist: Path):
    running = phone.do("return field.version.running")
    build_newer(dist)
    phone.page.evaluate("() => { window.same_page = true }")
    phone.do("window.release = field.hold_update()")
    look_for_newer(phone)
    phone.until("field.version.waiting !== null")
    assert phone.do("return field.version") == {"running": running, "waiting": NEWER}
    # Offered where one works, not only in the settings.
    phone.page.get_by_role("button", name="现在换").click()
    door = phone.do("return [...field.doors.keys()][0]")
    phone.context.set_offline(True)
    phone.visit(door)
    assert phone.do("return [field.phase, field.counts.waiting, window.same_page]") == ["open", 1, True]

    phone.page.evaluate("() => window.release()")
    phone.page.wait_for_function("() => window.same_page === undefined")
    phone.until("field.phase === 'locked'")
    assert phone.do("return field.version.running") == NEWER  # opened without a network
    phone.unlock()
    assert phone.counts()["waiting"] == 1


def test_a_page_that_was_loaded_past_the_worker_is_its_again(phone: Phone):
    """As when it was still loading while the worker claimed all pages."""
    phone.context.new_cdp_session(phone.page).send("Page.reload", {"ignoreCache": True})
    phone.until("field.phase === 'locked'")
    phone.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.context.set_offline(True)
    phone.page.reload()
    assert phone.unlock()["ok"]


def test_a_version_of_which_something_is_missing_is_not_taken(phone: Phone, dist: Path):
    build_newer(dist)
    for script in (dist / "assets").glob("*.js"):
        script.write_text(script.read_text("utf-8") + "//", "utf-8")  # on the way, or half copied
    (dist / "index.html").touch()
    look_for_newer(phone)
    phone.page.wait_for_function(
        "async () => { const one = await navigator.serviceWorker.getRegistration(); return !one.installing && !one.waiting }"
    )
    assert phone.do("return field.version.waiting") is None
    phone.context.set_offline(True)
    phone.kill()
    phone.open()
    assert phone.unlock()["ok"]


def test_what_the_server_says_is_never_kept(phone: Phone):
    phone.do("await field.sync()")
    kept = phone.page.evaluate(
        """async () => {
            const found = [];
            for (const key of await caches.keys())
                for (const request of await (await caches.open(key)).keys()) found.push(new URL(request.url).pathname);
            return found;
        }"""
    )
    assert "/phone/index.html" in kept
    assert [path for path in kept if not path.startswith("/phone/")] == []
