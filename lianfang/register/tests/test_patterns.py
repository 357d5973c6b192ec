"""What a few short lines say, door by door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.core.problems import Problem
from lianfang.register.doors import door_name
from lianfang.register.patterns import MOST_DOORS, read_pattern


def said(text):
    return [door.said for door in read_pattern(text).doors()]


def is_problem(code):
    return pytest.raises(Problem, check=lambda problem: problem.code == f"register.{code}")


@pytest.mark.parametrize(
    "text",
    [
        "3栋",
        "2单元 6层",
        "六层",
        "abc",
        "1-62栋 2单元 6层 2户 朝南",
        "62-1栋 6层 2户",
        "2组",
        "1号 2户",
        "0栋 6层 2户",
    ],
)
def test_what_is_not_understood_is_said_with_its_line(text):
    with is_problem("pattern_unread") as caught:
        read_pattern(f"1-2栋 6层 2户\n{text}")
    assert caught.value.payload["line"] == 2


@pytest.mark.parametrize("text", ["", "  \n ", "没有4栋"])
def test_nothing_is_nothing(text):
    with is_problem("pattern_empty"):
        read_pattern(text)


def test_a_slip_of_the_keyboard_does_not_fill_the_register():
    with is_problem("pattern_too_large"):
        read_pattern("1-999栋 9单元 33层 4户")


@pytest.mark.parametrize(
    "text",
    [
        "62栋 × 2单元 × 6层 × 2户",
        "1-62栋2单元6层2户",
        "1—62号楼 2单元 6层 每层2户",
        "六十二栋，两单元，六层，两户",
        "１-６２幢 2单元 6层 2户",
    ],
)
def test_the_same_estate_however_it_is_written(text):
    doors = said(text)
    assert (len(doors), doors[0], doors[-1]) == (1488, "1栋1单元101", "62栋2单元602")


@pytest.mark.parametrize(
    ("text", "count", "first", "last"),
    [
        ("第3栋 6层 2户", 12, "3栋101", "3栋602"),
        ("1、3、5-6栋 6层 2户", 48, "1栋101", "6栋602"),
        ("A-C栋 2-18层 4户", 204, "A栋201", "C栋1804"),
        ("6层 2户", 12, "101", "602"),
        ("1-60号 单号", 30, "1号", "59号"),
        ("60号 双号", 30, "2号", "60号"),
        ("1-6组 30户", 180, "1组1号", "6组30号"),
        ("第3组 1-12号", 12, "3组1号", "3组12号"),
        ("1-30栋 2单元 6层 2户\n31-62栋 1单元 18层 4户", 3024, "1栋1单元101", "62栋1单元1804"),
    ],
)
def test_each_kind_of_line(text, count, first, last):
    doors = said(text)
    assert (len(doors), doors[0], doors[-1]) == (count, first, last)


@pytest.mark.parametrize(
    ("gap", "missing"),
    [
        ("没有4栋", 4),
        ("无3、4栋", 8),
        ("不要2-4栋", 12),
        ("除1层", 10),
        ("没有3栋2层", 2),
        ("没有3栋201", 1),
        ("没有3栋2层、4栋101", 3),
        ("缺101", 5),
    ],
)
def test_gaps_take_doors_out(gap, missing):
    assert len(said(f"1-5栋 2层 2户\n{gap}")) == 20 - missing


def test_gaps_of_houses():
    assert said("1-5号\n没有2号、4号") == ["1号", "3号", "5号"]
    assert said("1-2组 3户\n没有2组1号") == ["1组1号", "1组2号", "1组3号", "2组2号", "2组3号"]


counts = st.integers(1, 8)


@given(
    counts,
    counts,
    counts,
    counts,
    st.sets(st.integers(1, 8), max_size=4),
    st.sets(st.integers(1, 8), max_size=3),
)
def test_the_count_is_the_product_less_the_gaps(buildings, units, floors, on_floor, no_buildings, no_floors):
    lines = [f"{buildings}栋 {units}单元 {floors}层 {on_floor}户"]
    lines += [f"没有{number}栋" for number in no_buildings] + [f"没有{number}层" for number in no_floors]
    left = len(set(range(1, buildings + 1)) - no_buildings) * len(set(range(1, floors + 1)) - no_floors)
    doors = said("\n".join(lines))
    assert len(doors) == len(set(doors)) == left * units * on_floor


@given(counts, counts, counts)
def test_saying_it_twice_is_saying_it_once_and_the_order_does_not_matter(buildings, floors, on_floor):
    one, other = f"{buildings}栋 {floors}层 {on_floor}户", "1-4号"
    assert sorted(said(f"{one}\n{other}\n{one}")) == sorted(said(f"{other}\n{one}"))


@given(st.integers(1, 60), st.integers(0, 9), st.integers(1, 40), st.integers(1, 12))
def test_a_sheet_that_names_the_same_flat_finds_the_same_door(building, unit, floor, number):
    """The label is spelled by the hand that spells a sheet's doors."""
    middle = f"1-{unit}单元 " if unit else ""
    last = read_pattern(f"第{building}栋 {middle}{floor}层 {number}户").doors()[-1]
    cells = (f"{unit}单元" if unit else "", "", f"{floor}{number:02d}室")
    assert door_name(*cells, "", True).label == last.name.label


@given(st.text("0123456789一二十栋单元层户号组没有、-~ABx第每\n ", max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_words(text):
    refused = ""
    try:
        assert len(read_pattern(text).doors()) <= MOST_DOORS
    except Problem as problem:
        refused = problem.code
    assert refused.startswith("register.pattern_") or not refused
