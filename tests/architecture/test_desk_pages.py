"""Pages as they are sent: nothing inline, every reference leads somewhere, every control has a name."""

from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from lianfang.core import sample_desk
from lianfang.core.problems import PROBLEMS, Problem
from tests.architecture.browser_floor import markup_faults

CAST = [{"username": "demo-officer", "name": "周敏", "role": "数据专员", "area": "武冈市"}]
ONE_OF_EACH_STATUS = sorted({status: code for code, (status, _words) in PROBLEMS.items()}.values())


class Page(HTMLParser):
    """Ids, references and controls of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: set[str] = set()
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if attributes.get("id"):
            self.ids.append(attributes["id"])
        for name in ("aria-labelledby", "aria-describedby", "data-open"):
            self.references.update((attributes.get(name) or "").split())
        if tag == "use":
            self.references.add(attributes["href"].lstrip("#"))
        if tag == "label":
            self.labelled.add(attributes.get("for") or "")
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
            self.inputs.append(attributes)


def pages() -> dict[str, str]:
    request = RequestFactory().get("/looks", {"sort": "rate"})
    request.failed = False

    def page(template: str, **context: object) -> str:
        return render_to_string(template, context, request=request)

    with translation.override("zh-hans"):
        found = {
            "looks": page("core/looks.html", **sample_desk.frame(), **sample_desk.components()),
            "login": page("accounts/login.html", next="/x", problem=Problem("access.bad_login")),
            "demo login": page("accounts/login.html", cast=CAST, demo=True),
            "first run": page("core/first_run.html", steps_done={"areas"}),
        }
        for code in ONE_OF_EACH_STATUS:
            payload = dict.fromkeys(_names_of(PROBLEMS[code][1]), "1")
            found[f"problem {code}"] = page("core/problem.html", problem=Problem(code, **payload))
            found[f"note {code}"] = page("core/problem_note.html", problem=Problem(code, **payload))
    return found


def _names_of(message: str) -> list[str]:
    return [part.split("}")[0] for part in message.split("{")[1:]]


@pytest.fixture(scope="module")
def rendered():
    return pages()


def test_nothing_is_inline(rendered):
    assert {name: faults for name, html in rendered.items() if (faults := list(markup_faults(html)))} == {}


def test_ids_are_unique_and_references_lead_somewhere(rendered):
    for name, html in rendered.items():
        page = Page(html)
        assert sorted(page.ids) == sorted(set(page.ids)), name
        if "<html" in html:
            assert page.references <= set(page.ids), name


def test_every_field_has_a_name_for_those_who_cannot_see(rendered):
    for name, html in rendered.items():
        page = Page(html)
        for field in page.inputs:
            assert field.get("aria-label") or field.get("id") in page.labelled, (name, field)


def test_a_page_says_its_language_and_theme_and_can_be_skipped(rendered):
    for name, html in rendered.items():
        if "<html" in html:
            assert '<html lang="zh-hans" data-theme="light">' in html, name
            assert 'class="skip" href="#main"' in html, name
            assert html.count("<h1") == 1, name


def test_a_refusal_says_what_to_do_and_shows_no_trace(rendered):
    page = rendered[f"problem {ONE_OF_EACH_STATUS[0]}"]
    assert "还可以这样" in page
    assert "Traceback" not in page


def test_the_cast_appears_in_a_demonstration_only(rendered):
    assert "周敏" in rendered["demo login"]
    assert "demo/login" not in rendered["login"]
