"""How a phone comes in, seen by somebody who should not."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client

from lianfang.accounts.devices import codes, inviting, rules
from lianfang.accounts.devices.queries import NEWCOMER_TITLE
from lianfang.accounts.models import Device, EnrolTry, Grant, Invitation, Newcomer, Role, User
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from tests import world as cast

LATER = cast.TONIGHT + dt.timedelta(minutes=1)
SHIFT_END = cast.TONIGHT + dt.timedelta(hours=9)
CHEN = {"name": "陈志强", "last4": "4821"}


@pytest.fixture
def phone():
    return Client(enforce_csrf_checks=True)


def send(phone, what, at=LATER, address="10.1.1.1", **said):
    with clock.frozen(at):
        return phone.post(
            f"/api/v1/devices/{what}", said, content_type="application/json", REMOTE_ADDR=address
        )


def enrol(phone, code, **more):
    said = {"code": code, "name": "HONOR X50 · Chrome 131", "app": "1.0", "contract": 1}
    return send(phone, "enrol", **{**said, **more})


def told(response):
    return response.status_code, response.json()["code"]


def invited(world, name="王小红", by="邓永福"):
    with world.acting(by):
        return inviting.invite(user=world.users[name], giver=world.actor(by)).code


def shift(world, area="杨梅村", by="邓永福", until=SHIFT_END):
    with world.acting(by):
        return inviting.open_shift(area=world.areas[area], works_until=until, giver=world.actor(by))


def joined(world, phone, code, person=CHEN, accept=True, by="邓永福"):
    ticket = enrol(phone, code, person=person).json()["ticket"]
    with world.acting(by):
        newcomer = Newcomer.objects.order_by("-pk").first()
        (inviting.admit if accept else inviting.refuse)(newcomer_id=newcomer.pk, giver=world.actor(by))
    return ticket


def refused_code(call):
    with pytest.raises(Problem) as caught:
        call()
    return caught.value.code


# ---------- for a named person ----------


def test_guessed_codes_open_nothing_and_soon_nobody_listens(world, phone):
    good = invited(world)
    for _try in range(rules.WRONG_TRIES):
        assert told(enrol(phone, codes.new_code())) == (400, "devices.bad_code")
    answer = enrol(phone, codes.new_code())
    assert told(answer) == (429, "devices.too_many_tries")
    assert 0 < int(answer["Retry-After"]) <= 600
    assert Device.objects.count() == 0
    assert told(enrol(phone, codes.new_code(), address="10.9.9.9")) == (400, "devices.bad_code")
    assert enrol(phone, good).status_code == 200, (
        "a village office calls from one address: a right one passes"
    )


def test_counting_tries_keeps_no_address(world, phone):
    enrol(phone, codes.new_code(), address="10.77.66.55")
    with connection.cursor() as cursor:
        cursor.execute("select t::text from accounts_enroltry t")
        assert "10.77.66.55" not in str(cursor.fetchall())
    assert EnrolTry.objects.count() == 1


def test_a_caller_cannot_pretend_to_call_from_elsewhere(world, phone):
    for number in range(rules.WRONG_TRIES):
        with clock.frozen(LATER):
            phone.post(
                "/api/v1/devices/enrol",
                {"code": codes.new_code()},
                content_type="application/json",
                headers={"X-Forwarded-For": f"10.2.2.{number}"},
                REMOTE_ADDR="10.1.1.1",
            )
    assert told(enrol(phone, codes.new_code())) == (429, "devices.too_many_tries")


def test_an_invitation_is_good_once(world, phone):
    code = invited(world)
    first = enrol(phone, code)
    assert first.status_code == 200
    assert first.json()["user"] == {"name": "王小红", "title": "网格员"}
    assert set(first.json()["server_key"]) == {"id", "spki"}
    assert told(enrol(phone, code, name="another")) == (409, "devices.used_code")
    assert Device.objects.count() == 1


def test_an_invitation_lasts_ten_minutes(world, phone):
    code = invited(world)
    in_time = cast.TONIGHT + dt.timedelta(minutes=rules.INVITATION_MINUTES)
    assert told(enrol(phone, code, at=in_time)) == (410, "devices.expired_code")
    assert enrol(phone, code, at=in_time - dt.timedelta(seconds=1)).status_code == 200


def test_a_new_invitation_stops_the_one_before(world, phone):
    lost = invited(world)
    assert enrol(phone, invited(world)).status_code == 200
    assert told(enrol(phone, lost)) == (410, "devices.expired_code")


def test_what_enrolling_gives_signs_in_and_is_kept_as_a_digest_only(world, phone, superuser_dsn):
    key = enrol(phone, invited(world)).json()
    header = f"Lianfang {key['device']}.{key['secret']}"
    assert send(phone, "forgotten", kept=0).status_code == 401
    with clock.frozen(LATER):
        answer = phone.post(
            "/api/v1/devices/forgotten", {"kept": 0}, "application/json", headers={"Authorization": header}
        )
    assert answer.status_code == 200
    assert Invitation.objects.get().code is None, "a used code is gone"


def test_who_lost_the_role_meanwhile_gets_no_phone(world, phone):
    code = invited(world)
    Grant.objects.filter(user=world.users["王小红"]).update(ends_at=cast.TONIGHT)
    assert told(enrol(phone, code)) == (410, "devices.expired_code")


def test_who_only_looks_on_by_now_gets_no_phone(world, phone):
    code = invited(world)
    Grant.objects.filter(user=world.users["王小红"]).update(role=Role.AUDITOR)
    assert told(enrol(phone, code)) == (410, "devices.expired_code")


@pytest.mark.parametrize(
    ("by", "whom"),
    [
        ("邓永福", "戴春燕"),  # above
        ("邓永福", "谭小英"),  # the neighbour village
        ("戴春燕", "刘志远"),
        ("戴春燕", "周敏"),
        ("刘志远", "周敏"),  # beside: the data officer has what the lead has not
        ("周敏", "刘志远"),
    ],
)
def test_nobody_gets_a_code_for_somebody_above_beside_or_elsewhere(world, by, whom):
    assert refused_code(lambda: invited(world, whom, by)) == "devices.not_for_you"
    assert Invitation.objects.count() == 0


def test_who_also_has_a_role_elsewhere_is_not_for_this_lead(world):
    county = world.areas["武冈市"]
    Grant.objects.create(
        user=world.users["王小红"],
        role=Role.INSPECTOR,
        area=county,
        area_path=county.path,
        starts_at=cast.TONIGHT - dt.timedelta(days=1),
        ends_at=SHIFT_END,
    )
    assert refused_code(lambda: invited(world)) == "devices.not_for_you"


def test_who_does_not_record_visits_gets_no_phone(world):
    assert refused_code(lambda: invited(world, "申志文", "周敏")) == "devices.no_field_role"


def test_leads_may_have_a_phone_of_their_own(world, phone):
    assert enrol(phone, invited(world, "邓永福")).json()["user"]["name"] == "邓永福"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'"x"',
        b'{"code": 1}',
        b'{"code": "A"}',
        b'{"code": null, "name": 5}',
        b"\xff\xfe",
        b"[" * 5000,
    ],
)
def test_rubbish_is_refused_in_words(world, phone, body):
    with clock.frozen(LATER):
        answer = phone.post("/api/v1/devices/enrol", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("devices.bad_phone", "devices.bad_code")


def test_more_than_a_code_needs_is_not_read(world, phone):
    assert told(enrol(phone, "A" * 9000)) == (400, "devices.bad_phone")


# ---------- sent down tonight ----------


def test_a_newcomer_gets_nothing_before_a_leader_has_looked(world, phone):
    code = shift(world).code
    asked = enrol(phone, code)
    assert asked.json() == {"needs": "newcomer", "area": "杨梅村", "leader": "邓永福"}
    ticket = enrol(phone, code, person=CHEN).json()["ticket"]
    assert send(phone, "ticket", ticket=ticket).json() == {"state": "waiting"}
    assert (Device.objects.count(), User.objects.count()) == (0, len(world.users))


def test_accepted_means_a_grid_worker_of_this_area_until_the_shift_ends_and_nothing_else(world, phone):
    key = send(phone, "ticket", ticket=joined(world, phone, shift(world).code)).json()
    user = Device.objects.get(pk=key["device"]).user
    grant = Grant.objects.get(user=user)
    assert (grant.role, grant.area_path, grant.ends_at) == (
        "grid_worker",
        world.areas["杨梅村"].path,
        SHIFT_END,
    )
    assert key["user"] == {"name": "陈志强", "title": NEWCOMER_TITLE}
    assert not user.has_usable_password(), "nobody signs in at a desk with it"
    assert rules.state_of(Device.objects.get(), SHIFT_END) == rules.EXPIRED


def test_a_ticket_is_good_once(world, phone):
    ticket = joined(world, phone, shift(world).code)
    assert send(phone, "ticket", ticket=ticket).status_code == 200
    assert told(send(phone, "ticket", ticket=ticket)) == (409, "devices.used_code")
    assert Device.objects.count() == 1


def test_a_ticket_is_no_code_and_a_code_no_ticket(world, phone):
    code = shift(world).code
    ticket = joined(world, phone, code)
    assert told(enrol(phone, ticket)) == (400, "devices.bad_code")
    assert told(send(phone, "ticket", ticket=code)) == (400, "devices.bad_code")
    assert told(send(phone, "ticket", ticket=code + "A" * 17)) == (400, "devices.bad_code")


def test_a_refused_newcomer_is_told_and_can_be_accepted_after_all(world, phone):
    ticket = joined(world, phone, shift(world).code, accept=False)
    assert send(phone, "ticket", ticket=ticket).json() == {"state": "refused"}
    with world.acting("邓永福"):
        inviting.admit(newcomer_id=Newcomer.objects.get().pk, giver=world.actor("邓永福"))
    assert "secret" in send(phone, "ticket", ticket=ticket).json()


def test_after_the_shift_neither_code_nor_ticket_opens_anything(world, phone):
    code = shift(world).code
    ticket = joined(world, phone, code)
    assert told(enrol(phone, code, person=CHEN, at=SHIFT_END)) == (410, "devices.expired_code")
    assert told(send(phone, "ticket", ticket=ticket, at=SHIFT_END)) == (410, "devices.expired_code")


def test_who_still_waits_when_the_shift_ends_is_told_so(world, phone):
    ticket = enrol(phone, shift(world).code, person=CHEN).json()["ticket"]
    assert told(send(phone, "ticket", ticket=ticket, at=SHIFT_END)) == (410, "devices.expired_code")


def test_nobody_is_accepted_into_a_shift_that_is_over(world, phone):
    enrol(phone, shift(world).code, person=CHEN)
    with world.acting("邓永福"), clock.frozen(SHIFT_END):
        asking = Newcomer.objects.get()
        refused = refused_code(lambda: inviting.admit(newcomer_id=asking.pk, giver=world.actor("邓永福")))
    assert refused == "devices.shift_over"
    assert User.objects.count() == len(world.users)


def test_the_same_person_scanning_again_gets_the_same_account(world, phone):
    code = shift(world).code
    keys = [
        send(phone, "ticket", ticket=joined(world, phone, code, person)).json()
        for person in (CHEN, {"name": " 陈 志强", "last4": "４８２１"})
    ]
    devices = [Device.objects.get(pk=key["device"]) for key in keys]
    assert devices[0].pk != devices[1].pk
    assert devices[0].user_id == devices[1].user_id
    assert Grant.objects.filter(user=devices[0].user).count() == 1


def test_tomorrow_s_shift_gives_the_same_account_a_new_end(world, phone):
    first = send(phone, "ticket", ticket=joined(world, phone, shift(world).code)).json()
    longer = SHIFT_END + dt.timedelta(hours=8)
    second = send(phone, "ticket", ticket=joined(world, phone, shift(world, until=longer).code)).json()
    users = {Device.objects.get(pk=key["device"]).user_id for key in (first, second)}
    assert len(users) == 1
    assert Grant.objects.filter(user_id=users.pop()).latest("ends_at").ends_at == longer


@pytest.mark.parametrize("other", [{"name": "陈志强", "last4": "4822"}, {"name": "陈志坚", "last4": "4821"}])
def test_another_name_or_number_is_another_person(world, phone, other):
    code = shift(world).code
    for person in (CHEN, other):
        joined(world, phone, code, person)
    with world.as_root():
        assert Newcomer.objects.values("user").distinct().count() == 2


def test_the_same_words_in_another_village_are_no_key_to_the_account_here(world, phone):
    """Else whoever knows a name and four digits, and one careless lead, would get the other village."""
    here = send(phone, "ticket", ticket=joined(world, phone, shift(world).code)).json()
    there_code = shift(world, "田心村", "戴春燕").code
    there = send(phone, "ticket", ticket=joined(world, phone, there_code, by="戴春燕")).json()
    users = [Device.objects.get(pk=key["device"]).user_id for key in (here, there)]
    assert users[0] != users[1]


def test_who_types_somebody_else_s_name_gets_a_place_in_the_list_and_no_ticket_of_theirs(world, phone):
    code = shift(world).code
    theirs = enrol(phone, code, person=CHEN).json()["ticket"]
    mine = enrol(phone, code, person=CHEN, address="10.6.6.6").json()["ticket"]
    with world.acting("邓永福"):
        first = Newcomer.objects.order_by("pk").first()
        inviting.admit(newcomer_id=first.pk, giver=world.actor("邓永福"))
    assert "secret" in send(phone, "ticket", ticket=theirs).json()
    assert send(phone, "ticket", ticket=mine).json() == {"state": "waiting"}


@pytest.mark.parametrize(
    "person",
    [
        {"name": "陈", "last4": "4821"},
        {"name": "陈志强", "last4": "482"},
        {"name": "陈志强", "last4": "48211"},
        {"name": "陈志强", "last4": "四八二一"},
        {"name": "<b>陈志强</b>", "last4": "4821"},
        {"name": "13800001234", "last4": "1234"},
        {"name": ["陈志强"], "last4": 4821},
        {"name": "陈志强\u202e", "last4": "4821"},
        {},
    ],
)
def test_name_and_last_four_have_a_form(world, phone, person):
    code = shift(world).code
    assert told(enrol(phone, code, person=person)) == (400, "devices.bad_person")


@pytest.mark.parametrize("name", ["王伟", "阿依古丽·买买提", "欧阳 春晓", "John Smith", "㐀𠀀"])
def test_names_of_all_kinds_are_taken(world, phone, name):
    assert "ticket" in enrol(phone, shift(world).code, person={"name": name, "last4": "0001"}).json()


def test_a_list_cannot_be_flooded_from_one_place(world, phone):
    code = shift(world).code
    for number in range(rules.JOINS_OF_AN_ADDRESS):
        assert enrol(phone, code, person={"name": "陈志强", "last4": f"{number:04}"}).status_code == 200
    assert told(enrol(phone, code, person=CHEN)) == (429, "devices.too_many_tries")


@pytest.mark.parametrize("by", ["谭小英", "王小红"])
def test_only_a_lead_of_the_area_opens_a_shift(world, by):
    with world.acting(by):
        refused = refused_code(
            lambda: inviting.open_shift(
                area=world.areas["杨梅村"], works_until=SHIFT_END, giver=world.actor(by)
            )
        )
    assert refused == "access.denied"


def test_a_lead_opens_none_for_the_neighbour_nor_for_a_whole_township_nor_for_days(world):
    assert refused_code(lambda: shift(world, "田心村")) == "scope.outside"
    assert refused_code(lambda: shift(world, "司马冲镇", "戴春燕")) == "devices.shift_too_wide"
    day_after = cast.TONIGHT + dt.timedelta(hours=25)
    assert refused_code(lambda: shift(world, until=day_after)) == "devices.bad_shift"
    assert refused_code(lambda: shift(world, until=cast.TONIGHT)) == "devices.bad_shift"


def test_the_neighbour_s_lead_accepts_nobody_here(world, phone):
    enrol(phone, shift(world).code, person=CHEN)
    with world.as_root():
        newcomer = Newcomer.objects.get()
    dai = world.areas["湾头桥镇"]
    Grant.objects.filter(user=world.users["戴春燕"]).update(area=dai, area_path=dai.path)
    with world.acting("戴春燕"):
        assert refused_code(lambda: inviting.admit(newcomer_id=newcomer.pk, giver=world.actor("戴春燕"))) == (
            "devices.unknown_newcomer"
        )


def test_taking_it_back_ends_role_and_phone_at_once_and_can_itself_be_taken_back(world, phone):
    key = send(phone, "ticket", ticket=joined(world, phone, shift(world).code)).json()
    with world.acting("邓永福"):
        newcomer = Newcomer.objects.get()
        inviting.refuse(newcomer_id=newcomer.pk, giver=world.actor("邓永福"))
    later = LATER + dt.timedelta(seconds=5)
    assert Grant.objects.get(user=newcomer.user_id).ends_at <= later
    assert rules.state_of(Device.objects.get(pk=key["device"]), later) == rules.REVOKED
    with world.acting("邓永福"):
        inviting.admit(newcomer_id=newcomer.pk, giver=world.actor("邓永福"))
    assert rules.state_of(Device.objects.get(pk=key["device"]), later) == rules.RUNNING
    assert {"newcomer.accept", "newcomer.take_back"} <= set(AuditRow.objects.values_list("action", flat=True))


def test_newcomers_are_behind_the_second_wall(world, phone):
    enrol(phone, shift(world).code, person=CHEN)
    with world.acting("谭小英"):
        assert Newcomer.objects.count() == 0
    with world.acting("邓永福"):
        assert Newcomer.objects.get().last4 == "4821"
    with connection.cursor() as cursor, world.as_root():
        cursor.execute("select encode(last4, 'escape') from accounts_newcomer")
        assert "4821" not in str(cursor.fetchall())


def test_a_month_after_the_shift_nobody_s_last_four_is_kept_and_the_work_still_has_its_name(world, phone):
    joined(world, phone, shift(world).code)
    with clock.frozen(SHIFT_END + dt.timedelta(days=29)):
        assert inviting.purge_newcomers() == 0
    assert Invitation.objects.filter(code__isnull=False).count() == 0, "codes go with the shift"
    with clock.frozen(SHIFT_END + dt.timedelta(days=31)):
        assert inviting.purge_newcomers() == 1
    with world.as_root():
        assert Newcomer.objects.count() == 0
    assert User.objects.filter(name="陈志强").exists()
