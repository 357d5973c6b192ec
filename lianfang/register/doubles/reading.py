"""Pairs as pages show them: a list, and two rows side by side with what agrees marked and nothing revealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianfang.areas.models import Area
from lianfang.core.scope import Scope
from lianfang.register import rules
from lianfang.register.doubles.merging import FIELDS, usual_choice
from lianfang.register.models import Double, DoubleSearch, Merge, Person
from lianfang.register.queries import PlaceNames

# What a finding is called: after "about.level" of likeness.Reason.
WORDS = {
    "id.equal": gettext_lazy("证件号相同"),
    "id.slip": gettext_lazy("证件号只错一处"),
    "id.wreck": gettext_lazy("证件号前面相同，末几位丢了"),
    "id.masked": gettext_lazy("证件号露出的几位相同"),
    "id.masked_other": gettext_lazy("证件号露出的几位不同"),
    "id.near": gettext_lazy("证件号差一两位"),
    "id.other": gettext_lazy("证件号不同"),
    "id.unlike": gettext_lazy("证件号对不上"),
    "phone.equal": gettext_lazy("电话相同"),
    "phone.slip": gettext_lazy("电话只错一位"),
    "phone.household": gettext_lazy("电话是家里人的"),
    "phone.masked": gettext_lazy("电话露出的几位相同"),
    "phone.other": gettext_lazy("电话不同"),
    "name.equal": gettext_lazy("姓名相同"),
    "name.variant": gettext_lazy("姓名相同（写法不同）"),
    "name.homophone": gettext_lazy("姓名同音"),
    "name.alike": gettext_lazy("姓名字形相近"),
    "name.dropped": gettext_lazy("姓名少一个字"),
    "name.swapped": gettext_lazy("姓名字序颠倒"),
    "name.hidden": gettext_lazy("姓名露出的字相同"),
    "name.one_other": gettext_lazy("姓名有一个字不同"),
    "name.given": gettext_lazy("同名不同姓"),
    "name.surname": gettext_lazy("同姓不同名"),
    "name.other": gettext_lazy("姓名不同"),
    "birth.equal": gettext_lazy("出生日期相同"),
    "birth.swapped": gettext_lazy("出生的月和日颠倒"),
    "birth.digit": gettext_lazy("出生日期差一个数字"),
    "birth.year": gettext_lazy("同年出生"),
    "birth.other": gettext_lazy("出生日期不同"),
    "birth_year.equal": gettext_lazy("同年出生"),
    "birth_year.next": gettext_lazy("出生年差一年"),
    "birth_year.other": gettext_lazy("出生年不同"),
    "sex.equal": gettext_lazy("性别相同"),
    "sex.other": gettext_lazy("性别不同"),
    "place.door": gettext_lazy("同一个门"),
    "place.village": gettext_lazy("同一个村"),
    "place.other_door": gettext_lazy("同一个村，门牌不同"),
    "place.township": gettext_lazy("同一个乡镇"),
    "place.other": gettext_lazy("不在一个乡镇"),
    "members.several": gettext_lazy("家里人大多相同"),
    "members.one": gettext_lazy("家里有一人同名"),
    "members.none": gettext_lazy("家里人都不同"),
}
SORTS = {
    "weight": ("weight", "pk"),
    "found": ("found_at", "pk"),
    "name": ("person_a__name", "pk"),
    "place": ("area_path", "pk"),
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding in words; `kind`: agrees, near, differs."""

    words: str
    kind: str


def marked(reasons: Iterable[Iterable[Any]]) -> list[Marked]:
    return [Marked(str(WORDS.get(code, code)), kind) for code, kind, _weight in reasons]


# Who has moved away or died since is asked about no more; they count again when they come back.
_BOTH_LIVE = Q(person_a__is_current=True, person_b__is_current=True)


def doubles_of(
    scope: Scope, *, state: str, verdict: str = "", sort: str = "-weight", file_id: int | None = None
) -> QuerySet[Double]:
    """The pairs of one's areas; `file_id`: those that a file brought."""
    key = sort.removeprefix("-")
    sign = "-" if sort.startswith("-") or key not in SORTS else ""
    order = [sign + name for name in SORTS.get(key, SORTS["weight"])]
    found = Double.objects.filter(scope.q(), state=state)
    if state == Double.State.OPEN:
        found = found.filter(_BOTH_LIVE)
    if verdict:
        found = found.filter(verdict=verdict)
    if file_id is not None:
        found = found.filter(found_by=f"file {file_id}")
    return (
        found.select_related("person_a__household__door", "person_b__household__door")
        .defer(*(f"person_{x}__{field}" for x in "ab" for field in ("registered_place", "present_place")))
        .order_by(*order)
    )


