"""What a phone could not send, carried to the desk: as a file, as codes, or by the wiped phone itself."""

from __future__ import annotations

import base64
import json
import os
import uuid
import zlib
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from lianfang.accounts.models import Device
from lianfang.campaigns.models import Visit
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.server_key import public_key
from lianfang.intake.models import Operation
from lianfang.sync.envelopes import read_file, read_frames, said_missing
from lianfang.sync.tests.phones import HOME, Phone, rooted
from tests.world import TONIGHT, World

URL = "/api/v1/sync/handover"


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def enclosed(contents: object, device: object, spki: str = "", **fields: object) -> dict:
    """As the phone's own code seals it (phone/src/crypto/envelope.ts)."""
    server = serialization.load_der_public_key(base64.b64decode(spki or public_key()["spki"]))
    own = ec.generate_private_key(ec.SECP256R1())
    epk = own.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    key = HKDF(SHA256(), 32, epk, b"lianfang handover 1").derive(own.exchange(ec.ECDH(), server))
    iv = os.urandom(12)
    sealed = AESGCM(key).encrypt(iv, json.dumps(contents).encode(), None)
    parts = {"epk": text_of(epk), "iv": text_of(iv), "ct": text_of(sealed)}
    return {"v": 1, "key": public_key()["id"], "device": str(device), **parts, **fields}


def envelope(phone: Phone, *ops: dict, **fields: object) -> dict:
    contents = {
        "device": str(phone.device.pk),
        "secret": phone.secret,
        "contract": 1,
        "epoch": None,
        "sent_at": TONIGHT.isoformat(),
        "clock": 1,
        "ops": list(ops),
        **fields,
    }
    return enclosed(contents, phone.device.pk)


def file_of(phone: Phone, envelopes: list) -> bytes:
    header = {
        "format": "lianfang hand-over",
        "v": 1,
        "device": str(phone.device.pk),
        "made_at": TONIGHT.isoformat(),
        "count": len(envelopes),
    }
    return "".join(json.dumps(line) + "\n" for line in [header, *envelopes]).encode()


def frames_of(data: bytes, room: int = 600) -> list[str]:
    packing = zlib.compressobj(wbits=-15)
    whole = text_of(packing.compress(data) + packing.flush())
    count = -(-len(whole) // room)
    return [f"LF1.AB2C.{at + 1}.{count}.{whole[at * room : (at + 1) * room]}" for at in range(count)]


def send(*envelopes: object) -> tuple[int, dict]:
    with clock.frozen(TONIGHT):
        response = Client(enforce_csrf_checks=True).post(
            URL, json.dumps({"envelopes": envelopes}), content_type="application/json"
        )
    return response.status_code, response.json()


def carried(world: World, name: str, **given: object) -> tuple[int, str]:
    client = Client()
    client.force_login(world.users[name])
    with clock.frozen(TONIGHT):
        response = client.post("/handover", given)
    return response.status_code, response.content.decode()


def visits(world: World) -> int:
    return rooted(world, Visit.objects.count)


def called(world: World) -> str:
    return world.households[HOME].head_name


# ---------- what does no harm ----------


@pytest.mark.parametrize("name", ["瞿敏", "申志文", "周敏"])
def test_who_records_no_visits_takes_nothing_in(world, name):
    phone = Phone.of(world)
    data = file_of(phone, [envelope(phone, phone.make())])
    if not world.actor(name).may("visit.record"):
        assert carried(world, name, file=SimpleUploadedFile("x.lianfang", data))[0] == 403
        assert visits(world) == 0


def test_a_phone_that_was_never_enrolled_here_is_refused_clearly(world):
    phone = Phone.of(world)
    op = phone.make()
    Device.objects.all().delete()
    status, answer = send(envelope(phone, op))
    assert (status, answer["receipts"]) == (200, [])
    assert [one["code"] for one in answer["refused"]] == ["handover.unknown_device"]
    assert rooted(world, Operation.objects.count) == 0


def test_whoever_knows_a_device_by_name_alone_cannot_seal_for_it(world):
    """A hand-over file passes through hands, and its head names the device."""
    phone = Phone.of(world)
    for secret in (None, "", "x" * 43, Phone.of(world, "曾祥林").secret):
        _status, answer = send(envelope(phone, phone.make(), secret=secret))
        assert [one["code"] for one in answer["refused"]] == ["handover.unknown_device"]
    assert rooted(world, Operation.objects.count) == 0


def test_what_is_sealed_for_another_server_is_refused_clearly(world):
    phone = Phone.of(world)
    assert (
        send({**envelope(phone, phone.make()), "key": "0" * 16})[1]["refused"][0]["code"]
        == "handover.other_server"
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: None,
        lambda one: "x",
        lambda one: {},
        lambda one: {**one, "v": 2},
        lambda one: {**one, "epk": "AAAA"},
        lambda one: {**one, "epk": text_of(b"\x04" + bytes(64))},  # no point of the curve
        lambda one: {**one, "iv": "§"},
        lambda one: {**one, "iv": [1]},
        lambda one: {**one, "ct": one["ct"][:-4]},
        lambda one: {**one, "ct": ""},
        lambda one: {**one, "device": str(uuid.uuid4())},
    ],
)
def test_one_that_does_not_open_stops_no_other(world, spoil):
    phone = Phone.of(world)
    good = envelope(phone, phone.make())
    status, answer = send(spoil(envelope(phone, phone.make())), good)
    assert (status, [one["status"] for one in answer["receipts"]]) == (200, ["filed"])
    assert [(one["envelope"], one["code"]) for one in answer["refused"]] == [(1, "handover.unreadable")]


