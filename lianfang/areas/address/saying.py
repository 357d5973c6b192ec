"""What a text says of townships and villages: the answers that the seeker passes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lianfang.areas.address.gazetteer import Spelled


class Found(NamedTuple):
    """Where an address lies. `candidates`: codes of the deepest level in question; `end`: where its tail begins."""

    county: str
    town: str
    village: str
    end: int
    sureness: float
    candidates: tuple[str, ...] = ()
    estate: str = ""


class TownSaid(NamedTuple):
    codes: tuple[str, ...]
    bearers: tuple[str, ...]  # whose villages to look among: the living, and the gone one itself
    end: int
    sureness: float
    is_bare: bool = False
    start: int = 0


class VillageSaid(NamedTuple):
    codes: tuple[str, ...]
    within: str  # the township of a village that is gone
    end: int
    sureness: float


def codes_of(meanings: Sequence[Spelled]) -> tuple[str, ...]:
    if len(meanings) == 1:
        return meanings[0].codes
    if any(meaning.is_derived for meaning in meanings):
        meanings = [meaning for meaning in meanings if not meaning.is_derived] or meanings
    return tuple(dict.fromkeys(code for meaning in meanings for code in meaning.codes))


def town_said(
    meanings: Sequence[Spelled], end: int, sureness: float, *, start: int = 0, is_bare: bool = False
) -> TownSaid:
    codes = codes_of(meanings)
    if len(meanings) == 1:
        bearer = meanings[0].kind
        bearers = codes if bearer in codes else (bearer, *codes)
    else:
        bearers = tuple(dict.fromkeys([*(meaning.kind for meaning in meanings), *codes]))
    return TownSaid(codes, bearers, end, sureness, is_bare, start)


def village_said(
    meanings: Sequence[Spelled], kind: str, end: int, sureness: float, *, is_lenient: bool
) -> VillageSaid:
    """`kind` decides between 石湾村 and 石湾社区 of one township; across townships people mix them up."""
    codes = codes_of(meanings)
    if len(codes) > 1 and kind and is_lenient:
        same = codes_of([meaning for meaning in meanings if meaning.kind == kind])
        codes = same if len(same) == 1 else codes
    within = "" if codes else next((meaning.within for meaning in meanings), "")
    return VillageSaid(codes, within, end, sureness)
