"""A phone signs in with its own key: what it reaches, what it never does, and how it ends."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.http import JsonResponse
from django.test import Client
from django.urls import include, path

from lianfang.accounts.devices.operations import note_contact
from lianfang.accounts.models import Device, Grant
from lianfang.areas.models import Area
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.routes import PUBLIC, route
from tests import world as cast


def seen(request):
    return JsonResponse(
        {
            "who": request.actor and request.actor.user.name,
            "ranges": request.scope and request.scope.ranges,
            "device": request.device and str(request.device.pk),
            "user": str(request.user),
        }
    )


def working(request):
    Area.objects.filter(code="430581107221").update(name="改了名")
    return seen(request)


def declared(address, view, device, permission="visit.record"):
    return route(
        address,
        view,
        name=address,
        permission=permission,
        scope="none" if permission == PUBLIC else "actor",
        sensitivity="none",
        audit="none",
        device=device,
    )


urlpatterns = [
    path("", include("lianfang.config.urls")),
    declared("api/v1/pack", working, True),
    declared("api/v1/store", seen, "ended"),
    declared("api/v1/hello", seen, True, PUBLIC),
]


@pytest.fixture
def phone(settings):
    settings.ROOT_URLCONF = __name__
    return Client(enforce_csrf_checks=True)


def ask(phone, address="/api/v1/pack", headers=None, at=cast.TONIGHT, **more):
    with clock.frozen(at):
        return phone.post(address, headers=headers or {}, **more)


def code_of(response):
    return response.status_code, response.json()["error"]["code"]


def the_device(headers):
    return Device.objects.get(pk=headers["Authorization"].removeprefix("Lianfang ").partition(".")[0])


def test_without_a_key_a_wrong_one_or_half_of_one_nothing_is_known(world, phone, device_of):
    right = device_of(world.users["王小红"])["Authorization"]
    other = device_of(world.users["谭小英"])["Authorization"]
    device, _, secret = right.removeprefix("Lianfang ").partition(".")
    wrong = [
        "",
        "Lianfang",
        f"Lianfang {device}",
        f"Lianfang {device}.",
        f"Lianfang .{secret}",
        f"Lianfang {device}.{secret[:-1]}",
        f"Lianfang {device}.{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}",
        f"Lianfang {device}.{other.partition('.')[2]}",
        f"Lianfang {uuid.uuid4()}.{secret}",
        f"Bearer {device}.{secret}",
        f"Lianfang {device}.{'密' * 43}",
        right + "\x00",
    ]
    for header in wrong:
        answer = ask(phone, headers={"Authorization": header})
        assert code_of(answer) == (401, "devices.unknown"), header
        assert answer.json()["error"]["forget"] is True
    assert ask(phone, headers={"Authorization": right}).status_code == 200


def test_a_cookie_never_opens_a_route_of_devices(world, phone):
    phone.force_login(world.users["周敏"])
    assert code_of(ask(phone)) == (401, "devices.unknown")
    assert code_of(ask(phone, "/api/v1/store")) == (401, "devices.unknown")


def test_a_cookie_beside_a_key_lends_the_phone_nothing(world, phone, device_of):
    phone.force_login(world.users["周敏"])
    answer = ask(phone, headers=device_of(world.users["王小红"])).json()
    assert (answer["who"], answer["user"]) == ("王小红", "AnonymousUser")
    assert answer["ranges"] == [["cn.43.05.81.107.221.G01.", "cn.43.05.81.107.221.G01/"]]
    assert ask(phone, "/api/v1/hello").json()["user"] == "AnonymousUser"


def test_a_phone_never_reaches_the_desk(world, phone, device_of, client):
    key = device_of(world.users["周敏"])
    for address in ("/administration", "/register", "/devices", "/api/v1/operations"):
        with clock.frozen(cast.TONIGHT):
            answer = client.get(address, headers={**key, "Accept": "application/json"})
        assert answer.status_code in (302, 401, 404), address
        assert "周敏" not in answer.content.decode()


def test_desk_routes_still_ask_for_the_token_of_their_page(world, phone):
    phone.force_login(world.users["周敏"])
    assert ask(phone, "/administration/accounts/add").status_code == 403


def test_rights_are_those_of_this_moment(world, phone, device_of):
    key = device_of(world.users["王小红"])
    assert ask(phone, headers=key).json()["ranges"][0][0] == "cn.43.05.81.107.221.G01."
    other = world.areas["田心村/2组"]
    Grant.objects.filter(user=world.users["王小红"]).update(area=other, area_path=other.path)
    assert ask(phone, headers=key).json()["ranges"][0][0] == other.path
    assert the_device(key).area_path == other.path, "listed where its user works now"


@pytest.mark.parametrize("ending", ["grant", "account", "role"])
def test_who_has_no_right_left_has_a_phone_that_forgets(world, phone, device_of, ending):
    key, user = device_of(world.users["王小红"]), world.users["王小红"]
    if ending == "grant":
        Grant.objects.filter(user=user).update(ends_at=cast.TONIGHT)
    elif ending == "account":
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    else:
        Grant.objects.filter(user=user).update(role="auditor")
    assert code_of(ask(phone, headers=key)) == (401, "devices.expired")


def test_a_revoked_phone_gets_nothing_and_that_it_called_is_kept(world, phone, device_of):
    key = device_of(world.users["王小红"], revoked_at=cast.TONIGHT - dt.timedelta(hours=1))
    assert code_of(ask(phone, headers=key)) == (401, "devices.revoked")
    device = the_device(key)
    assert device.told_at == device.last_contact_at == cast.TONIGHT
    assert Area.objects.get(code="430581107221").name == "杨梅村", "the view did not run"


def test_a_shift_ends_by_itself_to_the_second(world, phone, device_of):
    key = device_of(world.users["王小红"], works_until=cast.TONIGHT)
    assert ask(phone, headers=key, at=cast.TONIGHT - dt.timedelta(seconds=1)).status_code == 200
    assert code_of(ask(phone, headers=key)) == (401, "devices.expired")


def test_what_an_ended_phone_brings_still_arrives_but_with_nobody_s_rights(world, phone, device_of):
    key = device_of(world.users["王小红"], revoked_at=cast.TONIGHT)
    answer = ask(phone, "/api/v1/store", headers=key)
    assert answer.status_code == 200
    assert (answer.json()["who"], answer.json()["ranges"]) == (None, None)
    assert answer.json()["device"] == str(the_device(key).pk)


def test_a_phone_that_is_to_forget_hands_in_first(world, phone, device_of):
    key = device_of(world.users["王小红"], forget_asked_at=cast.TONIGHT, waiting_count=2)
    assert ask(phone, headers=key).status_code == 200
    reported = {"waiting": 0, "refused": 0, "last_seq": 12}
    note_contact(
        device=the_device(key), app="1.1", contract=1, reported=reported, at=cast.TONIGHT, stored_count=12
    )
    assert code_of(ask(phone, headers=key)) == (401, "devices.revoked")
    assert ask(phone, "/api/v1/store", headers=key).status_code == 200


def test_after_forgetting_the_key_opens_nothing(world, phone, device_of):
    key = device_of(world.users["王小红"])
    answer = ask(
        phone, "/api/v1/devices/forgotten", headers=key, data={"kept": 3}, content_type="application/json"
    )
    assert answer.status_code == 200
    assert code_of(ask(phone, headers=key)) == (401, "devices.revoked")
    assert the_device(key).kept_count == 3
    assert AuditRow.objects.filter(action="device.forgotten").count() == 1


def test_the_words_come_in_the_language_of_the_app(world, phone):
    chinese = ask(phone).json()["error"]["message"]
    phone.cookies["django_language"] = "en"
    assert (
        ask(phone).json()["error"]["message"]
        == chinese
        == "服务器不认识这台手机。请让带队的人重新给一个邀请码。"
    )


def test_what_a_phone_reports_is_taken_only_if_it_is_a_count(world, device_of):
    device = the_device(device_of(world.users["王小红"]))
    note_contact(
        device=device,
        app="1.2",
        contract=1,
        reported={"waiting": 4, "refused": -1, "last_seq": "DROP", "x": 1},
        at=cast.TONIGHT,
    )
    device.refresh_from_db()
    assert (device.waiting_count, device.refused_count, device.last_seq, device.app) == (4, 0, 0, "1.2")


def test_the_secret_is_nowhere_in_the_database(world, device_of, superuser_dsn):
    secret = device_of(world.users["王小红"])["Authorization"].partition(".")[2]
    with connection.cursor() as cursor:
        cursor.execute("select d::text from accounts_device d")
        assert secret not in str(cursor.fetchall())