@pytest.mark.parametrize(
    "contents",
    [
        [],
        "x",
        {},
        {"device": 1},
        {"contract": 2},
        {"contract": 1, "ops": [1]},
        {"contract": 1, "ops": [{}] * 51},
    ],
)
def test_what_opens_and_is_no_push_is_refused(world, contents):
    phone = Phone.of(world)
    if isinstance(contents, dict):
        contents = {"device": str(phone.device.pk), **contents}
    status, answer = send(enclosed(contents, phone.device.pk))
    assert (status, answer["receipts"], len(answer["refused"])) == (200, [], 1)


def test_too_deep_and_too_large_are_refused(world):
    phone = Phone.of(world)
    deep = "[" * 100_000
    assert send(enclosed(deep, phone.device.pk))[1]["refused"]
    assert Client().post(URL, deep, content_type="application/json").status_code == 400
    assert Client().post(URL, "x" * 600_000, content_type="application/json").status_code == 413
    assert send(*[{}] * 51)[0] == 400


def test_a_small_code_that_unpacks_to_much_is_refused():
    with pytest.raises(Problem) as refused:
        read_frames("\n".join(frames_of(bytes(40 * 1024 * 1024), 1900)))
    assert refused.value.code == "handover.too_large"


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode()))
def test_any_file_is_read_or_refused_with_a_word(data):
    for given_data in (data, b'{"format": "lianfang hand-over", "v": 1}\n' + data):
        with suppress(Problem):
            read_file(given_data)


@given(st.text(alphabet="LF01.ABZ29_-", max_size=80))
def test_any_text_is_read_or_refused_with_a_word(text):
    with suppress(Problem):
        read_frames(text)


# ---------- taken in ----------


def test_a_wiped_phone_sends_what_it_had_sealed_and_may_drop_it(world):
    phone = Phone.of(world)
    op = phone.make()
    Device.objects.update(forgotten_at=TONIGHT, revoked_at=TONIGHT)
    for status in ("filed", "already_filed"):
        assert [(one["op_id"], one["status"]) for one in send(envelope(phone, op))[1]["receipts"]] == [
            (op["op_id"], status)
        ]


def test_a_file_counts_as_its_phones_whoever_carries_it(world):
    world.campaign()
    phone = Phone.of(world)
    made = [phone.make() for _ in range(3)]
    data = file_of(phone, [envelope(phone, op) for op in reversed(made)])
    status, page = carried(world, "邓永福", file=SimpleUploadedFile("x.lianfang", data))
    assert (status, "收下3条：入账3条" in page, f"1号 {called(world)}" in page) == (200, True, True)
    assert rooted(world, lambda: set(Visit.objects.values_list("recorded_by", flat=True))) == {
        world.users["王小红"].pk
    }
    row = AuditRow.objects.get(action="handover.take")
    assert (row.actor_id, row.object_id) == (world.users["邓永福"].pk, str(phone.device.pk))
    assert "早已收到3条" in carried(world, "邓永福", file=SimpleUploadedFile("x.lianfang", data))[1]


def test_of_doors_elsewhere_the_desk_is_told_nothing(world):
    phone = Phone.of(world)
    data = file_of(phone, [envelope(phone, phone.make())])
    page = carried(world, "谭小英", file=SimpleUploadedFile("x.lianfang", data))[1]
    assert "收下1条" in page
    assert called(world) not in page


def test_codes_are_taken_in_any_order_and_what_is_missing_is_said(world):
    phone = Phone.of(world)
    codes = frames_of(file_of(phone, [envelope(phone, phone.make())]), 200)
    assert len(codes) > 4
    some = [code for at, code in enumerate(codes) if at not in (1, 2)]
    status, page = carried(world, "邓永福", frames="\n".join(some))
    assert (status, "还缺第2-3张" in page, some[0] in page) == (422, True, True)
    assert visits(world) == 0
    status, page = carried(world, "邓永福", frames=" ".join([*reversed(codes), *codes]))
    assert (status, "收下1条：入账1条" in page) == (200, True)


def test_a_file_that_was_cut_says_so(world):
    phone = Phone.of(world)
    data = file_of(phone, [envelope(phone, phone.make()) for _ in range(3)])
    page = carried(world, "邓永福", file=SimpleUploadedFile("x.lianfang", data[: len(data) // 2]))[1]
    assert ("收下1条" in page, "有2份没有收下" in page) == (True, True)


@pytest.mark.parametrize(
    ("given_fields", "words"),
    [({}, "还没有选文件"), ({"frames": "hello"}, "没有读到"), ({"file": b"x"}, "不是手机生成的交接文件")],
)
def test_what_is_nothing_is_said_to_be(world, given_fields, words):
    if "file" in given_fields:
        given_fields = {"file": SimpleUploadedFile("x.lianfang", given_fields["file"])}
    status, page = carried(world, "邓永福", **given_fields)
    assert (status, words in page) == (400, True)


def test_missing_numbers_are_said_shortly():
    assert said_missing([2, 5, 6, 7, 9]) == "2、5-7、9"
