from lianfang.areas.rules import (
    FileRow,
    Known,
    check_rows,
    common_path,
    label,
    level_of,
    may_hold,
    next_codes,
    path_of,
)

KNOWN = {
    "430581107221": Known("village", "430581107", "cn.43.05.81.107.221.", "杨梅村"),
    "430581107221E01": Known("estate", "430581107221", "cn.43.05.81.107.221.E01.", "安置小区"),
}
GOOD = [
    ("43", "湖南省", "1", ""),
    ("4305", "邵阳市", "2", "43"),
    ("430581", "武冈市", "3", "4305"),
    ("430581107", "司马冲镇", "4", "430581"),
]


def check(*lines, known=None, **limits):
    rows = [FileRow(number, *line) for number, line in enumerate(lines, start=2)]
    placed, errors = check_rows(rows, KNOWN if known is None else known, **limits)
    return {area.code: area.path for area in placed}, [(e.number, e.problem.code) for e in errors]


def test_one_bad_row_keeps_every_row_out():
    paths, errors = check(*GOOD, ("430581108", "", "4", "430581"))
    assert (paths, errors) == ({}, [(6, "areas.row_empty")])


def test_all_faults_of_a_file_come_at_once_each_with_its_row():
    _, errors = check(
        *GOOD,
        ("430581107", "司马冲镇", "4", "430581"),
        ("430581999001", "无主村", "5", "430581999"),
        ("430581107205", "下抄村", "6", "430581107"),
        ("4305811072", "双元村", "5", "4305"),
        ("", "没有代码", "5", "430581107"),
        ("430582", "没有上级", "3", ""),
    )
    assert errors == [
        (6, "areas.row_double"),
        (7, "areas.row_orphan"),
        (8, "areas.row_bad_level"),
        (9, "areas.row_wrong_parent"),
        (10, "areas.row_empty"),
        (11, "areas.row_orphan"),
    ]


def test_a_row_below_a_faulty_one_is_not_faulty_itself():
    _, errors = check(("430581", "武冈市", "3", "4305"), ("430581107", "司马冲镇", "4", "430581"))
    assert errors == [(2, "areas.row_orphan")]


def test_parents_in_a_circle_are_named():
    _, errors = check(("X1", "甲小区", "estate", "X2"), ("X2", "乙楼", "building", "X1"))
    assert (2, "areas.row_cycle") in errors
    assert (3, "areas.row_cycle") in errors


def test_its_own_parent_is_a_circle():
    _, errors = check(("X1", "甲小区", "estate", "X1"))
    assert (2, "areas.row_cycle") in errors


def test_loading_never_moves_an_area():
    _, errors = check(
        ("430581107221", "杨梅村", "5", "430581108"), ("430581108", "x", "township", "430581107221")
    )
    assert (2, "areas.row_moved") in errors


def test_codes_that_differ_only_in_signs_a_path_cannot_hold_are_doubles():
    _, errors = check(
        ("430581107221E.2", "甲", "estate", "430581107221"),
        ("430581107221E2", "乙", "estate", "430581107221"),
    )
    assert errors == [(3, "areas.row_double")]


def test_nothing_outside_the_loaders_areas():
    _, errors = check(
        ("430581107221G01", "1组", "group", "430581107221"),
        covers=lambda path: path.startswith("cn.43.05.82."),
    )
    assert errors == [(2, "areas.row_outside")]


def test_the_official_tree_is_not_changed_from_a_page_but_may_stand_in_the_file():
    same = ("430581107221", "杨梅村", "5", "430581107")
    other = ("430581107221", "杨梅新村", "5", "430581107")
    group = ("430581107221G01", "1组", "group", "430581107221")
    known = {**KNOWN, "430581107": Known("township", "430581", "cn.43.05.81.107.", "司马冲镇")}
    only_groups = {"may_write": lambda level: level == "group", "known": known}
    assert check(same, group, **only_groups)[1] == []
    assert check(other, group, **only_groups)[1] == [(2, "areas.row_official")]


def test_paths_whatever_the_order_of_rows():
    paths, errors = check(*reversed(GOOD))
    assert errors == []
    assert paths["430581107"] == "cn.43.05.81.107."


def test_own_areas_below_a_village_of_the_database_with_words_for_levels():
    paths, errors = check(("430581107221E01B03", "3栋", "楼栋", "430581107221E01"))
    assert errors == []
    assert paths == {"430581107221E01B03": "cn.43.05.81.107.221.E01.B03."}


def test_levels_by_number_key_and_word():
    assert [level_of(text) for text in (" 4 ", "Township", "小区", "6", "")] == [
        "township",
        "township",
        "estate",
        None,
        None,
    ]


def test_what_may_lie_in_what():
    assert may_hold("village", "building")
    assert may_hold("estate", "grid")
    assert not may_hold("building", "group")
    assert not may_hold("grid", "group")
    assert not may_hold("township", "group")
    assert not may_hold(None, "county")


def test_a_label_never_holds_what_a_path_or_a_token_needs():
    assert label("a.b,c;d~e/f", "") == "abcdef"
    assert path_of("430581", "4305", "cn.43.05.") == "cn.43.05.81."


def test_codes_go_on_after_the_highest_taken():
    codes = next_codes("V", "group", {"VG01", "VG07", "VE09", "VGx"})
    assert [next(codes), next(codes)] == ["VG08", "VG09"]


def test_the_area_that_holds_all():
    assert common_path(["cn.43.05.", "cn.43.07."]) == "cn.43."
    assert common_path(["cn.43.05.81.", "cn.43.05.82."]) == "cn.43.05."
    assert common_path([]) == "cn."
