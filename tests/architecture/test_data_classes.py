"""What each table holds, and that the second wall stands round every table that holds residents.

A new table is not done until it stands here: with the residents, or with the reason why it holds none.
"""

import re

import pytest
from django.apps import apps
from django.db import connection, models

from lianfang.core.models import PathField
from lianfang.core.sealing import SealedField

pytestmark = pytest.mark.django_db

# table -> its text and JSON columns in the clear: names, places below the village, codes, coded answers of class plain
# or personal. Whatever else people write about a resident is sealed.
RESIDENTS: dict[str, set[str]] = {
    "accounts_newcomer": {"name", "phone_name", "app"},
    "register_door": {"unit", "floor", "room", "label"},
    "register_doorrun": {"estate", "pattern", "new_areas"},
    "register_household": {"reference", "head_name"},
    "register_person": {"name", "initials", "reference", "source_sheet"},
    "register_lifeevent": {"name", "relation", "before"},
    "register_lookuptoken": set(),
    "register_importfile": {"name", "fault_code", "fault_detail", "choices", "mapping", "outcome"},
    "register_rowfinding": {"sheet", "column", "code", "payload"},
    "register_rawrow": {"sheet"},
    "register_sheetlayout": {"digest", "columns"},
    "register_unreadaddress": {"candidates", "neighbours"},
    "register_unreadrow": {"sheet"},
    "register_double": {"reasons", "found_by"},
    "register_doublesearch": {"found_by"},
    "register_merge": {"taken"},
    "campaigns_target": {"reason"},
    "campaigns_task": {"template", "closed_as"},
    "campaigns_exemption": {"reason", "decision_note"},
    "campaigns_handback": {"reason"},
    "campaigns_visit": {"answers", "as_before"},
    "campaigns_visitline": {"reason", "answers"},
    "campaigns_fact": {"question", "value"},
    "intake_paper": {"media_type"},
    "intake_papervisit": set(),
    "questions_formdraft": {"title", "source"},
    "intake_operation": {"kind", "source", "code", "detail", "settled_reason"},
    "intake_entrydraft": {"area_code"},
    "intake_phonekey": set(),
    "verification_listfile": {"name", "choices"},
    "verification_pushedrow": {
        "sheet",
        "name",
        "sex",
        "verdict",
        "candidates",
        "bucket",
        "bucket_reasons",
        "town_code",
        "village_code",
        "placed_by",
        "proposed",
        "show_code",
    },
    "verification_hop": {"proposed", "reason"},
    "verification_answer": {"channel", "measure", "test_result"},
    "verification_call": set(),
    "intake_fieldtold": {"field"},
    "intake_conflict": {"question", "settled_as"},
    "reports_rechecksample": {"verdict", "note"},
    "reports_tabletemplate": {"name"},
    "reports_tablefilling": {"slot", "unknown", "fault_code"},
}
# Binary columns of those tables, sealed by the operation that writes them.
SEALED_BY_OPERATION = {
    ("accounts_device", "secret_digest"),  # keyed, as the four below: nothing can be read back
    ("accounts_invitation", "code_digest"),
    ("accounts_newcomer", "same_as"),
    ("accounts_newcomer", "ticket_digest"),
    ("accounts_enroltry", "what"),
    ("register_lookuptoken", "token"),  # a keyed digest: nothing can be read back
    ("register_importfile", "content"),
    ("register_importfile", "views"),
    ("register_rawrow", "cells"),
    ("register_unreadaddress", "token"),  # a keyed digest
    ("register_merge", "images"),
    ("register_merge", "followed"),
    ("intake_paper", "content"),
    ("intake_paper", "digest"),  # keyed: nothing can be read back
    ("campaigns_visit", "sealed_answers"),
    ("campaigns_fact", "sealed_value"),
    ("reports_tabletemplate", "content"),
    ("reports_tabletemplate", "seen"),
    ("reports_tablefilling", "content"),
    ("questions_formdraft", "content"),
    ("intake_operation", "body"),
    ("intake_entrydraft", "content"),
    ("intake_conflict", "said"),
    ("verification_listfile", "content"),
    ("verification_listfile", "understood"),
    ("verification_pushedrow", "said"),
    ("verification_pushedrow", "id_token"),  # keyed digests
    ("verification_pushedrow", "phone_token"),
    ("verification_call", "phone_token"),
    ("intake_entrydraft", "discarded"),
}
NOBODY: dict[str, str] = {
    "register_doorversion": "which transaction last touched which household; without a wall, so that a trigger misses none",
    "register_doorgone": "which transaction took which household out of which area",
    "core_auditrow": "ids, codes and counts; the pages that show it filter by area",
    "areas_areaalias": "names of places, cut out of addresses without their doors",
    "areas_area": "the tree is public within the response",
    "areas_adjustment": "changes of the tree",
    "areas_areachange": "what an area became",
    "areas_areamove": "which path became which",
    "accounts_user": "staff: the name by which they answer for an area",
    "accounts_grant": "staff",
    "accounts_device": "phones of staff",
    "accounts_invitation": "codes that staff are given",
    "accounts_enroltry": "counts of tries",
    "workforce_unit": "public bodies",
    "workforce_worker": "staff; the phone is sealed and dialled unseen",
    "workforce_assignment": "staff",
    "questions_question": "the dictionary",
    "questions_form": "the dictionary",
    "campaigns_order": "instructions",
    "campaigns_orderreceipt": "who signed for an instruction",
    "campaigns_emergency": "the emergency itself",
    "campaigns_emergencyrenewal": "who renewed it",
    "campaigns_campaign": "what has to be done where",
    "campaigns_round": "when",
    "campaigns_coverage": "counts of a village",
    "campaigns_reminder": "counts and staff",
    "sync_devicecontact": "when which phone had made how many operations",
    "sync_deviceoperation": "which number of which phone is here, and when it was made",
    "sync_databaseepoch": "one row: whether this database is the one that was here last time",
    "verification_pushedlist": "what was sent down and when it is due; its file and rows stand behind the wall",
    "verification_listreminder": "counts and staff",
    "verification_return": "counts of a list that went back",
    "reports_dayclose": "counts of an area, signed",
    "reports_departmenttable": "what a department asks for, and what its columns mean",
    "reports_tableshare": "counts of a village",
}
MACHINERY = ("django_", "auth_", "procrastinate_", "lianfang_scope_key")  # jobs carry ids only
# Numbers alone, of a household and of a transaction. A wall here would hide rows from the triggers that keep them: who
# decides about a door that has moved away since would leave a phone elsewhere with what it was (decision 0028).
NUMBERS_ALONE = ("register_doorversion", "register_doorgone")
SEALED_OF_STAFF = {("workforce_worker", "phone"), ("accounts_invitation", "code")}


