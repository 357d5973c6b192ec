"""The phone app runs in Chromium 86: no younger style, no younger call; what a library needs is added in floor.ts."""

import re
from pathlib import Path

import pytest

from tests.architecture.browser_floor import css_faults, js_faults, markup_faults

PHONE = Path(__file__).resolve().parents[2] / "phone"
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.S)
FLOOR = PHONE / "src" / "floor.ts"


def sources(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in (PHONE / "src").rglob(pattern))


@pytest.mark.parametrize("path", sources("*.css", "*.vue"), ids=lambda path: path.name)
def test_styles_keep_to_the_floor(path):
    text = path.read_text("utf-8")
    css = text if path.suffix == ".css" else "".join(STYLE.findall(text))
    assert list(css_faults(css)) == []


@pytest.mark.parametrize("path", [*sources("*.ts", "*.vue", "*.js")], ids=lambda path: path.name)
def test_code_keeps_to_the_floor(path):
    if path != FLOOR:
        assert list(js_faults(STYLE.sub("", path.read_text("utf-8")))) == []


def test_the_page_carries_no_style_and_no_script():
    assert list(markup_faults((PHONE / "index.html").read_text("utf-8"))) == []


def test_what_libraries_need_is_added_first():
    """cel-js calls Object.hasOwn (93) and Array.prototype.at (92)."""
    assert (PHONE / "src" / "main.ts").read_text("utf-8").startswith('import "./floor";')
    assert all(word in FLOOR.read_text("utf-8") for word in ("hasOwn ??=", '"at"'))


def test_nothing_comes_from_elsewhere():
    assert "resolved" not in (PHONE / "package-lock.json").read_text("utf-8")
    texts = [path.read_text("utf-8") for path in sources("*.ts", "*.vue", "*.css", "*.js")]
    assert [text for text in texts if re.search(r"https?://(?!127\.0\.0\.1)", text)] == []
