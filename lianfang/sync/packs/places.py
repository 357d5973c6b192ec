"""Which areas a phone holds."""

from __future__ import annotations

from dataclasses import dataclass

from lianfang.accounts.queries import Actor
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.areas.models import Area
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.door_versions import Versions, doors_by_area, versions_in
from lianfang.sync.packs.cursors import pack_hash
from lianfang.workforce.models import Worker
from lianfang.workforce.queries import held_by, worker_of

PERMISSION = "visit.record"
MOST_CHOICES = 100  # shown on a phone
MOST_DOORS = 2000  # more is no worker's round, and 1.5 MB at once on a village's line


@dataclass(frozen=True, slots=True)
class Place:
    """The areas of a pack, and the doors that were there when it was asked for."""

    actor: Actor
    worker: Worker | None
    scope: Scope
    versions: Versions

    @property
    def pack(self) -> str:
        ranges = [f"{low}-{high}" for low, high in self.scope.ranges]
        return pack_hash(ranges, user=self.actor.id, worker=self.worker.pk if self.worker else None)


def place_of(actor: Actor, area_id: int | None = None) -> Place:
    """Where the actor may record visits; of an area too large for a phone, what is given to them in it; or the one
    area asked for. Raises `sync.too_many_doors`."""
    worker = worker_of(actor.id)
    granted = Scope.over(
        [grant.area_path for grant in actor.grants if PERMISSION in ROLE_PERMISSIONS[grant.role]],
        actor_id=actor.id,
        purpose="phone",
    )
    for paths in _choices(granted, worker, area_id):
        scope = Scope.over(paths, actor_id=actor.id, purpose="phone")
        versions = versions_in(scope, MOST_DOORS)
        if len(versions.by_household) <= MOST_DOORS:
            return Place(actor, worker, scope, versions)
    raise Problem("sync.too_many_doors", most=MOST_DOORS, areas=_to_choose(scope))


def _to_choose(scope: Scope) -> list[dict[str, str | int]]:
    """The largest areas that a phone can hold, each with its doors; none within another. `scope`: what was too much."""
    counts = doors_by_area(scope)
    chosen: list[dict[str, str | int]] = []
    paths: list[str] = []
    for pk, code, path, name in (
        Area.objects.filter(scope.q("path")).order_by("path").values_list("pk", "code", "path", "name")
    ):
        doors = sum(count for hung, count in counts.items() if hung.startswith(path))
        if 0 < doors <= MOST_DOORS and not (paths and path.startswith(paths[-1])):
            paths.append(path)
            chosen.append({"id": pk, "code": code, "name": name, "doors": doors})
    return chosen[:MOST_CHOICES]


def _choices(granted: Scope, worker: Worker | None, area_id: int | None) -> list[list[str]]:
    if area_id is not None:
        path = Area.objects.filter(pk=area_id).values_list("path", flat=True).first()
        if path is None or not granted.covers(path):
            raise Problem("scope.outside")
        return [[path]]
    wide = [low for low, _high in granted.ranges]
    given = [found.area_path for found in held_by([worker.pk]).get(worker.pk, ())] if worker else []
    narrow = sorted({path for path in given if granted.covers(path) and path not in wide})
    return [wide, narrow] if narrow else [wide]
