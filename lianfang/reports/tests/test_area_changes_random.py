"""Any sequence of merges, splits, renames, moves and new codes: nobody is lost, the equation holds, yesterday stays."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianfang.areas.changes.dividing import divide
from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.areas.changes.queries import undivided
from lianfang.areas.models import Area
from lianfang.campaigns.models import Coverage
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.queries.coverage import coverage_by_child, coverage_of, total
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped
from lianfang.register.models import Door, Household, LookupToken, Person
from lianfang.reports.queries.closing import close_page
from lianfang.reports.queries.day import Day
from lianfang.reports.tests.evenings import TODAY, worked
from tests.world import TONIGHT, World

NEXT_DAY = TONIGHT + dt.timedelta(hours=11)
CODES = ("430581", "430581101", "430581107", "430581101201", "430581107221", "430581107222")
KINDS = ("merge", "recode", "rename", "split", "move")

# Which village or township, which other one, what happens: numbers are taken modulo what lives at that moment.
orders = st.lists(
    st.tuples(st.sampled_from(KINDS), st.booleans(), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=4,
)


def rows(order: tuple[str, bool, int, int], number: int) -> list[dict[str, str]]:
    """One order as a list of changes, for what lives now; empty where there is nobody to do it to."""
    kind, is_town, first, second = order
    level = "township" if is_town else "village"
    living = list(
        Area.objects.filter(level=level, valid_to__isnull=True).order_by("code").select_related("parent")
    )
    towns = list(Area.objects.filter(level="township", valid_to__isnull=True).order_by("code"))
    if len(living) < 2 or (is_town and kind not in ("rename", "merge")):
        return []
    old = living[first % len(living)]
    others = [area for area in living if area.pk != old.pk]
    new = others[second % len(others)]
    base = {
        "old_code": old.code,
        "old_name": old.name,
        "level": level,
        "kind": kind,
        "new_name": "",
        "new_parent": "",
    }
    if kind == "rename":
        return [{**base, "new_code": old.code, "new_name": f"新{number}{'镇' if is_town else '村'}"}]
    if kind == "recode":
        code = f"{old.parent.code}{900 + number}"
        return [{**base, "new_code": code, "new_name": old.name, "new_parent": old.parent.code}]
    if kind == "move":
        town = towns[second % len(towns)]
        code = f"{town.code}{950 + number}"
        return [{**base, "new_code": code, "new_name": old.name, "new_parent": town.code}]
    if kind == "split":
        last = others[(second + 1) % len(others)]
        return [{**base, "new_code": area.code} for area in {new.code: new, last.code: last}.values()]
    if is_town:  # its villages go along under new codes
        villages = Area.objects.filter(parent=old, level="village", valid_to__isnull=True).order_by("code")
        moved = [
            {**base, "old_code": one.code, "old_name": one.name, "level": "village", "new_name": one.name}
            | {"new_code": f"{new.code}{800 + 10 * number + at}", "new_parent": new.code, "kind": "recode"}
            for at, one in enumerate(villages)
        ]
        return [*moved, {**base, "new_code": new.code}]
    return [{**base, "new_code": new.code}]


def applied(changes: list[dict[str, str]], scope: Scope) -> None:
    try:
        planned = plan_file(rows=changes, document="x", effective_on=NEXT_DAY.date(), scope=scope, by=None)
    except Problem as problem:
        if problem.code != "areas.no_change":
            raise
        return
    for adjustment in planned.adjustments:
        confirm(adjustment_id=adjustment.pk, effective_on=NEXT_DAY.date(), scope=scope, by=1)


def divided(scope: Scope, choice: int) -> None:
    """Somebody decides: groups in turn to the villages there are."""
    for area in undivided(scope):
        villages = list(
            Area.objects.filter(level="village", valid_to__isnull=True).exclude(pk=area.pk).order_by("code")
        )
        if not villages:
            continue
        below = Area.objects.filter(parent=area, valid_to__isnull=True).order_by("code")
        parts = {one.code: villages[(choice + at) % len(villages)].code for at, one in enumerate(below)}
        divide(area=area, parts=parts, rest=villages[choice % len(villages)].code, scope=scope, by=1)


def yesterday(scope: Scope) -> dict[str, object]:
    day, told = Day(TODAY, NEXT_DAY), {}
    for code in CODES:
        page = close_page(scope, code, day)
        told[code] = dict(page.equations), [(one.path, one.name, one.counts) for one in page.places]
    return told


def require_nobody_lost(scope: Scope, found, people: set[int]) -> None:
    assert set(Person.objects.values_list("pk", flat=True)) == people
    living = set(Area.objects.filter(valid_to__isnull=True).values_list("path", flat=True))
    for model in (Person, Household, Door, LookupToken):
        paths = set(model.objects.values_list("area_path", flat=True))
        assert paths <= living, model
    for person in Person.objects.select_related("household__door__area"):
        door = person.household.door
        assert person.area_path == person.household.area_path == door.area_path == door.area.path
    kept = sorted(Coverage.objects.filter(round=found, due__gt=0).values_list())
    recount(found)
    assert sorted(Coverage.objects.filter(round=found, due__gt=0).values_list()) == kept
    for area in Area.objects.filter(valid_to__isnull=True):
        whole = coverage_of(scope, found, area, NEXT_DAY)
        assert whole.balances
        parts = coverage_by_child(scope, found, area, NEXT_DAY)
        if parts:
            assert total(counts for _, counts in parts) == whole, area.name


@settings(
    max_examples=12,  # each builds a round, an evening and up to four changes: a second
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(orders=orders, choice=st.integers(0, 9))
def test_nobody_is_lost_and_yesterday_stays(world: World, orders, choice):
    with transaction.atomic():
        found = worked(world)
        with clock.frozen(NEXT_DAY), scoped(Scope.over(["cn."], purpose="test")) as scope:
            county = Area.objects.get(code="430581")
            people = set(Person.objects.values_list("pk", flat=True))
            whole, before = coverage_of(scope, found, county, NEXT_DAY), yesterday(scope)
            for number, order in enumerate(orders):
                changes = rows(order, number)
                if changes:
                    applied(changes, scope)
                    divided(scope, choice)
                    require_nobody_lost(scope, found, people)
                    assert coverage_of(scope, found, county, NEXT_DAY) == whole
                    assert yesterday(scope) == before
        transaction.set_rollback(True)
