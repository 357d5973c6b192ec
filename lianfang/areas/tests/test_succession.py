"""What became of dead townships and villages, on real registers and on a small invented one."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.areas.succession import Former, Place, read_history, settled, stem, trace
from lianfang.core.problems import Problem

SHARED = Path(os.environ.get("LIANFANG_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DIVISIONS = SHARED / "data" / "divisions"
real = pytest.mark.skipif(
    not DIVISIONS.is_dir(), reason="data/divisions is not here; set LIANFANG_SHARED to its folder"
)


def rows_of(name: str) -> list[dict[str, str]]:
    with (DIVISIONS / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def years(text: str) -> list[dict[str, str]]:
    """A register over years, written one area a line: code name level parent first last."""
    columns = ("code", "name", "level", "parent", "first_year", "last_year")
    return [dict(zip(columns, line.split(), strict=True)) for line in text.split("\n") if line.strip()]


def by_code(formers: list[Former]) -> dict[str, Former]:
    return {former.code: former for former in formers}


SMALL = years(
    """
    990101       青石县     3 9901   2018 2021
    990101100    老街镇     4 990101 2018 2019
    990101101    白沙镇     4 990101 2018 2021
    990101001    东街街道   4 990101 2020 2021
    990101002    西街街道   4 990101 2020 2021
    990101100201 井边村委会 5 990101100 2018 2019
    990101100202 河东村委会 5 990101100 2018 2019
    990101100203 河西村委会 5 990101100 2018 2019
    990101100204 无踪村委会 5 990101100 2018 2019
    990101001201 井边村民委员会 5 990101001 2020 2021
    990101001202 河东社区居委会 5 990101001 2020 2021
    990101002201 河西村村委会   5 990101002 2020 2021
    990101101201 新民村委会 5 990101101 2018 2021
    990101101202 旧民村委会 5 990101101 2018 2018
    990101101202 改名村委会 5 990101101 2019 2021
    """
)
LIVING = {row["code"] for row in SMALL if row["last_year"] == "2021"}


def test_a_file_of_other_columns_is_refused():
    with pytest.raises(Problem, match="姓名"):
        read_history([{"姓名": "x", "电话": "y"}], set())
    assert read_history([], set()) == []


def test_a_village_is_found_under_every_way_of_writing_its_body():
    found = by_code(read_history(SMALL, LIVING))
    assert found["990101100201"].successors == ("990101001201",)
    assert found["990101100202"].successors == ("990101001202",), "a village that became a community"
    assert found["990101100203"].until_year == 2019


def test_a_township_cut_in_two_names_both_and_a_lost_village_none():
    found = by_code(read_history(SMALL, LIVING))
    assert set(found["990101100"].successors) == {"990101001", "990101002"}
    assert found["990101100204"] == Former("990101100204", "无踪村委会", "village", "990101100", 2019, ())


def test_an_old_name_of_a_living_code_is_that_code():
    found = [former for former in read_history(SMALL, LIVING) if former.code == "990101101202"]
    assert found == [Former("990101101202", "旧民村委会", "village", "990101101", 2018, ("990101101202",))]


def test_a_village_and_its_community_go_to_the_one_that_bears_their_name():
    both = years(
        """
        990101101    白沙镇     4 990101 2018 2019
        990101201    白沙乡     4 990101 2018 2018
        990101201001 姚桥社区   5 990101201 2018 2018
        990101201201 姚桥村     5 990101201 2018 2018
        990101101001 姚桥社区   5 990101101 2019 2019
        """
    )
    found = by_code(read_history(both, {"990101101", "990101101001"}))
    assert found["990101201001"].successors == found["990101201201"].successors == ("990101101001",)


def test_codes_dealt_out_anew_follow_the_name():
    swapped = years(
        """
        990101101    白沙镇 4 990101 2018 2019
        990101101201 甲子村 5 990101101 2018 2018
        990101101202 乙丑村 5 990101101 2018 2018
        990101101201 乙丑村 5 990101101 2019 2019
        990101101202 甲子村 5 990101101 2019 2019
        """
    )
    found = read_history(swapped, {"990101101", "990101101201", "990101101202"})
    assert {(former.name, former.successors) for former in found} == {
        ("甲子村", ("990101101202",)),
        ("乙丑村", ("990101101201",)),
    }


def test_changes_are_followed_over_several_years():
    chain = years(
        """
        990101101    白沙镇 4 990101 2018 2020
        990101101201 甲子村 5 990101101 2018 2018
        990101101301 甲子村 5 990101101 2019 2019
        990101101401 甲子村 5 990101101 2020 2020
        """
    )
    found = by_code(read_history(chain, {"990101101", "990101101401"}))
    assert found["990101101201"].successors == found["990101101301"].successors == ("990101101401",)
    assert by_code(read_history(chain, {"990101101", "990101101201"}))["990101101401"].successors == (
        "990101101201",
    ), "an areas file older than the history"


def test_of_two_namesakes_none_is_taken():
    twins = years(
        """
        990101101    白沙镇 4 990101 2018 2019
        990101102    黑沙镇 4 990101 2018 2019
        990101103    红沙镇 4 990101 2018 2019
        990101101201 永胜村 5 990101101 2018 2018
        990101102201 永胜村 5 990101102 2018 2018
        990101103201 永胜村 5 990101103 2019 2019
        """
    )
    found = by_code(read_history(twins, {"990101101", "990101102", "990101103", "990101103201"}))
    assert found["990101101201"].successors == found["990101102201"].successors == ()


def test_counties_that_the_areas_file_has_not_are_left_out():
    assert read_history(SMALL, {"990102", "99", "9901"}) == []


def test_own_format_follows_chains_and_splits():
    rows = [
        {
            "old_code": old,
            "old_name": name,
            "level": "village",
            "old_parent": "990101101",
            "new_code": new,
            "effective_on": on,
            "kind": kind,
        }
        for old, name, new, on, kind in (
            ("990101101201", "甲子村", "990101101301", "2019-01-01", "recode"),
            ("990101101301", "甲子村", "990101101401", "2020-03-01", "split"),
            ("990101101301", "甲子村", "990101101402", "2020-03-01", "split"),
            ("990101101500", "废村", "", "2020-03-01", "end"),
            ("990101101401", "甲子新村", "990101101401", "2021-01-01", "rename"),
        )
    ]
    found = read_history(rows, {"990101101", "990101101401", "990101101402"})
    assert found[0] == Former(
        "990101101201", "甲子村", "village", "990101101", 2018, ("990101101401", "990101101402")
    )
    assert {former.name: former.successors for former in found}["废村"] == ()
    assert {former.name: former.successors for former in found}["甲子新村"] == ("990101101401",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("建中村委会", ("建中", "村")),
        ("建中村民委员会", ("建中", "村")),
        ("建中村村民委员会", ("建中", "村")),
        ("建中村村委会", ("建中", "村")),
        ("建中村", ("建中", "村")),
        ("凉亭社区居委会", ("凉亭", "社区")),
        ("凉亭社区居民委员会", ("凉亭", "社区")),
        ("村村委会", ("村", "村")),
        ("国营农场", ("国营农场", "")),
    ],
)
def test_one_village_under_all_its_names(name, expected):
    assert stem(name, "village") == expected


def test_a_small_share_does_not_make_a_split():
    assert settled({"a": 5, "b": 1}) == ("a",)
    assert settled({"a": 16, "b": 16}) == ("a", "b")
    assert settled({"a": 6, "b": 5, "c": 1}) == ("a", "b")
    assert settled({}) == ()


@given(
    st.dictionaries(st.integers(201, 230), st.sampled_from("甲乙丙丁戊己庚辛壬癸"), min_size=1, max_size=20),
    st.dictionaries(st.integers(201, 230), st.sampled_from("甲乙丙丁戊己庚辛壬癸"), min_size=1, max_size=20),
)
def test_no_two_gone_villages_share_a_newcomer(old, new):
    """And every gone area is told of, if only to say that it left no trace."""
    before = {
        f"990101101{n}": Place(f"990101101{n}", f"{name}村", "village", "990101101")
        for n, name in old.items()
    }
    after = {
        f"990101101{n}": Place(f"990101101{n}", f"{name}村", "village", "990101101")
        for n, name in new.items()
    }
    links = trace(before, after)
    assert set(links) == set(before) - set(after)
    taken = Counter(code for votes in links.values() for code in votes)
    for code, count in taken.items():
        assert code in after
        assert count == 1 or code in before


# --- real registers: the right answers are told in the data's README ---------------------------------------------------


@real
def test_yuechi_townships_of_2019_as_traced():
    living = {row["code"] for row in rows_of("counties_2023.csv")}
    found = by_code(read_history(rows_of("counties_history.csv"), living))
    truth = rows_of("township_successors.csv")
    assert len(truth) == 29
    for row in truth:
        expected = {row["new_code"]}
        if row["old_code"] == "511621100":  # 九龙镇, 16 : 16
            expected = {"511621001", "511621002"}
        assert set(found[row["old_code"]].successors) == expected, row["old_name"]
    dead = [
        former
        for former in found.values()
        if former.code.startswith("511621") and former.level == "township" and former.until_year == 2019
    ]
    assert len(dead) == 21  # 43 townships less the 22 that stayed; five new ones make 27


@real
def test_yuechi_villages_of_2019_as_traced():
    living = {row["code"] for row in rows_of("counties_2023.csv")}
    found = by_code(read_history(rows_of("counties_history.csv"), living))
    fates = Counter()
    for row in rows_of("yuechi_village_fate_2019_2020.csv"):
        former = found.get(row["old_code"])
        if row["fate"] == "same_code":
            assert row["old_code"] in living
            assert former is None or former.successors == (row["old_code"],)
        else:
            assert former is not None
            if row["old_code"] not in living:
                assert former.successors == ((row["new_code"],) if row["new_code"] else ()), row
            else:  # four that kept the code under another name (骑龙寨, now 七龙寨)
                assert former.successors == (row["old_code"],)
        fates[row["fate"].split("_")[0]] += 1
    assert fates == {"same": 251, "recoded": 157, "name": 8, "gone": 466}
    gone = found["511621119212"]  # 普安镇吴家沟村, named in the article of 2020
    assert (gone.parent, gone.successors) == ("511621119", ())


@real
@pytest.mark.parametrize("name", ["township_successors.csv", "yuechi_village_fate_2019_2020.csv"])
def test_every_list_tells_the_same_of_yuechi(name):
    living = {row["code"] for row in rows_of("counties_2023.csv")}
    over_years = by_code(read_history(rows_of("counties_history.csv"), living))
    told = read_history(rows_of(name), living)
    assert len(told) > 20
    for former in (former for former in told if former.code not in living):
        expected = set(over_years[former.code].successors)
        assert set(former.successors) == expected, former
