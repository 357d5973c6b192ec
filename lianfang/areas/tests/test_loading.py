import gzip
import lzma

import pytest

from lianfang.areas.loading import FileRejected, load_file
from lianfang.areas.models import Area
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem

pytestmark = pytest.mark.django_db

COUNTY = """code,name,level,parent
43,湖南省,1,
4305,邵阳市,2,43
430581,武冈市,3,4305
430581107,司马冲镇,4,430581
430581107221,杨梅村,5,430581107
"""


def write(folder, text, name="areas.csv", encoding="utf-8"):
    path = folder / name
    content = text.encode(encoding)
    packed = {".gz": gzip.compress, ".xz": lzma.compress}.get(path.suffix, bytes)(content)
    path.write_bytes(packed)
    return path


def test_a_bad_file_stores_nothing_and_says_every_fault(tmp_path):
    text = COUNTY + "430581107221,杨梅村,5,430581107\n1,甲,5,9999\n"
    with pytest.raises(FileRejected) as refused:
        load_file(write(tmp_path, text))
    assert [(e.number, e.problem.code) for e in refused.value.errors] == [
        (7, "areas.row_double"),
        (8, "areas.row_orphan"),
    ]
    assert "2" in refused.value.message
    assert not Area.objects.exists()
    assert not AuditRow.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"code,name,level,parent\n", b"\xff\xfe\x81", b"\x89PNG\r\n\x1a\n\x00\x81\xff"],
)
def test_what_is_no_division_file_is_refused_as_such(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(Problem) as refused:
        load_file(path)
    assert refused.value.code == "areas.file_unreadable"


def test_a_broken_archive_is_refused_as_such(tmp_path):
    path = write(tmp_path, COUNTY, "x.csv.xz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Problem) as refused:
        load_file(path)
    assert refused.value.code == "areas.file_unreadable"


def test_an_area_with_anothers_path_is_refused(tmp_path):
    load_file(write(tmp_path, COUNTY))
    with pytest.raises(FileRejected) as refused:
        load_file(write(tmp_path, "code,name,level,parent\n4305811072.21,假村,5,430581107\n"))
    assert [e.problem.code for e in refused.value.errors] == ["areas.row_path_taken"]


@pytest.mark.parametrize(("name", "encoding"), [
    ("a.csv", "utf-8"), ("a.csv", "utf-8-sig"), ("a.csv", "gb18030"), ("a.csv.gz", "utf-8"), ("a.csv.xz", "gb18030"),
])  # fmt: skip
def test_every_encoding_and_packing_gives_the_same_tree(tmp_path, name, encoding):
    load_file(write(tmp_path, COUNTY, name, encoding))
    village = Area.objects.get(code="430581107221")
    assert (village.name, village.level, village.initials) == ("杨梅村", "village", "ymc")
    assert village.path == "cn.43.05.81.107.221."
    assert village.parent.name == "司马冲镇"


def test_loading_again_changes_nothing_then_a_name(tmp_path):
    assert str(load_file(write(tmp_path, COUNTY))) == "5 areas: 5 added, 0 renamed, 0 as before"
    before = dict(Area.objects.values_list("code", "id"))
    assert load_file(write(tmp_path, COUNTY)).added_count == 0
    shorter = "code,name,level,parent\n430581107221,杨梅新村,5,430581107\n430581107222,田心村,5,430581107\n"
    again = load_file(write(tmp_path, shorter))
    assert (again.added_count, again.renamed_count) == (1, 1)
    assert Area.objects.get(code="430581107221").name == "杨梅新村"
    assert {code: Area.objects.get(code=code).id for code in before} == before


def test_the_load_is_in_the_audit_trail_with_the_area_that_holds_it_all(tmp_path):
    load_file(write(tmp_path, COUNTY))
    row = AuditRow.objects.get()
    assert (row.action, row.area_path, row.detail["added"]) == ("area.load", "cn.43.", 5)


def test_what_a_later_register_lacks_stays_and_is_counted(tmp_path):
    more = COUNTY + "430581107222,田心村,5,430581107\n"
    assert load_file(write(tmp_path, more)).missing_count == 0
    loaded = load_file(write(tmp_path, COUNTY))
    assert (loaded.missing_count, loaded.added_count) == (1, 0)
    assert Area.objects.get(code="430581107222").is_living


def test_a_file_of_the_countys_own_areas_is_no_register(tmp_path):
    load_file(write(tmp_path, COUNTY))
    groups = "code,name,level,parent\n430581107221G01,1组,组,430581107221\n"
    assert load_file(write(tmp_path, groups)).missing_count == 0
