"""The queue of unread addresses, one of them with its neighbourhood, and what has been answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from lianfang.areas.learning import name_piece
from lianfang.areas.models import Area
from lianfang.areas.naming import fold
from lianfang.areas.queries import by_path, prefixes, successors
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.core.treemap import Rect, layout
from lianfang.register.models import ImportFile, UnreadAddress, UnreadRow

State = UnreadAddress.State
OPEN = (State.WAITING, State.SET_ASIDE)
SORTS = {"rows": ("-row_count", "pk"), "found": ("-found_at", "pk")}


def addresses(scope: Scope, *, state: str, sort: str = "rows") -> QuerySet[UnreadAddress]:
    return (
        UnreadAddress.objects.filter(scope.q(), state=state)
        .select_related("sent_for", "answer")
        .order_by(*SORTS.get(sort, SORTS["rows"]))
    )


def counts(scope: Scope) -> dict[str, tuple[int, int]]:
    """state → (texts, rows that say them)."""
    rows = (
        UnreadAddress.objects.filter(scope.q())
        .values_list("state")
        .annotate(n=Count("pk"), said=Sum("row_count"))
    )
    found = {state: (n, total or 0) for state, n, total in rows}
    return {state: found.get(state, (0, 0)) for state in State.values}


def get_address(scope: Scope, address_id: int) -> UnreadAddress:
    found = (
        UnreadAddress.objects.filter(scope.q(), pk=address_id).select_related("sent_for", "answer").first()
    )
    if found is None:
        raise Problem("register.unread_unknown")
    return found


def places_of(scope: Scope, address: UnreadAddress) -> list[UnreadRow]:
    """The first rows that say it, each with its file."""
    return list(
        UnreadRow.objects.filter(scope.q(), address=address)
        .select_related("file")
        .defer("file__content")
        .order_by("file_id", "sheet", "row")[:5]
    )


def village_answers(sent_for: Area) -> dict[str, str]:
    """Folded text → code of the village that a person gave, for reading the next sheet of this area. Decrypts the
    settled ones. Needs a scope over the area."""
    settled = UnreadAddress.objects.filter(
        area_path__gte=sent_for.path, area_path__lt=subtree(sent_for.path)[1], state=State.READ
    )
    found = settled.values_list("text", "answer__code", "answer__path", "answer__level", "answer__valid_to")
    lives = _Lives()
    rows = [
        (fold(str(text)), code if valid_to is None else lives[code], path, level)
        for text, code, path, level, valid_to in found.iterator(2000)
    ]
    below = {path for _text, _code, path, level in rows if level != Area.Level.VILLAGE}
    above = by_path({step for path in below for step in prefixes(path)}) if below else {}
    answers = {}
    for text, code, path, level in rows:
        steps = [
            above[step].code
            for step in prefixes(path)
            if step in above and above[step].level == Area.Level.VILLAGE
        ]
        answers[text] = code if level == Area.Level.VILLAGE else steps[0] if steps else ""
    return answers


class _Lives(dict[str, str]):
    """Code of a village that is no more → of the one it became; "" where it became several: then a person is asked."""

    def __missing__(self, code: str) -> str:
        found = successors(code)
        self[code] = found[0].code if len(found) == 1 else ""
        return self[code]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file of which some rows can be taken now, their addresses being settled."""

    file: ImportFile
    row_count: int


def files_to_take(scope: Scope) -> list[Waiting]:
    ready = Q(taken_at=None, address__state=State.READ)
    rows = (
        UnreadRow.objects.filter(scope.q())
        .filter(ready)
        .values_list("file_id")
        .annotate(n=Count("row"))
        .order_by("file_id")
    )
    found = dict(rows)
    files = ImportFile.objects.filter(scope.q(), pk__in=found).defer("content").order_by("-received_at")
    return [Waiting(file, found[file.pk]) for file in files]


def waits_for_rows(scope: Scope, file: ImportFile) -> bool:
    """Was an answer by which its rows were taken given anew?"""
    return UnreadRow.objects.filter(scope.q(), file=file, taken_at=None).exists()


# ---------- the map ----------

WIDTH, HEIGHT, TITLE = 820, 420, 18  # of the drawing; TITLE: the strip with a township's name
STEPS = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """A village on the map: `step` 1…5 by how many neighbours of the text lie there, 0 for none."""

    code: str
    name: str
    rect: Rect
    step: int
    neighbour_count: int
    mark: str  # the digit that chooses it, when it is a candidate
    shown: str  # the name, where it fits

    @property
    def middle_x(self) -> float:
        return round(self.rect.x + self.rect.width / 2, 1)

    @property
    def middle_y(self) -> float:
        return round(self.rect.y + self.rect.height / 2 + 4.5, 1)

    @property
    def text_x(self) -> float:
        return round(self.rect.x + 3, 1)

    @property
    def text_y(self) -> float:
        return round(self.rect.y + 13, 1)


