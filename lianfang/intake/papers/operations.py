"""Keeping the photo of a paper, saying which visits were typed from it, taking it away and bringing it back."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Emergency, Visit
from lianfang.core import audit, keys, sealing
from lianfang.core.clock import now
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing, subtree
from lianfang.intake.models import Paper, PaperVisit
from lianfang.intake.papers.photos import Photo, clean_photo
from lianfang.intake.papers.queries import get_paper

KEPT_DAYS = 30  # after it was taken away, or after the last emergency of its place


@transaction.atomic
def keep_paper(*, area: Area, data: bytes, scope: Scope, by: int) -> Paper:
    """The photo of a paper of this village, cleaned and sealed. The same photo again is the paper that is there, and
    comes back if it was taken away. Raises `papers.not_a_photo`, `papers.too_large`, `scope.outside`."""
    scope.within(area.path)
    paper, is_there = _kept(area, clean_photo(data), by=by)
    if is_there and paper.deleted_at:
        _bring_back(paper, by=by)  # whoever sends it has it in hand
    return paper


@transaction.atomic
def keep_photo(*, visit: Visit, data: bytes, by: int) -> Paper:
    """A photo that a worker took at a door, with its visit. Needs a scope over the village. Raises
    `papers.not_a_photo`, `papers.too_large`."""
    village = (
        Area.objects.filter(level=Area.Level.VILLAGE, path__in=prefixes(visit.area_path)).first()
        or Area.objects.filter(path=visit.area_path).get()
    )
    paper, _ = _kept(village, clean_photo(data), by=by)
    PaperVisit.objects.bulk_create(
        [PaperVisit(visit_id=visit.pk, paper_id=paper.pk, area_path=visit.area_path)], ignore_conflicts=True
    )
    audit.record("paper.link", "paper", paper.pk, by=by, path=paper.area_path, count=1)
    return paper


def _kept(area: Area, photo: Photo, *, by: int) -> tuple[Paper, bool]:
    """The paper of this picture, and whether it was there already."""
    digest = hashlib.blake2b(photo.content, digest_size=32, key=keys.get("lookup")).digest()
    paper, is_new = Paper.objects.get_or_create(
        area=area,
        digest=digest,
        defaults={
            "id": new_id(),
            "area_path": area.path,
            "content": sealing.seal_bytes(photo.content, key="intake", purpose="paper"),
            "media_type": photo.media_type,
            "byte_count": len(photo.content),
            "received_at": now(),
            "received_by": by,
        },
    )
    if is_new:
        audit.record("paper.keep", "paper", paper.pk, by=by, path=area.path)
    return paper, not is_new


@transaction.atomic
def link_paper(*, paper_id: UUID, visit_ids: Sequence[UUID], scope: Scope, by: int) -> int:
    """These visits were typed from this paper. Visits outside the scope, or held still, are left out; returns how many
    were linked. Raises `papers.unknown`."""
    paper = get_paper(scope, paper_id)
    visits = Visit.objects.filter(scope.q(), pk__in=visit_ids).values_list("pk", "area_path")
    rows = [PaperVisit(visit_id=pk, paper_id=paper.pk, area_path=path) for pk, path in visits]
    PaperVisit.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        audit.record("paper.link", "paper", paper.pk, by=by, path=paper.area_path, count=len(rows))
    return len(rows)


@transaction.atomic
def drop_paper(*, paper_id: UUID, scope: Scope, by: int, leads: Scope | None) -> Paper:
    """Out of sight, and brought back within a month. By who sent it, or who leads the area. Raises `papers.unknown`, `papers.not_yours`."""
    paper = get_paper(scope, paper_id)
    if paper.received_by != by and not (leads and leads.covers(paper.area_path)):
        raise Problem("papers.not_yours")
    paper.deleted_at, paper.deleted_by = now(), by
    paper.save(update_fields=["deleted_at", "deleted_by"])
    audit.record("paper.drop", "paper", paper.pk, by=by, path=paper.area_path)
    return paper


@transaction.atomic
def bring_back_paper(*, paper_id: UUID, scope: Scope, by: int, leads: Scope | None) -> Paper:
    """By who took it away, or who leads the area: what a lead removed is not back by the next best. Raises
    `papers.unknown`, `papers.not_yours`."""
    paper = get_paper(scope, paper_id)
    if paper.deleted_at and not may_bring_back(paper, by=by, leads=leads):
        raise Problem("papers.not_yours")
    return _bring_back(paper, by=by)


def _bring_back(paper: Paper, *, by: int) -> Paper:
    paper.deleted_at = paper.deleted_by = None
    paper.save(update_fields=["deleted_at", "deleted_by"])
    audit.record("paper.bring_back", "paper", paper.pk, by=by, path=paper.area_path)
    return paper


def may_bring_back(paper: Paper, *, by: int, leads: Scope | None) -> bool:
    return paper.deleted_by == by or bool(leads and leads.covers(paper.area_path))


def purge_papers() -> int:
    """Papers that were taken away a month ago, and those of places where no emergency has run for a month, go for good
    with what says whose visits they were. Runs as the system, once a day."""
    with crossing("paper.purge", actor_id=None) as scope, transaction.atomic():
        old = now() - dt.timedelta(days=KEPT_DAYS)
        running = Emergency.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=old))
        alive = Q(pk__in=[])
        for path in set(running.values_list("area_path", flat=True)):
            low, high = subtree(path)
            alive |= Q(area_path__gte=low, area_path__lt=high)
        over = Q(deleted_at__lt=old) | (Q(received_at__lt=old) & ~alive)
        gone = list(Paper.objects.filter(scope.q(), over).values_list("pk", "area_path"))
        ids = [pk for pk, _ in gone]
        PaperVisit.objects.filter(paper_id__in=ids).delete()
        Paper.objects.filter(pk__in=ids).delete()
        audit.record_each("paper.purge", "paper", gone, by=None)
    return len(gone)
