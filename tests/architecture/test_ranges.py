"""A table with an area is read by a range of its paths, with an index for it; or it says here by what it is read."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from lianfang.core.models import PathField

pytestmark = pytest.mark.django_db

# table and column -> why a range of it needs no index of its own.
READ_OTHERWISE = {
    "accounts_grant.area_path": "some thousand rows, most of them asked for by account",
    "campaigns_campaign.area_path": "a handful",
    "campaigns_emergency.area_path": "a handful",
    "campaigns_order.area_path": "a handful",
    "campaigns_orderreceipt.area_path": "by order; one an area",
    "campaigns_reminder.area_path": "by round; at most four a village",
    "campaigns_exemption.area_path": "by round, or those that wait, few of them, from an index of their own",
    "campaigns_handback.area_path": "by round; few",
    "campaigns_target.village_path": "by round and area path, which begins with it; counters by village are kept",
    "campaigns_visit.area_path": "by household, from a list of targets or of the register; a county is read through",
    "campaigns_visitline.area_path": "by visit",
    "campaigns_fact.area_path": "by household; a whole county is read through",
    "intake_operation.area_path": "by the hour of arrival; those that wait have an index of their own",
    "intake_papervisit.area_path": "by visit or paper",
    "intake_phonekey.area_path": "by its key",
    "intake_fieldtold.area_path": "by person",
    "intake_conflict.area_path": "those that are open have an index of their own",
    "questions_form.area_path": "some hundred forms, read by key or all",
    "questions_question.area_path": "some hundred questions, read by key or all",
    "questions_formdraft.area_path": "a handful that are not made yet",
    "register_doublesearch.area_path": "a handful",
    "register_importfile.area_path": "one a sheet",
    "register_rawrow.area_path": "by file, sheet and row",
    "register_rowfinding.area_path": "by file",
    "register_unreadrow.area_path": "by file or address; gone with the file",
    "verification_listfile.area_path": "by list",
    "verification_hop.area_path": "by row; those that wait for a signature by list",
    "verification_hop.from_path": "never asked for",
    "verification_answer.area_path": "by row",
    "verification_call.area_path": "by row, person or phone",
    "verification_listreminder.area_path": "by list; at most four an area",
    "verification_return.area_path": "by list",
    "reports_dayclose.area_path": "by area and day; one an evening",
    "reports_departmenttable.area_path": "one a table that a department asked for",
    "reports_tabletemplate.area_path": "one a file that was dropped in",
    "reports_rechecksample.area_path": "by close; nineteen an evening",
}


def _columns() -> set[str]:
    return {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, PathField)
    }


def _indexed() -> set[str]:
    """Columns that an index of the whole table has first, or behind what is asked for by equality."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.relname || '.' || a.attname from pg_index i join pg_class t on t.oid = i.indrelid"
            " cross join lateral unnest(i.indkey) with ordinality k(number, place)"
            " join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number"
            " where i.indpred is null and k.place <= 2 and t.relnamespace = 'public'::regnamespace"
        )
        return {row[0] for row in cursor.fetchall()}


def test_an_area_is_found_by_an_index_or_it_is_said_why_not(db: None) -> None:
    assert _columns() - _indexed() - set(READ_OTHERWISE) == set()


def test_no_reason_outlives_its_column(db: None) -> None:
    assert set(READ_OTHERWISE) - (_columns() - _indexed()) == set()