@dataclass(frozen=True, slots=True)
class Block:
    """A township on the map, with its villages inside."""

    name: str
    rect: Rect
    tiles: tuple[Tile, ...]
    neighbour_count: int

    @property
    def title_x(self) -> float:
        return round(self.rect.x + 4, 1)

    @property
    def title_y(self) -> float:
        return round(self.rect.y + 13, 1)


@dataclass(frozen=True, slots=True)
class Group:
    """A township with its villages, for choosing by name."""

    name: str
    villages: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """An area the text may mean, with the key that chooses it."""

    key: str
    code: str
    name: str
    above: str
    neighbour_count: int


@dataclass(frozen=True)
class Neighbourhood:
    blocks: tuple[Block, ...]
    choices: tuple[Choice, ...]
    groups: tuple[Group, ...]
    piece: str  # the name that could be learned


def neighbourhood(address: UnreadAddress) -> Neighbourhood:
    """The villages of the county (or township) the sheet came for, as a map, with the candidates of the text.

    Villages are drawn in the order of their codes, which runs through a township as the county numbered it: there are
    no coordinates in the division file.
    """
    chain, townships, villages = _areas_of(address.sent_for)
    around: Counter[str] = Counter(address.neighbours)
    choices = _choices(address.candidates, villages, townships, around)
    marks = {choice.code: choice.key for choice in choices}
    most = max(around.values(), default=0)
    below: dict[int, list[Area]] = {}
    for village in villages:
        below.setdefault(village.parent_id or 0, []).append(village)
    groups = [(townships[key], found) for key, found in below.items() if key in townships]
    rects = layout([len(found) for _, found in groups], WIDTH, HEIGHT) if groups else []
    blocks = tuple(
        _block(township, found, rect, around, most, marks)
        for (township, found), rect in zip(groups, rects, strict=True)
    )
    names = [area.name for area in (*chain, *townships.values())]
    listed = tuple(Group(township.name, tuple(found)) for township, found in groups)
    return Neighbourhood(blocks, tuple(choices), listed, name_piece(str(address.text), names))


def _areas_of(sent_for: Area) -> tuple[list[Area], dict[int, Area], list[Area]]:
    low, high = subtree(sent_for.path)
    above = prefixes(sent_for.path)
    found = Area.objects.filter(
        Q(path__in=above) | Q(path__gte=low, path__lt=high, level__in=["township", "village"])
    ).order_by("path")
    areas = list(found)
    townships = {area.pk: area for area in areas if area.level == Area.Level.TOWNSHIP}
    return (
        [area for area in areas if area.path in above],
        townships,
        [area for area in areas if area.level == Area.Level.VILLAGE],
    )


def _choices(
    codes: Sequence[str], villages: Sequence[Area], townships: dict[int, Area], around: Counter[str]
) -> list[Choice]:
    """Candidates first; then, up to nine, the villages where most neighbours lie."""
    known = {village.code: village for village in villages}
    wanted = [code for code in codes if code in known]
    wanted += [code for code, _ in around.most_common(9) if code in known and code not in wanted]
    return [
        Choice(
            str(number),
            code,
            known[code].name,
            townships[known[code].parent_id or 0].name if known[code].parent_id in townships else "",
            around[code],
        )
        for number, code in enumerate(wanted[:9], 1)
    ]


def _block(
    township: Area, villages: list[Area], rect: Rect, around: Counter[str], most: int, marks: dict[str, str]
) -> Block:
    title = TITLE if rect.height > 2.5 * TITLE else 0
    inner = Rect(rect.x + 2, rect.y + title, max(rect.width - 4, 1), max(rect.height - title - 2, 1))
    tiles = []
    for village, part in zip(villages, layout([1] * len(villages), inner.width, inner.height), strict=True):
        count = around[village.code]
        tiles.append(
            Tile(
                code=village.code,
                name=village.name,
                rect=Rect(
                    *(
                        round(value, 1)
                        for value in (inner.x + part.x, inner.y + part.y, part.width, part.height)
                    )
                ),
                step=-(-count * STEPS // most) if count else 0,
                neighbour_count=count,
                mark=marks.get(village.code, ""),
                shown=_fitting(village.name, part),
            )
        )
    total = sum(around[village.code] for village in villages)
    shown = township.name if title and rect.width > 13 * len(township.name) else ""
    rounded = Rect(*(round(value, 1) for value in (rect.x, rect.y, rect.width, rect.height)))
    return Block(shown, rounded, tuple(tiles), total)


def _fitting(name: str, part: Rect) -> str:
    """The name in letters of 11 px, when it fits the tile."""
    plain = (
        name.removesuffix("村民委员会")
        .removesuffix("居民委员会")
        .removesuffix("村委会")
        .removesuffix("居委会")
    )
    return plain if part.width >= 11.5 * len(plain) + 4 and part.height >= 16 else ""
