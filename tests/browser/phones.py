"""A worker's phone in Chromium: the built app, driven through the one object that its screens use."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import BrowserContext, Page

from lianfang.accounts.devices.inviting import invite
from lianfang.accounts.models import Device
from lianfang.core import clock, resources
from tests.browser.serving import Desk
from tests.world import TONIGHT

PIN = "246813"
AXE = resources.path("phone") / "node_modules" / "axe-core" / "axe.min.js"
# The field as App.vue gets it: what is tested is the product, which hands it to nobody else.
# Undefined as long as the page is still on its way.
FIELD = """() => {
    const context = document.querySelector('#app')?.__vue_app__?._context;
    return context && context.provides[Object.getOwnPropertySymbols(context.provides).find(each => each.description === 'field')];
}"""


def is_built() -> bool:
    try:
        return (resources.path("phone/dist") / "index.html").exists()
    except FileNotFoundError:
        return False


class Phone:
    """One phone of one person; `page` is the tab that is open."""

    def __init__(self, desk: Desk, context: BrowserContext) -> None:
        assert is_built(), "the phone app is not built here: make setup"
        self.desk, self.context = desk, context
        self.faults: list[str] = []
        self.page = self.open()

    def open(self, fragment: str = "") -> Page:
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(f"{self.desk.url}/phone/{fragment}")
        self.until("field.phase !== 'starting'")
        return self.page

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def do(self, script: str, given: object = None) -> Any:
        """`script` is the body of an async function of `field` and `given`."""
        return self.page.evaluate(f"given => (async field => {{ {script} }})(({FIELD})())", given)

    def until(self, condition: str, timeout: float = 15_000) -> None:
        self.page.wait_for_function(
            f"() => {{ const field = ({FIELD})(); return field !== undefined && ({condition}); }}",
            timeout=timeout,
        )

    def enrol(self, name: str) -> Device:
        world = self.desk.world
        with clock.frozen(TONIGHT):
            code = invite(user=world.users[name], giver=world.actor("周敏")).code
        self.page.close()
        self.open(f"#i={code}")
        self.do("await field.enrol(field.invitation); await field.set_pin(given)", PIN)
        self.until("field.head !== null")
        return Device.objects.get(user=world.users[name], revoked_at=None)

    def unlock(self, pin: str = PIN) -> dict[str, Any]:
        return self.do("return field.unlock(given)", pin)

    def visit(self, household: int, **more: object) -> dict[str, Any]:
        body = {"household": household, "channel": "door", "outcome": "met", **more}
        script = "return JSON.parse(JSON.stringify(await field.record({kind: 'visit', body: given, door: given.household})))"
        return self.do(script, body)

    def counts(self) -> dict[str, int]:
        return json.loads(self.do("return JSON.stringify(field.counts)"))

    def kill(self) -> None:
        """The tab ends at once, whatever it was doing."""
        self.page.close(run_before_unload=False)


def assert_usable(page: Page, where: str) -> None:
    """axe finds nothing, nothing is wider than the phone, and what is tapped is at least 44 px high."""
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "async () => (await axe.run()).violations.map(one => [one.id, one.nodes.map(n => n.html)])"
    )
    assert found == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
    low = page.evaluate(
        "[...document.querySelectorAll('button, a[href], input.input')].filter(one => one.offsetHeight && one.offsetHeight < 44)"
        ".map(one => `${one.textContent} ${one.offsetHeight}`)"
    )
    assert low == [], where
