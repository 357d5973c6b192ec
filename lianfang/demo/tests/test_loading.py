"""The demo county on a real database, as it was loaded: who sees what of it, what is sealed, where its clock stands."""

import datetime as dt

import psycopg
import pytest
from django.test import Client

from lianfang.accounts.devices.queries import behind
from lianfang.accounts.models import Device, Role, User
from lianfang.accounts.queries import get_actor
from lianfang.areas.models import Area
from lianfang.campaigns.models import Exemption, Target, Visit, VisitLine
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.core.clock import frozen
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, scoped, subtree
from lianfang.demo import fates, loading, phones, places
from lianfang.demo.identity import check_character
from lianfang.demo.tests.conftest import FEW, load, rounds
from lianfang.register.models import Door, Household, LookupToken, Person
from lianfang.register.tokens import person_tokens
from lianfang.reports.models import DayClose, RecheckSample
from lianfang.workforce.models import Assignment, Worker


def test_nothing_of_it_is_read_without_a_scope(county):
    for model in (Door, Household, Person, Target, Visit, VisitLine, Exemption):
        with pytest.raises(Exception, match="scope token"):
            model.objects.first()


def test_the_neighbour_sees_nothing_of_the_village(county):
    with frozen(loading.STANDS_AT):
        actor = get_actor(User.objects.get(username="demo-neighbour-grid-worker"))
    village = Area.objects.get(code=places.ESTATE_VILLAGE)
    with scoped(actor.scope_for("register.read")) as scope:
        assert Person.objects.count() > 100
        assert not Person.objects.filter(area_path__startswith=village.path).exists()
        with pytest.raises(Problem):
            scope.within(village.path)


def test_nobody_but_the_cast_has_a_password(county):
    users = User.objects.exclude(username__startswith="demo-")
    assert users.count() > 36
    assert not any(user.has_usable_password() for user in users)


def test_the_phones_of_the_township_have_called_but_one_that_owes_and_one_that_was_lost(everywhere):
    town = Area.objects.get(code=places.WHOLE_TOWNSHIP)
    found = behind(everywhere, town)
    assert [(one.name, one.gap) for one in found] == [("曾祥林", 2)]
    assert Device.objects.count() > 5
    assert [device.user.name for device in Device.objects.filter(revoked_at__isnull=False)] == ["谭小英"]
    assert not Device.objects.filter(user__username=phones.USERNAME).exists(), "the tour gives her one"


def test_the_cast_signs_in_with_one_click_in_a_demonstration_only(county, settings):
    for username, name, *_ in loading.logins().rows:
        visitor = Client()
        with frozen(loading.STANDS_AT):
            settings.DEMO = False
            assert visitor.post("/demo/login", {"username": username}).status_code == 404
            settings.DEMO = True
            assert visitor.post("/demo/login", {"username": username}).status_code == 302
            assert name in visitor.get("/me").content.decode()
        assert User.objects.get(username=username).check_password(loading.PASSWORD)


def test_the_cast_is_all_there_and_each_has_a_scope(county):
    told = {username: name for username, name, *_ in loading.logins().rows}
    assert told == {
        "demo-county-lead": "刘志远",
        "demo-data-officer": "周敏",
        "demo-inspector": "瞿敏",
        "demo-auditor": "申志文",
        "demo-township-lead": "戴春燕",
        "demo-village-lead": "邓永福",
        "demo-grid-worker": "王小红",
        "demo-second-grid-worker": "曾祥林",
        "demo-neighbour-grid-worker": "谭小英",
    }
    with frozen(loading.STANDS_AT):
        for user in User.objects.filter(username__in=told):
            assert get_actor(user).scope_for().ranges
    assert "曾祥林" in str(loading.logins())


def test_no_account_has_more_areas_than_a_scope_holds(county):
    with frozen(loading.STANDS_AT):
        for user in User.objects.all():
            get_actor(user).scope_for()


def test_sealed_values_are_valid_and_found_by_their_tokens(everywhere):
    persons = list(Person.objects.order_by("pk"))
    numbered = [person for person in persons if person.id_number]
    assert len({person.id_number for person in numbered}) == len(numbered) == len(persons) - 2  # of a sheet
    expected = set()
    for person in persons:
        tokens = person_tokens(person.name, person.birth_on, person.id_number, person.phone)
        expected |= {(token, person.area_path, person.pk) for token in tokens if token}
    for person in numbered:
        assert person.id_number[17] == check_character(person.id_number[:17])
        assert person.id_number[6:14] == person.birth_on.strftime("%Y%m%d")
        assert (person.present_place is None) == person.is_living_here
        assert (person.registered_place is None) == person.is_registered_here
    stored = LookupToken.objects.values_list("token", "area_path", "person_id")
    assert {(bytes(token), path, pk) for token, path, pk in stored} == expected
    for column in ("id_number", "phone"):
        assert Person.objects.filter(**{f"{column}__isnull": True}).count() < len(persons) / 3


