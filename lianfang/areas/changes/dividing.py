"""What only a person can say: where the people of a village that was split belong; and taking a change back."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.areas.changes.changing import Changing, Root, villages_of, write_areas
from lianfang.areas.holding import be_alone
from lianfang.areas.models import Adjustment, Area, AreaAlias, AreaChange, AreaMove
from lianfang.areas.queries import get_area
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.following import Moved, follow
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing, subtree


@transaction.atomic
def divide(*, area: Area, parts: Mapping[str, str], rest: str, scope: Scope, by: int) -> dict[str, int]:
    """Give the groups of an undivided village to villages: `parts` is child code → village code, `rest` the village
    of what hangs on the village itself. Everything has to be given away: nobody stays in an area that ends.

    Each village gets the groups as one section. Raises `areas.change_done`, `areas.not_divided`,
    `areas.wrong_place`, `scope.outside`.
    """
    scope.within(area.path)
    be_alone(area)
    area.refresh_from_db()
    waiting = list(AreaChange.objects.filter(old=area, applied_at__isnull=True).select_related("adjustment"))
    if not waiting or not area.is_living or waiting[0].adjustment is None:
        raise Problem("areas.change_done")
    children = list(Area.objects.filter(parent=area, valid_to__isnull=True).order_by("walk_order", "code"))
    missing = [child.name for child in children if child.code not in parts] + ([] if rest else [area.name])
    if missing:
        raise Problem("areas.not_divided", name="、".join(missing[:5]))
    villages = {code: _village(code, area, scope) for code in {*parts.values(), rest}}
    work = Changing(waiting[0].adjustment, by)
    AreaChange.objects.filter(pk__in=[change.pk for change in waiting]).delete()  # what it might have become
    with crossing("areas.divide", actor_id=by):
        changes, sections = {}, {}
        is_whole = len(villages) == 1
        for code, village in villages.items():
            changes[code] = work.note("merge" if is_whole else "split", area, village)
            sections[code] = work.section(area, village)
        work.roots.append(
            Root(area, sections[rest], villages[rest], changes[rest], villages[rest].path, is_alone=True)
        )
        for child in children:
            code = parts[child.code]
            work.roots.append(Root(child, child, sections[code], changes[code], villages[code].path))
        work.ended.append(area)
        town = area.parent
        counts = work.write()
        if town is not None:
            _end_if_empty(town, by)
    Area.objects.filter(pk=area.pk).update(valid_to=today())
    audit.record("area.divide", "area", area.code, by=by, path=area.path, tables=counts)
    return counts


def _village(code: str, area: Area, scope: Scope) -> Area:
    village = get_area(code)
    scope.within(village.path)  # nobody gives people to a county they do not answer for
    if village.level != Area.Level.VILLAGE or not village.is_living or village.pk == area.pk:
        raise Problem("areas.wrong_place", level=area.get_level_display(), parent=village.name)
    return village


def _end_if_empty(town: Area, by: int | None) -> None:
    """A township that waited for its last village."""
    waiting = list(
        AreaChange.objects.filter(old=town, applied_at__isnull=True)
        .select_related("adjustment", "new", "new__parent")
        .order_by("pk")
    )
    if not waiting or Area.objects.filter(parent=town, valid_to__isnull=True).exists():
        return
    AreaChange.objects.filter(pk__in=[change.pk for change in waiting]).update(applied_at=now())
    first = waiting[0]
    if first.adjustment is None:
        return
    work = Changing(first.adjustment, by)
    if first.new is not None:
        work.roots.append(Root(town, first.new, first.new.parent, first, is_wider=True, is_alone=True))
    work.ended.append(town)
    work.write()


@transaction.atomic
def undo(*, adjustment_id: int, scope: Scope, by: int) -> dict[str, int]:
    """Take an adjustment back: every path as it was, everything that came since included.

    Raises `areas.change_not_undone` where it is not the county's last one, where a village of it was divided since, or
    where a township went into another: roles ended by that, and nobody can say afterwards what hung on which.
    """
    adjustment = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("area")
        .filter(pk=adjustment_id)
        .first()
    )
    if adjustment is None:
        raise Problem("areas.unknown_change")
    scope.within(adjustment.area.path)
    if adjustment.state != Adjustment.State.APPLIED or adjustment.applied_at is None:
        raise Problem("areas.change_done")
    be_alone(adjustment.area)
    moves = list(
        AreaMove.objects.filter(change__adjustment=adjustment).select_related("old", "new").order_by("pk")
    )
    if why := why_not_undone(adjustment, moves):
        raise Problem("areas.change_not_undone", why=why)
    with crossing("areas.undo", actor_id=by):
        counts = _taken_back(adjustment, moves)
    adjustment.state, adjustment.undone_at = Adjustment.State.UNDONE, now()
    adjustment.save(update_fields=["state", "undone_at"])
    audit.record(
        "area.undo_change", "adjustment", adjustment.pk, by=by, path=adjustment.area.path, tables=counts
    )
    return counts


def why_not_undone(adjustment: Adjustment, moves: list[AreaMove]) -> str:
    """In words, or empty when it can be taken back."""
    later = Adjustment.objects.filter(
        area=adjustment.area, state=Adjustment.State.APPLIED, applied_at__gt=adjustment.applied_at
    )
    if later.exists():
        return _("后面又作过调整")
    if any(move.moved_at != adjustment.applied_at for move in moves):
        return _("有村已经划分过")
    if any(move.is_wider for move in moves):
        return _("有乡镇并入了别的乡镇，岗位和包保已经改了")
    return ""


def _taken_back(adjustment: Adjustment, moves: list[AreaMove]) -> dict[str, int]:
    back = {move.new_path: move for move in moves}
    came_since = _came_since(moves, back)
    places = [(move.new_path, move.old_path, move.new_id, move.old_id) for move in moves] + [
        (area.path, path, area.pk, area.pk) for area, path in came_since
    ]
    counted_in = villages_of(new for new, _old, _n, _o in places)
    Area.objects.filter(
        pk__in=AreaChange.objects.filter(adjustment=adjustment, old__valid_to=adjustment.effective_on).values(
            "old"
        )
    ).update(valid_to=None)
    villages = {move.old_path for move in moves if move.old.level == Area.Level.VILLAGE}
    in_village = {
        old: next((one for one in villages if old.startswith(one)), counted_in.get(new, ""))
        for new, old, _n, _o in places
    }
    write_areas(
        [(move.old_id, move.old_parent_id, move.old_path) for move in moves if move.old_id == move.new_id]
        + [(area.pk, area.parent_id, path) for area, path in came_since]
    )
    _parents_back(moves)
    counts = follow(
        [
            Moved(new, old, new_id, old_id, counted_in.get(new, ""), in_village[old])
            for new, old, new_id, old_id in places
        ],
        {"now": now(), "reason": ""},
    )
    for move in moves:
        if move.old_id != move.new_id:
            texts = AreaAlias.objects.filter(area_id=move.old_id).values_list("text", flat=True)
            goals = [move.new_id, move.new.parent_id or 0]
            AreaAlias.objects.filter(area_id__in=goals, text__in=list(texts)).delete()
    for change in AreaChange.objects.filter(
        adjustment=adjustment, kind=AreaChange.Kind.RENAME
    ).select_related("old"):
        Area.objects.filter(pk=change.old_id).update(name=change.old_name)
    AreaMove.objects.filter(change__adjustment=adjustment).delete()
    AreaChange.objects.filter(adjustment=adjustment).delete()
    begun = Area.objects.filter(
        path__gte=subtree(adjustment.area.path)[0], path__lt=subtree(adjustment.area.path)[1]
    )
    made = {step[4] for step in adjustment.steps if step[0] == "begin"}
    replaced = {
        move.new_id for move in moves if move.old_id != move.new_id and move.new.level == Area.Level.SECTION
    }
    (begun.filter(code__in=made) | begun.filter(pk__in=replaced)).update(valid_to=adjustment.effective_on)
    return counts


def _came_since(moves: list[AreaMove], back: Mapping[str, AreaMove]) -> list[tuple[Area, str]]:
    """Groups and buildings that were made below the moved areas since: they go back with them."""
    found: list[tuple[Area, str]] = []
    known = {move.new_id for move in moves}
    for move in moves:
        if move.old_id == move.new_id:
            continue
        low, high = subtree(move.new_path)
        for area in Area.objects.filter(path__gt=low, path__lt=high).exclude(pk__in=known):
            above = next(path for path in sorted(back, key=len, reverse=True) if area.path.startswith(path))
            found.append((area, back[above].old_path + area.path[len(above) :]))
    return found


def _parents_back(moves: list[AreaMove]) -> None:
    """What was made below a section since then hangs on the old village again."""
    for move in moves:
        if move.old_id != move.new_id:
            Area.objects.filter(parent_id=move.new_id).update(parent_id=move.old_id)
