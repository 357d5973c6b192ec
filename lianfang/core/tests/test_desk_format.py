"""How numbers, rates and times are written, and how the tile map shares its frame."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from lianfang.core import desk_format, sample_desk, treemap
from lianfang.core.clock import SHANGHAI
from lianfang.core.templatetags import desk

NOW = datetime(2026, 8, 7, 21, 5, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def render(source: str, **context: object) -> str:
    request = SimpleNamespace(GET=QueryDict(context.pop("search", "")), COOKIES=context.pop("cookies", {}))
    return (
        Template("{% load desk %}" + source)
        .render(Context({"request": request, "now": NOW, **context}))
        .strip()
    )


# ---------- numbers ----------


@pytest.mark.parametrize(
    ("value", "written"), [(7573, "7,573"), (243216, "243,216"), (12, "12"), (1234567, "1,234,567")]
)
def test_numbers_have_commas_and_never_wan(value, written):
    assert desk.n(value) == written


def test_zero_is_written_pale_and_silence_is_not_zero():
    assert desk.n(0) == '<span class="zero">0</span>'
    assert "未报" in desk.n(None)
    assert "0" not in desk.n(None)


@pytest.mark.parametrize(
    ("ratio", "written"),
    [
        (Fraction(490, 578), "84.8%"),
        (Fraction(4999, 5000), "99.9%"),
        (0.99999, "99.9%"),
        (Decimal("0.9995"), "99.9%"),
        (1, "100.0%"),
        (Fraction(1, 1), "100.0%"),
        (0, "0.0%"),
        (Fraction(214880, 240114), "89.5%"),
        (None, "—"),
    ],
)
def test_rate_has_one_decimal_and_never_rounds_up_to_all(ratio, written):
    assert desk.rate(ratio) == written


@given(st.integers(1, 10**7), st.data())
def test_only_everybody_is_a_hundred_per_cent(base, data):
    done = data.draw(st.integers(0, base))
    assert (desk_format.rate(Fraction(done, base)) == "100.0%") == (done == base)


@pytest.mark.parametrize(
    ("ratio", "step"),
    [
        (1, 1),
        (0.98, 1),
        (0.9794, 2),
        (0.95, 2),
        (0.949, 3),
        (0.9, 3),
        (0.85, 4),
        (0.848, 5),
        (0, 5),
        (None, 0),
    ],
)
def test_ramp_steps(ratio, step):
    assert desk_format.ramp_step(ratio) == step


def test_colour_and_written_rate_agree():
    # 97.96 is shown as 98.0, so the tile has the colour of 98.
    assert desk_format.rate(0.9796) == "98.0%"
    assert desk_format.ramp_step(0.9796) == 1


# ---------- times ----------


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-08-07 21:00", "今天21:00"),
        ("2026-08-07 00:05", "今天0:05"),
        ("2026-08-08 01:30", "次日1:30"),
        ("2026-08-08 05:59", "次日5:59"),
        ("2026-08-08 06:00", "明天6:00"),
        ("2026-08-08 12:00", "明天12:00"),
        ("2026-08-06 19:40", "昨天19:40"),
        ("2026-08-05 19:40", "8月5日19:40"),
        ("2026-08-09 01:30", "8月9日1:30"),
        ("2025-12-31 09:00", "2025年12月31日9:00"),
    ],
)
def test_night_times(moment, written):
    assert desk.night(datetime.fromisoformat(f"{moment}+08:00"), NOW) == written


def test_night_counts_days_in_the_county_not_in_utc():
    # 17:00 UTC is already the next day in Wugang.
    moment = datetime.fromisoformat("2026-08-07T17:30:00+00:00")
    assert desk.night(moment, datetime.fromisoformat("2026-08-07T13:05:00+00:00")) == "次日1:30"


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (265, "还剩4小时25分"),
        (25, "还剩25分"),
        (60, "还剩1小时00分"),
        (0.5, "还剩不到1分"),
        (0, "刚到期"),
        (-0.5, "刚到期"),
        (-1, "逾期1分"),
        (-65, "逾期1小时05分"),
        (47 * 60 + 59, "还剩47小时59分"),
        (50 * 60, "还剩2天2小时"),
    ],
)
def test_time_left(minutes, written):
    assert desk.left(NOW + timedelta(minutes=minutes), NOW) == written


def test_no_time_is_no_text():
    assert desk.left(None, NOW) == desk.night(None, NOW) == desk.table_time(None) == ""


def test_due_kind_turns_soon_after_half_and_late_at_the_deadline():
    due, began = NOW + timedelta(hours=2), NOW - timedelta(hours=2)
    assert desk_format.due_kind(due, NOW, began) == "open"
    assert desk_format.due_kind(due, NOW + timedelta(minutes=1), began) == "soon"
    assert desk_format.due_kind(due, due, began) == "late"
    assert desk_format.due_kind(due, NOW) == "open"


def test_emergency_counts_its_first_day_as_one():
    assert desk_format.emergency_line(NOW, NOW + timedelta(days=14), NOW) == "本轮疫情第1天 · 8月21日自动终止"
    emergency = SimpleNamespace(opened_at=NOW - timedelta(days=17), ends_at=NOW + timedelta(days=10))
    assert desk.emergency_line(emergency, NOW) == "本轮疫情第18天 · 8月17日自动终止"


def test_tables_use_the_long_form():
    assert desk.table_time(NOW) == "2026-08-07 21:05"
    assert desk.weekday(NOW) == "8月7日 星期五"


# ---------- ledgers ----------

COUNTS = {"due": 7573, "done": 6897, "exempt": 110, "not_met": 179, "open": 387}


def test_equation_is_written_out_and_says_that_it_balances():
    text = render("{{ x|striptags }}", x=render("{% equation counts %}", counts=COUNTS))
    assert " ".join(text.split()) == "应排查 7,573 = 已排查 6,897 + 核减 110 + 未见到 179 + 待排查 387 平"


@pytest.mark.parametrize(("due", "gap"), [(7578, "差5户"), (7568, "差5户")])
@pytest.mark.parametrize("size", ["line", "row", "big"])
def test_a_gap_is_said_out_loud(due, gap, size):
    html = render('{% equation counts size=size unit="户" %}', counts={**COUNTS, "due": due}, size=size)
    assert "≠" in html
    assert "平" not in html
    if size == "line":
        assert gap in html
    else:
        assert "5户" in html
        assert ("没有去处" if due > 7573 else "多算了") in html


def test_equation_links_each_figure_to_its_names():
    html = render("{% equation counts urls=urls %}", counts=COUNTS, urls={"open": "/names?state=open"})
    assert '<a class="n" href="/names?state=open"><b>387</b></a>' in html
    assert html.count("<a ") == 1


def test_counts_must_be_complete():
    with pytest.raises(KeyError, match="not_met"):
        desk_format.counts_ledger({"due": 1, "done": 1, "exempt": 0, "open": 0})


@pytest.mark.parametrize("work", ["sweep", "sampling", "vaccination", "verification"])
def test_each_kind_of_work_has_its_own_words(work):
    words = desk_format.count_words(work)
    assert tuple(words) == desk_format.COUNT_KEYS
    assert len(set(words.values())) == 5


def test_coverage_leaves_exempt_out_of_the_base():
    assert desk_format.coverage_ratio({"due": 10, "done": 4, "exempt": 2}) == Fraction(1, 2)
    assert desk_format.coverage_ratio({"due": 2, "done": 0, "exempt": 2}) is None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_bar_fills_its_width_and_hides_nobody(values):
    segments = desk_format.bar_segments([(value, "done", "x") for value in values], 1000)
    assert len(segments) == sum(value > 0 for value in values)
    assert all(segment.width >= 1 for segment in segments)
    if segments:
        assert segments[0].x == 0
        assert segments[-1].x + segments[-1].width == pytest.approx(1000, abs=0.3)


# ---------- tile map ----------

VALUES = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=60)
SIDES = st.floats(50, 2000)


@given(VALUES, SIDES, SIDES)
def test_tiles_are_in_proportion_and_inside_the_frame(values, width, height):
    tiles = treemap.layout(values, width, height)
    whole = sum(values)
    for value, tile in zip(values, tiles, strict=True):
        assert tile.width * tile.height == pytest.approx(value / whole * width * height, rel=1e-6, abs=1e-6)
        assert tile.x >= 0
        assert tile.y >= 0
        assert tile.x + tile.width <= width + 1e-6
        assert tile.y + tile.height <= height + 1e-6


@given(VALUES, SIDES, SIDES)
def test_tiles_do_not_overlap(values, width, height):
    tiles = treemap.layout(values, width, height)
    for index, one in enumerate(tiles):
        for other in tiles[index + 1 :]:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(wide, high) <= 1e-6


def test_tiles_are_close_to_square():
    tiles = treemap.layout([row[1] for row in sample_desk.VILLAGES], 820, 252)
    ratios = [max(tile.width / tile.height, tile.height / tile.width) for tile in tiles]
    assert sum(ratios) / len(ratios) < 1.6


def test_a_value_of_zero_has_no_tile_and_order_is_kept():
    tiles = treemap.layout([0, 3, 1], 100, 40)
    assert tiles[0] == treemap.Rect(0, 0, 0, 0)
    assert tiles[1].width * tiles[1].height == pytest.approx(3000)
    assert treemap.layout([], 10, 10) == []


@pytest.mark.parametrize(("values", "width", "height"), [([1, -1], 10, 10), ([1], 0, 10), ([1], 10, -1)])
def test_a_tile_map_refuses_what_it_cannot_show(values, width, height):
    with pytest.raises(ValueError, match="tree map"):
        treemap.layout(values, width, height)


def test_tiles_too_small_for_words_keep_a_title():
    tiles = [
        {
            "key": "big",
            "label": "大村",
            "value": 10000,
            "rate": Fraction(1, 2),
            "overdue_count": 3,
            "url": "/a",
        },
        {"key": "small", "label": "小村", "value": 1, "rate": None, "overdue_count": 0, "url": "/b"},
        {"key": "none", "label": "空村", "value": 0, "rate": None, "overdue_count": 0, "url": "/c"},
    ]
    html = render('{% tree_map tiles selected="big" label="x" %}', tiles=tiles)
    assert ">大村</text>" in html
    assert ">小村</text>" not in html
    assert "<title>小村 —</title>" in html
    assert "空村" not in html
    assert "<title>大村 50.0%，逾期3</title>" in html
    assert html.count('class="pick"') == 1


# ---------- signs and lists ----------


def test_unknown_signs_are_refused():
    with pytest.raises(TemplateSyntaxError, match="no icon"):
        desk.icon("nothing")
    with pytest.raises(TemplateSyntaxError, match="no status"):
        desk.status("漏排", "漏排")


@pytest.mark.parametrize("kind", desk_format.STATUS_KINDS)
def test_a_status_has_its_shape_and_its_word(kind):
    html = desk.status(kind, "<词>", "chip")
    assert f'href="#s-{kind}"' in html
    assert "&lt;词&gt;" in html
    assert f'id="s-{kind}"' in desk.SPRITE.read_text(encoding="utf-8")


def test_a_zero_is_no_link_and_the_selected_figure_is_marked():
    assert "<a" not in desk.figure(0, "/names")
    assert "aria-current" in desk.figure(23, "/names", True)
    assert desk.figure(23, '/n?a=1&b="x"') == '<a class="n" href="/n?a=1&amp;b=&quot;x&quot;">23</a>'


def test_pager_keeps_the_filters():
    html = render("{% pager page %}", page=Paginator(range(120), 50).page(2), search="state=open&page=2")
    assert "第51—100条，共120条" in html
    assert 'href="?state=open&amp;page=1"' in html
    assert 'href="?state=open&amp;page=3"' in html


def test_pager_by_key_stops_at_the_ends():
    page = SimpleNamespace(previous_key=None, next_key="8a", shown_count=50, total_count=7573)
    html = render("{% pager page %}", page=page)
    assert "本页50条，共7,573条" in html
    assert 'rel="prev"' not in html
    assert "?page=8a" in html


@pytest.mark.parametrize(
    ("search", "sorted_as", "leads_to"),
    [
        ("", "ascending", "?sort=-rate"),
        ("sort=-rate", "descending", "?sort=rate"),
        ("sort=due&page=3", None, "?sort=rate"),
    ],
)
def test_sort_header(search, sorted_as, leads_to):
    html = render('{% sort_header "rate" "覆盖率" default="rate" %}', search=search)
    assert f'href="{leads_to}"' in html
    assert ("aria-sort" in html) == bool(sorted_as)
    assert sorted_as is None or f'aria-sort="{sorted_as}"' in html


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", "light"), ('"><script>', "light")]
)
def test_theme_is_one_of_ours(cookie, theme):
    assert render("{% theme %}", cookies={"theme": cookie}) == theme


def test_names_in_samples_are_escaped_like_any_other():
    html = render(
        "{% area_path areas inside %}", areas=[{"name": "<b>", "url": "/"}, {"name": "镇"}], inside="<i>"
    )
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
