"""Whom a sheet of names lists: as its title says, and nobody's id because nothing was said."""

import pytest

from lianfang.questions.queries import questions_by_key
from lianfang.reports.listing import said_of, who_is_listed
from lianfang.reports.queries.table_values import Who
from lianfang.reports.tests.department_files import roster
from lianfang.reports.tests.department_tables import confirmed, registered
from lianfang.reports.tests.test_department_tables import refused


def test_ids_of_everybody_are_given_to_nobody_who_did_not_ask_for_everybody(world):
    table = registered(world, roster())
    refused(lambda: confirmed(world, table, who=Who()), "reports.everybody_listed")
    refused(lambda: confirmed(world, table, who=Who("registered")), "reports.everybody_listed")
    assert confirmed(world, table, who=Who(is_everybody=True)).has_numbers


@pytest.mark.parametrize(
    ("title", "conditions", "answered"),
    [
        ("独居、空巢老年人巡访关爱对象花名册", [("age", ">=", 60)], "is_elderly_alone"),
        ("80岁以上高龄老人花名册", [("age", ">=", 80)], ""),
        ("农村留守儿童基本信息台账", [("age", "<=", 17)], "is_left_behind_child"),
        ("未满14周岁儿童摸底表", [("age", "<=", 13)], ""),
        ("12-17岁人群接种名单", [("age", ">=", 12), ("age", "<=", 17)], ""),
        ("育龄妇女花名册", [("sex", "==", "female")], ""),
        ("外地返乡人员登记表", [], "has_returned"),
        ("常住人口花名册", [], ""),
    ],
)
def test_a_title_says_whom_it_is_about(world, title, conditions, answered):
    found = who_is_listed(title, tuple(questions_by_key().values()))
    assert [(one["field"], one["op"], one["value"]) for one in found.conditions] == conditions
    assert [key for key, _value in found.answers] == ([answered] if answered else [])


def test_whoever_approves_reads_who_is_listed():
    who = Who(conditions=({"field": "age", "op": ">=", "value": 60},), answers=(("alone", True),))
    assert said_of(who, {"living_here": "常住"}, {}) == "常住，60岁以上，alone＝是"
    assert said_of(Who(), {"living_here": "常住"}, {}) == "常住，所有人都列"
