"""Every row about a place goes along when its area changes, or says that it stays (decision 0020)."""

import pytest
from django.db import connection

from lianfang.core.following import counters, path_columns

pytestmark = pytest.mark.django_db


def test_what_follows_may_be_updated_by_the_app():
    """An append-only table needs a grant on the column, or `follows=STAYS` in its model: else a merger fails."""
    refused = []
    with connection.cursor() as cursor:
        for column in path_columns():
            for name in (column.name, *column.area_columns, *column.village_columns):
                cursor.execute("select has_column_privilege(%s, %s, 'update')", [column.table, name])
                if cursor.fetchone() != (True,):
                    refused.append(f"{column.table}.{name}")
    assert refused == []


def test_the_tables_of_residents_follow():
    followed = {column.table for column in path_columns()}
    assert {"register_door", "register_household", "register_person", "register_lookuptoken"} <= followed
    assert {"campaigns_target", "campaigns_task", "campaigns_visit", "intake_operation"} <= followed
    assert not {"reports_dayclose", "core_auditrow", "campaigns_orderreceipt"} & followed
    assert [column.table for column in counters()] == ["campaigns_coverage"]
