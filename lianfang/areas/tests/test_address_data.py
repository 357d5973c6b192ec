"""The address reader on real texts of public lists: what it must reach. Skipped where the data is not there.

None of these texts is in the project, and no word of the reader comes from them.
"""

import csv
import gc
import lzma
import os
from collections import Counter
from pathlib import Path

import pytest

from lianfang.areas.address import Gazetteer, read
from lianfang.areas.address.files import open_gazetteer

SHARED = Path(os.environ.get("LIANFANG_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "data"
ADDRESSES, DIVISIONS = SHARED / "addresses", SHARED / "divisions"
pytestmark = pytest.mark.skipif(
    not ADDRESSES.is_dir() or not DIVISIONS.is_dir(),
    reason="data is not here; set LIANFANG_SHARED to its folder",
)


def rows(name):
    with (ADDRESSES / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def nation() -> Gazetteer:
    gc.disable()
    try:
        return open_gazetteer(DIVISIONS / "national_2023.csv.xz")
    finally:
        gc.enable()


def score(pairs):
    """Shares of (wanted, got): right, wrong and unanswered are kept apart; what is not known is not counted."""
    counted = Counter(
        "right" if got == wanted else "wrong" if got else "none" for wanted, got in pairs if wanted
    )
    total = sum(counted.values())
    return {key: counted[key] / total for key in ("right", "wrong", "none")}


def test_risk_areas_of_a_known_county(nation):
    texts = rows("risk_areas_hn_hb_sc_a.csv")
    found = [read(nation, row["text"], county=row["county_code"]) for row in texts]
    town = score((row["town_code"], got.town) for row, got in zip(texts, found, strict=True))
    village = score((row["village_code"], got.village) for row, got in zip(texts, found, strict=True))
    assert town["right"] >= 0.995
    assert town["wrong"] == 0
    assert village["right"] >= 0.99
    assert village["wrong"] <= 0.001


def test_a_village_without_its_township(nation):
    texts = rows("risk_areas_town_dropped_a.csv")
    found = [read(nation, row["text_without_town"], county=row["county_code"]) for row in texts]
    unique = score(
        (row["village_code_if_unique"], got.village) for row, got in zip(texts, found, strict=True)
    )
    assert unique["right"] >= 0.99
    assert unique["wrong"] == 0
    shared = [(r, g) for r, g in zip(texts, found, strict=True) if not r["village_code_if_unique"]]
    assert all(
        got.status == "ambiguous" and set(got.candidates) == set(row["all_candidates"].split())
        for row, got in shared
    )


def test_delivery_addresses_with_the_register_of_their_year():
    places = open_gazetteer(ADDRESSES / "registers_2018_top12_counties.csv")
    texts = [row for row in rows("route_train.csv") if row["county_code"] in places.levels]
    for county in (True, False):
        found = [read(places, row["address"], county=row["county_code"] if county else "") for row in texts]
        town = score((row["town_code"], got.town) for row, got in zip(texts, found, strict=True))
        village = score((row["village_code"], got.village) for row, got in zip(texts, found, strict=True))
        assert (town["right"] >= 0.99, town["wrong"]) == (True, 0)
        assert (village["right"] >= 0.92, village["wrong"]) == (True, 0)


def test_addresses_of_elsewhere_are_outside():
    places = open_gazetteer(ADDRESSES / "registers_2018_top12_counties.csv")
    texts = [row for row in rows("route_train.csv") if row["county_code"] not in places.levels]
    assert Counter(read(places, row["address"]).status for row in texts) == {"outside": len(texts)}


def test_the_county_of_a_text_with_nothing_in_front(nation):
    texts = rows("risk_areas_hn_hb_sc_a.csv")
    county = score((row["county_code"], read(nation, row["text"]).county) for row in texts)
    answered = county["right"] + county["wrong"]
    assert answered >= 0.7
    assert county["right"] / answered >= 0.975


def test_a_text_with_all_its_levels(nation):
    for front in (
        ("province", "city", "county"),
        ("city", "county"),
        ("province", "city", "county", "county"),
    ):
        texts = rows("risk_areas_hn_hb_sc_a.csv")[::3]
        found = [read(nation, "".join(row[name] for name in front) + row["text"]) for row in texts]
        county = score((row["county_code"], got.county) for row, got in zip(texts, found, strict=True))
        village = score((row["village_code"], got.village) for row, got in zip(texts, found, strict=True))
        assert county["right"] >= 0.998
        assert village["right"] >= 0.99


def test_clinics(nation):
    texts = rows("clinics_a.csv")
    county = score(
        (
            row["county_code_2019"],
            read(nation, row["province"] + row["city"] + row["county_raw"] + row["address"]).county,
        )
        for row in texts
    )
    assert county["right"] >= 0.97


def test_an_older_list_of_townships_alone():
    """Codes of 2019, counties without names: code, name and parent are enough."""
    places = open_gazetteer(DIVISIONS / "national_towns_2019.csv.gz")
    texts = [row for row in rows("parse_dev.csv") if row["county_code"]]
    found = [read(places, row["address"]) for row in texts]
    county = score((row["county_code"], got.county) for row, got in zip(texts, found, strict=True))
    assert county["right"] >= 0.99


def test_townships_that_are_gone():
    places = open_gazetteer(DIVISIONS / "counties_2023.csv", [DIVISIONS / "counties_history.csv"])
    with (DIVISIONS / "township_successors.csv").open(encoding="utf-8-sig") as file:
        gone = [row for row in csv.DictReader(file) if row["year_before"] == "2019"]
    for row in gone:
        found = read(places, f"{row['county']}{row['old_name']}3组")
        targets = {target[:9] for target in row["all_targets"].split(";")}
        if found.status == "resolved":
            assert found.town in targets, row
        else:
            assert set(found.candidates) <= targets, row
    assert read(places, "岳池县九龙镇2组").candidates == ("511621001", "511621002")
    assert read(places, "岳池县九龙镇公园路社区3栋").town == "511621001"
    found = read(places, "岳池县普安镇吴家沟村3组")
    assert (found.town, found.village) == ("511621119", "")


def test_dead_villages_go_where_their_township_went():
    places = open_gazetteer(
        DIVISIONS / "counties_2023.csv",
        [DIVISIONS / "counties_history.csv", DIVISIONS / "yuechi_village_fate_2019_2020.csv"],
    )
    with (DIVISIONS / "yuechi_village_fate_2019_2020.csv").open(encoding="utf-8-sig") as file:
        fates = list(csv.DictReader(file))
    town = score(
        (row["new_town"], read(places, row["old_town_name"] + row["old_name"], county="511621").town)
        for row in fates
    )
    assert town["right"] >= 0.95
    assert town["wrong"] <= 0.01
    village = [
        (row["new_code"], read(places, row["old_town_name"] + row["old_name"], county="511621").village)
        for row in fates
        if row["fate"] in ("same_code", "recoded_same_name")
    ]
    shares = score(village)
    assert shares["right"] >= 0.97
    assert shares["wrong"] <= 0.005


def test_the_file_may_be_packed_or_in_gb18030(tmp_path):
    with lzma.open(DIVISIONS / "national_2023.csv.xz", "rt", encoding="utf-8-sig") as file:
        head = [line for line in file if line.startswith(("code,", "43,", "4305,", "430581"))]
    path = tmp_path / "areas.csv"
    path.write_bytes("".join(head).encode("gb18030"))
    assert read(open_gazetteer(path), "武冈司马冲镇杨梅村").village == "430581107221"
