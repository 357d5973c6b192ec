"""Accounts: who may not give what, then what is given, ended, locked."""

import datetime as dt

import pytest

from lianfang.accounts import operations
from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.queries import get_actor
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from tests import world as cast

pytestmark = pytest.mark.django_db
SOON = dt.date(2026, 10, 1)


@pytest.fixture
def world(db):
    with clock.frozen(cast.TONIGHT):
        yield cast.build()


@pytest.fixture
def officer_of_township(world):
    """A data officer of 司马冲镇: rights of the same name, smaller in place."""
    user = User.objects.create(username="tao", name="陶丽")
    area = world.areas["司马冲镇"]
    operations.grant_role(user=user, role=Role.DATA_OFFICER, area=area, by=None)
    return get_actor(user)


def refusal(code):
    return pytest.raises(Problem, check=lambda problem: problem.code == code)


def give(world, giver, role, area, user="王小红", ends_on=SOON):
    return operations.give_role(
        user=world.users[user], role=role, area=world.areas[area], ends_on=ends_on, title="", giver=giver
    )


# ---------- who may not ----------


@pytest.mark.parametrize("name", ["刘志远", "戴春燕", "邓永福", "王小红", "瞿敏", "申志文"])
def test_only_the_data_officer_gives_roles(world, name):
    with refusal("access.denied"):
        give(world, world.actor(name), Role.GRID_WORKER, "杨梅村/1组", user="谭小英")


def test_no_role_outside_ones_own_areas(world, officer_of_township):
    with refusal("scope.outside"):
        give(world, officer_of_township, Role.GRID_WORKER, "泉塘村")
    with refusal("scope.outside"):
        give(world, officer_of_township, Role.DATA_OFFICER, "武冈市")


def test_no_role_above_ones_own(world):
    with refusal("access.role_above"):
        give(world, world.actor("周敏"), Role.COUNTY_LEAD, "武冈市")
    with refusal("access.role_above"):
        operations.take_role(grant=Grant.objects.get(user=world.users["刘志远"]), giver=world.actor("周敏"))


def test_nobody_gives_takes_or_resets_their_own(world):
    zhou = world.actor("周敏")
    with refusal("access.own_account"):
        give(world, zhou, Role.AUDITOR, "武冈市", user="周敏")
    with refusal("access.own_account"):
        operations.take_role(grant=zhou.home, giver=zhou)
    with refusal("access.own_account"):
        operations.reset_password(user=zhou.user, giver=zhou)


def test_a_village_role_cannot_be_spread_over_a_county(world):
    for role in (Role.VILLAGE_LEAD, Role.GRID_WORKER, Role.TOWNSHIP_LEAD):
        with refusal("access.role_misplaced"):
            give(world, world.actor("周敏"), role, "武冈市")


@pytest.mark.parametrize("ends_on", [dt.date(2026, 8, 6), dt.date(2027, 8, 9)])
def test_no_role_without_an_end_within_a_year(world, ends_on):
    with refusal("access.bad_end"):
        give(world, world.actor("周敏"), Role.GRID_WORKER, "杨梅村/1组", ends_on=ends_on)


def test_a_township_officer_cannot_take_over_the_account_of_a_county_lead(world, officer_of_township):
    """A password reset is a way into the account: it needs every role of it, not one."""
    lead = world.users["刘志远"]
    area = world.areas["杨梅村"]
    operations.grant_role(user=lead, role=Role.VILLAGE_LEAD, area=area, by=None)
    for giver in (officer_of_township, world.actor("周敏")):
        with pytest.raises(Problem) as refused:
            operations.reset_password(user=lead, giver=giver)
        assert refused.value.code in ("scope.outside", "access.role_above")


@pytest.mark.parametrize("username", ["", "a", "two words", "x" * 61])
def test_a_username_that_cannot_be_typed_is_refused(world, username):
    with refusal("access.bad_username"):
        operations.open_account(
            username=username,
            name="新人",
            role=Role.GRID_WORKER,
            area=world.areas["杨梅村/1组"],
            ends_on=SOON,
            title="",
            giver=world.actor("周敏"),
        )


def test_a_refused_role_leaves_no_account_behind(world):
    with refusal("access.role_misplaced"):
        operations.open_account(
            username="new",
            name="新人",
            role=Role.TOWNSHIP_LEAD,
            area=world.areas["杨梅村"],
            ends_on=SOON,
            title="",
            giver=world.actor("周敏"),
        )
    assert not User.objects.filter(username="new").exists()


def test_a_username_is_given_once(world):
    with refusal("access.user_exists"):
        operations.add_user(username="wang", name="另一个", password="x" * 12, by=None)


# ---------- what is given, and how it ends ----------


def test_a_new_account_signs_in_with_its_first_password_and_sees_its_area_only(world):
    user, password = operations.open_account(
        username="ning",
        name="宁静",
        role=Role.GRID_WORKER,
        area=world.areas["田心村/2组"],
        ends_on=SOON,
        title="网格员",
        giver=world.actor("周敏"),
    )
    assert operations.check_password(username="ning", password=password) == user
    actor = get_actor(user)
    assert actor.scope_for("visit.record").covers("cn.43.05.81.107.222.G02.")
    assert not actor.scope_for("visit.record").covers("cn.43.05.81.107.222.G01.")
    assert password not in user.password
    row = AuditRow.objects.get(action="account.grant", object_id=user.pk)
    assert (row.actor_id, row.area_path) == (world.users["周敏"].pk, "cn.43.05.81.107.222.G02.")
    assert password not in str(AuditRow.objects.values())


