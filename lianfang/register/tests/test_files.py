"""A file on its way: who may not, each state and the ways between them, and that nothing of it is lost."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection

from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped
from lianfang.register import filing, importing, jobs
from lianfang.register.file_queries import get_file
from lianfang.register.models import (
    NEXT,
    ImportFile,
    Person,
    RawRow,
    RowFinding,
    SheetLayout,
    UnreadAddress,
    UnreadRow,
)
from lianfang.register.tests.sheets_made import an_id, xlsx
from tests import world as cast

HEADER = ["编号", "姓名", "身份证号码", "手机号码", "村", "组", "门牌"]
GOOD = ["P1", "欧阳明", an_id(), "138 1234 2076", "杨梅村", "三组", "9"]
BAD_ID = ["P2", "莫小二", an_id()[:-1] + "9", "", "杨梅村", "3组", "10"]
NO_NAME = ["P3", "", "", "", "杨梅村", "3组", "11"]
State = ImportFile.State


@pytest.fixture
def files(world, tmp_path):
    return Files(world, tmp_path)


class Files:
    """Files of the data officer, loaded for the county."""

    def __init__(self, world, folder):
        self.world, self.folder, self.by = world, folder, world.users["周敏"].pk

    def receive(self, *rows, header=HEADER, name="表.xlsx"):
        path = xlsx(self.folder / name, [header, *rows])
        with self.world.acting("周敏") as scope:
            return filing.receive_file(
                content=path.read_bytes(), name=name, area=self.world.areas["武冈市"], scope=scope, by=self.by
            )

    def ask(self, file, state):
        with self.world.acting("周敏") as scope:
            return jobs.ask(file_id=file.pk, state=state, scope=scope, by=self.by)[0]

    def checked(self, *rows, **options):
        return self.ask(self.receive(*rows, **options), State.CHECKING)

    def now(self, file):
        with self.world.as_root() as scope:
            return get_file(scope, file.pk)


# ---------- who may not ----------


def test_a_file_of_one_village_is_not_there_for_the_neighbour(files, world):
    content = xlsx(files.folder / "a.xlsx", [HEADER, GOOD]).read_bytes()
    with world.acting("邓永福") as scope:
        mine = filing.receive_file(
            content=content, name="a.xlsx", area=world.areas["杨梅村"], scope=scope, by=1
        )
    for name in ("谭小英", "王小红"):
        with world.acting(name) as scope:
            for step in (filing.stop, filing.remove, filing.bring_back):
                with pytest.raises(Problem, match="没有这份上传的表"):
                    step(file_id=mine.pk, scope=scope, by=1)
            assert not RowFinding.objects.filter(scope.q()).exists()


def test_a_village_lead_stores_nothing_for_the_village_next_door(files, world):
    with world.acting("邓永福") as scope, pytest.raises(Problem, match="不在您负责的辖区内"):
        filing.receive_file(content=b"x", name="a.csv", area=world.areas["田心村"], scope=scope, by=1)


def test_the_walls_stand_round_findings_raw_rows_and_layouts(files, world):
    file = files.ask(files.checked(GOOD, NO_NAME), State.TAKING)
    with world.as_root():
        SheetLayout.objects.create(area_path=file.area_path, digest="x", chosen_at=clock.now())
    with world.acting("谭小英"):
        for model in (ImportFile, RowFinding, RawRow, SheetLayout):
            assert not model.objects.exists(), model
    for model in (ImportFile, RowFinding, RawRow, SheetLayout):
        with pytest.raises(Exception, match="without a scope token"):
            model.objects.exists()
        break  # the transaction is broken by the refusal


def test_nobody_but_the_data_officer_opens_a_file_or_its_columns(files, client, world):
    file = files.checked(GOOD)
    for name in ("刘志远", "戴春燕", "邓永福", "王小红", "瞿敏", "申志文"):
        client.force_login(world.users[name])
        with clock.frozen(cast.TONIGHT):
            for address in ("", "/columns", "/progress", "/marked"):
                assert client.get(f"/register/load/{file.pk}{address}").status_code == 403, (name, address)
            for address in ("/act", "/raw", "/columns/save"):
                assert client.post(f"/register/load/{file.pk}{address}").status_code == 403, (name, address)


# ---------- states ----------


def test_what_was_sent_is_stored_and_recorded_before_anybody_judges_it(files, world):
    file = files.receive(GOOD)
    kept = files.now(file)
    assert (kept.state, kept.row_count, kept.checked_at) == (State.RECEIVED, 0, None)
    with world.as_root():
        assert importing.file_content(kept)[:2] == b"PK"
    written = AuditRow.objects.get(action="register.receive")
    assert (written.actor_id, written.object_id) == (files.by, str(file.pk))


def test_a_small_file_is_checked_and_taken_at_once(files, world):
    file = files.checked(GOOD, BAD_ID, NO_NAME)
    assert (file.state, file.row_count, file.taken_count, file.rejected_count) == (State.CHECKED, 3, 2, 1)
    with world.as_root():
        assert not Person.objects.filter(reference="P1").exists()
        assert set(RowFinding.objects.filter(file=file).values_list("row", "code", "is_taken")) == {
            (3, "register.id_check_digit", True),
            (4, "register.name_missing", False),
        }
    file = files.ask(file, State.TAKING)
    assert (file.state, file.outcome["stored"]["added"]) == (State.TAKEN, 2)
    with world.as_root():
        person = Person.objects.get(reference="P1")
        assert (person.source_file_id, person.source_sheet, person.source_row) == (file.pk, "人口底册", 2)


def test_every_state_can_be_left_but_only_by_its_ways(files, world):
    assert set(NEXT) == set(State.values)
    file = files.receive(GOOD)
    for state in (State.TAKING,):  # not before it was checked
        with pytest.raises(Problem, match="状态已经变了"):
            files.ask(file, state)
    with world.acting("周敏") as scope, pytest.raises(Problem, match="状态已经变了"):
        filing.stop(file_id=file.pk, scope=scope, by=1)
    file = files.ask(files.ask(file, State.CHECKING), State.TAKING)
    with pytest.raises(Problem, match="状态已经变了"):
        files.ask(file, State.CHECKING)  # taken: its findings belong to what was taken


def test_what_cannot_be_read_keeps_its_reason_and_can_be_tried_again(files, world):
    with world.acting("周敏") as scope:
        file = filing.receive_file(
            content=b"PK\x03\x04 broken", name="坏.xlsx", area=world.areas["武冈市"], scope=scope, by=files.by
        )
    for _again in range(2):
        file = files.ask(file, State.CHECKING)
        kept = files.now(file)
        assert (kept.state, kept.fault_code) == (State.FAILED, "register.file_unreadable")
        assert kept.fault_detail


def test_a_stopped_file_goes_on_where_it_was(files, world):
    file = files.checked(GOOD)
    with world.acting("周敏") as scope:
        begun = filing.begin(file_id=file.pk, state=State.TAKING, scope=scope, by=files.by)
        filing.stop(file_id=file.pk, scope=scope, by=files.by)
    assert files.now(file).state == State.CANCELLED
    # The job comes late and finds its run over.
    assert jobs.work_on_file(file.pk, begun.run, file.county_id, files.by) == State.CANCELLED
    assert files.ask(file, State.TAKING).state == State.TAKEN


def test_stopping_in_the_middle_of_taking_leaves_nothing_behind(files, world):
    file = files.checked(GOOD, BAD_ID)

    def stopped_by_somebody(done):
        ImportFile.objects.filter(pk=file.pk).update(state=State.CANCELLED)

    with world.acting("周敏") as scope:
        begun = filing.begin(file_id=file.pk, state=State.TAKING, scope=scope, by=files.by)
        before = Person.objects.count()
        outcome = filing.take_file(file=begun, scope=scope, by=files.by, progress=stopped_by_somebody)
        assert (outcome, begun.state, Person.objects.count()) == (None, State.CANCELLED, before)
        assert not RawRow.objects.exists()


def test_an_older_run_changes_nothing(files, world):
    file = files.checked(GOOD)
    with world.acting("周敏") as scope:
        old = filing.begin(file_id=file.pk, state=State.TAKING, scope=scope, by=files.by)
        filing.stop(file_id=file.pk, scope=scope, by=files.by)
        new = filing.begin(file_id=file.pk, state=State.TAKING, scope=scope, by=files.by)
        assert filing.take_file(file=old, scope=scope, by=files.by) is None
        assert not Person.objects.filter(reference="P1").exists()
        assert filing.take_file(file=new, scope=scope, by=files.by) is not None


def test_what_was_deleted_by_a_slip_is_brought_back(files, world):
    file = files.checked(GOOD)
    with world.acting("周敏") as scope:
        filing.remove(file_id=file.pk, scope=scope, by=files.by)
        with pytest.raises(Problem, match="状态已经变了"):
            jobs.ask(file_id=file.pk, state=State.TAKING, scope=scope, by=files.by)
        filing.bring_back(file_id=file.pk, scope=scope, by=files.by)
    assert files.ask(file, State.TAKING).state == State.TAKEN
    with world.acting("周敏") as scope, pytest.raises(Problem, match="状态已经变了"):
        filing.remove(file_id=file.pk, scope=scope, by=files.by)  # people open to it


def test_a_month_after_it_was_deleted_it_is_gone_with_its_content(files, world):
    old, new = files.checked(GOOD), files.checked(GOOD, name="b.xlsx")
    with world.acting("周敏") as scope:
        filing.remove(file_id=old.pk, scope=scope, by=files.by)
        filing.remove(file_id=new.pk, scope=scope, by=files.by)
    with world.as_root():
        long_ago = cast.TONIGHT - filing.dt.timedelta(days=31)
        ImportFile.objects.filter(pk=old.pk).update(removed_at=long_ago)
    with clock.frozen(cast.TONIGHT):
        assert filing.purge_removed() == 1
    with world.as_root():
        assert list(ImportFile.objects.values_list("pk", flat=True)) == [new.pk]
    assert AuditRow.objects.get(action="register.purge_file").object_id == str(old.pk)


# ---------- what the sheet had written ----------


def test_raw_cells_are_kept_sealed_where_they_differ_and_rejected_rows_whole(files, world):
    file = files.ask(files.checked(GOOD, BAD_ID, NO_NAME), State.TAKING)
    with connection.cursor() as cursor, world.as_root():
        cursor.execute("select cells from register_rawrow")
        assert not any(b"138 1234" in bytes(cells) for (cells,) in cursor.fetchall())
    with world.acting("周敏") as scope:
        shown = [
            filing.show_raw_row(
                file_id=file.pk, sheet="人口底册", row=row, reason="核对", scope=scope, by=files.by
            )
            for row in (2, 3, 4)
        ]
        assert shown[0] == {"手机号码": "138 1234 2076", "组": "三组", "门牌": "9"} or shown[0] == {
            "手机号码": "138 1234 2076",
            "组": "三组",
        }
        assert shown[1]["身份证号码"] == BAD_ID[2]
        assert shown[2] == {"编号": "P3", "村": "杨梅村", "组": "3组", "门牌": "11"}
        people = {raw.row: raw.person_id for raw in RawRow.objects.all()}
        assert people == {
            2: Person.objects.get(reference="P1").pk,
            3: Person.objects.get(reference="P2").pk,
            4: None,
        }
    assert AuditRow.objects.filter(action="register.show_raw", reason="核对").count() == 3


def test_a_raw_row_is_not_shown_without_a_reason(files, world):
    file = files.ask(files.checked(GOOD), State.TAKING)
    with world.acting("周敏") as scope, pytest.raises(Problem, match="写明查看原因"):
        filing.show_raw_row(file_id=file.pk, sheet="人口底册", row=2, reason=" ", scope=scope, by=1)
    assert not AuditRow.objects.filter(action="register.show_raw").exists()


def test_the_same_rows_in_a_second_file_add_no_raw_rows(files, world):
    files.ask(files.checked(GOOD), State.TAKING)
    again = files.ask(files.checked(GOOD, name="b.xlsx"), State.TAKING)
    assert again.outcome["stored"] == {"areas": 0, "doors": 0, "households": 0, "added": 0, "changed": 0}
    with world.as_root():
        assert not RawRow.objects.filter(file=again).exists()
        assert Person.objects.get(reference="P1").source_file_id != again.pk


def test_rows_whose_place_nobody_can_read_wait_in_the_queue(files, world):
    header = ["姓名", "现住址"]
    rows = [["欧阳明", "杨梅村3组9号"], ["莫小二", "佘湖山水库边"], ["莫小三", "佘湖山水库边"]]
    file = files.checked(*rows, header=header)
    with world.as_root():
        assert not UnreadRow.objects.exists()  # nothing waits before the file is taken
    file = files.ask(file, State.TAKING)
    with world.as_root():
        address = UnreadAddress.objects.get()
        assert (str(address.text), address.row_count) == ("佘湖山水库边", 2)
        assert address.neighbours == {world.areas["杨梅村"].code: 2}
        assert set(UnreadRow.objects.values_list("row", "taken_at")) == {(3, None), (4, None)}


# ---------- text out of a chat ----------


def test_a_pasted_list_is_a_file_like_any_other(files, world):
    with world.acting("周敏") as scope:
        file = filing.receive_text(
            text="姓名,电话,村,组\n欧阳明,13812342076,杨梅村,3组\n",
            area=world.areas["武冈市"],
            scope=scope,
            by=files.by,
        )
    assert (file.name, file.is_pasted) == ("粘贴-2026-08-07.txt", True)
    file = files.ask(file, State.CHECKING)
    assert (file.state, file.taken_count) == (State.CHECKED, 1)
    with world.acting("周敏"):
        sheet = openpyxl.load_workbook(io.BytesIO(filing.marked_copy(file=file))).active
        assert sheet["A2"].value == "欧阳明"


def test_nothing_pasted_is_told(files, world):
    with world.acting("周敏") as scope, pytest.raises(Problem, match="没有内容"):
        filing.receive_text(text=" \n", area=world.areas["武冈市"], scope=scope, by=files.by)


def test_a_scope_over_the_file_is_enough_for_the_job(files, world):
    """As the worker process runs it: no scope stands open, the job opens its own."""
    file = files.checked(GOOD)
    scope = Scope.over([file.area_path], actor_id=files.by)
    with scoped(scope):
        begun = filing.begin(file_id=file.pk, state=State.TAKING, scope=scope, by=files.by)
    jobs.work(begun, scope=scope, by=files.by)
    assert files.now(file).state == State.TAKEN
