"""Sheets that name a village which went into another one."""

from __future__ import annotations

import pytest

from lianfang.core.reading import files
from lianfang.core.sheets import Chunk
from lianfang.register.checking import Checker, MergedVillage, VillageIndex
from lianfang.register.checking.context import of_titles
from lianfang.register.tests.files_made import TODAY, VILLAGES, book

YANGMEI, TIANXIN = VILLAGES[0], VILLAGES[1]


def merged_index():
    """杨梅村 of 司马冲镇 went into 石桥村, and lives on as its 原杨梅村."""
    living = [village for village in VILLAGES if village != YANGMEI]
    shi = next(village for village in living if village.name == "石桥村")
    gone = MergedVillage(YANGMEI.code, "杨梅村", "司马冲镇", shi, "原杨梅村")
    return VillageIndex(living, "武冈市", merged=[gone])


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["姓名", "村", "组"], ["欧阳明", "杨梅村", "1组"]),
        (["姓名", "村", "组"], ["欧阳明", "司马冲镇杨梅村村委会", "1组"]),
        (["姓名", "乡镇", "村", "组"], ["欧阳明", "司马冲镇", "杨梅村", "1组"]),
        (["姓名", "区划代码", "村", "组"], ["欧阳明", "430581100201", "", "1组"]),
        (["姓名", "村", "地址"], ["欧阳明", "杨梅村", "杨梅村1组"]),
    ],
)
def test_a_row_of_a_merged_village_hangs_on_its_section(tmp_path, header, row):
    checker = Checker(merged_index(), TODAY)
    for message in files.messages(book(tmp_path / "a.xlsx", {"Sheet1": [header, row]})):
        checker.take(Chunk(*message))
    [entry] = checker.checked.entries
    assert (entry.village.name, entry.chain) == ("石桥村", (("section", "原杨梅村"), ("group", "1组")))


@pytest.mark.parametrize(
    ("tab", "rows"),
    [
        ("杨梅村", [["姓名", "组"], ["欧阳明", "1组"]]),
        ("3.杨梅村人口", [["姓名", "组"], ["欧阳明", "1组"]]),
        ("Sheet1", [["武冈市司马冲镇杨梅村人口底册"], ["姓名", "组"], ["欧阳明", "1组"]]),
        ("Sheet1", [["石桥村人口底册（杨梅村）"], ["姓名", "组"], ["欧阳明", "1组"]]),
        ("Sheet1", [["杨梅村人口底册"], ["姓名", "住址"], ["欧阳明", "1组5号"]]),
        ("Sheet1", [["姓名", "组"], ["杨梅村", None], ["欧阳明", "1组"]]),
        ("Sheet1", [["姓名", "组"], ["杨梅村", None], ["1组", None], ["欧阳明", None]]),
    ],
)
def test_a_list_under_the_name_of_a_merged_village_hangs_on_its_section(tmp_path, tab, rows):
    checker = Checker(merged_index(), TODAY)
    for message in files.messages(book(tmp_path / "a.xlsx", {tab: rows})):
        checker.take(Chunk(*message))
    [entry] = checker.checked.entries
    assert (entry.village.name, entry.chain) == ("石桥村", (("section", "原杨梅村"), ("group", "1组")))


@pytest.mark.parametrize("title", ["大杨梅村人口底册", "石桥村人口底册", "司马冲镇人口底册"])
def test_a_title_that_names_no_merged_village_sets_no_section(title):
    assert not merged_index().merged_in(title)
    assert not of_titles([title], "Sheet1", merged_index()).section


@pytest.mark.parametrize(
    "row", [["欧阳明", "湾头桥镇", "石桥村", "1组"], ["欧阳明", "湾头桥镇", "田心村", "1组"]]
)
def test_a_living_village_has_no_section_by_its_own_name(tmp_path, row):
    checker = Checker(merged_index(), TODAY)
    path = book(tmp_path / "a.xlsx", {"Sheet1": [["姓名", "乡镇", "村", "组"], row]})
    for message in files.messages(path):
        checker.take(Chunk(*message))
    assert [entry.chain for entry in checker.checked.entries] == [(("group", "1组"),)]


def test_a_name_that_a_living_village_bears_too_is_the_living_one(tmp_path):
    """Two were called 杨梅村; one went into 石桥村. Who writes no township means the one that is there."""
    shi = VILLAGES[2]
    gone = MergedVillage("430581102203", "杨梅村", "邓元泰镇", shi, "原杨梅村")
    villages = VillageIndex(VILLAGES, "武冈市", merged=[gone])
    assert villages.find_merged("", "", "杨梅村") is None
    assert villages.find_merged("", "邓元泰镇", "杨梅村") == gone
    assert villages.find_merged(YANGMEI.code, "邓元泰镇", "杨梅村") is None