def test_numbers_phones_and_places_are_unreadable_in_the_database(county, prepared_server, committed_module):
    with psycopg.connect(prepared_server.superuser(committed_module)) as superuser:
        row = superuser.execute(
            "select id_number, phone from register_person where phone is not null and id_number is not null limit 1"
        )
        sealed_id, sealed_phone = row.fetchone()
    for sealed in (sealed_id, sealed_phone):
        assert sealed.startswith(b"\x01\x08register")
        assert not sealed[10:].isascii()


def test_every_row_hangs_on_its_area(everywhere):
    paths = dict(Area.objects.values_list("pk", "path"))
    doors = dict(Door.objects.values_list("pk", "area_path"))
    assert all(paths[area] == path for area, path in Door.objects.values_list("area_id", "area_path"))
    homes = dict(Household.objects.values_list("pk", "area_path"))
    for pk, door in Household.objects.values_list("pk", "door_id"):
        assert homes[pk] == doors[door]
    assert all(homes[home] == path for home, path in Person.objects.values_list("household_id", "area_path"))
    assert Door.objects.filter(households=None).exists()  # some stand vacant


def test_nothing_is_written_later_than_the_evening_on_which_the_demo_opens(everywhere):
    """Its clock never stands before what was recorded: one row of today, and nobody finds the evening any more."""
    assert AuditRow.objects.filter(at__gt=loading.STANDS_AT).count() == 0


def test_sample_villages_say_so(county):
    samples = set(Area.objects.filter(is_sample=True).values_list("code", flat=True))
    assert samples == {"430581003005", "430581205001", fates.DEMOLISHED_VILLAGE}
    assert fates.DEMOLISHED_VILLAGE in samples
    assert places.ESTATE_VILLAGE not in samples


def test_each_area_has_one_who_answers(everywhere):
    held = Assignment.objects.filter(ends_at__isnull=True, part="a")
    work_areas = Area.objects.filter(level__in=("village", "grid", "group"), path__in=_loaded_paths())
    assert set(work_areas.values_list("pk", flat=True)) <= set(held.values_list("area_id", flat=True))
    assert all(worker.phone for worker in Worker.objects.all()[:50])
    assert set(User.objects.get(name="邓永福").grants.values_list("role", flat=True)) == {Role.VILLAGE_LEAD}


def _loaded_paths():
    found = []
    for code in FEW:
        low, high = subtree(Area.objects.get(code=code).path)
        found += Area.objects.filter(path__gte=low, path__lt=high).values_list("path", flat=True)
    return found


def test_the_clock_opens_at_five_past_nine_and_never_runs_backwards(everywhere):
    def stands_at():
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=loading.clock_offset())

    assert abs((stands_at() - loading.STANDS_AT).total_seconds()) < 5
    AuditRow(at=loading.STANDS_AT + dt.timedelta(hours=2), action="visit.record", object_kind="visit").save()
    assert abs((stands_at() - loading.STANDS_AT).total_seconds() - 7200) < 5


def test_nothing_was_written_later_than_the_clock_stands(everywhere):
    loaded = AuditRow.objects.exclude(action__in=("account.sign_in", "look"))
    assert loaded.filter(at__gt=loading.STANDS_AT).count() == 0


def test_the_whole_thin_county_loads(committed_db, owner_dsn, capsys):
    load(owner_dsn)
    assert "41," in capsys.readouterr().out
    scope = Scope.over([ROOT], purpose="test")
    with frozen(loading.STANDS_AT), scoped(scope):
        second = rounds()[1]
        township = Area.objects.get(code=places.WHOLE_TOWNSHIP)
        low, high = subtree(township.path)
        assert Household.objects.filter(area_path__gte=low, area_path__lt=high).count() == 7573 + 6 + 2
        said = coverage_of(scope, second, township, loading.STANDS_AT)
        assert said.balances
        assert said.overdue == 52
        assert 0.91 < said.rate < 0.94
        assert Area.objects.filter(is_sample=True).count() == 301
        assert DayClose.objects.values("area").distinct().count() == 11
        assert RecheckSample.objects.filter(verdict="differs").count() == 1
        assert RecheckSample.objects.filter(verdict="agrees").count() == 4
        assert coverage_of(scope, second, Area.objects.get(code=places.COUNTY), loading.STANDS_AT).balances


def test_nothing_of_the_demo_happened_after_the_hour_at_which_it_opens(county):
    """A trace of the machine's own clock would move the demo there: its emergency would be over, its rounds with it."""
    assert AuditRow.objects.filter(at__gt=loading.STANDS_AT).count() == 0
