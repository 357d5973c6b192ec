"""Phones at the desk: who sees which, who ends one, and which of them owe something."""

import datetime as dt
import io
import uuid

import pytest
from django.test import Client

from lianfang.accounts.devices import inviting, operations
from lianfang.accounts.devices.operations import note_contact, note_stored
from lianfang.accounts.devices.queries import (
    DeviceFilter,
    behind,
    devices_in,
    notice_of,
    phones_before_change,
)
from lianfang.accounts.models import Device, Invitation
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from tests import world as cast

HEARD = cast.TONIGHT - dt.timedelta(minutes=94)


def sign_in(world, name):
    browser = Client()
    browser.force_login(world.users[name])
    return browser


def phone_of(world, device_of, name, **fields):
    key = device_of(world.users[name], **{"last_contact_at": HEARD, **fields})["Authorization"]
    return Device.objects.get(pk=key.removeprefix("Lianfang ").partition(".")[0])


def get(browser, address, **query):
    with clock.frozen(cast.TONIGHT):
        return browser.get(address, query)


def post(browser, address, **data):
    with clock.frozen(cast.TONIGHT):
        return browser.post(address, data, follow=True)


def refused_code(call):
    with pytest.raises(Problem) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize("who", ["王小红", "瞿敏", "申志文"])
def test_only_leads_see_phones(world, who):
    for address in ("/devices", "/devices.xlsx", "/devices/invite", "/devices/tonight"):
        assert get(sign_in(world, who), address).status_code == 403


def test_nobody_sees_or_ends_a_phone_of_another_area(world, device_of):
    theirs = phone_of(world, device_of, "谭小英")
    browser = sign_in(world, "邓永福")
    assert "谭小英" not in get(browser, "/devices", state="all").content.decode()
    assert get(browser, f"/devices/{theirs.pk}").status_code == 404
    assert get(browser, "/devices", area="430581107222").status_code == 403
    for act in ("revoke", "forget", "restore"):
        assert post(browser, f"/devices/{theirs.pk}/act", act=act, reason="x").status_code == 404
        theirs.refresh_from_db()
        assert (theirs.revoked_at, theirs.forget_asked_at) == (None, None)


def test_a_phone_of_somebody_above_is_not_the_village_s(world, device_of):
    county = phone_of(world, device_of, "刘志远")
    assert get(sign_in(world, "邓永福"), f"/devices/{county.pk}").status_code == 404


def test_nobody_sees_the_code_that_another_lead_gave(world):
    with world.acting("戴春燕"):
        given = inviting.invite(user=world.users["王小红"], giver=world.actor("戴春燕"))
    assert get(sign_in(world, "戴春燕"), f"/devices/invitations/{given.pk}").status_code == 200
    for who in ("邓永福", "周敏"):
        assert get(sign_in(world, who), f"/devices/invitations/{given.pk}").status_code == 404


def test_inviting_somebody_not_offered_is_refused(world):
    browser = sign_in(world, "邓永福")
    assert post(browser, "/devices/invite", user=world.users["谭小英"].pk).status_code in (403, 404)
    assert post(browser, "/devices/invite", user=world.users["戴春燕"].pk).status_code in (403, 404)
    assert post(browser, "/devices/invite", user="1; drop").status_code == 404
    assert Invitation.objects.count() == 0


def test_the_list_offers_exactly_whom_one_may_invite(world):
    page = get(sign_in(world, "邓永福"), "/devices/invite").content.decode()
    offered = {name for name in world.users if f"给{name}邀请码" in page}
    assert offered == {"邓永福", "王小红", "曾祥林"}


def test_the_code_is_shown_until_it_is_used_or_over(world):
    browser = sign_in(world, "邓永福")
    page = post(browser, "/devices/invite", user=world.users["王小红"].pk)
    assert "<svg" in page.content.decode()
    assert "/phone/#i=" in page.content.decode()
    address = page.request["PATH_INFO"]
    with clock.frozen(cast.TONIGHT + dt.timedelta(minutes=10)):
        over = browser.get(address).content.decode()
        assert "/phone/#i=" not in over
        assert browser.get(f"{address}/state").headers["HX-Refresh"] == "true"


def test_a_withdrawn_code_is_shown_no_more(world):
    browser = sign_in(world, "邓永福")
    address = post(browser, "/devices/invite", user=world.users["王小红"].pk).request["PATH_INFO"]
    post(browser, f"{address}/withdraw")
    assert "/phone/#i=" not in get(browser, address).content.decode()
    assert Invitation.objects.get().code is None


