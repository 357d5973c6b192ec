"""The photo of a paper: who may not see it, what is left of it, and what was typed from it."""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from contextlib import suppress
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lianfang.campaigns.models import Emergency
from lianfang.campaigns.operations.emergencies import BY_CLOCK
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.intake.models import Paper, PaperVisit
from lianfang.intake.papers.operations import drop_paper, keep_paper, purge_papers
from lianfang.intake.papers.photos import clean_photo
from tests.world import TONIGHT, World

WHERE_TAKEN = b"26.7264 N 110.6315 E"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(shade: int = 200, *, width: int = 4, text: bytes = WHERE_TAKEN) -> bytes:
    head = struct.pack(">IIBBBBB", width, 4, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes([shade]) * width) * 4)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"tEXt", b"GPS\0" + text)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(*, orientation: int = 6, width: int = 3000) -> bytes:
    entries = struct.pack("<HHII", 0x010F, 2, len(WHERE_TAKEN), 60)
    entries += struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0) + WHERE_TAKEN
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
        + segment(0xE1, exif)
        + segment(0xED, b"Photoshop" + WHERE_TAKEN)
        + segment(0xFE, WHERE_TAKEN)
        + segment(0xC0, struct.pack(">BHHB", 8, 4000, width, 1) + b"\1\x11\0")
        + segment(0xDA, b"\1\1\0\0\x3f\0")
        + b"scan\xff\x00data"
        + b"\xff\xd9"
        + b"a film hidden behind the picture"
    )


def test_a_second_picture_behind_the_first_goes_with_its_place():
    """Phones put one there, for films and small views: with an Exif of its own."""
    alone = jpeg()
    assert clean_photo(alone + alone).content == clean_photo(alone).content


def test_what_is_said_between_two_scans_goes():
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"more\xff\x00of\xff\xd3it"
    whole = jpeg().partition(b"\xff\xd9")[0]
    kept = clean_photo(whole + segment(0xFE, WHERE_TAKEN) + scan + b"\xff\xd9").content
    assert WHERE_TAKEN not in kept
    assert kept.endswith(scan + b"\xff\xd9")


def keep(world: World, name: str, data: bytes, area: str = "杨梅村") -> Paper:
    with world.acting(name) as scope:
        return keep_paper(area=world.areas[area], data=data, scope=scope, by=world.users[name].pk)


def get(client, world: World, name: str, route: str, *args: object):
    with clock.frozen(TONIGHT):
        client.force_login(world.users[name])
        return client.get(reverse(route, args=args))


# ---------- who may not ----------


def test_a_neighbour_sees_neither_the_list_nor_a_picture(client, world):
    paper = keep(world, "邓永福", png())
    assert get(client, world, "谭小英", "papers", world.areas["杨梅村"].code).status_code == 403
    assert get(client, world, "谭小英", "paper", paper.pk).status_code == 404
    assert get(client, world, "谭小英", "paper_picture", paper.pk).status_code == 404


def test_an_auditor_does_not_look_at_papers(client, world):
    paper = keep(world, "邓永福", png())
    assert get(client, world, "申志文", "paper_picture", paper.pk).status_code == 403


def test_nobody_deletes_what_somebody_else_sent_but_who_leads(world):
    paper = keep(world, "邓永福", png())
    with world.acting("周敏") as scope, pytest.raises(Problem) as refused:
        drop_paper(paper_id=paper.pk, scope=scope, by=world.users["周敏"].pk, leads=None)
    assert refused.value.code == "papers.not_yours"


# ---------- what is kept ----------


@pytest.mark.parametrize("data", [png(), jpeg()])
def test_where_it_was_taken_does_not_stay(data):
    assert WHERE_TAKEN in data
    assert WHERE_TAKEN not in clean_photo(data).content


def test_a_picture_stays_upright_and_nothing_hangs_behind_it():
    kept = clean_photo(jpeg(orientation=6)).content
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in kept
    assert kept.endswith(b"data\xff\xd9")


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg onload='x'/>", b"\xff\xd8\xff", png()[:40], jpeg()[:150], jpeg(width=60000)],
)
def test_what_is_no_photo_is_refused(data):
    with pytest.raises(Problem) as refused:
        clean_photo(data)
    assert refused.value.code == "papers.not_a_photo"


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_no_bytes_break_it(data, head):
    with suppress(Problem):  # nothing else may come out of it
        assert clean_photo(head + data).content


def test_the_picture_lies_sealed_and_the_same_photo_is_one_paper(client, world):
    paper = keep(world, "邓永福", png())
    assert keep(world, "邓永福", png(text=b"another place")).pk == paper.pk
    with world.as_root():
        assert b"PNG" not in bytes(Paper.objects.get().content)
    answer = get(client, world, "邓永福", "paper_picture", paper.pk)
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer.content == clean_photo(png()).content


def test_a_bad_photo_does_not_stop_the_good_one(client, world):
    photos = [SimpleUploadedFile("好.png", png()), SimpleUploadedFile("坏.heic", b"ftypheic")]
    with clock.frozen(TONIGHT):
        client.force_login(world.users["邓永福"])
        answer = client.post(reverse("papers", args=[world.areas["杨梅村"].code]), {"photos": photos})
    assert answer.status_code == 422
    assert "坏.heic" in answer.content.decode()
    with world.as_root():
        assert Paper.objects.count() == 1


