"""What is written into an array comes out of it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.core.arrays import columns, literal


class Choice(models.TextChoices):
    MET = "met", "见到"


_STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def _through(values: object, kind: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(f"select %s::{kind}[]", [literal(values)])
        return cursor.fetchone()[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.none() | _STORABLE | st.sampled_from(["NULL", "", "{}", '"', "\\", ",", " a ", "%s", "'"])
    )
)
def test_any_text_comes_back(db, values):
    assert _through(values, "text") == values


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.none() | st.binary()))
def test_any_bytes_come_back(db, values):
    assert [None if found is None else bytes(found) for found in _through(values, "bytea")] == values


def test_the_other_kinds_come_back(db):
    moment = dt.datetime(2026, 8, 7, 21, 5, tzinfo=dt.UTC)
    for values, kind in (
        ([1, None, -(2**60)], "bigint"),
        ([True, False, None], "boolean"),
        ([uuid.UUID(int=7), None], "uuid"),
        ([moment, None], "timestamptz"),
        ([dt.date(2026, 8, 7), None], "date"),
    ):
        assert _through(values, kind) == values
    assert _through([Choice.MET], "text") == ["met"]
    assert columns([(1, "a"), (2, None)]) == ["{1,2}", '{"a",NULL}']
