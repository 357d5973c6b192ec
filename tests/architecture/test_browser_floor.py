"""Desk pages run in Chromium 86 under a policy without inline style or script; and the lint that says so works."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.architecture.browser_floor import css_faults, js_faults, markup_faults

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lianfang"
VENDOR = PACKAGE / "core" / "static" / "vendor"


def ours(pattern: str) -> list[Path]:
    return sorted(path for path in PACKAGE.rglob(pattern) if VENDOR not in path.parents)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", ours("static/**/*.css"), ids=named)
def test_css_keeps_to_the_floor(path):
    assert list(css_faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", ours("static/**/*.js"), ids=named)
def test_js_keeps_to_the_floor(path):
    assert list(js_faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", ours("templates/**/*.html"), ids=named)
def test_templates_carry_no_style_or_script(path):
    assert list(markup_faults(path.read_text(encoding="utf-8"))) == []


def test_python_writes_no_style_or_script():
    markup = {
        named(path): path.read_text(encoding="utf-8")
        for path in ours("templatetags/*.py") + ours("views*.py")
    }
    assert {path: faults for path, text in markup.items() if (faults := list(markup_faults(text)))} == {}


def test_there_is_something_to_check():
    assert len(ours("static/**/*.css")) >= 3
    assert len(ours("templates/**/*.html")) >= 20


@pytest.mark.parametrize(
    "css",
    [
        "a:is(.b, .c) { color: red; }",
        "a:has(b) { color: red; }",
        "a:not(.b, .c) { color: red; }",
        ".a { inset: 0; }",
        ".a { inset-inline: 0; }",
        ".a { margin-inline: 4px; }",
        ".a { aspect-ratio: 1; }",
        ".a { color: color-mix(in srgb, red, blue); }",
        ".a { height: 100dvh; }",
        ".a { color: red; .b { color: blue; } }",
        "@media print { .a { color: red; &:hover { color: blue; } } }",
        "@layer base { a { color: red; } }",
        "@container (min-width: 1px) { a { color: red; } }",
        "@media (width >= 400px) { a { color: red; } }",
        ".a { display: flex; justify-content: start; }",
        ".a { scale: 2; }",
    ],
)
def test_css_above_the_floor_is_found(css):
    assert list(css_faults(css))


@pytest.mark.parametrize(
    "css",
    [
        "/* a:has(b) { inset: 0 } */ a { color: red; }",
        ".a { box-shadow: inset 0 0 0 1px red; }",
        "@media (max-width: 900px) { .a { color: red; } .b:focus-visible { gap: 4px; } }",
        ".a { transform: scale(2); margin-inline-start: 4px; }",
        ".a::before { content: 'inset: 0'; }",
    ],
)
def test_css_within_the_floor_is_let_through(css):
    assert list(css_faults(css)) == []


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color:red">x</p>',
        "<p class=a\n   style='{{ x }}'>x</p>",
        "<style>a{}</style>",
        "<script>alert(1)</script>",
        '<a onclick="go()">x</a>',
        '<a {% if x %}class="b"{% endif %} onmouseover="go()">x</a>',
        '<a hx-on:click="go()">x</a>',
        "<a hx-vals='js:{a: 1}'>x</a>",
        '<a hx-trigger="click[ctrlKey]">x</a>',
        '<a href="javascript:go()">x</a>',
        '<script src="https://example.org/x.js"></script>',
        "<dialog open>x</dialog>",
    ],
)
def test_inline_markup_is_found(markup):
    assert list(markup_faults(markup))


@pytest.mark.parametrize(
    "markup",
    [
        "{# <p style=x> #}<p>x</p>",
        "<script src=\"{% static 'desk/desk.js' %}\" defer></script>",
        '<p class="{% if a > b %}on{% endif %}">x</p>',
        '<svg width="1"><rect fill="none"/></svg>',
        '<a href="https://example.org">x</a>',
    ],
)
def test_plain_markup_is_let_through(markup):
    assert list(markup_faults(markup)) == []


@pytest.mark.parametrize(
    "js", ["[1].at(-1)", "Object.hasOwn(a, 'b')", "structuredClone(a)", "eval('1')", "panel.showModal()"]
)
def test_js_above_the_floor_is_found(js):
    assert list(js_faults(js))


def test_vendored_files_are_what_the_readme_says():
    readme = (VENDOR / "README.md").read_text(encoding="utf-8")
    recorded = dict(re.findall(r"^\| `([^`]+\.js)` .*`([0-9a-f]{64})` \|$", readme, flags=re.M))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert recorded == found
    assert not [path.name for path in VENDOR.glob("*.js") if b"sourceMappingURL" in path.read_bytes()]


# ---------- colours: what is written must be readable in both themes ----------


def _luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _tokens(theme: str) -> dict[str, str]:
    css = (PACKAGE / "core" / "static" / "desk" / "tokens.css").read_text(encoding="utf-8")
    head = ":root {" if theme == "light" else f'[data-theme="{theme}"] {{'
    block = css[css.index(head) : css.index("}", css.index(head))]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", block))


TEXT_ON_GROUND = [
    *(
        (text, ground)
        for text in ("ink", "ink-2", "ink-3", "accent")
        for ground in ("bg", "surface", "sunken")
    ),
    *((kind, ground) for kind in ("late", "miss", "off", "hold") for ground in ("surface", f"{kind}-soft")),
    ("accent-2", "accent-soft"),
    ("on-accent", "accent"),
    *((f"on-c{step}", f"c{step}") for step in range(1, 6)),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_readable(theme, text, ground):
    tokens = _tokens(theme)
    assert _contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_coverage_ramp_goes_one_way(theme):
    tokens = _tokens(theme)
    steps = [_luminance(tokens[f"c{step}"]) for step in range(1, 6)]
    assert steps == sorted(steps, reverse=theme == "light")