def test_deleted_by_a_slip_it_comes_back(client, world):
    paper = keep(world, "邓永福", png())
    with clock.frozen(TONIGHT):
        client.force_login(world.users["邓永福"])
        client.post(reverse("paper_drop", args=[paper.pk]))
        code = world.areas["杨梅村"].code
        assert "还没有纸质登记" in client.get(reverse("papers", args=[code])).content.decode()
        client.post(reverse("paper_bring_back", args=[paper.pk]))
        assert "还没有录" in client.get(reverse("papers", args=[code])).content.decode()


def test_what_the_lead_took_away_is_not_brought_back_by_who_sent_it(client, world):
    paper = keep(world, "王小红", png(), "杨梅村/1组")
    area = world.areas["杨梅村/1组"].code
    with clock.frozen(TONIGHT):
        client.force_login(world.users["邓永福"])
        client.post(reverse("paper_drop", args=[paper.pk]))
        client.force_login(world.users["王小红"])
        assert client.post(reverse("paper_bring_back", args=[paper.pk])).status_code == 403
        mine = client.get(reverse("papers", args=[paper.area.code]), {"show": "deleted"}).content.decode()
        assert reverse("paper_bring_back", args=[paper.pk]) not in mine
        with world.as_root():
            assert Paper.objects.get().deleted_at
        client.force_login(world.users["邓永福"])
        theirs = client.get(reverse("papers", args=[area]), {"show": "deleted"}).content.decode()
        assert reverse("paper_bring_back", args=[paper.pk]) in theirs
        client.post(reverse("paper_bring_back", args=[paper.pk]))
    with world.as_root():
        assert Paper.objects.get().deleted_at is None


def test_a_month_after_it_was_taken_away_a_paper_is_gone_for_good(world):
    old, new, here = (keep(world, "邓永福", png(shade)) for shade in (10, 20, 30))
    with world.as_root():
        long_ago = TONIGHT - dt.timedelta(days=31)
        Paper.objects.filter(pk=old.pk).update(deleted_at=long_ago)
        Paper.objects.filter(pk=new.pk).update(deleted_at=TONIGHT)
        Paper.objects.update(received_at=long_ago)
        PaperVisit.objects.create(visit_id=new_id(), paper=old, area_path=old.area_path)
    with clock.frozen(TONIGHT):
        assert purge_papers() == 1
    with world.as_root():
        assert set(Paper.objects.values_list("pk", flat=True)) == {new.pk, here.pk}
        assert not PaperVisit.objects.exists()
    assert AuditRow.objects.get(action="paper.purge").object_id == str(old.pk)


def test_papers_die_a_month_after_the_last_emergency_of_their_place(world):
    paper = keep(world, "邓永福", png())
    with world.as_root():
        Paper.objects.update(received_at=TONIGHT - dt.timedelta(days=60))
        for ended, is_kept in ((None, True), (20, True), (31, False)):
            moment = ended and TONIGHT - dt.timedelta(days=ended)
            Emergency.objects.update(ended_at=moment, ends_at=moment or TONIGHT, ended_reason=BY_CLOCK)
            with clock.frozen(TONIGHT):
                purge_papers()
            assert Paper.objects.filter(pk=paper.pk).exists() == is_kept, ended


def test_a_visit_typed_from_a_paper_leads_back_to_it(client, world):
    found = world.campaign()
    paper = keep(world, "邓永福", png())
    home = world.households["杨梅村/1组/1"]
    with world.as_root():
        people = world.people("杨梅村/1组/1")
    values = {f"p_{one.pk}": "seen" for one in people}
    values |= {"q_returned_count": "0", "outcome": "met", "channel": "door", "paper": str(paper.pk)}
    with clock.frozen(TONIGHT):
        client.force_login(world.users["邓永福"])
        client.post(f"{reverse('visit', args=[home.pk])}?round={found.pk}", values)
        with world.as_root():
            assert PaperVisit.objects.get().paper_id == paper.pk
        text = client.get(f"{reverse('visit', args=[home.pk])}?round={found.pk}").content.decode()
    assert reverse("paper", args=[paper.pk]) in text


def test_doors_saved_from_the_sheet_lead_back_to_the_paper_they_were_typed_from(client, world):
    world.campaign()
    paper = keep(world, "邓永福", png())
    code, home = world.areas["杨梅村"].code, world.households["杨梅村/1组/1"].pk
    with world.as_root():
        people = {str(one.pk): {"presence": "见到"} for one in world.people("杨梅村/1组/1")}
    cells = {**people, "": {"q_returned_count": "0"}}
    draft = {"doors": {str(home): {"op": str(uuid4()), "cells": cells}}, "kept": []}
    with clock.frozen(TONIGHT):
        client.force_login(world.users["邓永福"])
        page = client.get(reverse("entry"), {"area": code, "paper": str(paper.pk)})
        assert reverse("paper_picture", args=[paper.pk]) in page.content.decode()
        sent = {"area": code, "version": 0, "draft": draft, "doors": [home], "paper": str(paper.pk)}
        answer = client.post(reverse("entry_file"), sent, content_type="application/json")
    assert [one["status"] for one in answer.json()["saved"]] == ["filed"]
    with world.as_root():
        assert PaperVisit.objects.get().paper_id == paper.pk
