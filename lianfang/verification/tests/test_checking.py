"""A list as a file against the county: nothing is kept, and every row comes back in its place."""

import csv
import datetime as dt

import pytest
from django.db import connection

from lianfang.core import clock
from lianfang.register.models import Person
from lianfang.register.tests.pairs import copy_of
from lianfang.register.tests.sheets_made import xlsx
from lianfang.verification.checking import check_parts, status_of
from lianfang.verification.cli import COLUMNS
from lianfang.verification.cli import check as run
from lianfang.verification.models import PushedRow
from lianfang.verification.operations import answering, sending
from lianfang.verification.rows import Bucket, ListRow
from lianfang.verification.tests.conftest import row_of
from lianfang.verification.tests.test_matching import NUMBER, PHONE, a_county  # noqa: F401 - fixture
from lianfang.verification.triage import Earlier, Known
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db

HEADER = ["序号", "姓名", "身份证号", "手机号", "现住址"]
ROWS = [
    ["1", "易国强", NUMBER, PHONE, "武冈市司马冲镇杨梅村1组"],
    ["2", "易国强", "", PHONE, ""],
    ["3", "没有这个人", "", "", "武冈市湾头桥镇泉塘村"],
    ["4", "", "", "", "看不清"],
    ["5", "刘外地", "", "15012345678", "湖北省武汉市洪山区珞喻路1号"],
    ["6", "无处可派", "", "15012345679", ""],
]


def counted():
    """Rows of every table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall()]
        counts = {}
        for table in sorted(tables):
            cursor.execute("select has_table_privilege(%s, 'select')", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f'select count(*) from "{table}"')
                counts[table] = cursor.fetchone()[0]
    return counts


def checked(world, tmp_path, rows=ROWS):
    out = tmp_path / "out.csv"
    with clock.frozen(TONIGHT):
        assert run(file=xlsx(tmp_path / "list.xlsx", [HEADER, *rows]), county="430581", out=out) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_check_keeps_nothing(world, tmp_path):
    with world.as_root():
        before = counted()
    assert before["register_person"] > 0
    checked(world, tmp_path)
    with world.as_root():
        assert counted() == before


def test_each_row_has_its_line_also_one_that_nobody_can_read(world, tmp_path):
    lines = checked(world, tmp_path)
    assert tuple(lines[0]) == COLUMNS
    assert [line["row"] for line in lines] == [str(n) for n in range(2, 8)]
    assert [line["triage"] for line in lines] == [
        "out",
        "doubled",
        "out",
        "unroutable",
        "not_ours",
        "unroutable",
    ]
    assert [line["status"] for line in lines] == ["ready", "answered", "ready", "desk", "answered", "desk"]


def test_a_line_says_whom_it_means_and_where_it_is_checked(world, tmp_path):
    first, _, third, *_ = checked(world, tmp_path)
    assert (first["verdict"], first["person_id"], first["person_ref"]) == (
        "same",
        str(world.one.pk),
        world.one.reference,
    )
    assert (first["town"], first["village"]) == ("430581107", "430581107221")
    assert "id.equal" in first["reasons"]
    assert float(first["score"]) > 10
    assert (third["verdict"], third["person_id"]) == ("unknown", "")
    assert (third["town"], third["village"]) == ("430581101", "430581101201")


def test_no_value_of_a_person_stands_in_the_reasons(world, tmp_path):
    for line in checked(world, tmp_path):
        assert not any(value in line["reasons"] for value in ("易国强", NUMBER, PHONE, "珞喻路"))


def judged(world, facts=None, **said):
    row = ListRow("名单", 2, **{"name": "易国强", **said})
    county = world.areas["武冈市"]
    ((found,),) = check_parts([[row]], county=county, known=lambda _people, _keyed: facts or Known())
    return found


def test_the_register_places_a_row_before_its_address_does(world):
    found = judged(world, id_number=NUMBER, address="武冈市湾头桥镇泉塘村")
    assert (found.triage.village, found.triage.by) == ("430581107221", "register")


def test_two_who_fit_go_to_the_township_that_both_live_in(world):
    with world.as_root():
        copy_of(world, world.one, "田心村/1组/1", id_number=None, birth_on=dt.date(1961, 4, 2))
    found = judged(world, phones=(PHONE,))
    assert found.match.best is None
    assert (found.triage.bucket, found.triage.town, found.triage.village) == (Bucket.OUT, "430581107", "")


def test_a_probable_row_waits_for_a_decision_and_goes_nowhere_before(world):
    found = judged(world, birth_on=dt.date(1987, 3, 12))
    assert (found.match.verdict, found.triage.bucket) == ("probably", Bucket.DECIDE)
    assert status_of(found.triage) == "deciding"
    assert found.triage.village == ""  # nothing rests on it before


def test_who_moved_away_is_not_ours(world):
    with world.as_root():
        Person.objects.filter(pk=world.one.pk).update(is_current=False)
    assert judged(world, id_number=NUMBER).triage.bucket == Bucket.NOT_OURS


def test_what_was_answered_before_answers_again(world):
    at = TONIGHT - dt.timedelta(days=3)
    facts = Known({world.one.pk: Earlier("controlled", at, "on_list", "0807-1")})
    assert judged(world, facts, id_number=NUMBER).triage.bucket == Bucket.CHECKED


def test_the_command_knows_who_was_answered_for_lately_and_what_is_past_its_period(world, take, tmp_path):
    with clock.frozen(TONIGHT):
        found = take(row_of(world.one))
        by = world.users["周敏"].pk
        with world.acting("周敏") as scope:
            sending.dispatch(list_id=found.pk, scope=scope, by=by)
            (row,) = PushedRow.objects.filter(scope.q(), list=found)
            answering.answer(row_id=row.pk, said=answering.Said("controlled"), scope=scope, by=by)
    rows = [["易国强", NUMBER, "2026-08-05"], ["郝新来", "", "2026-06-01"], ["郝再来", "", "2026-08-05"]]
    sheet, out = xlsx(tmp_path / "list.xlsx", [["姓名", "身份证号", "抵达日期"], *rows]), tmp_path / "out.csv"
    with clock.frozen(TONIGHT + dt.timedelta(hours=1)):
        assert run(file=sheet, county="430581", out=out, period_days=14) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [line["triage"] for line in csv.DictReader(file)] == ["checked", "past_period", "unroutable"]