def test_a_role_ends_at_midnight_of_its_last_day(world):
    grant = give(world, world.actor("周敏"), Role.GRID_WORKER, "田心村/1组", ends_on=dt.date(2026, 8, 7))
    assert grant.ends_at == clock.at(dt.date(2026, 8, 8))
    with clock.frozen(clock.at(dt.date(2026, 8, 7), 23, 59)):
        assert grant in get_actor(world.users["王小红"]).grants
    with clock.frozen(clock.at(dt.date(2026, 8, 8))):
        assert grant not in get_actor(world.users["王小红"]).grants


def test_a_role_that_was_taken_is_gone_at_once_and_cannot_be_taken_again(world):
    grant = Grant.objects.get(user=world.users["王小红"])
    operations.take_role(grant=grant, giver=world.actor("周敏"))
    with refusal("access.no_role"):
        get_actor(world.users["王小红"])
    with refusal("access.grant_ended"):
        operations.take_role(grant=grant, giver=world.actor("周敏"))
    assert AuditRow.objects.filter(action="account.end_grant", actor_id=world.users["周敏"].pk).count() == 1


def test_rights_do_not_leak_from_one_area_to_another(world):
    """An inspector of the county who leads one village decides exemptions in that village only."""
    operations.grant_role(
        user=world.users["瞿敏"], role=Role.VILLAGE_LEAD, area=world.areas["田心村"], by=None
    )
    actor = get_actor(world.users["瞿敏"])
    assert actor.scope_for("exemption.decide").ranges == (("cn.43.05.81.107.222.", "cn.43.05.81.107.222/"),)
    assert actor.scope_for("target.read").covers("cn.43.05.81.101.")


# ---------- signing in ----------


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.save()
    for _ in range(5):
        with refusal("access.bad_login"):
            operations.check_password(username="wang", password="wrong")
    with refusal("access.locked"):
        operations.check_password(username="wang", password="right-password")
    with clock.frozen(cast.TONIGHT + dt.timedelta(minutes=14)), refusal("access.locked"):
        operations.check_password(username="wang", password="right-password")
    with clock.frozen(cast.TONIGHT + dt.timedelta(minutes=16)):
        assert operations.check_password(username="wang", password="right-password") == user
    assert AuditRow.objects.filter(action="account.bad_password", actor_id=user.pk).count() == 5


def test_a_right_password_forgets_the_wrong_ones(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.save()
    for _ in range(3):
        for _ in range(4):
            with refusal("access.bad_login"):
                operations.check_password(username="wang", password="wrong")
        assert operations.check_password(username="wang", password="right-password") == user


def test_an_unknown_name_and_a_wrong_password_are_told_apart_by_nothing(world):
    for username in ("nobody", "wang"):
        with refusal("access.bad_login"):
            operations.check_password(username=username, password="wrong")


def test_an_account_switched_off_neither_signs_in_nor_works_on(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.is_active = False
    user.save()
    with refusal("access.bad_login"):
        operations.check_password(username="wang", password="right-password")
    with refusal("access.no_role"):
        get_actor(user)


def test_a_reset_lifts_the_lock_and_the_old_password(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.locked_until = cast.TONIGHT + dt.timedelta(minutes=10)
    user.save()
    password = operations.reset_password(user=user, giver=world.actor("周敏"))
    with refusal("access.bad_login"):
        operations.check_password(username="wang", password="right-password")
    assert operations.check_password(username="wang", password=password) == user


def test_ones_own_password_needs_the_old_one_and_some_length(world):
    user = world.users["王小红"]
    user.set_password("right-password")
    user.save()
    with refusal("access.wrong_password"):
        operations.change_password(user=user, old="wrong", new="another-password")
    with refusal("access.weak_password"):
        operations.change_password(user=user, old="right-password", new="short")
    operations.change_password(user=user, old="right-password", new="another-password")
    assert user.check_password("another-password")


# ---------- more areas than the wall holds ----------


def lead_of_six(world):
    user = world.users["邓永福"]
    for name in ("田心村/1组", "泉塘村/1组", "湾头桥镇", "田心村/2组"):
        role = Role.TOWNSHIP_LEAD if name == "湾头桥镇" else Role.GRID_WORKER
        operations.grant_role(user=user, role=role, area=world.areas[name], by=None)
    return user


def test_areas_that_touch_count_as_one(world):
    actor = get_actor(lead_of_six(world))
    assert len(actor.scope_for("visit.record").ranges) <= 4


def scattered(world):
    """Five groups with a gap between each two."""
    user = world.users["邓永福"]
    Grant.objects.filter(user=user).delete()
    village = world.areas["杨梅村"]
    groups = ensure_below(wanted=[Wanted(village.code, "group", f"{n}组") for n in range(1, 11)], by=None)
    for number in (1, 3, 5, 7, 9):
        area = groups[village.code, "group", f"{number}组"]
        operations.grant_role(user=user, role=Role.GRID_WORKER, area=area, by=None)
    return user


def test_more_than_four_separate_areas_wait_for_a_choice(world):
    user = scattered(world)
    with refusal("scope.too_many"):
        get_actor(user).scope_for("visit.record")
    grants = get_actor(user).grants
    with refusal("access.choose_areas"):
        operations.choose_areas(grants=grants, by=user.pk)
    with refusal("access.choose_areas"):
        operations.choose_areas(grants=[], by=user.pk)
    chosen = operations.choose_areas(grants=grants[:2], by=user.pk)
    actor = get_actor(user, chosen)
    assert [grant.pk for grant in actor.grants] == chosen
    assert len(actor.scope_for("visit.record").ranges) == 2


def test_a_choice_gives_nothing_that_was_not_granted(world):
    user = scattered(world)
    foreign = Grant.objects.get(user=world.users["周敏"]).pk
    actor = get_actor(user, [foreign])
    assert foreign not in [grant.pk for grant in actor.grants]
    with refusal("scope.too_many"):
        actor.scope_for("visit.record")