def test_revoking_says_why_and_can_be_taken_back(world, device_of):
    phone, browser = phone_of(world, device_of, "王小红"), sign_in(world, "邓永福")
    post(browser, f"/devices/{phone.pk}/act", act="revoke", reason=" ")
    phone.refresh_from_db()
    assert phone.revoked_at is None, "not without a reason"
    post(browser, f"/devices/{phone.pk}/act", act="revoke", reason="手机丢了")
    phone.refresh_from_db()
    assert (phone.revoked_at, phone.revoked_by, phone.revoked_reason) == (
        cast.TONIGHT,
        world.users["邓永福"],
        "手机丢了",
    )
    post(browser, f"/devices/{phone.pk}/act", act="restore")
    phone.refresh_from_db()
    assert phone.revoked_at is None
    done = AuditRow.objects.filter(object_kind="device", object_id=str(phone.pk)).order_by("pk")
    assert [row.action for row in done] == ["device.enrol", "device.revoke", "device.restore"]


def test_what_has_forgotten_cannot_be_restored(world, device_of):
    phone = phone_of(world, device_of, "王小红", revoked_at=cast.TONIGHT, forgotten_at=cast.TONIGHT)
    with world.acting("邓永福") as scope:
        own = {"device_id": phone.pk, "scope": scope, "by": world.users["邓永福"].pk}
        assert refused_code(lambda: operations.restore(**own)) == "devices.has_forgotten"
        assert refused_code(lambda: operations.revoke(reason="x", **own)) == "devices.already_ended"


def test_an_invented_phone_is_not_found(world):
    assert get(sign_in(world, "邓永福"), f"/devices/{uuid.uuid4()}").status_code == 404


def test_the_list_says_what_each_phone_owes_and_when_it_was_heard_of(world, device_of):
    phone_of(world, device_of, "王小红", waiting_count=2, refused_count=1, last_seq=41, stored_count=38)
    page = get(sign_in(world, "邓永福"), "/devices").content.decode()
    for words in ("今天19:31最后一次联系", "没交齐", ">2<", ">1<", "<b>3</b>", "11月3日8:00"):
        assert words in page, words


def test_an_empty_list_says_what_to_do(world):
    page = get(sign_in(world, "邓永福"), "/devices").content.decode()
    assert "这里还没有手机" in page
    assert "/devices/invite" in page


def test_states_split_the_list(world, device_of):
    phone_of(world, device_of, "王小红", last_seq=3)
    phone_of(world, device_of, "曾祥林", last_contact_at=cast.TONIGHT - dt.timedelta(hours=4))
    phone_of(world, device_of, "邓永福", revoked_at=HEARD)
    phone_of(world, device_of, "邓永福", works_until=HEARD)
    phone_of(world, device_of, "邓永福")
    with world.acting("邓永福") as scope:
        count = {
            state: devices_in(scope, DeviceFilter(state=state)).count()
            for state in ("running", "behind", "ended", "all")
        }
    assert count == {"running": 3, "behind": 2, "ended": 2, "all": 5}


@pytest.mark.parametrize(
    "sort", ["worker", "area", "contact", "waiting", "refused", "gap", "app", "until", "'; --"]
)
def test_every_sort_works_both_ways(world, device_of, sort):
    for name in ("王小红", "曾祥林"):
        phone_of(world, device_of, name)
    with world.acting("邓永福") as scope:
        one, other = (
            [row.pk for row in devices_in(scope, DeviceFilter(sort=sign + sort))] for sign in ("", "-")
        )
    assert set(one) == set(other)
    assert len(one) == 2


