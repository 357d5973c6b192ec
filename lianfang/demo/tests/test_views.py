"""A phone beside the desk: in a demonstration, and nowhere else."""

import json

import pytest
from django.test import Client

from lianfang.accounts.models import Device, User
from lianfang.core.clock import frozen
from lianfang.demo import phones
from tests.world import TONIGHT


@pytest.fixture
def holder(world):
    worker = world.users["王小红"]
    User.objects.filter(pk=worker.pk).update(username=phones.USERNAME)
    with frozen(TONIGHT):
        yield worker


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_outside_a_demo_nobody_lets_a_phone_in_by_a_click(holder):
    assert signed_in(holder).get("/demo/beside").status_code == 404
    assert signed_in(holder).post("/demo/beside/invitation").status_code == 404


def test_who_is_not_signed_in_gets_no_code(holder, settings):
    settings.DEMO = True
    assert Client().post("/demo/beside/invitation").status_code == 302


def test_the_code_of_the_frame_is_good_for_one_phone_of_that_worker(world, holder, settings):
    settings.DEMO = True
    client = signed_in(world.users["周敏"])
    assert "王小红的手机" in client.get("/demo/beside").content.decode()
    code = client.post("/demo/beside/invitation").json()["code"]
    said = json.dumps({"code": code, "name": "Chromium", "app": "1", "contract": 1})
    enrolled = Client().post("/api/v1/devices/enrol", said, content_type="application/json")
    assert Device.objects.get(pk=enrolled.json()["device"]).user_id == holder.pk
    again = Client().post("/api/v1/devices/enrol", said, content_type="application/json")
    assert again.status_code != 200
