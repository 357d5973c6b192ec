"""An address out of several columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ENDINGS = (("group", "组"), ("building", "栋"), ("unit", "单元"), ("floor", "层"), ("room", "室"))
_NUMBER = re.compile(r"[\dA-Za-z一二三四五六七八九十-]{1,8}")
_SEPARATED = re.compile(r"\s*[/／\\|｜,，、;；>\-—_]\s*|\s+")
_TOGETHER = re.compile(
    r"((?:.{1,12}?(?:省|市|县|区))*?.{1,8}?(?:街道办事处|街道|镇|乡|办事处))(.{1,12}(?:村委会|居委会|村|社区|居委|村民委员会).{0,10})"
)
_TOWN_END = ("镇", "乡", "街道", "办事处", "街办")


@dataclass(frozen=True, slots=True)
class Address:
    text: str
    town: str
    village: str

    @staticmethod
    def of(said: Mapping[str, str]) -> Address:
        """`said`: field → what its column says."""
        town, village = said.get("town_said", ""), said.get("village_said", "")
        parts = [said.get("county", ""), town, village]
        parts += [said["estate"]] if said.get("estate") else []
        for name, ending in _ENDINGS:
            written = said.get(name, "")
            if written:
                parts.append(written + ending if _NUMBER.fullmatch(written) else written)
        detail = said.get("address", "")
        if detail:
            parts = [part for part in parts if part not in detail] + [detail]
            if re.match(r".{2,4}省|.{2,3}自治区|(?:北京|上海|天津|重庆)市", detail):
                parts = [
                    detail,
                    *(part for part in parts[:-1] if part not in (said.get("county", ""), town, village)),
                ]
        is_place = bool(detail or any(part not in (town, village, said.get("county", "")) for part in parts))
        # A town and a village alone are said in their own fields; written out they still are where somebody lives.
        return Address(joined(parts) if is_place or any(parts) else "", town, village)


def joined(parts: Iterable[str]) -> str:
    """Parts in their order, without one that the one before or after it says already."""
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return parts[0] if parts else ""
    found: list[str] = []
    for part in parts:
        if found and found[-1].endswith(part):
            continue
        while found and part.startswith(found[-1]):
            found.pop()
        found.append(part)
    return "".join(found)


def split_town_village(text: str) -> tuple[str, str]:
    """街道 + 村社区 in one cell. What cannot be told apart is the village's, as the column says."""
    parts = [part for part in _SEPARATED.split(text) if part]
    if len(parts) >= 2:
        towns = [part for part in parts if part.endswith(_TOWN_END)]
        if towns and parts[-1] not in towns:
            return towns[-1], parts[-1]
        return parts[-2], parts[-1]
    if match := _TOGETHER.fullmatch(text):
        return match[1], match[2]
    return (text, "") if text.endswith(_TOWN_END) else ("", text)