def open_pairs(scope: Scope) -> QuerySet[Double]:
    """The pairs of one's areas that wait for a person."""
    return Double.objects.filter(scope.q(), _BOTH_LIVE, state=Double.State.OPEN)


def counts_of(scope: Scope, *, file_id: int | None = None) -> dict[str, int]:
    """Pairs by state, and the open ones by verdict; `file_id`: of those that a file brought."""
    rows = (
        Double.objects.filter(scope.q(), **({} if file_id is None else {"found_by": f"file {file_id}"}))
        .filter(_BOTH_LIVE | ~Q(state=Double.State.OPEN))
        .values_list("state", "verdict")
        .annotate(Count("pk"))
    )
    found = dict.fromkeys((*Double.State.values, *Double.Verdict.values), 0)
    for state, verdict, count in rows:
        found[state] += count
        if state == Double.State.OPEN:
            found[verdict] += count
    return found


@dataclass(frozen=True, slots=True)
class OfFile:
    """Pairs that a file brought: how many are within sight, how many of them are open, and whether people of the file
    are still being compared."""

    count: int
    open_count: int
    is_running: bool


def doubles_of_file(scope: Scope, file_id: int) -> OfFile | None:
    """None where the file brought nobody who had to be compared. One statement."""
    pairs = Double.objects.filter(scope.q(), found_by=OuterRef("found_by"))
    counted = pairs.filter(_BOTH_LIVE | ~Q(state=Double.State.OPEN)).order_by().values("found_by")
    number = counted.annotate(number=Count("pk")).values("number")
    found = (
        DoubleSearch.objects.filter(scope.q(), found_by=f"file {file_id}")
        .order_by("-pk")
        .values_list("finished_at", Subquery(number), Subquery(number.filter(state=Double.State.OPEN)))
        .first()
    )
    return OfFile(found[1] or 0, found[2] or 0, found[0] is None) if found else None


@dataclass(frozen=True, slots=True)
class Line:
    """One pair in a list."""

    id: int
    double: Double
    first: str
    second: str
    first_place: str
    second_place: str
    reasons: list[Marked]


def lines(doubles: Iterable[Double]) -> list[Line]:
    found = list(doubles)
    names = PlaceNames({p.area_path for d in found for p in (d.person_a, d.person_b)})
    return [
        Line(
            d.pk,
            d,
            d.person_a.name,
            d.person_b.name,
            f"{names.of(d.person_a.area_path)} {d.person_a.household.door.label}",
            f"{names.of(d.person_b.area_path)} {d.person_b.household.door.label}",
            marked(d.reasons),
        )
        for d in found
    ]