def our_models():
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.db_table.startswith(MACHINERY)
    }


def ask(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def test_every_table_says_whom_it_holds():
    tables = {
        name
        for (name,) in ask(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        )
        if not name.startswith(MACHINERY)
    }
    assert tables == set(RESIDENTS) | set(NOBODY)
    assert set(our_models()) == tables
    assert set(RESIDENTS) & set(NOBODY) == set()


def test_the_wall_stands_round_exactly_the_tables_of_residents_and_binds_the_owner():
    walls = ask(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and (relrowsecurity or relforcerowsecurity or relname = any(%s))",
        list(RESIDENTS),
    )
    assert sorted(walls) == [(table, True, True) for table in sorted(RESIDENTS)]


def test_each_wall_is_one_policy_for_everybody_and_every_act_reading_and_writing():
    policies = ask(
        "select tablename, policyname, permissive, roles::text, cmd, qual, with_check from pg_policies"
        " where schemaname = 'public' order by tablename"
    )
    assert [row[0] for row in policies] == sorted(RESIDENTS)
    for table, name, permissive, roles, command, reading, writing in policies:
        assert (name, permissive, roles, command) == ("scope", "PERMISSIVE", "{public}", "ALL"), table
        assert reading == writing, table
        assert reading.count("lianfang_scope()") == 8, table  # two bounds of four ranges


def test_a_wall_is_evaluated_once_a_query_not_once_a_row():
    """`(select lianfang_scope())[i]` is an InitPlan; a bare call would check the signature for every row."""
    with connection.cursor() as cursor:
        cursor.execute("explain (costs off) select * from register_person")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(re.findall(r"^\s+InitPlan \d+$", plan, re.MULTILINE)) == 8
    assert "lianfang_scope" not in plan


def test_paths_compare_by_bytes_everywhere():
    """Ranges would mean something else in a table or an index of another collation."""
    wrong = ask(
        "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " join pg_collation l on l.oid = a.attcollation where c.relnamespace = 'public'::regnamespace"
        " and c.relkind in ('r', 'p', 'i') and a.attname like '%%path' and not a.attisdropped"
        " and c.relname not like all(%s) and l.collname <> 'C'",
        [f"{prefix}%" for prefix in MACHINERY],
    )
    assert wrong == []


def test_every_table_of_residents_has_the_path_of_its_place():
    for table in RESIDENTS:
        field = our_models()[table]._meta.get_field("area_path")
        assert isinstance(field, PathField), table
        assert not field.null, table


def test_what_is_written_about_residents_is_sealed_or_declared_plain():
    for table, plain in RESIDENTS.items():
        found = {
            field.column
            for field in our_models()[table]._meta.local_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
            and not isinstance(field, PathField)
            and not field.choices
        }
        assert found == plain, table


def test_every_binary_column_is_sealed_and_says_for_what():
    purposes = []
    for table, model in our_models().items():
        for field in model._meta.local_fields:
            if isinstance(field, SealedField):
                assert table in RESIDENTS or (table, field.column) in SEALED_OF_STAFF, (table, field.column)
                purposes.append(field.purpose)
            elif isinstance(field, models.BinaryField):
                assert (table, field.column) in SEALED_BY_OPERATION, (table, field.column)
    assert "" not in purposes
    assert len(set(purposes)) == len(purposes), "a value could be moved from one column to another"


def test_no_other_table_points_at_a_resident():
    residents = {our_models()[table] for table in RESIDENTS}
    for table in set(NOBODY) - set(NUMBERS_ALONE):
        for field in our_models()[table]._meta.local_fields:
            assert field.column not in ("person_id", "household_id", "door_id", "visit_id"), (
                table,
                field.column,
            )
            assert field.related_model not in residents, (table, field.column)


def test_what_has_no_wall_though_it_names_households_holds_numbers_and_places_alone():
    for table in NUMBERS_ALONE:
        columns = {field.column for field in our_models()[table]._meta.local_fields if field.column}
        assert columns <= {"household_id", "area_path", "version"}