def test_the_sheet_holds_what_the_list_holds(world, device_of):
    from openpyxl import load_workbook

    phone_of(world, device_of, "王小红", last_seq=3)
    phone_of(world, device_of, "谭小英")
    sheet = load_workbook(io.BytesIO(get(sign_in(world, "邓永福"), "/devices.xlsx").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["王小红"]
    assert "没交齐" in rows[1]


def test_pages_ask_little_of_the_database(world, device_of, django_assert_max_num_queries):
    for _number in range(12):
        phone_of(world, device_of, "王小红")
    browser = sign_in(world, "邓永福")
    for address in ("/devices", "/devices/invite", "/devices/tonight"):
        get(browser, address)
        with django_assert_max_num_queries(12):
            get(browser, address)


# ---------- who is behind ----------


def test_behind_names_what_is_missing_and_who_is_silent_and_nobody_else(world, device_of):
    phone_of(world, device_of, "王小红", waiting_count=2, last_seq=41, stored_count=39)
    phone_of(world, device_of, "曾祥林", last_contact_at=cast.TONIGHT - dt.timedelta(hours=3, minutes=1))
    phone_of(world, device_of, "邓永福", last_seq=5, stored_count=5)
    phone_of(world, device_of, "谭小英", last_seq=9)
    with world.acting("邓永福") as scope:
        found = behind(scope, world.areas["杨梅村"])
        assert [(one.name, one.gap) for one in found] == [("王小红", 2), ("曾祥林", 0)]
        said = notice_of(found, world.areas["杨梅村"], cast.TONIGHT)
        assert said.title == "还有1台手机没交齐，1台久没联系"
        assert said.lines == ["王小红 2 待传，今天19:31最后联系", "曾祥林 没有报待传，今天18:04最后联系"]
        assert [one.name for one in behind(scope, world.areas["杨梅村/2组"])] == ["曾祥林"]
        assert refused_code(lambda: behind(scope, world.areas["田心村"])) == "scope.outside"


def test_before_an_area_changes_only_its_own_phones_are_named(world, device_of):
    phone_of(world, device_of, "王小红", last_seq=2)
    phone_of(world, device_of, "谭小英", last_seq=2)
    town, village = world.areas["司马冲镇"], world.areas["田心村"]
    with world.acting("戴春燕") as scope:
        assert phones_before_change(scope, town, [village.path]).title == "还有1台手机没交齐"
        assert len(phones_before_change(scope, town, [village.path, world.areas["杨梅村"].path]).lines) == 2
        assert phones_before_change(scope, town, []) is None


def test_an_ended_phone_still_owes_what_it_has_not_brought_but_its_silence_is_fine(world, device_of):
    phone_of(world, device_of, "王小红", revoked_at=HEARD, last_seq=4, stored_count=1)
    long_ago = cast.TONIGHT - dt.timedelta(days=2)
    phone_of(world, device_of, "曾祥林", works_until=long_ago, last_contact_at=long_ago)
    with world.acting("邓永福") as scope:
        found = behind(scope, world.areas["杨梅村"])
    assert [(one.name, one.gap, one.is_ended) for one in found] == [("王小红", 3, True)]


def test_what_the_phone_said_before_its_batch_does_not_stay_as_waiting(world, device_of):
    phone = phone_of(world, device_of, "王小红")
    reported = {"waiting": 5, "refused": 0, "last_seq": 10}
    note_contact(device=phone, app="1", contract=1, reported=reported, at=cast.TONIGHT, stored_count=8)
    assert phone.waiting_count == 2
    note_stored(device=phone, stored_count=10)  # by a file, at the desk
    phone.refresh_from_db()
    assert (phone.waiting_count, phone.stored_count) == (0, 10)


# ---------- tonight's shift at the desk ----------


def test_a_shift_of_another_village_is_not_found(world):
    end = cast.TONIGHT + dt.timedelta(hours=9)
    with world.acting("戴春燕"):
        shift = inviting.open_shift(area=world.areas["田心村"], works_until=end, giver=world.actor("戴春燕"))
    browser = sign_in(world, "邓永福")
    for part in ("", "/asking", "/news"):
        assert get(browser, f"/devices/tonight/{shift.pk}{part}").status_code == 404
    for part in ("decide", "act"):
        assert (
            post(browser, f"/devices/tonight/{shift.pk}/{part}", do="accept", newcomer=1).status_code == 404
        )


def test_an_invitation_of_a_person_is_no_shift_and_a_shift_no_invitation(world):
    with world.acting("邓永福"):
        giver = world.actor("邓永福")
        personal = inviting.invite(user=world.users["王小红"], giver=giver)
        end = cast.TONIGHT + dt.timedelta(hours=9)
        shift = inviting.open_shift(area=world.areas["杨梅村"], works_until=end, giver=giver)
    browser = sign_in(world, "邓永福")
    assert get(browser, f"/devices/tonight/{personal.pk}").status_code == 404
    assert get(browser, f"/devices/invitations/{shift.pk}").status_code == 404