# ---------- side by side ----------


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison. `kind`: agrees, near, differs, or "" where one side says nothing. `left` and `right`
    are texts, or for numbers lists of (sign, agrees?)."""

    field: str
    label: str
    left: Any
    right: Any
    kind: str = ""
    words: str = ""
    is_number: bool = False
    is_choice: bool = False
    takes_right: bool = False  # with the left row kept, the right value is the better one
    takes_left: bool = False


# field of Person → its label, and which finding is about it
_LABELS = {
    "name": (gettext_lazy("姓名"), "name"),
    "sex": (gettext_lazy("性别"), "sex"),
    "birth_on": (gettext_lazy("出生"), "birth"),
    "id_number": (gettext_lazy("证件号"), "id"),
    "phone": (gettext_lazy("电话"), "phone"),
    "place": (gettext_lazy("住址"), "place"),
    "relation": (gettext_lazy("关系"), ""),
    "head": (gettext_lazy("户主"), ""),
    "registered_place": (gettext_lazy("户籍地址"), ""),
    "present_place": (gettext_lazy("现住地址"), ""),
    "is_registered_here": (gettext_lazy("户籍在此"), ""),
    "is_living_here": (gettext_lazy("常住"), ""),
    "is_here_tonight": (gettext_lazy("今晚在家"), ""),
    "reference": (gettext_lazy("编号"), ""),
}


def side_by_side(double: Double) -> list[Compared]:
    """The two rows field by field. Ids and phones stay masked."""
    a, b = double.person_a, double.person_b
    found = {code.split(".")[0]: (code, kind) for code, kind, _weight in double.reasons}
    places = PlaceNames({a.area_path, b.area_path})
    left, right = _shown(a, places), _shown(b, places)
    left["id_number"], right["id_number"] = compared_digits(_open(a.id_number), _open(b.id_number))
    left["phone"], right["phone"] = compared_digits(_open(a.phone), _open(b.phone), is_phone=True)
    to_left, to_right = usual_choice(b, a), usual_choice(a, b)
    lines = []
    for field, (label, about) in _LABELS.items():
        code, kind = found.get(about, ("", ""))
        if not kind and left[field] and right[field]:
            kind = "agrees" if left[field] == right[field] else "differs"
        lines.append(
            Compared(
                field,
                str(label),
                left[field],
                right[field],
                kind,
                str(WORDS.get(code, "")),
                is_number=field in ("id_number", "phone"),
                is_choice=field in FIELDS and left[field] != right[field],
                takes_right=field in to_right,
                takes_left=field in to_left,
            )
        )
    return lines


def _shown(person: Person, places: PlaceNames) -> dict[str, Any]:
    yes, no = _("是"), _("否")
    return {
        "name": person.name,
        "sex": person.get_sex_display(),
        "birth_on": person.birth_on.isoformat() if person.birth_on else "",
        "place": f"{places.of(person.area_path)} {person.household.door.label}",
        "relation": person.get_relation_display(),
        "head": person.household.head_name,
        "registered_place": _open(person.registered_place) or "",
        "present_place": _open(person.present_place) or "",
        "is_registered_here": yes if person.is_registered_here else no,
        "is_living_here": yes if person.is_living_here else no,
        "is_here_tonight": yes if person.is_here_tonight else no,
        "reference": person.reference,
    }


def _open(value: Any) -> str | None:
    """A sealed field reads as text in Python, whatever the type of its column says."""
    return value


Digits = list[tuple[str, bool]]


def compared_digits(a: str | None, b: str | None, *, is_phone: bool = False) -> tuple[Digits, Digits]:
    """Both numbers masked, sign by sign, with which of them agree. A hidden digit stays hidden, agreeing or not."""
    mask = rules.masked_phone if is_phone else rules.masked_id
    is_level = bool(a and b) and len(a or "") == len(b or "")
    agree = [x == y for x, y in zip(a or "", b or "", strict=True)] if is_level else []
    left, right = (
        [(sign, agree[n] if is_level else not (a and b)) for n, sign in enumerate(mask(number))]
        for number in (a, b)
    )
    return left, right


def beside(scope: Scope, double: Double) -> tuple[int | None, int | None]:
    """The open pairs before and after this one, the likeliest first."""
    waiting = Double.objects.filter(scope.q(), _BOTH_LIVE, state=Double.State.OPEN).exclude(pk=double.pk)
    heavier = Q(weight__gt=double.weight) | Q(weight=double.weight, pk__gt=double.pk)
    before = waiting.filter(heavier).order_by("weight", "pk").values_list("pk", flat=True).first()
    after = waiting.exclude(heavier).order_by("-weight", "-pk").values_list("pk", flat=True).first()
    return before, after


def merge_of(scope: Scope, double: Double) -> Merge | None:
    """The merge that settled a pair, while it stands."""
    pair = (double.person_a_id, double.person_b_id)
    return (
        Merge.objects.filter(scope.q(), kept_id__in=pair, dropped_id__in=pair, undone_at=None)
        .defer("images", "followed")
        .first()
    )


def last_merge(scope: Scope, said: str) -> Merge | None:
    """`m12`: the merge that was made a moment ago and may be taken back."""
    if not (said.startswith("m") and said[1:].isdecimal()):
        return None
    found = Merge.objects.filter(scope.q(), pk=int(said[1:]), undone_at=None)
    return found.select_related("kept").defer("images", "followed").first()


def search_in(scope: Scope, area: Area) -> DoubleSearch | None:
    """The newest search of an area, and of what lies above it."""
    return DoubleSearch.objects.filter(scope.q(), area=area).order_by("-pk").first()
