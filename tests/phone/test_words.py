"""What the server proposes and sends in Chinese, and the phone has to say in English too."""

import re
from pathlib import Path

from lianfang.questions import headings

PHONE = Path(__file__).resolve().parents[2] / "phone" / "src"
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_a_unit_that_a_sheet_brings_is_said_in_english():
    found = re.search(
        r"const UNITS = \((.*?)\)\.split", (PHONE / "words" / "codes.ts").read_text("utf-8"), re.S
    )
    assert found
    known = set(re.findall(r"[^\s\"+]+", found.group(1)))
    proposed = {*headings._COUNTED, *(unit for *_, unit in headings._MEASURES), "小时"}
    assert {unit for unit in proposed if HAN.search(unit)} <= known
